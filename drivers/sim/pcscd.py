"""A pcscd of our own with the virtual reader of vsmartcard, for simulated chip cards.

It runs in a mount namespace in which its folder /run/pcscd is one of ours: so any number of them
live beside each other and beside the system's, whose readers they do not touch. The PC/SC library
finds it by the variable PCSCLITE_CSOCK_NAME. Where namespaces are not allowed (some containers) and
this is root, it runs in the system's place instead, one at a time by a lock, if no other runs.
"""

import contextlib
import fcntl
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import IO

from drivers.sim.base import CannotPlayError

READER = "Yukuai Virtual Reader"
SLOT = f"{READER} 00 00"
SYSTEM_FOLDER = Path("/run/pcscd")
DRIVER = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
LOCK = Path("/tmp/yukuai-hall-pcscd.lock")
START_LIMIT_S = 10.0
LOCK_LIMIT_S = 90.0
CONFIG = """FRIENDLYNAME "{reader}"
DEVICENAME /dev/null:{port}
LIBPATH {driver}
CHANNELID {port}
"""
# /run and the USB devices are hidden, so that a reader of the system stays with the system's pcscd.
# The end of stdin, also by our sudden death, ends pcscd.
PRIVATE = """
mount -t tmpfs none /run && mkdir /run/pcscd && mount --bind "$1" /run/pcscd || exit 1
[ ! -d /dev/bus/usb ] || mount -t tmpfs none /dev/bus/usb || exit 1
"""
RUN = """
"$0" --foreground --config "$2" </dev/null &
cat >/dev/null
kill $! && wait
"""


class Pcscd:
    """Started by `start`, which may follow a `stop`. `socket` is where it listens."""

    def __init__(self, private: bool | None = None) -> None:
        """`private` chooses a namespace or the system's place; None takes what is allowed.

        Raises CannotPlayError with the reason where pcscd cannot be run here.
        """
        self._program = _program()
        self._unshare = _namespace() if private in (None, True) else None
        if self._unshare is None and os.geteuid() != 0:
            raise CannotPlayError("pcscd needs root or user namespaces, which are not allowed here")
        if self._unshare is None and private:
            raise CannotPlayError("mount namespaces are not allowed here")
        self._folder = Path(tempfile.mkdtemp(prefix="hall-pcscd-"))
        self._place = SYSTEM_FOLDER if self._unshare is None else self._folder / "run"
        for folder in (self._place, self._folder / "conf"):
            folder.mkdir(exist_ok=True)
        self.socket = self._place / "pcscd.comm"
        self._config = self._folder / "conf" / "reader"
        self.port = 0
        self._lock: IO[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, reader: bool = True) -> None:
        """Start, with the virtual reader or without any, and wait until it answers.

        A reader comes and goes only with a new start: pcscd hot-plugs nothing but USB. Raises
        CannotPlayError.
        """
        if self._unshare is None and self._lock is None:
            self._lock = _locked(self.socket)
        for _ in range(5):
            self._launch(reader)
            if self._answers(reader):
                return
            self.stop()
        self.close()
        raise CannotPlayError("pcscd with the virtual reader does not start; try: pcscd -f -d")

    def stop(self) -> None:
        """End it in order. Does nothing when it does not run."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
        if process.poll() is None:
            self._signal(signal.SIGKILL)
            process.kill()
            process.wait()

    def kill(self) -> None:
        """End it without a word, as a crash would."""
        self._signal(signal.SIGKILL)
        self.stop()

    def close(self) -> None:
        """Stop and remove what stands on disk. A second call does nothing."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _configure(self) -> None:
        self.port = self.port or _two_free_ports()
        config = CONFIG.format(reader=READER, port=self.port, driver=DRIVER)
        self._config.write_text(config)

    def _launch(self, reader: bool) -> None:
        self._config.unlink(missing_ok=True)
        if reader:
            self._configure()
        script = RUN if self._unshare is None else PRIVATE + RUN
        shell = ["sh", "-c", script, self._program, str(self._place), str(self._config.parent)]
        self.socket.unlink(missing_ok=True)
        self._process = subprocess.Popen(
            [*(self._unshare or []), *shell],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _answers(self, reader: bool) -> bool:
        """Whether it listens, and its reader too, on both ports."""
        assert self._process is not None
        end = time.monotonic() + START_LIMIT_S
        while time.monotonic() < end and self._process.poll() is None:
            with socket.socket(socket.AF_UNIX) as client, contextlib.suppress(OSError):
                client.connect(str(self.socket))
                if not reader:
                    return True
                with contextlib.suppress(OSError):
                    socket.create_connection(("127.0.0.1", self.port + 1), 1).close()
                    return True
                self.port = 0  # taken by another program
                return False
            time.sleep(0.01)
        return False

    def _signal(self, number: int) -> None:
        with contextlib.suppress(OSError, ValueError):
            os.kill(int((self._place / "pcscd.pid").read_text().rstrip("\n\0")), number)


def _program() -> str:
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    program = shutil.which("pcscd", path=path)
    if program is None or not DRIVER.exists():
        raise CannotPlayError("apt-get install pcscd vsmartcard-vpcd, which play the reader")
    return program


def _namespace() -> list[str] | None:
    """The command that gives a program mounts of its own, or None where that is not allowed."""
    command = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    with contextlib.suppress(OSError):
        tried = subprocess.run(
            [*command, "mount", "-t", "tmpfs", "none", "/run"], capture_output=True, check=False
        )
        return command if tried.returncode == 0 else None
    return None


def _locked(listening: Path) -> IO[str]:
    """The one right to run in the system's place; waits for another simulator that has it."""
    lock = LOCK.open("w")
    end = time.monotonic() + LOCK_LIMIT_S
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except OSError:
            if time.monotonic() > end:
                lock.close()
                raise CannotPlayError(
                    "another simulated chip card keeps this machine's pcscd"
                ) from None
            time.sleep(0.1)
    with socket.socket(socket.AF_UNIX) as client, contextlib.suppress(OSError):
        client.connect(str(listening))
        lock.close()
        raise CannotPlayError("a pcscd of the system runs, and namespaces are not allowed here")
    return lock


def _two_free_ports() -> int:
    """The first of two ports in a row that nobody listens on, out of the kernel's own range."""
    while True:
        port = random.randrange(20_000, 32_000, 2)
        with contextlib.suppress(OSError), socket.socket() as one, socket.socket() as two:
            one.bind(("", port))
            two.bind(("", port + 1))
            return port
