"""A hall on its bus: tickets, repeats, withdrawals, calls, and what the public sees."""

import threading
import time
import uuid
from collections.abc import Iterator

import pytest

from bus import topics
from bus.codec import encode
from bus.link import Delivery, Link
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
    Request,
    WindowShows,
    WithdrawTicket,
)
from bus.topics import Site, topic
from hall_controller import commands as c
from hall_controller.main import clock
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
    expected = before + len(GARBAGE) - channel.retain  # an empty state is one that was cleared
    until(lambda: hall.loop.counters()["hall_poison_total"] == expected)
    assert issue(hall.kiosk()).outcome is Outcome.DONE
    assert hall.loop.alive


def test_an_oversized_request_reaches_nobody_and_stops_nothing(hall: Floor) -> None:
    before = hall.loop.counters()["hall_deliveries_total"]
    where = topic(topics.REQUEST, Site(SITE), "kiosk-2")
    hall.publish_raw(where, b'{"id":"' + b"x" * 70_000 + b'"}', "kiosk-2")
    assert issue(hall.kiosk()).outcome is Outcome.DONE
    assert hall.loop.counters()["hall_deliveries_total"] == before + 1


@pytest.mark.parametrize("minutes", [-10, 10])
def test_a_terminal_whose_clock_is_wrong_is_served_and_shown(hall: Floor, minutes: int) -> None:
    kiosk = hall.kiosk("kiosk-2")
    shift_ms = minutes * 60_000
    sent = clock() + shift_ms
    request = Request(
        id=str(uuid.uuid4()),
        reply_to=topic(topics.REPLY, Site(SITE), kiosk.name),
        sent_ms=sent,
        expires_ms=sent + 60_000,
        body=IssueTicket(queue="general"),
    )
    # As `Link.publish` does on a machine with that clock: what is left to live is a duration.
    lifetime = ("-D", "publish", "message-expiry-interval", "60")
    where = topic(topics.REQUEST, Site(SITE), kiosk.name)
    hall.publish_raw(where, encode(request), kiosk.name, *lifetime)
    assert kiosk.reply_to(request.id).outcome is Outcome.DONE

    def skew() -> int:
        return next(t.skew_ms for t in hall.loop.feed.current.terminals if t.id == kiosk.name)

    until(lambda: abs(skew() - shift_ms) < 20_000)
    issue(kiosk)  # the clock was put right
    until(lambda: abs(skew()) < 20_000)


def test_a_moment_that_somebody_retained_is_taken_once(hall: Floor) -> None:
    kiosk = hall.kiosk()
    request = Request(
        id=str(uuid.uuid4()), reply_to="x", sent_ms=clock(), expires_ms=clock() + 600_000,
        body=IssueTicket(queue="general"),
    )  # fmt: skip
    where = topic(topics.REQUEST, Site(SITE), kiosk.name)
    hall.publish_raw(where, encode(request), kiosk.name, "-r")
    kiosk.reply_to(request.id)
    before = hall.loop.counters()["hall_poison_total"]
    restart_broker(hall)
    until(lambda: hall.loop.counters()["hall_poison_total"] == before + 1)
    hall.publish_raw(where, b"", kiosk.name, "-r")
    issue(kiosk)  # and no second reply to the other request came before


def restart_broker(hall: Floor) -> None:
    hall.broker.stop()
    hall.broker.run()
    until(lambda: hall.kiosk().link.connected and hall.loop.feed.current.bus_connected, 20)


def test_what_an_earlier_configuration_left_on_the_boards_is_cleared(hall: Floor) -> None:
    for channel in (topics.BOARD, topics.WINDOW):
        old = hall.kiosk().last(channel, "1" if channel is topics.WINDOW else "general")
        for site in (SITE, "500240116001"):  # the other one is not ours to tidy
            where = topic(channel, Site(site), "gone")
            hall.publish_raw(where, encode(old), "controller", "-r")
    rules = hall.loop.hall.rules
    known = {*rules.queue_by_id, *(f"window {name}" for name in rules.window_by_id)}
    until(lambda: shown(hall, SITE) == known)
    assert shown(hall, "500240116001") == {"gone", "window gone"}


def shown(hall: Floor, site: str) -> set[str]:
    """Names of what is retained on boards and windows of a site, as somebody new finds it."""
    names: set[str] = set()
    ends = threading.Event()

    def take(delivery: Delivery) -> None:
        address = delivery.address
        names.add(f"{'window ' * (address.channel is topics.WINDOW)}{address.name}")
        if address.channel is topics.PRESENCE:
            ends.set()

    link = Link(
        hall.links["monitor"],
        subscribe=[
            *(topics.all_of_site(channel, Site(site)) for channel in (topics.BOARD, topics.WINDOW)),
            topic(topics.PRESENCE, Site(SITE), "controller"),  # comes last
        ],
        on_delivery=take,
        client_id=f"monitor-{uuid.uuid4()}",
        session_s=0,
    )
    link.start()
    assert ends.wait(10)
    link.stop()
    return names - {"controller"}


def test_everything_was_acknowledged(hall: Floor) -> None:
    issue(hall.kiosk())
    facts = len(hall.loop.hall.store.facts(SITE))
    restart_broker(hall)  # what was not acknowledged would come again
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
