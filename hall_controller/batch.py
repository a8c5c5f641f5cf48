"""One batch on its way through the hall loop: what came in, what was decided, what goes out."""

from concurrent.futures import Future
from dataclasses import dataclass, field

import msgspec
from msgspec.structs import replace

from bus.link import Delivery
from bus.messages import Outcome, Refusal, Reply
from bus.topics import Address
from hall_controller.commands import Command, IssueTicket
from hall_controller.persons import Person, read
from hall_controller.port import Answer
from hall_controller.store.replies import ReplyRow
from hall_controller.store.store import Changes

_DECODER = msgspec.json.Decoder(Reply)


@dataclass(slots=True, eq=False)
class Job:
    """One command, and where its answer goes: to the terminal at `address`, to `future`, or
    nowhere. `refusal` is set when translation alone has shown that it cannot be done."""

    command: Command
    address: Address | None = None
    future: Future[Answer] | None = None
    person: Person | None = None
    refusal: tuple[Refusal, str] | None = None
    reply: Reply | None = None

    @classmethod
    def of(
        cls,
        command: Command,
        *,
        address: Address | None = None,
        future: Future[Answer] | None = None,
    ) -> "Job":
        """The job of a command. A person in it is taken out, so that no rule ever sees one."""
        job = cls(command, address, future)
        if isinstance(command.act, IssueTicket) and command.act.person is not None:
            job.person = read(command.act.person)
            if job.person is None:
                job.refusal = (Refusal.BAD_REQUEST, "the person is not readable")
            act = replace(command.act, person=None)
            job.command = replace(command, act=act)
        return job

    @property
    def request_id(self) -> str:
        """The id of the answer; empty for a sample, whose answer nobody reads."""
        return self.command.request_id or ""


@dataclass(slots=True)
class Batch:
    """Jobs of one commit, and all deliveries to acknowledge after it, those without a job too.

    `answered` holds the stored replies that concern the jobs, by request id; it is shared by the
    parts of a batch that had to be split. `failed` tells that some job did not reach the store.
    """

    jobs: list[Job] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    answered: dict[str, ReplyRow] = field(default_factory=dict)
    changes: Changes = field(default_factory=Changes)
    failed: bool = False

    def halves(self) -> tuple["Batch", "Batch"]:
        """Two batches with half of the jobs each and nothing decided."""
        middle = len(self.jobs) // 2
        return (
            Batch(self.jobs[:middle], answered=self.answered),
            Batch(self.jobs[middle:], answered=self.answered),
        )

    def give_up(self, detail: str) -> None:
        """Refuse every job that has no stored answer; nothing of it is remembered."""
        self.failed = True
        for job in self.jobs:
            if job.request_id not in self.answered:
                job.reply = refused(job.request_id, Refusal.STORE_FAILED, detail)


def refused(request_id: str, refusal: Refusal, detail: str) -> Reply:
    """A refusal as it is sent and stored."""
    return Reply(id=request_id or "-", outcome=Outcome.REFUSED, refusal=refusal, detail=detail)


def from_row(row: ReplyRow) -> Reply:
    """The reply as it was stored."""
    return _DECODER.decode(row.body)
