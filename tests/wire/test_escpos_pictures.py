"""Lines as pictures, and their commands: no realtime command hides in any."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from drivers.errors import PeripheralError, Reason
from drivers.papers.layout import Align, Cut, Qr, Rule, Text
from drivers.papers.raster import (
    Picture,
    draw_rule,
    draw_squares,
    draw_text,
    find_font,
    lacks,
)
from drivers.printers.escpos import SPEC, EscposOptions
from drivers.printers.escpos_raster import MOST_ROWS, bands
from drivers.printers.escpos_slip import compose

FOUND = find_font()
assert FOUND, "fonts-noto-cjk is installed by scripts/setup.sh"
FONT = FOUND
REALTIME = re.compile(rb"\x10[\x04\x05\x14]")


def image(picture: Picture) -> Image.Image:
    return Image.frombytes("1", (picture.width_bytes * 8, picture.height), picture.data)


@pytest.mark.parametrize(
    ("text", "width", "height", "size"),
    [
        ("号", 1, 1, (3, 30)),
        ("A", 1, 1, (2, 30)),  # 12 dots in whole bytes
        ("A001", 3, 3, (18, 90)),
        ("请A", 2, 1, (9, 30)),
        ("", 1, 1, (1, 30)),
    ],
)
def test_a_picture_has_the_size_of_the_text(
    text: str, width: int, height: int, size: tuple[int, int]
) -> None:
    picture = draw_text(text, FONT, width=width, height=height)
    assert (picture.width_bytes, picture.height) == size
    assert len(picture.data) == size[0] * size[1]


def test_ink_stays_in_the_24_dots_and_bold_has_more_of_it() -> None:
    plain, bold = draw_text("冷水镇号", FONT), draw_text("冷水镇号", FONT, bold=True)
    box = image(plain).getbbox()
    assert box is not None
    assert box[3] <= 26
    assert box[2] - box[0] > 80
    assert image(bold).histogram()[255] > image(plain).histogram()[255] > 300


def test_a_character_that_no_font_has_is_marked() -> None:
    assert lacks(FONT, "\ue000")
    assert not lacks(FONT, "㐀")
    assert draw_text("\ue000", FONT) == draw_text("〓", FONT)


def test_the_rule_and_a_qr_code() -> None:
    rule = draw_rule(576)
    assert image(rule).getbbox() == (0, 4, 576, 6)
    squares = [[True, False], [False, True]]
    code = image(draw_squares(squares, 4, border=1))
    assert code.size == (16, 16)
    assert code.getbbox() == (4, 4, 12, 12)


def test_a_picture_on_the_wire() -> None:
    assert bands(Picture(2, 2, bytes.fromhex("80 00 00 01"))) == [
        bytes.fromhex("1D 76 30 00 02 00 02 00 80 00 00 01")
    ]
    first, second = bands(Picture(1, 100, bytes(100)))
    assert (len(first), first[6], second[6]) == (8 + 96, 96, 4)
    assert bands(Picture(2, 1, b"\x10\x04")) == [bytes.fromhex("1D 76 30 00 02 00 01 00 18 04")]


@given(
    st.lists(st.sampled_from([0x10, 0x04, 0x05, 0x14, 0x18, 0, 255]), min_size=3, max_size=900),
    st.integers(1, 72),
    st.integers(1, 200),
)
def test_no_picture_hides_a_realtime_command(dots: list[int], width: int, rows: int) -> None:
    whole = len(dots) // width * width
    picture = Picture(width, whole // width, bytes(dots[:whole]))
    commands = bands(picture, rows)
    assert not REALTIME.search(b"".join(commands))
    assert all(len(command) < 8192 for command in commands)
    assert all(command[6] <= MOST_ROWS for command in commands)
    data = b"".join(command[8:] for command in commands)
    changed = sum((a ^ b).bit_count() for a, b in zip(data, picture.data, strict=True))
    assert changed <= len(REALTIME.findall(picture.data))


def test_a_qr_code_whose_length_is_a_realtime_command_is_drawn() -> None:
    """1,037 bytes of data and 3 of header are 0410h: on the wire `10 04`."""
    look = EscposOptions(host="x").look()
    native = b"".join(compose([Qr("a" * 1000)], look).chunks)
    assert b"\x1d\x28\x6b" in native
    drawn = b"".join(compose([Qr("a" * 1037)], look).chunks)
    assert b"\x1d\x28\x6b" not in drawn
    assert not REALTIME.search(drawn)


def test_text_raster_draws_everything() -> None:
    look = EscposOptions(host="x", text="raster", columns=32).look()
    lines = [Text("A001", Align.CENTER, 3, 3), Rule(32), Qr("A1"), Cut()]
    job = b"".join(compose(lines, look).chunks)
    assert b"A001" not in job
    assert b"\x1d\x28\x6b" not in job
    assert job.count(b"\x1d\x76\x30\x00") >= 4
    assert job.endswith(bytes.fromhex("1B 61 00 1D 56 42 00"))


def test_a_slow_line_gets_small_bands() -> None:
    look = EscposOptions(port="/dev/ttyS0", baud=9600, text="raster").look()
    chunks = compose([Text("号" * 24)], look).chunks
    assert max(map(len, chunks)) < 700
    assert len(chunks) == 1 + 4  # thirty rows of 72 bytes, eight at a time


def test_a_font_that_is_not_there_is_said_at_opening(tmp_path: Path) -> None:
    wrong = EscposOptions(file="/dev/null", missing="raster", raster_font=str(tmp_path / "no.otf"))
    with pytest.raises(PeripheralError) as caught:
        SPEC.open(wrong)
    assert caught.value.reason is Reason.BAD_OPTION
    assert "fonts-noto-cjk" in caught.value.advice
