"""A print server of our own: cupsd with its own folders, one queue, and a printer we control.

For simulators only. Unplugging stops cupsd; its queue and jobs are there again when it is plugged.
"""

import grp
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from drivers.saying import saying
from drivers.sim.cups_files import BACKEND, CUPS_FILES, CUPSD, PPD
from drivers.sim.ports import Port

QUEUE = "A4"
PATH = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
SERVER_BIN = Path("/usr/lib/cups")
START_LIMIT_S = 15.0
# The shell tells cupsd's process number, and ends it when its own standard input ends: with us,
# however we end. One that is stopped hears nothing of its end before it goes on.
KEEPER = '"$@" >&2 & child=$!; echo "$child"; read line; kill "$child"; kill -CONT "$child"; wait'


class CupsPort(Port):
    """cupsd on the loopback. `options` are host, tcp_port and queue.

    Raises ValueError where cupsd is not installed or does not start.
    """

    def __init__(self, tcp_port: int = 0) -> None:
        super().__init__()
        self._cupsd, self._lpadmin = _program("cupsd"), _program("lpadmin")
        self.folder = Path(tempfile.mkdtemp(prefix="hall-cups-"))
        self.pages = self.folder / "pages"
        self.options = {"host": "127.0.0.1", "tcp_port": tcp_port or _free_port(), "queue": QUEUE}
        self._keeper: subprocess.Popen[bytes] | None = None
        self._cupsd_pid = 0
        self._hushed = False
        self._seen: set[str] = set()
        self._prepare()

    def close(self) -> None:
        """See `Port.close`."""
        super().close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def administer(self, *words: str) -> None:
        """Run lpadmin on the queue. Raises ValueError with what it says when it fails."""
        server = f"{self.options['host']}:{self.options['tcp_port']}"
        self._run_quietly(self._lpadmin, "-h", server, "-p", QUEUE, *words)

    def switch(self, on: bool) -> None:
        """Start or stop the queue, as staff do with cupsenable and cupsdisable."""
        server = f"{self.options['host']}:{self.options['tcp_port']}"
        self._run_quietly(_program("cupsenable" if on else "cupsdisable"), "-h", server, QUEUE)

    @property
    def hushed(self) -> bool:
        """Whether cupsd stands still: the system takes connections for it, nobody answers.

        So it stays over `unplug` and `plug`. While it does, `administer` and `switch` fail.
        """
        return self._hushed

    @hushed.setter
    def hushed(self, on: bool) -> None:
        self._hushed = on
        if self.plugged:
            os.kill(self._cupsd_pid, signal.SIGSTOP if on else signal.SIGCONT)

    def _prepare(self) -> None:
        """Folders that cupsd and, when it is root, its unprivileged children can use."""
        self.folder.chmod(0o755)
        for name in ("etc", "run", "spool", "cache"):
            (self.folder / name).mkdir(mode=0o755)
        for name in ("tmp", "pages"):
            (self.folder / name).mkdir()
            (self.folder / name).chmod(0o1777)
        programs = self.folder / "bin"
        (programs / "backend").mkdir(parents=True)
        for name in ("filter", "daemon", "notifier", "cgi-bin", "driver"):
            (programs / name).symlink_to(SERVER_BIN / name)
        backend = programs / "backend/hallsim"
        backend.write_text(BACKEND, "utf-8")
        backend.chmod(0o755)
        (self.folder / "A4.ppd").write_text(PPD, "utf-8")
        group = grp.getgrgid(os.getegid()).gr_name
        user = "lp" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        names = {"folder": self.folder, "user": user, "group": user if user == "lp" else group}
        (self.folder / "cups-files.conf").write_text(
            CUPS_FILES.format(system_group=group, **names), "utf-8"
        )
        (self.folder / "cupsd.conf").write_text(CUPSD.format(**self.options), "utf-8")

    def _open(self) -> None:
        new = self._keeper is None
        files = (f"{self.folder}/cupsd.conf", f"{self.folder}/cups-files.conf")
        with (self.folder / "cupsd.out").open("wb") as out:
            self._keeper = subprocess.Popen(
                ["sh", "-c", KEEPER, "sh", self._cupsd, "-f", "-c", files[0], "-s", files[1]],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=out,
                start_new_session=True,
            )
        assert self._keeper.stdout is not None
        self._cupsd_pid = int(self._keeper.stdout.readline())
        self._await_server(self._keeper)
        if new:
            device = f"hallsim:{self.folder}"
            self.administer("-v", device, "-P", f"{self.folder}/A4.ppd", "-E")
        if self._hushed:
            os.kill(self._cupsd_pid, signal.SIGSTOP)

    def _await_server(self, keeper: subprocess.Popen[bytes]) -> None:
        end = time.monotonic() + START_LIMIT_S
        address = (self.options["host"], self.options["tcp_port"])
        while time.monotonic() < end and not self._pulled.is_set():
            try:
                socket.create_connection(address, timeout=1).close()
                return
            except OSError:
                time.sleep(0.02)
        self._shut()
        said = (self.folder / "cupsd.out").read_text("utf-8", "replace").strip()[-300:]
        raise ValueError(saying("cupsd does not start: {why}", why=said or keeper.returncode))

    def _shut(self) -> None:
        if self._keeper is not None and self._keeper.stdin is not None:
            self._keeper.stdin.close()
            self._keeper.wait(START_LIMIT_S)
            assert self._keeper.stdout is not None
            self._keeper.stdout.close()

    def _data_fd(self) -> int | None:
        return None  # what the printer says goes through cupsd

    def _receive(self, limit: int) -> bytes:
        """The next document whose last page came out."""
        self._pulled.wait(0.05)
        for file in sorted(self.pages.glob("*.pdf")):
            if file.name not in self._seen:
                self._seen.add(file.name)
                return file.read_bytes()
        return b""

    def _run_quietly(self, *words: str) -> None:
        done = subprocess.run(words, capture_output=True, text=True, timeout=20, check=False)
        if done.returncode:
            raise ValueError(f"{Path(words[0]).name}: {done.stderr.strip()[-300:]}")


def _program(name: str) -> str:
    found = shutil.which(name, path=PATH)
    if found is None:
        raise ValueError(
            saying(
                "{program} is not installed: apt-get install cups cups-client cups-filters",
                program=name,
            )
        )
    return found


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
