"""The kiosk's line to its hall on a real broker: no number without its visitor, none without word
of its slip."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bus import messages as m
from bus import topics
from bus.link import Delivery, Link
from kiosk.flow.effects import AskTicket
from kiosk.flow.events import BoardChanged, Event, HallContact, HallReplied, PrintOutcome
from kiosk.hall import Hall
from tests.broker import SITE, Running, running_broker, until
from tests.full_disk import refusing


@dataclass
class Owner:
    """A controller that gives numbers while it may, and remembers every request."""

    link: Link
    gives: bool = True
    bodies: list[m.Body] = field(default_factory=list)

    def take(self, delivery: Delivery) -> None:
        request = delivery.decode()
        assert isinstance(request, m.Request)
        self.bodies.append(request.body)
        if self.gives or not isinstance(request.body, m.IssueTicket):
            ticket = _ticket(request.id) if isinstance(request.body, m.IssueTicket) else None
            reply = m.Reply(id=request.id, outcome=m.Outcome.DONE, ticket=ticket)
            self.link.publish(topics.REPLY, delivery.address.name, reply)
        self.link.ack(delivery)

    @property
    def reports(self) -> list[m.Body]:
        return [body for body in self.bodies if isinstance(body, m.ReportPrint)]

    @property
    def withdrawn(self) -> list[str]:
        return [body.of for body in self.bodies if isinstance(body, m.WithdrawTicket)]


def _ticket(request_id: str) -> m.TicketGiven:
    return m.TicketGiven(
        ticket_id=f"ticket-of-{request_id}",
        number="A001",
        queue="general",
        business_day="2026-11-24",
        people_ahead=0,
        issued_ms=1,
    )


@dataclass
class Kiosk:
    """One run of the program's line, and what it posted."""

    hall: Hall
    events: list[Event]

    def replies(self) -> list[HallReplied]:
        return [event for event in self.events if isinstance(event, HallReplied)]

    def boards(self) -> list[BoardChanged]:
        return [event for event in self.events if isinstance(event, BoardChanged)]

    @property
    def connected(self) -> bool:
        contacts = [event.up for event in self.events if isinstance(event, HallContact)]
        return bool(contacts) and contacts[-1]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Running]:
    with running_broker(tmp_path / "var") as running:
        yield running


def _presence(state: m.PresenceState) -> m.Presence:
    return m.Presence(state=state, run_id="run")


@pytest.fixture
def owner(broker: Running) -> Iterator[Owner]:
    link = Link(
        broker.links["controller"],
        subscribe=[topics.everywhere(topics.REQUEST)],
        on_delivery=lambda delivery: owner.take(delivery),  # noqa: PLW0108
        will=_presence(m.PresenceState.LOST),
        session_s=0,
    )
    owner = Owner(link)
    link.publish(topics.PRESENCE, "controller", _presence(m.PresenceState.READY))
    link.start()
    until(lambda: link.connected)
    yield owner
    link.stop()


@pytest.fixture
def begin(broker: Running, tmp_path: Path) -> Iterator[Callable[[], Kiosk]]:
    kiosks: list[Kiosk] = []

    def run() -> Kiosk:
        events: list[Event] = []
        settings = broker.data_dir / "links" / "kiosk-1.json"
        hall = Hall(
            settings,
            tmp_path / "outbox",
            events.append,
            "test",
            controller="controller",
            longest_visit_s=60,
        )
        kiosks.append(Kiosk(hall, events))
        hall.start()
        until(lambda: HallContact(True) in events)
        return kiosks[-1]

    yield run
    for kiosk in kiosks:
        kiosk.hall.stop()


def ask(kiosk: Kiosk, tag: str = "run-1-1") -> None:
    kiosk.hall.ask(AskTicket(tag, "general", "item", None))


def test_who_leaves_between_the_answer_and_the_screen_is_withdrawn(
    owner: Owner, begin: Callable[[], Kiosk]
) -> None:
    kiosk = begin()
    ask(kiosk)
    until(kiosk.replies)  # posted; the screen has not drawn it yet
    kiosk.hall.withdraw("run-1-1")
    until(lambda: owner.withdrawn == ["run-1-1"])


def test_who_leaves_after_the_line_was_built_anew_is_withdrawn(
    owner: Owner, broker: Running, begin: Callable[[], Kiosk]
) -> None:
    kiosk = begin()
    ask(kiosk)
    until(kiosk.replies)
    _build_anew(broker, kiosk)
    kiosk.hall.withdraw("run-1-1")
    until(lambda: owner.withdrawn == ["run-1-1"])


