"""Jobs for a peripheral, given by any thread and taken in order by its owner's thread."""

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from drivers.interfaces import Cancelled

Work = Callable[[Any, Cancelled], Any]
Done = Callable[[Any], None]


class Job:
    """One piece of work given to an owner. Its `done` is called exactly once."""

    def __init__(self, work: Work, done: Done, wake: Callable[[], None]) -> None:
        self.work = work
        self.cancelled = False
        self._done = done
        self._told = threading.Lock()  # taken by the first who finishes it, for good
        self._wake = wake

    def finish(self, result: Any) -> None:
        """Call `done`, unless the job is finished already."""
        if self._told.acquire(blocking=False):
            self._done(result)

    def cancel(self) -> None:
        """Ask for an early end with CANCELLED; too late is no error."""
        self.cancelled = True
        self._wake()


class Jobs:
    """The jobs that wait. `interrupted` says whether there is something better to do than wait for
    one; whoever changes its answer calls `wake`.
    """

    def __init__(self, interrupted: Callable[[], bool]) -> None:
        self._interrupted = interrupted
        self._waiting: deque[Job] = deque()
        self._changed = threading.Condition()
        self._closed = False

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def wake(self) -> None:
        """Let who waits look again."""
        with self._changed:
            self._changed.notify_all()

    def put(self, job: Job) -> bool:
        """Whether it is taken: after `close` none is."""
        with self._changed:
            if not self._closed:
                self._waiting.append(job)
                self._changed.notify_all()
            return not self._closed

    def take(self, timeout_s: float) -> Job | None:
        """The next job, a cancelled one before all others; None when none comes in time, or when
        interrupted."""
        end = time.monotonic() + timeout_s
        with self._changed:
            self._changed.wait_for(
                lambda: self._waiting or self._interrupted(), end - time.monotonic()
            )
            if self._interrupted() or not self._waiting:
                return None
            withdrawn = next((job for job in self._waiting if job.cancelled), None)
            job = withdrawn or self._waiting[0]
            self._waiting.remove(job)
            return job

    def wait_interrupted(self, timeout_s: float) -> None:
        """Wait until interrupted, whatever jobs come meanwhile."""
        with self._changed:
            self._changed.wait_for(self._interrupted, timeout_s)

    def close(self) -> list[Job]:
        """Take none any more; those that are left."""
        with self._changed:
            self._closed = True
            left, self._waiting = list(self._waiting), deque()
            return left
