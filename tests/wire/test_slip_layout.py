"""The slip as lines: what stands where, and that nothing is ever wider than the paper."""

import unicodedata
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from escpos_peer import SLIP
from hypothesis import given
from hypothesis import strategies as st

from drivers.papers.layout import (
    CLOSING,
    OPENING,
    Align,
    Cut,
    Line,
    Qr,
    Rule,
    Text,
    lay_out,
    width_of,
    wrap,
)
from drivers.papers.slip import Slip

C = Align.CENTER


def test_a_slip_on_80_mm() -> None:
    assert lay_out(SLIP, 48) == (
        Text("石柱土家族自治县冷水镇公共服务中心", C),
        Rule(48),
        Text("A001", C, width=3, height=3),
        Text("城乡居民养老保险参保登记", C, bold=True),
        Text("前面还有 3 位，约 12 分钟", C),
        Text("2026-11-24 09:30", C),
        Qr("A001"),
        Text("过号请到服务台", C),
        Cut(),
    )


def test_a_slip_on_58_mm_breaks_the_hall_after_a_division() -> None:
    assert lay_out(SLIP, 32)[:3] == (
        Text("石柱土家族自治县", C),
        Text("冷水镇公共服务中心", C),
        Rule(32),
    )


@pytest.mark.parametrize(
    ("waiting", "estimate", "sentence"),
    [
        (3, 12, "前面还有 3 位，约 12 分钟"),
        (3, None, "前面还有 3 位"),
        (0, 5, "前面没有人，请留意叫号"),
        (0, None, "前面没有人，请留意叫号"),
        (3, 0, "前面还有 3 位，约 0 分钟"),
    ],
)
def test_people_ahead(waiting: int, estimate: int | None, sentence: str) -> None:
    slip = SLIP.model_copy(update={"waiting": waiting, "estimate_minutes": estimate})
    assert Text(sentence, C) in lay_out(slip, 32)


def test_time_is_the_halls_and_not_the_slips_or_this_machines() -> None:
    slip = SLIP.model_copy(update={"issued_at": datetime(2026, 1, 2, 3, 4, tzinfo=UTC)})
    assert Text("2026-01-02 11:04", C) in lay_out(slip, 48)


def test_without_notice_and_with_a_long_number() -> None:
    slip = SLIP.model_copy(update={"notice": None, "number": "ABCDEFGH0001"})
    lines = lay_out(slip, 32)
    assert Text("ABCDEFGH0001", C, width=2, height=3) in lines
    assert lines[-2:] == (Qr("A001"), Cut())


@pytest.mark.parametrize(
    ("text", "columns", "lines"),
    [
        ("", 10, []),
        ("城乡居民", 10, ["城乡居民"]),
        ("城乡居民养老", 10, ["城乡居", "民养老"]),  # of equal length, not 5 + 1
        ("养老保险，登记", 8, ["养老保", "险，登记"]),  # no comma at the beginning
        ("养老（保险）登记", 10, ["养老（保", "险）登记"]),
        ("养老金（保险）", 9, ["养老金", "（保险）"]),  # no bracket at the end
        ("到A0012号 window 3办", 10, ["到A0012号", "window 3办"]),
        ("请到  3号\n窗口\x1b@", 48, ["请到 3号 窗口@"]),
        ("一二三四五六七八九十", 8, ["一二三四", "五六七…"]),
    ],
)
def test_wrapping(text: str, columns: int, lines: list[str]) -> None:
    assert wrap(text, columns, 2 if columns == 8 else 3) == lines


words = st.lists(
    st.sampled_from(
        ["城乡", "居民", "A", "12", "办理", "（", "）", "，", "。", "“", "”", " ", "—"]
    ),
    max_size=60,
).map("".join)
anything = st.text(max_size=60)


@st.composite
def slips(draw: st.DrawFn) -> Slip:
    """Any slip, tidy or hostile."""
    return Slip(
        hall=draw(st.text(min_size=1, max_size=60)),
        number=draw(st.text(min_size=1, max_size=12)),
        service=draw(st.text(min_size=1, max_size=80)),
        waiting=draw(st.integers(0, 10**12)),
        estimate_minutes=draw(st.none() | st.integers(0, 10**12)),
        issued_at=draw(st.datetimes(timezones=st.just(UTC))),
        qr=draw(st.text(min_size=1, max_size=300)),
        notice=draw(st.none() | anything),
    )


def printed_width(line: Line) -> int:
    match line:
        case Text(text, width=width):
            return width_of(text) * width
        case Rule(columns):
            return columns
        case _:
            return 0


@given(slips(), st.sampled_from([48, 32]))
def test_any_slip_fits(slip: Slip, columns: int) -> None:
    lines = lay_out(slip, columns)
    assert len(lines) - 1 <= 12  # and the cut
    assert max(printed_width(line) for line in lines) <= columns
    text = "".join(line.text for line in lines if isinstance(line, Text))
    assert all(c.isprintable() or unicodedata.category(c) == "Co" for c in text)


@given(words, st.sampled_from([8, 16, 32, 48]))
def test_nothing_is_lost_and_punctuation_stays(text: str, columns: int) -> None:
    lines = wrap(text, columns, 99)
    assert "".join("".join(lines).split()) == "".join(text.split())
    for before, after in pairwise(lines):
        run = len(after) - len(after.lstrip("".join(CLOSING)))
        if run:  # only where so much punctuation stands together that it cannot be helped
            assert width_of(before) + 2 * run > columns - 4 or before[-1] in CLOSING | OPENING
    assert all(width_of(line) <= columns for line in lines)
