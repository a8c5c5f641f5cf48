"""One printer by IPP, whether a CUPS queue or a printer of the network: its jobs and its state."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Self

import structlog

from drivers.errors import PeripheralError, Reason
from drivers.interfaces import Cancelled
from drivers.printers import cups_mark
from drivers.printers.cups_document import Document
from drivers.printers.cups_ipp import (
    GROUP_JOB,
    GROUP_PRINTER,
    Answer,
    Attribute,
    Op,
    Status,
    Tag,
    count_of,
    number_of,
    request,
    text_of,
    texts_of,
    words_of,
)
from drivers.printers.cups_place import user_here
from drivers.printers.cups_reasons import ASKED, Condition, condition_of
from drivers.printers.cups_server import Server
from drivers.saying import Saying, saying
from drivers.settings.near import nearest

log = structlog.get_logger()

JOB_TITLE = "hall document"  # the file's own name may be personal, and every user can list jobs
JOB_ASKED = [
    "job-state", "job-state-reasons", "job-state-message", "job-printer-state-message",
    "job-impressions-completed", "job-media-sheets-completed", "time-at-processing",
    "job-id", "job-name", "job-originating-user-name",
]  # fmt: skip


class JobIs(Enum):
    """How a job is: `job-state` of RFC 8011, and two that stand for none."""

    PENDING = 3
    HELD = 4
    PROCESSING = 5
    STOPPED = 6
    CANCELED = 7
    ABORTED = 8
    COMPLETED = 9
    UNTOLD = "untold"  # the printer names no state, or none that is known
    FORGOTTEN = "forgotten"  # printers may forget a job as soon as it has ended, however

    @classmethod
    def _missing_(cls, value: object) -> Self:
        return cls("untold")


@dataclass(frozen=True, slots=True)
class JobState:
    """A job as the printer tells of it.

    `pages` and `began` are None where the printer does not tell.
    """

    state: JobIs
    reasons: frozenset[str]
    pages: int | None  # sides or sheets that the printer says it finished
    message: str  # in the printer's own words, without a full stop
    began: bool | None = None  # whether the printer ever worked on it
    title: str = ""  # this and its user's name are empty where the printer does not tell
    user: str = ""


@dataclass(frozen=True, slots=True)
class Queue:
    """`uri` names the printer in messages, `path` in HTTP.

    Every method raises what `Server.ask` raises, and NO_DEVICE when there is no such printer.
    """

    server: Server
    uri: str
    path: str

    def hurried(self, timeout_s: float) -> "Queue":
        """The same, asked with less patience."""
        server = replace(self.server, timeout_s=min(timeout_s, self.server.timeout_s))
        return replace(self, server=server)

    def condition(self) -> Condition:
        """How the printer is."""
        asked = (Tag.KEYWORD, "requested-attributes", ASKED)
        answer = self._ask(Op.GET_PRINTER, [asked])
        _succeed(answer)
        return condition_of(answer.first(GROUP_PRINTER))

    def create_job(self, template: list[Attribute], mark: cups_mark.Mark) -> int:
        """Begin a job and return its number. Raises REJECTED, with the printer's own words."""
        asked = (Tag.NAME, "job-name", title_of(mark))
        answer = self._ask(Op.CREATE_JOB, [asked], template)
        _succeed(answer)
        number = number_of(answer.first(GROUP_JOB), "job-id")
        if number <= 0:
            raise PeripheralError(Reason.GARBLED, saying("the printer gave the job no number"))
        return number

    def send(self, job: int, document: Document, cancelled: Cancelled, limit_s: float) -> None:
        """Give the job its document, within `limit_s`. Raises REJECTED or CANCELLED."""
        answer = self._ask(
            Op.SEND_DOCUMENT,
            [
                (Tag.INTEGER, "job-id", job),
                (Tag.MIME, "document-format", document.mime),
                (Tag.BOOLEAN, "last-document", True),
            ],
            document=document.data,
            cancelled=cancelled,
            limit_s=limit_s,
        )
        _succeed(answer)

    def job(self, job: int) -> JobState | None:
        """How a job is; None when the printer does not know it any more.

        Raises GARBLED when it tells of other jobs alone.
        """
        asked = (Tag.KEYWORD, "requested-attributes", JOB_ASKED)
        answer = self._ask(Op.GET_JOB, [(Tag.INTEGER, "job-id", job), asked])
        if answer.status == Status.NOT_FOUND:
            return None
        _succeed(answer)
        told = _of_number(job, answer.of(GROUP_JOB))
        message = words_of(told, "job-printer-state-message") or words_of(told, "job-state-message")
        return JobState(
            state=JobIs(number_of(told, "job-state")),
            reasons=frozenset(texts_of(told, "job-state-reasons")),
            pages=count_of(told, "job-impressions-completed", "job-media-sheets-completed"),
            message=message.rstrip("."),
            began=_began(told),
            title=text_of(told, "job-name"),
            user=text_of(told, "job-originating-user-name"),
        )

    def cancel(self, job: int) -> None:
        """Withdraw a job; one that has ended already stays as it is."""
        answer = self._ask(Op.CANCEL_JOB, [(Tag.INTEGER, "job-id", job)])
        if answer.status not in (Status.NOT_POSSIBLE, Status.NOT_FOUND):
            _succeed(answer)

    def withdraw_leftovers(self) -> int:
        """Withdraw jobs that this machine's earlier runs left behind; how many there were.

        Nothing may come out for the next citizen that one who left had asked for. Those of living
        processes and of other machines stay; one that the printer keeps stops nobody.
        """
        asked = (Tag.KEYWORD, "requested-attributes", ["job-id", "job-name"])
        answer = self._ask(Op.GET_JOBS, [(Tag.KEYWORD, "which-jobs", "not-completed"), asked])
        left = [
            number_of(job, "job-id")
            for job in answer.of(GROUP_JOB)
            if _is_leftover(text_of(job, "job-name"))
        ]
        return sum(self._cancelled(number) for number in left)

    def _cancelled(self, job: int) -> bool:
        try:
            self.cancel(job)
        except PeripheralError as e:
            if e.reason not in (Reason.REJECTED, Reason.BUSY):
                raise
            log.warning("print.leftover_stays", queue=self.uri, job=job, detail=e.detail)
            return False
        return True

    def _ask(
        self,
        op: Op,
        more: list[Attribute],
        job: Iterable[Attribute] = (),
        **document: Any,
    ) -> Answer:
        head: list[Attribute] = [
            (Tag.URI, "printer-uri", self.uri),
            # The job's number belongs right behind the printer, the user behind both.
            *[one for one in more if one[1] == "job-id"],
            (Tag.NAME, "requesting-user-name", user_here()),
            *[one for one in more if one[1] != "job-id"],
        ]
        answer = self.server.ask(self.path, request(op, head, job), **document)
        if answer.status == Status.NOT_FOUND and op in (Op.GET_PRINTER, Op.CREATE_JOB):
            raise PeripheralError(
                Reason.NO_DEVICE,
                saying("no printer {uri}: {why}", uri=self.uri, why=answer.message()),
                advice=saying(
                    "There is no {path} there; most printers have /ipp/print.", path=self.path
                ),
                sent=False,
            )
        return answer


