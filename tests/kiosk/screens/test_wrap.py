"""Breaking lines of Chinese and Latin."""

from hypothesis import given
from hypothesis import strategies as st

from kiosk.widgets.wrap import pieces, wrap

CLOSING = "，。、；：？！）》」』】%,.;:?!)]}"


def width(text: str) -> float:
    """One for a Chinese character, half for a Latin one."""
    return sum(0.5 if letter.isascii() else 1.0 for letter in text)


def test_one_line_stays_one() -> None:
    assert wrap("请取号", 3, width) == ["请取号"]


def test_lines_come_out_about_equal() -> None:
    assert wrap("灵活就业人员职工养老保险", 8, width) == ["灵活就业人员", "职工养老保险"]


def test_a_bracket_is_kept_whole() -> None:
    assert wrap("养老保险注销登记（丧葬补助金申领）", 12, width) == [
        "养老保险注销登记",
        "（丧葬补助金申领）",
    ]


def test_a_mark_never_opens_a_line() -> None:
    assert wrap("甲乙丙，丁", 3, width) == ["甲乙", "丙，丁"]


def test_a_mark_behind_a_blank_does_not_open_a_line_either() -> None:
    assert pieces("甲 、乙") == ["甲 、", "乙"]


def test_latin_breaks_at_blanks() -> None:
    assert wrap("Identification of persons", 8, width) == ["Identification", "of persons"]


def test_a_word_too_wide_is_refused() -> None:
    assert wrap("Identification", 3, width) is None


def test_line_feeds_and_nothing() -> None:
    assert wrap("甲\n乙", 9, width) == ["甲", "乙"]
    assert wrap("", 9, width) == [""]


@given(st.text(alphabet="社会保险（登记），。、AB ab12%《》", max_size=40), st.integers(2, 30))
def test_nothing_is_lost_and_nothing_too_wide(text: str, room: int) -> None:
    assert "".join(pieces(text)) == text
    lines = wrap(text, room, width)
    if lines is None:
        return
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(width(line) <= room for line in lines)
    assert not any(line[0] in CLOSING for line in lines[1:] if line)
