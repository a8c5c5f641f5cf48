"""A hall on its bus: tickets, repeats, withdrawals, calls, and what the public sees."""

import time
import uuid
from collections.abc import Iterator

import pytest

from bus import topics
from bus.messages import (
    Event,
    EventKind,
    Health,
    IssueTicket,
    Outcome,
    PeripheralState,
    Presence,
    PresenceState,
    PrintOutcome,
    Refusal,
    ReportPrint,
    WindowShows,
    WithdrawTicket,
)
from bus.topics import Site, topic
from hall_controller import commands as c
from tests.broker import until
from tests.hall.floor import SITE, Floor, floor, issue


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Floor]:
    with floor(tmp_path_factory.mktemp("hall")) as running:
        yield running


def test_a_number_is_given_and_stands_in_the_store(hall: Floor) -> None:
    reply = issue(hall.kiosk(), item_id="x")
    assert reply.outcome is Outcome.DONE
    assert reply.ticket is not None
    assert reply.ticket.number.startswith("A")
    state = hall.loop.hall.store.load(SITE, reply.ticket.business_day)
    assert state.tickets[reply.ticket.ticket_id].number == reply.ticket.number


def test_the_same_request_gets_the_same_reply_and_no_second_number(hall: Floor) -> None:
    kiosk, request_id = hall.kiosk(), str(uuid.uuid4())
    first = kiosk.ask(IssueTicket(queue="general"), id_=request_id)
    before = hall.loop.hall.state.next_sequence.copy()
    assert kiosk.ask(IssueTicket(queue="general"), id_=request_id) == first
    assert hall.loop.hall.state.next_sequence == before


def test_the_same_request_twice_in_one_batch(hall: Floor) -> None:
    kiosk, request_id = hall.kiosk(), str(uuid.uuid4())
    for _ in range(20):
        kiosk.send(IssueTicket(queue="general"), id_=request_id)
    replies = [kiosk.reply_to(request_id) for _ in range(20)]
    assert all(reply == replies[0] for reply in replies)


def test_another_terminal_does_not_get_somebody_elses_reply(hall: Floor) -> None:
    request_id = str(uuid.uuid4())
    hall.kiosk("kiosk-1").ask(IssueTicket(queue="general"), id_=request_id)
    stranger = hall.kiosk("kiosk-2").ask(IssueTicket(queue="general"), id_=request_id)
    assert (stranger.refusal, stranger.ticket) == (Refusal.NOT_ALLOWED, None)


def test_two_kiosks_never_get_one_number(hall: Floor) -> None:
    kiosks = [hall.kiosk("kiosk-1"), hall.kiosk("kiosk-2")]
    sent = [(k, k.send(IssueTicket(queue="insurance"))) for _ in range(25) for k in kiosks]
    numbers = [k.reply_to(request_id).ticket.number for k, request_id in sent]  # type: ignore[union-attr]
    assert sorted(numbers) == [f"B{n:03}" for n in range(1, 51)]


def test_a_withdrawal_after_and_before_its_request(hall: Floor) -> None:
    kiosk = hall.kiosk()
    given = issue(kiosk)
    assert given.ticket is not None
    assert kiosk.ask(WithdrawTicket(of=given.id)).outcome is Outcome.DONE
    assert hall.loop.hall.state.tickets[given.ticket.ticket_id].state == "withdrawn"
    late = str(uuid.uuid4())
    assert kiosk.ask(WithdrawTicket(of=late)).outcome is Outcome.DONE
    assert kiosk.ask(IssueTicket(queue="general"), id_=late).refusal is Refusal.WITHDRAWN


def test_what_is_refused(hall: Floor) -> None:
    kiosk = hall.kiosk()
    assert issue(kiosk, "nowhere").refusal is Refusal.UNKNOWN_QUEUE
    expired = str(uuid.uuid4())
    first = kiosk.ask(IssueTicket(queue="general"), id_=expired, expires_s=-1)
    assert first.refusal is Refusal.EXPIRED
    again = kiosk.ask(IssueTicket(queue="general"), id_=expired, expires_s=60)
    assert again == first, "the refusal is the one stored answer"
    broken = kiosk.ask(IssueTicket(queue="general", sealed=hall.kiosk("kiosk-2").seal()))
    assert broken.refusal is Refusal.BAD_REQUEST
    nobody = kiosk.ask(IssueTicket(queue="general", sealed=kiosk.seal({"name": "", "number": ""})))
    assert nobody.refusal is Refusal.BAD_REQUEST
    unknown = kiosk.ask(ReportPrint(ticket_id="t", outcome=PrintOutcome.PRINTED))
    assert unknown.refusal is Refusal.UNKNOWN_TICKET


def test_the_same_person_has_one_record(hall: Floor) -> None:
    kiosk, other = hall.kiosk("kiosk-1"), hall.kiosk("kiosk-2")
    first, second = issue(kiosk, sealed=kiosk.seal()), issue(other, sealed=other.seal())
    tickets = hall.loop.hall.state.tickets
    ids = {tickets[r.ticket.ticket_id].person_id for r in (first, second) if r.ticket}
    assert len(ids) == 1
    assert None not in ids
    until(lambda: "测**" in {t.person for q in hall.loop.feed.current.queues for t in q.waiting})


