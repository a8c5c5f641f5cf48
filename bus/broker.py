"""The hall's own Mosquitto: started as a child with a generated configuration, or adopted.

It runs in its own session and outlives a controller that crashes; the controller that comes back
recognises it by pid and start time, and by an authenticated connection, and adopts it.
"""

import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
import structlog

from bus.access import acl_file, password_file
from bus.credentials import Login, Role
from bus.errors import BusError, BusReason
from bus.link import Link
from bus.messages import MAX_PAYLOAD_BYTES
from bus.process import Process
from bus.settings import write_private

START_S = 10.0
ADOPT_S = 3.0  # long enough for it to read changed passwords
STOP_S = 10.0
WATCH_S = 0.2
LOG_BYTES = 10_000_000
_LONGEST_PAUSE_S = 5.0
_SBIN = "/usr/sbin:/usr/local/sbin"  # Debian puts mosquitto there, and an ordinary PATH lacks it

_log = structlog.get_logger(__name__)


class _PidFile(msgspec.Struct):
    pid: int
    started: int
    host: str
    port: int


class EmbeddedBroker:
    """Mosquitto on `host`:`port` for `logins` (one of them a controller's), files in `folder`.

    `run` is what a controller calls; `start`, `adopt` and `alive` are its parts.
    """

    def __init__(self, folder: Path, host: str, port: int, logins: Sequence[Login]) -> None:
        self._folder = folder.absolute()
        self._host, self._port, self._logins = host, port, tuple(logins)
        self._controller = next(each.link for each in logins if each.role is Role.CONTROLLER)
        self._process: Process | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._watcher: threading.Thread | None = None
        self._enough = threading.Event()

    @property
    def pid(self) -> int | None:
        """Process id of the broker, while it runs."""
        return self._process.pid if self._process and self._process.alive else None

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        if self._child is not None:
            self._child.poll()  # reap
        return self._process is not None and self._process.alive

    def run(self) -> None:
        """Adopt or start the broker, and start it again whenever it dies, until `stop`.

        Raises BusError BROKER_MISSING, PORT_BUSY or BROKER_FAILED if it does not come up now.
        """
        if not self.adopt():
            self.start()
        self._enough.clear()
        self._watcher = threading.Thread(target=self._watch, name="broker-watch", daemon=True)
        self._watcher.start()

    def adopt(self) -> bool:
        """Take over the broker that an earlier run left behind; False when there is none.

        It is ours when pid, start time and port fit and the controller's login is accepted.
        Changed logins are written, and the broker told to read them.
        """
        process = self._recorded()
        if process is None:
            return False
        if self._write_access():
            process.signal(signal.SIGHUP)
        try:
            self._prove(ADOPT_S)
        except BusError as error:
            _log.warning("broker.not_adopted", pid=process.pid, problem=error.detail)
            process.end(STOP_S)
            return False
        self._process = process
        _log.info("broker.adopted", pid=process.pid, port=self._port)
        return True

    def start(self) -> None:
        """Start a new broker and wait until it lets the controller in. Raises as `run` does."""
        program = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:{_SBIN}")
        if program is None:
            raise BusError(
                BusReason.BROKER_MISSING,
                "no mosquitto program found; install it (apt-get install mosquitto) or set "
                "broker.embedded = false and the address of another broker",
            )
        self._check_port()
        self._write_access()
        self._write("mosquitto.conf", self._configuration())
        self._turn_log()
        with (self._folder / "output.log").open("wb") as output:
            self._child = subprocess.Popen(
                [program, "-c", str(self._folder / "mosquitto.conf")],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                start_new_session=True,
            )
        self._process = Process.of(self._child.pid)
        self._record()  # before it is proved: if we die meanwhile, the next run must find it
        try:
            self._prove(START_S)
        except BusError as error:
            self._kill()
            self._pid_path.unlink(missing_ok=True)
            detail = f"mosquitto did not come up ({error.detail}): {self._last_words()}"
            raise BusError(BusReason.BROKER_FAILED, detail) from None
        _log.info("broker.started", pid=self._child.pid, port=self._port)

    def detach(self) -> None:
        """Stop watching and leave the broker running, for the next controller to adopt."""
        self._enough.set()
        if self._watcher is not None:
            self._watcher.join(timeout=START_S + STOP_S)
            self._watcher = None

    def stop(self) -> None:
        """Stop watching and end the broker, which saves its sessions. Idempotent."""
        self.detach()
        self._kill()
        self._pid_path.unlink(missing_ok=True)

    def _watch(self) -> None:
        pause = WATCH_S
        while not self._enough.wait(pause):
            pause = WATCH_S
            if self.alive:
                continue
            _log.error("broker.died", last_words=self._last_words())
            try:
                self.start()
            except (BusError, OSError) as error:
                _log.error("broker.restart_failed", problem=str(error))
                pause = _LONGEST_PAUSE_S

    def _kill(self) -> None:
        if self._process is not None:
            if self._child is not None and self._child.pid == self._process.pid:
                _end_child(self._child)
            else:
                self._process.end(STOP_S)
        self._process = self._child = None

    def _prove(self, patience_s: float) -> None:
        """Connect with the controller's login, under a client id that disturbs no session."""
        link = Link(
            msgspec.structs.replace(self._controller, host=self._host, port=self._port),
            client_id=f"probe-{os.getpid()}",
            session_s=0,
        )
        deadline = time.monotonic() + patience_s
        try:
            while not link.connected:
                gone = self._child is not None and self._child.poll() is not None
                if gone or time.monotonic() > deadline:
                    raise BusError(BusReason.UNREACHABLE, link.problem)
                link.pump(0.05)
        finally:
            link.stop()

    def _check_port(self) -> None:
        """Bind for a moment: a clear word now instead of a line in the broker's log."""
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((self._host, self._port))
            except OSError as error:
                raise BusError(
                    BusReason.PORT_BUSY,
                    f"the broker cannot listen on {self._host}:{self._port} ({error.strerror}); "
                    f"end the other program (ss -ltnp 'sport = :{self._port}' names it) or set "
                    "broker.port to a free port",
                ) from None

    def _configuration(self) -> str:
        """Defaults of mosquitto.conf(5) that lose messages or let strangers in are changed."""
        lines = [
            f"listener {self._port} {self._host}",
            "allow_anonymous false",
            f"password_file {self._folder / 'passwords'}",
            f"acl_file {self._folder / 'acl'}",
            "persistence true",
            f"persistence_location {self._folder}/",
            "autosave_interval 60",
            "persistent_client_expiration 8d",
            "max_queued_messages 1000000",
            "max_queued_bytes 0",
            "max_inflight_messages 0",
            f"message_size_limit {MAX_PAYLOAD_BYTES}",
            f"max_packet_size {16 * MAX_PAYLOAD_BYTES}",
            "set_tcp_nodelay true",
            f"log_dest file {self._folder / 'mosquitto.log'}",
            "log_timestamp_format %Y-%m-%dT%H:%M:%S",
            "log_type error",
            "log_type warning",
            "log_type notice",
        ]
        if os.geteuid() == 0:
            lines.append("user root")  # else it changes to a user who cannot read this folder
        return "\n".join(lines) + "\n"

    def _write_access(self) -> bool:
        """Write passwords and rules; tell whether either changed."""
        old = self._folder / "passwords"
        passwords = password_file(self._logins, old.read_text() if old.exists() else "")
        changed = [self._write("passwords", passwords), self._write("acl", acl_file(self._logins))]
        return any(changed)

    def _write(self, name: str, text: str) -> bool:
        path = self._folder / name
        if path.exists() and path.read_text() == text:
            return False
        write_private(path, text.encode())
        return True

    @property
    def _pid_path(self) -> Path:
        return self._folder / "broker.json"

    def _record(self) -> None:
        if self._process is not None:
            record = _PidFile(self._process.pid, self._process.started, self._host, self._port)
            write_private(self._pid_path, msgspec.json.encode(record))

    def _recorded(self) -> Process | None:
        """The broker that the pid file names, if it runs and listens where we want it."""
        try:
            record = msgspec.json.decode(self._pid_path.read_bytes(), type=_PidFile)
        except (OSError, msgspec.MsgspecError):
            return None
        process = Process(record.pid, record.started)
        if not process.alive:
            return None
        if (record.host, record.port) != (self._host, self._port):
            process.end(STOP_S)
            return None
        return process

    def _turn_log(self) -> None:
        """Keep one old log, so that years of connections do not fill the disk."""
        log = self._folder / "mosquitto.log"
        if log.exists() and log.stat().st_size > LOG_BYTES:
            log.replace(log.with_name("mosquitto.log.1"))

    def _last_words(self) -> str:
        for name in ("output.log", "mosquitto.log"):
            path = self._folder / name
            lines = path.read_text(errors="replace").split("\n") if path.exists() else []
            if words := [line for line in lines if line.strip()]:
                return words[-1]
        return "it said nothing"


def _end_child(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(STOP_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