def _build_anew(broker: Running, kiosk: Kiosk) -> None:
    """The controller wrote other settings, and the old ones do not connect any more."""
    settings = broker.links["kiosk-1"]
    broker.broker.stop()
    until(lambda: not kiosk.connected)
    other = type(settings)(**{**_fields(settings), "host": "localhost"})
    other.save(broker.data_dir / "links" / "kiosk-1.json")
    time.sleep(1.5)
    broker.broker.run()
    until(lambda: kiosk.connected)


def _fields(settings: object) -> dict[str, object]:
    return {name: getattr(settings, name) for name in settings.__struct_fields__}  # type: ignore[attr-defined]


def test_a_number_on_its_way_to_paper_is_not_withdrawn_for_a_full_disk(
    owner: Owner, broker: Running, begin: Callable[[], Kiosk], tmp_path: Path
) -> None:
    kiosk = begin()
    owner.gives = False
    ask(kiosk)
    until(lambda: owner.bodies)
    with refusing(tmp_path / "outbox", "DELETE"):
        owner.gives = True
        until(kiosk.replies)  # to the first repeat
        _build_anew(broker, kiosk)
        kiosk.hall.report_print("ticket-of-run-1-1", PrintOutcome.PRINTED)
        until(lambda: owner.reports)
    assert kiosk.replies()[0].ticket is not None
    assert owner.withdrawn == []


def test_a_run_that_ends_before_the_slip_leaves_word_that_nobody_knows(
    owner: Owner, begin: Callable[[], Kiosk]
) -> None:
    first = begin()
    ask(first)
    until(first.replies)
    first.hall.stop()
    assert owner.reports == []
    begin()
    until(lambda: owner.reports)
    assert owner.reports == [
        m.ReportPrint(ticket_id="ticket-of-run-1-1", outcome=m.PrintOutcome.UNSURE)
    ]
    assert owner.withdrawn == []


def test_a_slip_that_was_told_of_is_not_told_of_again(
    owner: Owner, begin: Callable[[], Kiosk], tmp_path: Path
) -> None:
    first = begin()
    ask(first)
    until(first.replies)
    first.hall.report_print("ticket-of-run-1-1", PrintOutcome.PRINTED)
    until(lambda: owner.reports)
    first.hall.stop()
    ask(begin(), "run-2-1")
    until(lambda: len(owner.bodies) >= 3)
    assert [type(body) for body in owner.bodies] == [m.IssueTicket, m.ReportPrint, m.IssueTicket]


@pytest.mark.parametrize("state", [m.PresenceState.LOST, m.PresenceState.DISCONNECTED])
def test_a_broker_without_its_controller_is_no_contact(
    owner: Owner, begin: Callable[[], Kiosk], state: m.PresenceState
) -> None:
    kiosk = begin()
    owner.link.publish(topics.PRESENCE, "controller", _presence(state))
    until(lambda: not kiosk.connected)
    owner.link.publish(topics.PRESENCE, "controller", _presence(m.PresenceState.READY))
    until(lambda: kiosk.connected)


def test_a_kiosk_that_starts_while_the_controller_is_away_knows(
    owner: Owner, begin: Callable[[], Kiosk]
) -> None:
    owner.link.publish(topics.PRESENCE, "controller", _presence(m.PresenceState.DISCONNECTED))
    kiosk = begin()
    until(lambda: not kiosk.connected)


def test_until_the_controller_is_heard_of_it_is_taken_to_be_there(
    begin: Callable[[], Kiosk],
) -> None:
    assert begin().connected


def test_a_cleared_board_is_nothing_and_a_bad_one_does_not_stop_the_rest(
    owner: Owner, begin: Callable[[], Kiosk]
) -> None:
    kiosk = begin()
    with capture_logs() as logs:
        owner.link.publish(topics.BOARD, "general", m.BoardState(queue="general", name="综合"))
        owner.link.clear(topics.BOARD, "general")
        owner.link.publish(topics.BOARD, "bad", m.Presence(state=m.PresenceState.INIT, run_id="r"))
        owner.link.publish(topics.BOARD, "last", m.BoardState(queue="last", name="末"))
        until(lambda: [event for event in kiosk.boards() if event.queue.id == "last"])
    assert [event.queue.id for event in kiosk.boards()] == ["general", "last"]
    assert [each["topic"] for each in logs if each["event"] == "bus.poison"] == [
        topics.topic(topics.BOARD, topics.Site(SITE), "bad")
    ]
