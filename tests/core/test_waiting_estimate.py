"""People ahead and the estimate of the wait."""

import dataclasses

import pytest
from desk import LI, MINUTE, RULES, WANG, Desk

from hall_controller.commands import CallNext, Finish, OpenWindow, PauseWindow, StartServing
from hall_controller.core.rules import QueueRule, WindowRule
from hall_controller.core.waiting import estimate_minutes, people_ahead

SIX = RULES.default_service_ms // MINUTE


def estimate(desk: Desk, queue: str, ahead: int) -> int | None:
    return estimate_minutes(desk.state, desk.rules, queue, ahead, desk.now)


def serve(desk: Desk, minutes: int, window: str = "3") -> None:
    """One service of so many minutes, at a window with somebody waiting."""
    desk.do(CallNext(window=window), LI)
    desk.now += MINUTE  # on the way to the window: not service
    desk.do(StartServing(window=window), LI)
    desk.now += minutes * MINUTE
    desk.do(Finish(window=window), LI)


def test_people_ahead_are_those_with_lower_numbers_who_wait() -> None:
    desk = Desk().staffed("3")
    first, second, third = desk.take(), desk.take(), desk.take()
    desk.take("civil")
    assert [people_ahead(desk.state, t) for t in (first, second, third)] == [0, 1, 2]
    desk.do(CallNext(window="3"), LI)
    assert [people_ahead(desk.state, desk.ticket(t)) for t in (first, second, third)] == [0, 0, 1]


def test_default_until_enough_was_measured_then_the_mean() -> None:
    desk = Desk().staffed("3")
    for _ in range(6):
        desk.take()
    for _ in range(4):
        serve(desk, 3)
    assert estimate(desk, "social", 4) == 4 * SIX
    serve(desk, 8)
    assert estimate(desk, "social", 1) == 4  # (4 × 3 + 8) / 5
    assert estimate(desk, "social", 4) == 16


def test_only_the_last_twenty_services_count() -> None:
    desk = Desk().staffed("3")
    for _ in range(25):
        desk.take()
    for _ in range(5):
        serve(desk, 50)
    for _ in range(20):
        serve(desk, 2)
    assert estimate(desk, "social", 1) == 2


def test_minutes_are_rounded_up_and_nobody_ahead_means_no_wait() -> None:
    desk = Desk(dataclasses.replace(RULES, default_service_ms=90_000)).staffed("3")
    assert estimate(desk, "social", 0) == 0
    assert estimate(desk, "social", 1) == 2


def test_windows_at_work_share_the_wait() -> None:
    desk = Desk().staffed("3", LI)
    assert estimate(desk, "social", 6) == 6 * SIX
    desk.staffed("1", WANG)
    assert estimate(desk, "social", 6) == 3 * SIX
    desk.do(PauseWindow(window="1"), WANG)
    assert estimate(desk, "social", 6) == 6 * SIX


def test_a_window_gives_each_waiting_queue_its_weight() -> None:
    desk = Desk().staffed("1")
    assert estimate(desk, "social", 4) == 4 * SIX
    for _ in range(4):
        desk.take("civil")
    assert estimate(desk, "social", 4) == 6 * SIX  # 2 of 3 calls
    assert estimate(desk, "civil", 1) == SIX
    for _ in range(4):
        desk.take("social")
    assert estimate(desk, "civil", 1) == 3 * SIX  # 1 of 3


def test_another_queue_takes_no_more_than_its_own_work() -> None:
    desk = Desk().staffed("1")
    desk.take("civil")
    assert estimate(desk, "social", 12) == 13 * SIX  # not 18: the share ends with that one


def test_before_the_hall_opens_all_windows_count() -> None:
    assert estimate(Desk(), "social", 2) == SIX
    desk = Desk()
    desk.do(OpenWindow(window="3"), LI)
    assert estimate(desk, "social", 2) == 2 * SIX


def test_none_only_if_no_window_serves_the_queue() -> None:
    lost = QueueRule("lost", "无窗口", "", "X")
    desk = Desk(dataclasses.replace(RULES, queues=(*RULES.queues, lost)))
    assert estimate(desk, "lost", 0) is None
    assert estimate(desk, "lost", 3) is None
    assert estimate(desk, "nowhere", 3) is None


@pytest.mark.parametrize("ahead", [0, 1, 7, 100])
def test_an_estimate_exists_wherever_a_window_serves(ahead: int) -> None:
    rules = dataclasses.replace(RULES, windows=(WindowRule("1", "1号窗口", ("other",)),))
    assert estimate(Desk(rules), "other", ahead) == ahead * SIX
