"""One connection of the kiosk with its outbox, for one set of link settings."""

import time
import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path

import structlog

from bus import messages, topics
from bus.asker import Asker
from bus.errors import BusError, BusReason
from bus.link import Delivery, Link, LinkSettings
from bus.outbox import Outbox
from bus.sealing import Sealer
from drivers.status import PeripheralHealth
from kiosk.flow.effects import AskTicket
from kiosk.flow.events import BoardChanged, Event, HallContact, HallReplied, PrintOutcome
from kiosk.flow.visit import QueueFacts, Ticket
from kiosk.health import on_the_wire

REPORT_EXPIRES_S = 7 * 24 * 3600.0

_GONE = frozenset({messages.PresenceState.LOST, messages.PresenceState.DISCONNECTED})

_log = structlog.get_logger()


class Line:
    """A link with its outbox, for one set of link settings. One thread uses it.

    The tag of a request is its id on the bus, so that it can be withdrawn at any time: also when
    its answer is here, but not on the screen yet, and by another line than the one that asked.

    controller: the terminal whose presence tells whether anybody is there who can answer.
    forgotten: see `Outbox`; one set for all lines of the program.
    """

    def __init__(
        self,
        settings: LinkSettings,
        outbox_path: Path,
        post: Callable[[Event], None],
        run_id: str,
        software: str,
        *,
        controller: str,
        forgotten: set[str],
    ) -> None:
        self._post = post
        self._run_id = run_id
        self._software = software
        self._terminal = settings.terminal
        self._sealer = Sealer(settings.seal_key)
        self._unanswered: set[str] = set()  # tags
        self._announced: messages.PresenceState | None = None
        site = topics.Site(settings.site)
        self.link = Link(
            settings,
            subscribe=(
                topics.topic(topics.REPLY, site, settings.terminal),
                topics.all_of_site(topics.BOARD, site),
                topics.topic(topics.PRESENCE, site, controller),
            ),
            on_delivery=self._on_delivery,
            # Until its presence is heard, the controller is taken to be there.
            on_up=lambda: post(HallContact(True)),
            on_down=lambda _reason: post(HallContact(False)),
            will=self._presence(messages.PresenceState.LOST),
        )
        self._outbox, damaged = Outbox.open_or_set_aside(outbox_path, forgotten)
        if damaged is not None:
            _log.error("kiosk.outbox_damaged", moved_to=str(damaged))
        self._asker = Asker(self.link, self._outbox)

    def ask(self, effect: AskTicket, expires_s: float) -> None:
        person = effect.person
        body = messages.IssueTicket(
            queue=effect.queue_id,
            item_id=effect.item_id,
            sealed=self._sealer.seal(person.record) if person else None,
        )
        self._unanswered.add(effect.tag)
        on_reply = partial(self._replied, effect.tag)
        self._asker.ask(body, expires_s=expires_s, on_reply=on_reply, id_=effect.tag)

    def withdraw(self, tag: str) -> None:
        self._unanswered.discard(tag)
        self._asker.withdraw(tag)

    def report_print(self, ticket_id: str, outcome: PrintOutcome) -> None:
        self._asker.ask(
            _report(ticket_id, outcome),
            expires_s=REPORT_EXPIRES_S,
            on_reply=None,
            instead_of=_bequest_of(ticket_id),
        )

    def event(
        self, kind: messages.EventKind, *, peripheral: str | None = None, detail: str = ""
    ) -> None:
        event = messages.Event(
            id=uuid.uuid4().hex, kind=kind, at_ms=_now_ms(), peripheral=peripheral, detail=detail
        )
        self.link.publish(topics.EVENT, self._terminal, event)

    def publish_health(self, reports: tuple[PeripheralHealth, ...]) -> None:
        health = messages.Health(
            at_ms=_now_ms(), peripherals=[on_the_wire(report) for report in reports]
        )
        self.link.publish(topics.HEALTH, self._terminal, health)

    def announce(self, state: messages.PresenceState) -> None:
        if state is not self._announced:
            self._announced = state
            self.link.publish(topics.PRESENCE, self._terminal, self._presence(state))

    def close(self) -> None:
        """Say good-bye. Who still waits for an answer is told to ask again."""
        self.announce(messages.PresenceState.DISCONNECTED)
        self.link.stop()
        self._outbox.close()
        for tag in self._unanswered:
            self._post(HallReplied(tag, None, messages.Refusal.EXPIRED.value))

    def _presence(self, state: messages.PresenceState) -> messages.Presence:
        return messages.Presence(
            state=state, run_id=self._run_id, at_ms=_now_ms(), software=self._software
        )

    def _replied(self, tag: str, reply: messages.Reply | BusError) -> None:
        self._unanswered.discard(tag)
        if isinstance(reply, BusError):
            timed_out = reply.reason is BusReason.TIMED_OUT
            refusal = messages.Refusal.EXPIRED if timed_out else messages.Refusal.STORE_FAILED
            self._post(HallReplied(tag, None, refusal.value))
            return
        given = reply.ticket
        ticket = None
        if given is not None and reply.outcome is messages.Outcome.DONE:
            ticket = _ticket_of(given)
            # Should this program end before it can tell how the slip came out, the next one tells
            # the hall that nobody knows.
            unsure = _report(ticket.ticket_id, PrintOutcome.UNSURE)
            self._asker.bequeath(unsure, id_=_bequest_of(ticket.ticket_id), instead_of=tag)
        self._post(HallReplied(tag, ticket, reply.refusal.value if reply.refusal else None))

    def _on_delivery(self, delivery: Delivery) -> None:
        if delivery.address.channel is topics.REPLY:
            self._asker.feed(delivery)
            return
        try:
            if delivery.payload:  # else it was cleared
                self._take_retained(delivery.decode())
        except BusError as error:
            self.link.poison.add(str(delivery.address), delivery.payload, error)
        self.link.ack(delivery)

    def _take_retained(self, message: messages.Message) -> None:
        match message:
            case messages.BoardState():
                self._post(BoardChanged(_facts_of(message)))
            case messages.Presence():
                self._post(HallContact(message.state not in _GONE))


def _report(ticket_id: str, outcome: PrintOutcome) -> messages.ReportPrint:
    return messages.ReportPrint(ticket_id=ticket_id, outcome=messages.PrintOutcome(outcome.value))


def _bequest_of(ticket_id: str) -> str:
    return f"{ticket_id}/slip"


def _ticket_of(given: messages.TicketGiven) -> Ticket:
    return Ticket(
        ticket_id=given.ticket_id,
        number=given.number,
        queue_id=given.queue,
        business_day=given.business_day,
        people_ahead=given.people_ahead,
        estimate_minutes=given.estimate_minutes,
        issued_ms=given.issued_ms,
    )


def _facts_of(board: messages.BoardState) -> QueueFacts:
    return QueueFacts(
        id=board.queue,
        name=board.name,
        name_en=board.name_en,
        is_open=board.is_open,
        waiting=board.waiting,
        estimate_minutes=board.estimate_minutes,
    )


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
