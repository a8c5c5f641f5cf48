"""One print job, watched to its end; and what can be said of its pages, which is never too much."""

import time
from dataclasses import dataclass, replace
from enum import IntEnum

import structlog

from drivers.errors import PeripheralError, Reason
from drivers.interfaces import Cancelled, PrintOutcome, PrintResult
from drivers.printers.cups_queue import JobState, Queue
from drivers.printers.cups_reasons import Condition
from drivers.status import Paper

log = structlog.get_logger()

POLL_S = 0.25
TELL_AFTER_S = 2.0  # a printer that stands still for so long is worth a line in the log
WITHDRAW_S = 8.0  # the printer gets this long to let go of a withdrawn job


class JobIs(IntEnum):
    """`job-state` of RFC 8011."""

    PENDING = 3
    HELD = 4
    PROCESSING = 5
    STOPPED = 6
    CANCELED = 7
    ABORTED = 8
    COMPLETED = 9


ENDED = (JobIs.CANCELED, JobIs.ABORTED, JobIs.COMPLETED)
STOPPING_S = 2.0  # for a job that is being cancelled to be gone
STOPPING = "processing-to-stop-point"  # a cancelled job whose printer still lets go of it
FAILED = {"job-completed-with-errors", "document-format-error", "document-unprintable-error"}


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen of a job last, together with how the printer was then."""

    job: JobState
    printer: Condition
    begun: bool = False  # the printer has worked on it, now or before


class JobWatch:
    """Watches one job. `wait_s` without progress, or `limit_s` in all, and it is withdrawn."""

    def __init__(
        self, queue: Queue, job: int, *, wait_s: float, limit_s: float, cancelled: Cancelled
    ) -> None:
        self._queue = queue
        self._job = job
        self._cancelled = cancelled
        self._wait_s = wait_s
        self._moved = time.monotonic()
        self._end = self._moved + limit_s
        self._sight: Sight | None = None
        self._told: Reason | None = None

    def run(self) -> PrintResult:
        """Wait for the end of the job. A print server that went away gets `wait_s` to return."""
        while True:
            sight = self._look()
            if sight is not None and sight.job.state in ENDED:
                return ended(sight)
            if sight is not None and hopeless(sight):
                return self._withdraw(Reason.REJECTED)
            if self._cancelled():
                return self._withdraw(Reason.CANCELLED)
            now = time.monotonic()
            if now > self._end or now - self._moved > self._wait_s:
                return self._withdraw(Reason.SILENT if sight is None else Reason.UNCONFIRMED)
            time.sleep(POLL_S)

    def _look(self) -> Sight | None:
        """The job now; None when the print server is away."""
        try:
            job, printer = self._queue.job(self._job), self._queue.condition()
        except PeripheralError as e:
            self._tell(e.reason, e.detail)
            return None
        before = self._sight
        if job is None:  # a printer may forget a job as soon as it has ended
            known = before.job if before else JobState(0, frozenset(), 0, "")
            job = replace(known, state=JobIs.CANCELED, message="the printer forgot the job")
        begun = (before is not None and before.begun) or job.state in (
            JobIs.PROCESSING,
            JobIs.STOPPED,
        )
        self._sight = Sight(job, printer, begun)
        if before is None or (job.state, job.pages) != (before.job.state, before.job.pages):
            self._moved = time.monotonic()
            log.info("print.progress", job=self._job, state=job.state, pages=job.pages)
        elif printer.trouble and time.monotonic() - self._moved > TELL_AFTER_S:
            self._tell(printer.trouble.reason, printer.trouble.advice)
        return self._sight

    def _tell(self, reason: Reason, detail: str) -> None:
        if reason is not self._told:
            self._told = reason
            log.warning("print.waiting", job=self._job, reason=reason.value, detail=detail)

    def _withdraw(self, why: Reason) -> PrintResult:
        """Take the job back, and say what became of it: it may have ended at the last moment."""
        log.warning("print.withdrawn", job=self._job, why=why.value)
        # What the printer says once the job is gone is no longer why it was withdrawn.
        before = self._sight or self._look()
        begun = time.monotonic()
        accepted = False
        while time.monotonic() < begun + WITHDRAW_S:
            accepted = accepted or self._cancel()
            sight = self._look()
            if sight is not None and sight.job.state == JobIs.COMPLETED:
                return ended(sight)
            if sight is not None and (sight.job.state in ENDED or self._let_go(sight, begun)):
                return withdrawn(sight, before, why)
            time.sleep(POLL_S)
        return self._stuck(why)

    def _let_go(self, sight: Sight, begun: float) -> bool:
        """Whether the printer will end the job as soon as it moves again."""
        return STOPPING in sight.job.reasons and time.monotonic() > begun + STOPPING_S

    def _cancel(self) -> bool:
        try:
            self._queue.cancel(self._job)
        except PeripheralError as e:
            self._tell(e.reason, e.detail)
            return False
        return True

    def _stuck(self, why: Reason) -> PrintResult:
        advice = f"Job {self._job} could not be withdrawn and may still come out: cancel it."
        paper = self._sight.printer.paper if self._sight else Paper.UNKNOWN
        return PrintResult(PrintOutcome.UNSURE, paper, _reason(self._sight, why).value, advice)


def hopeless(sight: Sight) -> bool:
    """Whether the job stopped for a reason that waiting does not end, such as a failed filter."""
    return sight.job.state == JobIs.STOPPED and not FAILED.isdisjoint(sight.job.reasons)


def ended(sight: Sight) -> PrintResult:
    """The outcome of a job that came to its own end."""
    job, printer = sight.job, sight.printer
    if job.state == JobIs.COMPLETED:
        if FAILED.isdisjoint(job.reasons) and printer.paper is not Paper.JAM:
            return PrintResult(PrintOutcome.PRINTED, printer.paper, None, printer.low)
        reason = Reason.PAPER_JAM if printer.paper is Paper.JAM else Reason.UNCONFIRMED
        return _unfinished(sight, reason, came_out=True)
    by_hand = job.state == JobIs.CANCELED
    reason = Reason.CANCELLED if by_hand else _reason(sight, Reason.REJECTED)
    # A job that failed by itself says how far it came; one cancelled by hand may be ahead of it.
    came_out = job.pages > 0 or (by_hand and sight.begun and printer.trouble is None)
    return _unfinished(sight, reason, came_out)


def withdrawn(sight: Sight, before: Sight | None, why: Reason) -> PrintResult:
    """The outcome of a job that we took back; `before` is the printer that made us do so."""
    before = before or sight
    explained = before.printer.trouble is not None or hopeless(before)
    came_out = sight.job.pages > 0 or (sight.begun and not explained)
    return _unfinished(replace(sight, printer=before.printer), _reason(before, why), came_out)


def _unfinished(sight: Sight, reason: Reason, came_out: bool) -> PrintResult:
    trouble = sight.printer.trouble
    parts = [trouble.advice] if trouble and trouble.reason is reason else [_ADVICE.get(reason, "")]
    if reason in (Reason.REJECTED, Reason.UNCONFIRMED) and sight.job.message:
        parts.append(f"The printer says: {sight.job.message.rstrip('.')}.")
    if came_out:
        parts.append("Pages may have come out: look before printing again.")
    outcome = PrintOutcome.UNSURE if came_out else PrintOutcome.NOT_PRINTED
    return PrintResult(outcome, sight.printer.paper, reason.value, " ".join(filter(None, parts)))


def _reason(sight: Sight | None, otherwise: Reason) -> Reason:
    """Why a job does not go on: the printer's trouble, the job's own, or `otherwise`."""
    if sight is None or (otherwise is Reason.REJECTED and sight.printer.trouble is None):
        return otherwise
    if sight.printer.trouble is not None:
        return sight.printer.trouble.reason
    if sight.job.state == JobIs.HELD:
        return Reason.REJECTED
    if sight.job.state == JobIs.PENDING and otherwise is Reason.UNCONFIRMED:
        return Reason.BUSY
    return otherwise


_ADVICE = {
    Reason.BUSY: "The printer is busy with other jobs.",
    Reason.CANCELLED: "The job was cancelled.",
    Reason.REJECTED: "The print server holds or refused the job; see its own page.",
    Reason.UNCONFIRMED: "The printer did not come to an end with the job in time.",
    Reason.SILENT: "The printer does not answer: check power and cable.",
}
