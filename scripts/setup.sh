#!/bin/sh
# Installs what the project needs: Debian packages (as root or with sudo), then .venv.
# Prints what it does and the seconds of each step. Runs in well under a second when all is there.
set -eu
cd "$(dirname "$0")/.."
umask 022

PACKAGES="mosquitto mosquitto-clients xvfb x11vnc novnc websockify chromium fonts-noto-cjk \
fonts-materialdesignicons-webfont libgl1 libgl1-mesa-dri libegl1 libgles2 libmtdev1 \
libxrandr2 libxcursor1 libxi6 libxss1 gettext \
pcscd vsmartcard-vpcd libpcsclite-dev swig gcc libc6-dev pkg-config \
cups cups-client cups-ipp-utils dbus-daemon ghostscript cups-filters printer-driver-cups-pdf libcups2-dev poppler-utils libusb-1.0-0 espeak-ng alsa-utils"

step() { # step NAME COMMAND...: run it quietly, show its seconds, show its output when it fails
    name=$1
    shift
    begun=$(date +%s)
    log=$(mktemp)
    if "$@" >"$log" 2>&1; then
        echo "setup: $name: $(($(date +%s) - begun)) s"
        rm -f "$log"
    else
        code=$?
        echo "setup: $name FAILED after $(($(date +%s) - begun)) s:" >&2
        tail -n 25 "$log" >&2
        rm -f "$log"
        exit "$code"
    fi
}

missing_packages() {
    for package in $PACKAGES; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || printf '%s ' "$package"
    done
    python3 -c 'import ensurepip, venv' 2>/dev/null || printf 'python3-venv '
}

python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
    echo "setup: Python 3.11 or newer is needed as python3" >&2
    exit 1
}

missing=$(missing_packages)
if [ -n "$missing" ]; then
    if [ "$(id -u)" = 0 ]; then
        SUDO=""
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        SUDO="sudo -n"
    else
        echo "setup: these Debian packages are missing: $missing" >&2
        echo "setup: ask an administrator to run: apt-get install $missing" >&2
        exit 1
    fi
    echo "setup: missing Debian packages: $missing"
    step "apt-get update" $SUDO apt-get update -q
    # shellcheck disable=SC2086
    step "apt-get install" $SUDO env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing
fi

stamp=.venv/.installed
wanted=$(cat pyproject.toml constraints.txt scripts/setup.sh | cksum)
if [ ! -x .venv/bin/python ] || [ "$(cat $stamp 2>/dev/null)" != "$wanted" ]; then
    [ -x .venv/bin/python ] || step "make .venv" python3 -m venv .venv
    step "pip install (some minutes at first)" .venv/bin/python -m pip install -q --disable-pip-version-check \
        -c constraints.txt -e '.[dev]'
    echo "$wanted" >$stamp
fi

font=build/fonts/NotoSansSC-Regular.otf
if [ ! -f $font ] || [ ! -f build/fonts/NotoSansSC-Bold.otf ]; then
    step "extract the simplified Chinese font" .venv/bin/python -m scripts.extract_font build/fonts
fi