def title_of(mark: cups_mark.Mark) -> str:
    """What a job is called."""
    return f"{JOB_TITLE} {mark}"


def queues_of(server: Server) -> list[dict[str, Any]]:
    """All queues of a CUPS server, by their attributes. Raises what `Server.ask` raises."""
    asked = (
        Tag.KEYWORD,
        "requested-attributes",
        ["printer-name", "printer-make-and-model", "device-uri", "printer-info"],
    )
    answer = server.ask("/", request(Op.CUPS_GET_PRINTERS, [asked]))
    return [printer for printer in answer.of(GROUP_PRINTER) if text_of(printer, "printer-name")]


def default_queue(server: Server) -> str | None:
    """Name of the server's default queue, if it has one."""
    answer = server.ask("/", request(Op.CUPS_GET_DEFAULT, []))
    return text_of(answer.first(GROUP_PRINTER), "printer-name") or None


def no_queue(name: str, server: Server, error: PeripheralError) -> PeripheralError:
    """A better error for a queue that does not exist; for a server that does not, the same."""
    try:
        names = [text_of(queue, "printer-name") for queue in queues_of(server)]
    except PeripheralError:
        return error
    if near := nearest(name, names):
        hint = saying("Did you mean {near}?", near=near)
    elif names:
        hint = saying("There is: {names}.", names=", ".join(names))
    else:
        hint = saying("There is: none.")
    return PeripheralError(
        Reason.NO_DEVICE,
        saying("{place} has no queue {name!r}", place=server.place, name=name),
        advice=hint,
        sent=False,
    )


def _of_number(job: int, told: list[dict[str, list[Any]]]) -> dict[str, list[Any]]:
    own = [one for one in told if number_of(one, "job-id") in (0, job)]
    if told and not own:
        raise PeripheralError(Reason.GARBLED, saying("the printer tells of another job"))
    return own[0] if own else {}


def _began(job: dict[str, list[Any]]) -> bool | None:
    times = job.get("time-at-processing", [])
    if times == [None]:
        return False
    return True if times and isinstance(times[0], int) else None


def _is_leftover(title: str) -> bool:
    begin, _, mark = title.rpartition(" ")
    return begin == JOB_TITLE and cups_mark.is_leftover(mark)


def _succeed(answer: Answer) -> None:
    if not answer.ok:
        raise PeripheralError(
            Reason.BUSY if answer.status == Status.BUSY else Reason.REJECTED,
            saying("the printer refuses: {why}", why=answer.message()),
            advice=_WHY.get(answer.status, _SEE_PAGE),
        )


_SEE_PAGE = saying("See the printer's or print server's own page.")
_NOT_ALLOWED = saying("The print server does not allow this user to print.")
_WHY: dict[int, Saying] = {
    Status.NOT_ACCEPTING: saying(
        "The printer takes no jobs; a queue of CUPS is let by cupsaccept."
    ),
    Status.BUSY: saying("The printer is busy with another job."),
    Status.FORMAT_NOT_SUPPORTED: saying("The printer takes no files of this type; try a PDF."),
    Status.NOT_AUTHENTICATED: saying(
        "The print server wants a password; allow this user in cupsd.conf."
    ),
    Status.NOT_AUTHORIZED: _NOT_ALLOWED,
    Status.FORBIDDEN: _NOT_ALLOWED,
}
