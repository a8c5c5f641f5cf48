"""How long the next answer to GS r is waited for, by those that came."""

import pytest

from drivers.printers.escpos_marks import MARK, MARK_OF, Marks


class Clock:
    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


def answered(marks: Marks, count: int = MARK_OF, value: int = 0) -> None:
    for _ in range(count):
        marks.answer(value)


def test_a_mark_is_three_questions_and_counts_with_its_third_answer() -> None:
    assert MARK.hex(" ").upper() == "1D 72 01 1D 72 01 1D 72 01"
    marks = Marks(Clock())
    marks.add(100)
    marks.add(200)
    answered(marks, 2)
    assert (marks.count, marks.processed, marks.done) == (2, 0, False)
    answered(marks, 1)
    assert (marks.processed, marks.done) == (1, False)
    answered(marks, 3, 0x03)
    assert (marks.processed, marks.done, marks.last) == (2, True, 0x03)
    marks.begin(200)
    assert (marks.count, marks.processed, marks.last) == (0, 0, None)


@pytest.mark.parametrize(
    ("bytes_between", "limit_s"), [(0, 8.0), (300, 8.0), (500, 10.0), (4000, 12.0)]
)
def test_before_any_answer_it_may_be_slow_but_not_for_ever(
    bytes_between: int, limit_s: float
) -> None:
    """50 bytes a second, 12 s at the most."""
    marks = Marks(Clock())
    marks.add(bytes_between)
    assert marks.step_s(8.0) == limit_s


def test_the_pace_of_the_first_answer_is_allowed_twice_for_the_longest_way() -> None:
    clock = Clock()
    marks = Marks(clock)
    marks.add(1000)
    marks.add(1400)
    clock.time = 10.0  # 100 bytes a second
    answered(marks)
    assert marks.step_s(8.0) == pytest.approx(8.0 + 2 * 1000 / 100)


def test_what_stood_still_is_no_pace() -> None:
    """50 bytes a second is the slowest, and 300 s the longest."""
    clock = Clock()
    marks = Marks(clock)
    marks.add(1000)
    clock.time = 10_000.0
    answered(marks)
    assert marks.step_s(8.0) == pytest.approx(8.0 + 2 * 1000 / 50)
    marks.add(21_000)
    assert marks.step_s(8.0) == 8.0 + 300.0


def test_few_bytes_tell_no_pace_while_others_are_awaited() -> None:
    clock = Clock()
    marks = Marks(clock)
    marks.add(7)
    marks.add(200)
    clock.time = 3.0
    answered(marks)
    assert marks.step_s(8.0) == 8.0


def test_what_the_cable_takes_is_no_work_of_the_printer() -> None:
    clock = Clock()
    marks = Marks(clock)
    marks.add(100)
    marks.asked(2.0)
    clock.time = 3.0
    answered(marks)
    assert marks.step_s(8.0) == pytest.approx(8.0 + 2 * 1.0)


def test_a_stray_answer_tells_nothing() -> None:
    clock = Clock()
    marks = Marks(clock)
    clock.time = 100.0
    answered(marks)
    assert marks.step_s(8.0) == 8.0
