"""ippeveprinter, an IPP Everywhere printer that is none of ours, steered by its print command."""

import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>custom</type><listen>unix:path={folder}/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
<allow own="*"/></policy></busconfig>
"""
# ippeveprinter sets its state by what its print command says on standard error.
COMMAND = """#!/bin/sh
folder={folder}
cp "$1" "$folder/got-$IPP_JOB_ID"
env >"$folder/env-$IPP_JOB_ID"
page=0
while [ $page -lt $(cat $folder/pages) ]; do
    state=$(cat $folder/state)
    [ "$state" = "$told" ] || {{
        [ -n "$told" ] && echo "STATE: -$told" >&2
        [ -n "$state" ] && echo "STATE: +$state" >&2
        told=$state
    }}
    [ -n "$state" ] && [ $page -ge $(cat $folder/after) ] && {{ sleep 0.1; continue; }}
    sleep 0.2
    page=$((page + 1))
    echo "ATTR: job-impressions-completed=$page" >&2
done
"""
MISSING = next((p for p in ("ippeveprinter", "dbus-daemon") if shutil.which(p) is None), None)


class EvePrinter:
    """`state("media-jam", after=1)` makes it stand still behind the first of its `pages`."""

    def __init__(self, pages: int = 3) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="hall-eve-"))
        self.folder.chmod(0o755)
        with socket.create_server(("127.0.0.1", 0)) as server:
            self.port = server.getsockname()[1]
        self.uri = f"ipp://localhost:{self.port}/ipp/print"
        (self.folder / "pages").write_text(str(pages))
        self.state("")
        (self.folder / "bus.conf").write_text(BUS.format(folder=self.folder))
        command = self.folder / "print"
        command.write_text(COMMAND.format(folder=self.folder))
        command.chmod(0o755)
        self._running: list[subprocess.Popen[bytes]] = []
        try:
            self._run()
        except BaseException:
            self.stop()
            raise

    def _run(self) -> None:
        command = self.folder / "print"
        self._running.append(
            self._start("dbus-daemon", "--nofork", f"--config-file={self.folder}/bus.conf")
        )
        self._await((self.folder / "bus").exists)
        (self.folder / "spool").mkdir()
        types = "application/pdf,image/jpeg,image/pwg-raster,image/urf"
        self._running.append(
            self._start(
                "ippeveprinter", "-r", "off", "-p", str(self.port), "-n", "localhost", "-2",
                "-f", types, "-d", f"{self.folder}/spool", "-c", str(command), "Test A4",
            )
        )  # fmt: skip
        self._await(self._listens)

    def state(self, reasons: str, after: int = 0) -> None:
        (self.folder / "after").write_text(str(after))
        (self.folder / "state.new").write_text(reasons)
        (self.folder / "state.new").rename(self.folder / "state")

    def received(self, job: int) -> bytes:
        return (self.folder / f"got-{job}").read_bytes()

    def stop(self) -> None:
        self.state("")
        for process in reversed(self._running):
            process.terminate()
            process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self, *words: str) -> subprocess.Popen[bytes]:
        env = {
            "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={self.folder}/bus",
            "PATH": "/usr/bin:/usr/sbin:/bin",
        }
        return subprocess.Popen(
            words, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def _listens(self) -> bool:
        try:
            socket.create_connection(("localhost", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    @staticmethod
    def _await(condition) -> None:  # type: ignore[no-untyped-def]
        end = time.monotonic() + 15
        while not condition():
            assert time.monotonic() < end
            time.sleep(0.02)
