"""Child processes of the demo: each with a log file, started in order, stopped in reverse."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


class DemoError(Exception):
    """The demo cannot go on; the text says why and where to look."""


@dataclass(slots=True)
class Child:
    """One running program and where its output goes."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def output(self) -> str:
        """Everything it has printed so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def check(self) -> None:
        """Raise DemoError when it has ended."""
        if self.process.poll() is not None:
            tail = "\n".join(self.output().splitlines()[-12:])
            raise DemoError(f"{self.name} ended with status {self.process.returncode}:\n{tail}")

    def stop(self, patience_s: float = 6.0) -> None:
        """Ask it to end; end it when it does not."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(patience_s)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


@dataclass(slots=True)
class Children:
    """All child processes, in the order of their start."""

    logs: Path
    _all: list[Child] = field(default_factory=list)

    def start(
        self,
        name: str,
        command: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        pass_fds: Sequence[int] = (),
    ) -> Child:
        """Start `command` in a session of its own, so that Ctrl-C reaches the demo only."""
        self.logs.mkdir(parents=True, exist_ok=True)
        log = self.logs / f"{name}.log"
        with log.open("ab") as file:  # a program that is started again goes on in its log
            process = subprocess.Popen(
                # A demo that is killed must not leave programs behind.
                ["setpriv", "--pdeathsig", "TERM", *command],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(env or {})},
                pass_fds=tuple(pass_fds),
                start_new_session=True,
            )
        child = Child(name, process, log)
        self._all.append(child)
        return child

    def named(self, name: str) -> Child:
        """The one of that name. Raises StopIteration when there is none."""
        return next(child for child in self._all if child.name == name)

    def runs(self, name: str) -> bool:
        """Whether the one of that name runs."""
        return any(c.name == name and c.process.poll() is None for c in tuple(self._all))

    def ended(self) -> dict[str, int]:
        """Exit status of every one that has ended by itself, by name."""
        statuses = {child.name: child.process.poll() for child in tuple(self._all)}
        return {name: status for name, status in statuses.items() if status is not None}

    def forget(self, name: str) -> None:
        """End one, if it still runs; another may then be started in its place."""
        child = self.named(name)
        child.stop()
        self._all.remove(child)

    def check(self) -> None:
        """Raise DemoError when any of them has ended."""
        for child in self._all:
            child.check()

    def stop(self) -> None:
        """End all, last started first."""
        for child in reversed(self._all):
            child.stop()
        self._all.clear()


def wait_until(
    condition: Callable[[], bool], what: str, timeout_s: float, children: Children | None = None
) -> None:
    """Wait for `condition`. Raises DemoError naming `what` when it does not come true."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if children is not None:
            children.check()
        if time.monotonic() > deadline:
            raise DemoError(f"waited {timeout_s:.0f} s in vain for {what}")
        time.sleep(0.02)


def free_port(wanted: int = 0) -> int:
    """`wanted` when nobody listens there, else any free TCP port on loopback."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return int(probe.getsockname()[1])
    raise DemoError("no free TCP port on 127.0.0.1")


def accepts(port: int) -> bool:
    """Whether something listens on loopback at `port`."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0
