"""The hall without its bus and threads: live state, rules and store, a batch at a time.

A batch is applied in memory while it is decided; if its commit fails, the state is loaded anew.
"""

from collections.abc import Callable

import msgspec
import structlog

from bus.messages import Outcome, Refusal, Reply, TicketGiven
from hall_controller.batch import Batch, Job, from_row, refused
from hall_controller.commands import Actor, Command, IssueTicket
from hall_controller.core.apply import apply
from hall_controller.core.days import business_day, first_day_kept, forget_before
from hall_controller.core.decide import Decision, Done, decide
from hall_controller.core.rules import HallRules
from hall_controller.core.state import HallState
from hall_controller.core.waiting import estimate_minutes, people_ahead
from hall_controller.errors import HallReason, StoreError
from hall_controller.ids import IdMaker
from hall_controller.persons import Person, read
from hall_controller.recognition import Recognised, recognise
from hall_controller.store import chain
from hall_controller.store.replies import KEEP_MS, ReplyRow
from hall_controller.store.store import Changes, SiteChanges, Store

log = structlog.get_logger()

_LONGEST_DETAIL = 200
_ENCODER = msgspec.json.Encoder()


class Hall:
    """The state of every owned site. Only one thread uses it."""

    def __init__(self, rules: HallRules, store: Store, clock: Callable[[], int]) -> None:
        self.rules = rules
        self.store = store
        self.clock = clock
        self._new_id = IdMaker(clock)
        self._states: dict[str, HallState] = {}
        self._day = business_day(clock())
        self.stale = True  # the state in memory is not what the store holds
        self.works = True  # the store took the last commit
        self.reload()

    @property
    def state(self) -> HallState:
        """The state of the site that this hall is."""
        return self._states[self.rules.site]

    def reload(self) -> None:
        """Take the state of every site from the store, as after a failed commit."""
        for site in sorted(self.rules.owns | {self.rules.site}):
            state = self._states[site] = self.store.load(site, first_day_kept(self.clock()))
            wanted = {t.person_id for t in state.tickets.values() if t.person_id}
            for person_id, raw in self.store.persons(wanted).items():
                person = read(raw)
                state.persons[person_id] = person.masked_name if person else ""
        self.stale = False

    def turn_day(self) -> bool:
        """Forget what is too old when the business day has changed; whether it has."""
        now_ms = self.clock()
        today = business_day(now_ms)
        if today == self._day:
            return False
        self._day = today
        for state in self._states.values():
            forget_before(state, first_day_kept(now_ms), now_ms - KEEP_MS)
        return True

    def settle(self, batch: Batch, commit: Callable[[Batch], None]) -> None:
        """Answer every job of the batch; what `commit` was given and did not raise is on disk.

        A commit that fails for one job's sake is tried again without it: the batch is halved until
        the culprit stands alone. Raises StoreError FENCED only.
        """
        try:
            if self.stale:
                self.reload()
            batch.answered.update(
                self.store.stored_replies({job.request_id for job in batch.jobs if job.request_id})
            )
            self._attempt(batch, commit)
        except StoreError as error:
            self._give_up(batch, error)

    def _attempt(self, batch: Batch, commit: Callable[[Batch], None]) -> None:
        self._decide(batch)
        if not batch.changes:
            return
        try:
            self.stale = True
            commit(batch)
            self.stale, self.works = False, True
        except StoreError as error:
            self.reload()
            if error.reason is not HallReason.STORE_REFUSED or len(batch.jobs) == 1:
                self._give_up(batch, error)
                return
            for half in batch.halves():
                self._attempt(half, commit)
                batch.failed |= half.failed
        else:
            batch.answered.update({row.request_id: row for row in batch.changes.replies})

    def _give_up(self, batch: Batch, error: StoreError) -> None:
        if error.reason is HallReason.FENCED:
            raise error
        self.works = error.reason is HallReason.STORE_REFUSED
        log.error("hall.commit_failed", jobs=len(batch.jobs), reason=error.detail)
        batch.give_up("the hall could not store this; ask again")

    def commit(self, batch: Batch) -> None:
        """Write what was decided: the only way of a batch to the disk. Raises StoreError."""
        self.store.commit(batch.changes)

    def _decide(self, batch: Batch) -> None:
        """Judge every job in order and apply it in memory; fills replies and `batch.changes`."""
        batch.changes = Changes()
        now_ms = self.clock()
        persons = (job.person for job in batch.jobs if job.person)
        known = recognise(persons, self.store, self._new_id, now_ms)
        fresh: dict[str, ReplyRow] = {}
        for job in batch.jobs:
            row = batch.answered.get(job.request_id) or fresh.get(job.request_id)
            if row is not None:
                job.reply = _repeated(job.command, row)
                continue
            job.reply = self._judge(job, batch.changes, known, now_ms)
            if job.request_id:
                fresh[job.request_id] = _row(job.command, job.reply, now_ms)
        batch.changes.replies = list(fresh.values())

    def _judge(
        self, job: Job, changes: Changes, known: dict[Person, Recognised], now_ms: int
    ) -> Reply:
        command = job.command
        if job.refusal is not None:
            return refused(job.request_id, *job.refusal)
        person = known.get(job.person) if job.person else None
        state = self._states.get(command.site, self.state)
        decision = decide(
            state,
            self.rules,
            command,
            now_ms,
            self._new_id,
            person_id=person.person_id if person else None,
        )
        if decision.facts:
            self._remember(command, decision, changes, now_ms)
            if person and job.person:
                state.persons[person.person_id] = job.person.masked_name
                if person.row and person.row not in changes.people:
                    changes.people.append(person.row)
        return self._reply(state, command, decision, now_ms)

    def _remember(
        self, command: Command, decision: Decision, changes: Changes, now_ms: int
    ) -> None:
        site = command.site
        change = changes.sites.setdefault(site, SiteChanges(self._states[site]))
        head = (
            chain.Head(change.facts[-1].seq, change.facts[-1].hash)
            if change.facts
            else self.store.heads[site]
        )
        for fact in decision.facts:
            row = chain.link(
                head,
                fact,
                site=site,
                at_ms=now_ms,
                actor=actor_name(command.actor),
                request_id=command.request_id,
            )
            head = chain.Head(row.seq, row.hash)
            change.facts.append(row)
            apply(change.state, fact, command.request_id)
            change.touched.note(fact, change.state)

    def _reply(self, state: HallState, command: Command, decision: Decision, now_ms: int) -> Reply:
        request_id = command.request_id or "-"
        answer = decision.answer
        if not isinstance(answer, Done):
            return refused(request_id, Refusal(answer.reason), answer.detail[:_LONGEST_DETAIL])
        ticket = state.tickets.get(answer.ticket_id or "")
        if not isinstance(command.act, IssueTicket) or ticket is None:
            return Reply(id=request_id, outcome=Outcome.DONE)
        ahead = people_ahead(state, ticket)
        given = TicketGiven(
            ticket_id=ticket.ticket_id,
            number=ticket.number,
            queue=ticket.queue,
            business_day=ticket.business_day,
            people_ahead=ahead,
            estimate_minutes=estimate_minutes(state, self.rules, ticket.queue, ahead, now_ms),
            issued_ms=ticket.issued_ms,
        )
        return Reply(id=request_id, outcome=Outcome.DONE, ticket=given)


def actor_name(actor: Actor) -> str:
    """An actor as it stands in facts and replies: `terminal:kiosk-1`, `clerk:li`."""
    return (
        actor.id
        if actor.id.startswith(f"{actor.role.value}:")
        else f"{actor.role.value}:{actor.id}"
    )


def _row(command: Command, reply: Reply, now_ms: int) -> ReplyRow:
    body = _ENCODER.encode(reply).decode()
    return ReplyRow(reply.id, command.site, actor_name(command.actor), now_ms, body)


def _repeated(command: Command, row: ReplyRow) -> Reply:
    """The stored reply, but only for who had asked."""
    if row.actor != actor_name(command.actor):
        return refused(row.request_id, Refusal.NOT_ALLOWED, "another actor used this request id")
    return from_row(row)
