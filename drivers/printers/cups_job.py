"""One print job, watched to its end or taken back."""

import time
from dataclasses import replace

import structlog

from drivers.errors import PeripheralError, Reason
from drivers.interfaces import Cancelled, PrintResult
from drivers.printers.cups_outcome import (
    Sight,
    ended,
    hopeless,
    stuck,
    withdrawn,
)
from drivers.printers.cups_place import user_here
from drivers.printers.cups_queue import JobIs, JobState, Queue
from drivers.saying import saying

log = structlog.get_logger()

POLL_S = 0.25
TELL_AFTER_S = 2.0  # a printer that stands still for so long is worth a line in the log
WITHDRAW_S = 8.0  # the printer gets this long to let go of a withdrawn job
STOPPING_S = 2.0  # and so long when it stands still: it will not move by itself
HURRY_S = 2.0  # for each answer while it does


class JobWatch:
    """Watches one job. `wait_s` without progress, or at `end` (monotonic), it is withdrawn.

    Both calls end: `run` at most two answers later than that, with the withdrawing; `withdraw`
    within `WITHDRAW_S` and three answers of `HURRY_S`.
    """

    def __init__(
        self, queue: Queue, job: int, *, title: str, wait_s: float, end: float, cancelled: Cancelled
    ) -> None:
        self._queue = queue
        self._job = job
        self._title = title
        self._named = False  # whether `title` is what the printer calls it
        self._fresh = False  # the printer has just taken the document: the number is ours
        self._cancelled = cancelled
        self._wait_s = wait_s
        self._moved = time.monotonic()
        self._end = end
        self._sight: Sight | None = None
        self._told: Reason | None = None
        self._blind = False  # the last look saw nothing; `away` is what to do about it
        self._away = ""

    def run(self) -> PrintResult:
        """Wait for the end of the job. A print server that went away gets `wait_s` to return."""
        self._moved = time.monotonic()
        self._fresh = True
        while True:
            sight = self._look()
            if sight is not None and sight.over:
                return ended(sight)
            if sight is not None and hopeless(sight):
                return self.withdraw(Reason.REJECTED)
            if self._cancelled():
                return self.withdraw(Reason.CANCELLED)
            now = time.monotonic()
            if now > self._end or now - self._moved > self._wait_s:
                return self.withdraw(Reason.SILENT if sight is None else Reason.UNCONFIRMED)
            time.sleep(POLL_S)

    def withdraw(self, why: Reason) -> PrintResult:
        """Take the job back, and say what became of it: it may have ended at the last moment."""
        log.warning("print.withdrawn", job=self._job, why=why.value)
        self._queue = self._queue.hurried(HURRY_S)
        # What the printer says once the job is gone is no longer why it was withdrawn.
        before = self._sight or self._look()
        if before is not None and before.over:
            refused = why is Reason.REJECTED and before.job.state is not JobIs.COMPLETED
            return withdrawn(before, before, why) if refused else ended(before)
        begun = time.monotonic()
        accepted, blind = False, self._blind  # one that was away may have given the number anew
        while time.monotonic() < begun + WITHDRAW_S:
            accepted = accepted or (not blind and self._cancel())
            blind = False
            sight = self._look()
            if sight is not None and sight.job.state is JobIs.COMPLETED:
                return ended(sight)
            if sight is not None and sight.over:
                return withdrawn(sight, before or sight, why)
            if sight is not None and sight.stopping and time.monotonic() > begun + STOPPING_S:
                break
            time.sleep(POLL_S)
        return stuck(self._sight, before, self._job, why, self._away)

    def _look(self) -> Sight | None:
        """The job now; None when the print server is away."""
        try:
            job, printer = self._queue.job(self._job), self._queue.condition()
        except PeripheralError as e:
            self._fresh, self._blind = False, True
            self._away = "" if e.reason is Reason.GARBLED else e.advice
            self._tell(e.reason, e.detail)
            return None
        self._blind, self._away = False, ""
        before = self._sight
        if job is None or self._is_anothers(job):
            known = before.job if before else JobState(JobIs.UNTOLD, frozenset(), None, "")
            forgot = saying("the printer forgot the job")
            job = replace(known, state=JobIs.FORGOTTEN, message=forgot)
        sight = (before or Sight(job, printer)).then(job, printer)
        self._sight = sight
        if before is None or (job.state, job.pages) != (before.job.state, before.job.pages):
            self._moved = time.monotonic()
            log.info("print.progress", job=self._job, state=job.state.name, pages=job.pages)
        elif printer.trouble and time.monotonic() - self._moved > TELL_AFTER_S:
            self._tell(printer.trouble.reason, printer.trouble.advice)
        return sight

    def _is_anothers(self, job: JobState) -> bool:
        """Whether the number is given out anew, as by a printer that was switched off and on."""
        if not job.title:
            return False
        if self._fresh and self._sight is None:  # a printer may call a job as it likes
            self._title, self._named = job.title, True
        if self._title.startswith(job.title):  # some printers cut titles
            self._named = True
            return False
        return self._named or job.user not in ("", user_here())

    def _tell(self, reason: Reason, detail: str) -> None:
        if reason is not self._told:
            self._told = reason
            log.warning("print.waiting", job=self._job, reason=reason.value, detail=detail)

    def _cancel(self) -> bool:
        try:
            self._queue.cancel(self._job)
        except PeripheralError as e:
            self._tell(e.reason, e.detail)
            return False
        return True
