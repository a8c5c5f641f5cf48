"""A process known by pid *and* start time, because pids come round again. Linux `/proc`."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Process:
    """`started`: field 22 of /proc/<pid>/stat, in clock ticks since boot (proc(5))."""

    pid: int
    started: int

    @classmethod
    def of(cls, pid: int) -> "Process | None":
        """The running process with this pid, or None; one that ended but was not reaped is none."""
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            return None
        state, *fields = stat.rpartition(")")[2].split()
        return None if state in ("Z", "X") else cls(pid, int(fields[18]))

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return Process.of(self.pid) == self

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, if it still runs."""
        if self.alive:
            os.kill(self.pid, number)

    def end(self, patience_s: float) -> None:
        """SIGTERM, then after `patience_s` SIGKILL; returns when it is gone."""
        self.signal(signal.SIGTERM)
        if not self._gone_within(patience_s):
            self.signal(signal.SIGKILL)
            self._gone_within(patience_s)

    def _gone_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while self.alive:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
        return True
