"""Calling policy: order, shares, and the bound within which everybody is called."""

import dataclasses
from collections import Counter

import pytest
from desk import LI, MINUTE, RULES, WANG, Desk
from hypothesis import given, settings
from hypothesis import strategies as st

from hall_controller.commands import CallNext, MarkMissed, Recall
from hall_controller.core.calling import next_ticket
from hall_controller.core.rules import HallRules, QueueRule, WindowRule
from hall_controller.core.tickets import Ticket, TicketState

QUEUES = ("a", "b", "c")


def rules_of(weights: tuple[int, ...], max_wait_ms: int = 10**12) -> HallRules:
    """One window for queues a, b, c of these weights, in this order of preference."""
    queues = tuple(QueueRule(q, q, q, q.upper(), w) for q, w in zip(QUEUES, weights, strict=False))
    window = WindowRule("1", "1号窗口", tuple(queue.id for queue in queues))
    return dataclasses.replace(RULES, queues=queues, windows=(window,), max_wait_ms=max_wait_ms)


def call(desk: Desk, window: str = "1") -> Ticket:
    """The next by policy; nobody comes."""
    desk.do(CallNext(window=window), LI)
    ticket = desk.state.tickets[desk.state.window(window).ticket_id]
    desk.do(MarkMissed(window=window), LI)
    return ticket


@pytest.mark.parametrize(
    ("weights", "called"),
    [
        ((1,), "aaaa"),
        ((1, 1), "abababab"),
        ((2, 1), "aabaabaab"),
        ((1, 2), "babbabbab"),
        ((3, 1), "aaabaaab"),
        ((2, 1, 1), "aabcaabc"),
    ],
)
def test_shares_with_everybody_waiting(weights: tuple[int, ...], called: str) -> None:
    desk = Desk(rules_of(weights)).staffed()
    for _ in range(10):
        for queue in QUEUES[: len(weights)]:
            desk.take(queue)
    assert "".join(call(desk).queue for _ in called) == called


@given(weights=st.lists(st.integers(1, 10), min_size=1, max_size=3))
@settings(deadline=None, max_examples=40)
def test_over_time_every_queue_gets_its_weight(weights: list[int]) -> None:
    desk = Desk(rules_of(tuple(weights))).staffed()
    rounds = 6
    for queue in QUEUES[: len(weights)]:
        for _ in range(rounds * sum(weights)):
            desk.take(queue)
    called = Counter(call(desk).queue for _ in range(rounds * sum(weights)))
    for queue, weight in zip(QUEUES, weights, strict=False):
        assert abs(called[queue] - rounds * weight) <= rounds + 1, (weights, called)


def test_an_empty_queue_saves_up_no_claims() -> None:
    desk = Desk(rules_of((1, 1))).staffed()
    for _ in range(30):
        desk.take("a")
    for _ in range(20):
        call(desk)
    for _ in range(5):
        desk.take("b")
    assert "".join(call(desk).queue for _ in range(6)) == "bababa"


def test_recalls_do_not_count() -> None:
    desk = Desk(rules_of((2, 1))).staffed()
    for _ in range(4):
        desk.take("a")
        desk.take("b")
    desk.do(CallNext(window="1"), LI)
    for _ in range(5):
        desk.do(Recall(window="1"), LI)
    desk.do(MarkMissed(window="1"), LI)
    assert "".join(call(desk).queue for _ in range(2)) == "ab"


def test_a_window_calls_only_its_queues() -> None:
    desk = Desk().staffed("2")
    desk.take("social")
    assert desk.refused(CallNext(window="2"), LI) == "nothing_waiting"
    assert desk.take("other").ticket_id == call(desk, "2").ticket_id


def test_an_aged_ticket_comes_before_all_younger_ones() -> None:
    desk = Desk(rules_of((10, 1), max_wait_ms=30 * MINUTE)).staffed()
    desk.take("b")
    desk.now += 1
    for _ in range(3):
        desk.take("a")
    assert call(desk).queue == "a"
    desk.now += 30 * MINUTE - 1
    desk.take("a")
    assert call(desk).queue == "a"  # as old as the limit is not older
    desk.take("b")
    desk.now += 1
    assert [call(desk).number for _ in range(2)] == ["B001", "A003"]
    assert call(desk).number == "A004"


def test_two_windows_never_call_one_ticket() -> None:
    desk = Desk().staffed("1", LI).staffed("3", WANG)
    first, second = desk.take(), desk.take()
    desk.do(CallNext(window="1"), LI)
    desk.do(CallNext(window="3"), WANG)
    at = {window: desk.state.window(window).ticket_id for window in ("1", "3")}
    assert at == {"1": first.ticket_id, "3": second.ticket_id}


@given(
    weights=st.tuples(*[st.integers(1, 10)] * 3),
    max_wait=st.integers(0, 20),
    minutes=st.lists(
        st.tuples(st.integers(0, 6), st.lists(st.sampled_from(QUEUES), max_size=4)), max_size=60
    ),
)
@settings(deadline=None, max_examples=150)
def test_nobody_waits_for_ever(
    weights: tuple[int, ...], max_wait: int, minutes: list[tuple[int, list[str]]]
) -> None:
    """The bound of docs/decisions/0003, for every ticket, whatever arrives meanwhile."""
    desk = Desk(rules_of(weights, max_wait * MINUTE)).staffed()
    before_or_with: dict[str, int] = {}
    calls_when_old: Counter[str] = Counter()
    for service_minutes, arrivals in minutes:
        new = [desk.take(queue).ticket_id for queue in arrivals]  # all in one millisecond
        before_or_with |= dict.fromkeys(new, len(_waiting(desk)))
        desk.now += service_minutes * MINUTE + 1  # within one the order of arrival is not known
        old = [t for t in _waiting(desk) if desk.now - t.issued_ms > desk.rules.max_wait_ms]
        if not _waiting(desk):
            continue
        called = call(desk)
        assert all(called.issued_ms <= ticket.issued_ms for ticket in old)
        calls_when_old.update(ticket.ticket_id for ticket in old)
        for ticket in old:
            assert calls_when_old[ticket.ticket_id] <= before_or_with[ticket.ticket_id]


@given(
    weights=st.tuples(*[st.integers(1, 10)] * 3),
    arrivals=st.lists(st.sampled_from(QUEUES), min_size=1, max_size=40),
)
@settings(deadline=None, max_examples=60)
def test_every_ticket_is_called_once_and_in_the_order_of_its_queue(
    weights: tuple[int, ...], arrivals: list[str]
) -> None:
    desk = Desk(rules_of(weights, 5 * MINUTE)).staffed()
    for queue in arrivals:
        desk.take(queue)
        desk.now += MINUTE
    called = [call(desk) for _ in arrivals]
    assert next_ticket(desk.state, desk.rules, desk.rules.windows[0], desk.now) is None
    for queue in QUEUES:
        sequences = [ticket.sequence for ticket in called if ticket.queue == queue]
        assert sequences == list(range(1, arrivals.count(queue) + 1))


def _waiting(desk: Desk) -> list[Ticket]:
    return [t for t in desk.state.tickets.values() if t.state is TicketState.WAITING]