def test_a_call_shows_at_window_and_board(hall: Floor) -> None:
    kiosk = hall.kiosk()
    number = issue(kiosk).ticket.number  # type: ignore[union-attr]
    ticket_id = next(
        t.ticket_id for t in hall.loop.hall.state.tickets.values() if t.number == number
    )
    assert hall.act(c.OpenWindow(window="1")).outcome == "done"
    until(lambda: kiosk.last(topics.WINDOW, "1").shows is WindowShows.IDLE)
    assert hall.act(c.CallNext(window="1", ticket_id=ticket_id)).outcome == "done"
    until(lambda: kiosk.last(topics.WINDOW, "1").shows is WindowShows.CALLING)
    call = kiosk.last(topics.WINDOW, "1")
    assert call.number == number
    until(lambda: kiosk.last(topics.BOARD, "general").calls[:1] != [])
    board = kiosk.last(topics.BOARD, "general")
    assert (board.calls[0].number, board.calls[0].window_name) == (number, "1号窗口")
    assert hall.act(c.Recall(window="1")).outcome == "done"
    until(lambda: kiosk.last(topics.WINDOW, "1").call_id != call.call_id)
    assert hall.act(c.StartServing(window="1")).outcome == "done"
    assert hall.act(c.Finish(window="1")).outcome == "done"
    assert hall.act(c.CloseWindow(window="1")).outcome == "done"
    until(lambda: kiosk.last(topics.WINDOW, "1").shows is WindowShows.CLOSED)


def test_a_clerks_command_is_remembered_like_a_terminals(hall: Floor) -> None:
    request_id = str(uuid.uuid4())
    first = hall.act(c.OpenWindow(window="2"), "wang", id_=request_id)
    assert hall.act(c.CloseWindow(window="2"), "wang").outcome == "done"
    assert hall.act(c.OpenWindow(window="2"), "wang", id_=request_id) == first
    assert hall.loop.hall.state.window("2").state == "closed", "a repeat does nothing"


def test_presence_health_and_events_become_facts_once(hall: Floor) -> None:
    kiosk = hall.kiosk()
    reader = PeripheralState(id="reader", driver="sdt_reader", state="ready")
    presence = Presence(state=PresenceState.READY, run_id="r1", at_ms=1)
    event = Event(id="e1", kind=EventKind.CARD_ERROR, at_ms=1, peripheral="reader")
    for at_ms in range(5):
        kiosk.link.publish(topics.PRESENCE, kiosk.name, presence)
        kiosk.link.publish(topics.HEALTH, kiosk.name, Health(at_ms=at_ms, peripherals=[reader]))
        kiosk.link.publish(topics.EVENT, kiosk.name, event)
    issue(kiosk)  # whatever was sent before has been decided now
    kinds = [row.kind for row in hall.loop.hall.store.facts(SITE)]
    for kind in ("terminal_changed", "peripheral_changed", "terminal_event_seen"):
        assert kinds.count(kind) == 1, kind
    until(lambda: hall.loop.feed.current.terminals[0].peripherals != ())
    assert hall.loop.feed.current.terminals[0].state == "ready"


GARBAGE = {
    "not JSON": b"\xff\xfe{",
    "empty": b"",
    "another type": b"[1,2,3]",
    "deep": b"[" * 20_000,
    "a verb unknown": b'{"id":"1","reply_to":"x","sent_ms":1,"expires_ms":2,"body":{"verb":"rm"}}',
    "a newer schema": b'{"v":99,"state":"ready","run_id":"x"}',
}


@pytest.mark.parametrize("leaf", ["presence", "health", "event", "request", "result"])
def test_garbage_is_counted_and_the_rest_goes_on(hall: Floor, leaf: str) -> None:
    channel = next(ch for ch in topics.CHANNELS if ch.leaf == leaf)
    where = topic(channel, Site(SITE), "kiosk-2")
    before = hall.loop.counters()["hall_poison_total"]
    for payload in GARBAGE.values():
        hall.publish_raw(where, payload, "kiosk-2")
    until(lambda: hall.loop.counters()["hall_poison_total"] == before + len(GARBAGE))
    assert issue(hall.kiosk()).outcome is Outcome.DONE
    assert hall.loop.alive


def test_an_oversized_request_reaches_nobody_and_stops_nothing(hall: Floor) -> None:
    before = hall.loop.counters()["hall_deliveries_total"]
    where = topic(topics.REQUEST, Site(SITE), "kiosk-2")
    hall.publish_raw(where, b'{"id":"' + b"x" * 70_000 + b'"}', "kiosk-2")
    assert issue(hall.kiosk()).outcome is Outcome.DONE
    assert hall.loop.counters()["hall_deliveries_total"] == before + 1


def test_everything_was_acknowledged(hall: Floor) -> None:
    issue(hall.kiosk())
    facts = len(hall.loop.hall.store.facts(SITE))
    hall.broker.stop()
    hall.broker.run()  # what was not acknowledged would come again
    until(lambda: hall.kiosk().link.connected and hall.loop.feed.current.bus_connected, 20)
    time.sleep(0.3)
    issue(hall.kiosk())
    assert len(hall.loop.hall.store.facts(SITE)) == facts + 1


def test_the_chain_holds_and_replaying_it_gives_the_same_tables(hall: Floor) -> None:
    from hall_controller.core.apply import apply
    from hall_controller.core.state import HallState
    from hall_controller.store.chain import fact_of

    store = hall.loop.hall.store
    report = store.verify_chain(SITE)
    assert report.broken_at is None
    assert report.facts > 50
    replayed = HallState()
    for row in store.facts(SITE):
        apply(replayed, fact_of(row), row.request_id)
    stored = store.load(SITE, "0000-00-00")
    assert stored == replayed
    assert stored == hall.loop.hall.state
