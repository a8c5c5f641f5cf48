"""What can be said of a job's pages, which is never too much.

*Not printed* is said of a job that is gone from the printer for certain and of which nothing can be
on paper: it never got there, or the printer stood still before the first page and counts none.
"""

from dataclasses import dataclass, replace

from drivers.errors import PeripheralError, Reason
from drivers.interfaces import PrintOutcome, PrintResult
from drivers.printers.cups_queue import JobIs, JobState
from drivers.printers.cups_reasons import NO_ANSWER, Condition
from drivers.saying import saying, together
from drivers.status import Paper

OVER = (JobIs.CANCELED, JobIs.ABORTED, JobIs.COMPLETED, JobIs.FORGOTTEN)
WAITING = (JobIs.PENDING, JobIs.HELD)
AT_WORK = (JobIs.PROCESSING, JobIs.STOPPED)
STOPPING = "processing-to-stop-point"  # a cancelled job whose printer still lets go of it
FAILED = frozenset({
    "job-completed-with-errors", "document-format-error", "document-unprintable-error",
    "cups-filter-crashed",
})  # fmt: skip
BROKEN_OFF = FAILED | {
    "aborted-by-system", "job-canceled-by-user", "job-canceled-by-operator",
    "job-canceled-at-device", "submission-interrupted", "unsupported-compression",
    "compression-error", "unsupported-document-format", "document-access-error",
    "document-password-error", "document-permission-error", "document-security-error",
}  # fmt: skip
LOOK = saying("Pages may have come out: look before printing again.")


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen of a job last, together with how the printer was then."""

    job: JobState
    printer: Condition
    begun: bool = False  # the printer has worked on it, now or before
    doubt: bool = False  # paper moved, or may have, that no count of pages tells of

    def then(self, job: JobState, printer: Condition) -> "Sight":
        """The next look at the same job."""
        begun = self.begun or job.state in AT_WORK or job.began is True
        jammed = begun and printer.paper is Paper.JAM  # there may be ink on the jammed sheet
        # A page that was counted once is out, whatever is counted later.
        now = Sight(job, printer, begun, self.doubt or jammed or bool(self.job.pages))
        moves = now.stopping and printer.trouble is None  # while it lets go of the job
        return replace(now, doubt=now.doubt or moves)

    @property
    def over(self) -> bool:
        """Whether nothing more will be heard of the job."""
        return self.job.state in OVER

    @property
    def stopping(self) -> bool:
        """Whether the printer will end the job once it moves again. CUPS says it of ended ones."""
        return not self.over and STOPPING in self.job.reasons


def hopeless(sight: Sight) -> bool:
    """Whether the job stopped for a reason that waiting does not end, such as a failed filter."""
    return sight.job.state is JobIs.STOPPED and not FAILED.isdisjoint(sight.job.reasons)


def ended(sight: Sight) -> PrintResult:
    """The outcome of a job that came to its own end."""
    job, printer = sight.job, sight.printer
    if job.state is JobIs.COMPLETED:
        return _completed(sight)
    if job.state is JobIs.FORGOTTEN:
        return _unfinished(sight, Reason.UNCONFIRMED, blank=False)
    # A job that failed by itself says how far it came; one cancelled by hand may be ahead of it.
    by_hand = job.state is JobIs.CANCELED
    if not sight.begun:
        blank = _never_begun(sight)
    else:
        blank = _counts_none(sight) and not (by_hand and printer.trouble is None)
    reason = Reason.CANCELLED if by_hand else _reason(sight, Reason.REJECTED)
    return _unfinished(sight, reason, blank)


def withdrawn(sight: Sight, before: Sight, why: Reason) -> PrintResult:
    """The outcome of a job that we took back; `before` is the printer that made us do so."""
    if sight.job.state is JobIs.FORGOTTEN:
        blank = False
    elif not sight.begun:
        waited = before.job.state in WAITING or why is Reason.REJECTED  # the document was refused
        blank = waited or _never_begun(sight)
    elif hopeless(before):  # filters that fail before their first page hand nothing on
        blank = sight.job.pages == 0
    else:
        blank = _counts_none(sight) and before.printer.trouble is not None
    return _unfinished(replace(sight, printer=before.printer), _reason(before, why), blank)


def stuck(
    sight: Sight | None, before: Sight | None, job: int, why: Reason, away: str
) -> PrintResult:
    """The outcome of a job that we could not take back.

    `away`: what to do about a print server that cannot be asked, empty for one that can.
    """
    advice = saying(
        "Job {job} could not be withdrawn and may still come out: cancel it at the printer.",
        job=job,
    )
    before = before or sight
    if before is None:
        advice = together(away, LOOK, advice)
        return PrintResult(PrintOutcome.UNSURE, Paper.UNKNOWN, why.value, advice)
    result = _unfinished(before, _reason(before, why), blank=False)
    if away and result.reason == Reason.SILENT:
        return replace(result, advice=together(away, LOOK, advice))
    return replace(result, advice=together(result.advice, advice))


def broken_off(error: PeripheralError, result: PrintResult) -> PrintResult:
    """The outcome of a job whose document was not taken whole, as `result` tells of its end."""
    if result.outcome is PrintOutcome.NOT_PRINTED or not error.sent:
        return nothing_sent(error)
    if result.outcome is PrintOutcome.UNSURE:
        return result
    advice = saying("The printer took the document, or a part of it: look before printing again.")
    return PrintResult(PrintOutcome.UNSURE, result.paper, error.reason.value, advice)


def nothing_sent(error: PeripheralError) -> PrintResult:
    """The outcome of a job of which the printer has nothing."""
    words = error.detail
    if error.advice:
        words = saying("{detail}. {advice}", detail=error.detail, advice=error.advice)
    return PrintResult(PrintOutcome.NOT_PRINTED, Paper.UNKNOWN, error.reason.value, words)


def _completed(sight: Sight) -> PrintResult:
    """Printed, unless something speaks against it. CUPS may only have handed it to the printer."""
    job, printer = sight.job, sight.printer
    if printer.paper is Paper.JAM:
        return _unfinished(sight, Reason.PAPER_JAM, blank=False)
    if printer.paper is Paper.OUT and printer.spooler:
        return _unfinished(sight, Reason.PAPER_OUT, blank=False)
    if not BROKEN_OFF.isdisjoint(job.reasons):
        return _unfinished(sight, Reason.UNCONFIRMED, blank=False)
    return PrintResult(PrintOutcome.PRINTED, printer.paper, None, printer.low)


def _never_begun(sight: Sight) -> bool:
    """Whether the printer itself says so, be it because we looked too seldom to see it."""
    return sight.job.began is False or _counts_none(sight)


def _counts_none(sight: Sight) -> bool:
    """Whether the printer itself says that no page is out; CUPS does not see into its printer."""
    return sight.job.pages == 0 and not sight.printer.spooler


def _unfinished(sight: Sight, reason: Reason, blank: bool) -> PrintResult:
    """`blank`: no page can be on paper, as far as the job itself tells."""
    came_out = not blank or sight.doubt or bool(sight.job.pages)
    trouble = sight.printer.trouble
    parts = [trouble.advice] if trouble and trouble.reason is reason else [_ADVICE.get(reason, "")]
    if reason in (Reason.REJECTED, Reason.UNCONFIRMED) and sight.job.message:
        parts.append(saying("The printer says: {words}.", words=sight.job.message))
    if came_out:
        parts.append(LOOK)
    outcome = PrintOutcome.UNSURE if came_out else PrintOutcome.NOT_PRINTED
    return PrintResult(outcome, sight.printer.paper, reason.value, together(*parts))


def _reason(sight: Sight, otherwise: Reason) -> Reason:
    """Why a job does not go on: the printer's trouble, the job's own, or `otherwise`."""
    if sight.printer.trouble is not None:
        return sight.printer.trouble.reason
    if sight.job.state is JobIs.HELD and otherwise in (Reason.UNCONFIRMED, Reason.CANCELLED):
        return Reason.REJECTED
    if sight.job.state is JobIs.PENDING and otherwise is Reason.UNCONFIRMED:
        return Reason.BUSY
    return otherwise


_ADVICE = {
    Reason.BUSY: saying("The printer is busy with other jobs."),
    Reason.CANCELLED: saying("The job was cancelled."),
    Reason.REJECTED: saying(
        "The printer or print server holds or refused the job; see its own page."
    ),
    Reason.UNCONFIRMED: saying("The printer did not come to an end with the job in time."),
    Reason.SILENT: NO_ANSWER,
}
