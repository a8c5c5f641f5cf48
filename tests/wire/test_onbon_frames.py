"""Onbon frames: the sheet's examples to the byte, from both sides, and noise."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.displays.onbon_bx import OnbonOptions
from drivers.displays.onbon_bx_frame import (
    Address,
    Answer,
    AnswerStream,
    crc16_arc,
    parse_answer,
    request,
    unescape,
)
from drivers.displays.onbon_bx_text import (
    brightness_payload,
    clear_payload,
    clock_payload,
    presentable,
    text_payload,
)
from drivers.sim import onbon_bx_wire as card

PREAMBLE = "A5 A5 A5 A5 A5 A5 A5 A5 "
TEXT_5K = (
    "FE FF 00 80 00 00 00 00 00 00 FE 02 33 00 A3 06 01 00 00 00 01 2A 00 00 00 00 00 00 08 00 "
    "10 00 00 00 00 05 00 00 00 00 02 01 02 00 00 08 0F 00 00 00 C7 EB 41 30 30 31 B5 BD 33 BA "
    "C5 B4 B0 BF DA 90 7E 5A"
)
TEXT_6K = (
    "FE FF 00 80 00 00 00 00 00 00 FE 02 33 00 A3 06 01 00 00 00 01 2A 00 00 00 00 00 00 40 00 "
    "10 00 00 00 00 05 00 00 00 00 02 01 02 00 00 08 0F 00 00 00 C7 EB 41 30 30 31 B5 BD 33 BA "
    "C5 B4 B0 BF DA 0E 79 5A"
)
ESCAPED = (
    "FE FF 00 80 00 00 00 00 00 00 FE 02 34 00 A3 06 01 00 00 00 01 2B 00 00 00 00 00 00 40 00 "
    "10 00 00 00 00 05 00 00 00 00 02 01 02 00 00 08 10 00 00 00 C7 EB 41 30 31 32 B5 BD 5B 02 "
    "5B 01 BA C5 B4 B0 BF DA AF 9B 5A"
)
ACK = PREAMBLE + "00 80 01 00 00 00 00 00 00 00 FE 02 05 00 A0 00 00 00 00 64 DC 5A"
NACK_CRC = PREAMBLE + "00 80 01 00 00 00 00 00 00 00 FE 02 05 00 A0 01 05 00 00 75 21 5A"
ANY = Address(0xFFFE, 0xFE)
ONE = Address(1, 0xFE)


def options(generation: str = "6k", **more: object) -> OnbonOptions:
    return OnbonOptions.model_validate({"host": "card", "generation": generation, **more})


@pytest.mark.parametrize(
    ("generation", "text", "frame"),
    [
        ("5k", "请A001到3号窗口", TEXT_5K),
        ("6k", "请A001到3号窗口", TEXT_6K),
        ("6k", "请A012到Z[号窗口", ESCAPED),
    ],
)
def test_text_frames(generation: str, text: str, frame: str) -> None:
    payload = text_payload(text, options(generation).rectangle())
    assert request(ANY, 0xA3, 0x06, payload) == bytes.fromhex(PREAMBLE + frame)


def test_escaped_frame_has_the_sheets_sizes() -> None:
    frame = bytes.fromhex(PREAMBLE + ESCAPED)
    assert len(frame) == 79
    body = unescape(frame[8:-1])
    assert body is not None
    assert len(body) == 68


def test_the_largest_frame() -> None:
    """1,000 bytes of text, each of them escaped; what goes beyond them is cut off and told."""
    found = presentable(600 * "ゥ", "gb2312")
    assert found.text == 500 * "ゥ"
    assert found.advice == "Too long for the display: the end is cut off."
    frame = request(ANY, 0xA3, 0x06, text_payload(found.text, options().rectangle()))
    head = (
        "FE FF 00 80 00 00 00 00 00 00 FE 02 0C 04 A3 06 01 00 00 00 01 03 04 00 00 00 00 00 40 00 "
        "10 00 00 00 00 05 00 00 00 00 02 01 02 00 00 08 E8 03 00 00 "
    )
    assert frame == bytes.fromhex(PREAMBLE + head + 1000 * "A6 02 " + "40 8C 5A")
    assert len(frame) == 2061


def test_no_character_is_halved_by_the_cut() -> None:
    assert presentable("A" + 600 * "号", "gb2312").text == "A" + 499 * "号"
    assert not presentable(500 * "号", "gb2312").cut


@pytest.mark.parametrize(
    ("address", "group", "command", "payload", "tail"),
    [
        (ONE, 0xA3, 0x10, "", "01 00 00 80 00 00 00 00 00 00 FE 02 05 00 A3 10 01 00 00 51 F8 5A"),
        (ONE, 0xA2, 0x00, "", "01 00 00 80 00 00 00 00 00 00 FE 02 05 00 A2 00 01 00 00 68 F8 5A"),
        (
            ONE,
            0xA3,
            0x00,
            "01",
            "01 00 00 80 00 00 00 00 00 00 FE 02 06 00 A3 00 01 00 00 01 79 EA 5A",
        ),
        (
            ONE,
            0xA3,
            0x00,
            "02",
            "01 00 00 80 00 00 00 00 00 00 FE 02 06 00 A3 00 01 00 00 02 39 EB 5A",
        ),
        (ANY, 0xA3, 0x10, "", "FE FF 00 80 00 00 00 00 00 00 FE 02 05 00 A3 10 01 00 00 75 DC 5A"),
        (
            ANY,
            0xA3,
            0x00,
            "01",
            "FE FF 00 80 00 00 00 00 00 00 FE 02 06 00 A3 00 01 00 00 01 5D F1 5A",
        ),
        (
            ANY,
            0xA3,
            0x00,
            "02",
            "FE FF 00 80 00 00 00 00 00 00 FE 02 06 00 A3 00 01 00 00 02 1D F0 5A",
        ),
    ],
)
def test_command_frames(
    address: Address, group: int, command: int, payload: str, tail: str
) -> None:
    frame = request(address, group, command, bytes.fromhex(payload))
    assert frame == bytes.fromhex(PREAMBLE + tail)


def test_crc() -> None:
    assert crc16_arc(b"123456789") == 0xBB3D  # the catalogue's check value
    assert card.checksum(b"123456789") == 0xBB3D


def test_answers() -> None:
    assert list(AnswerStream().feed(bytes.fromhex(ACK))) == [Answer(False, 0)]
    (nack,) = AnswerStream().feed(bytes.fromhex(NACK_CRC))
    assert nack == Answer(True, 5)
    assert nack is not None
    assert nack.word == "checksum error"


def test_the_cards_answers_are_the_sheets() -> None:
    assert card.write_answer(1, 0) == bytes.fromhex(ACK)
    assert card.write_answer(1, 5) == bytes.fromhex(NACK_CRC)


def test_answers_within_noise() -> None:
    stream = AnswerStream()
    ack = bytes.fromhex(ACK)
    data = b"\x00\x5a\xff" + ack[:11] + ack + b"\xa5\xa5" + ack[:-1]
    assert [a for a in stream.feed(data) if a] == [Answer(False, 0)]
    assert list(stream.feed(b"\x5a")) == [Answer(False, 0)]


@pytest.mark.parametrize("noise", [b"\x00", b"\x5b", b"\xa6", b"\xa5\x00"])
def test_an_answer_behind_noise_longer_than_any_frame(noise: bytes) -> None:
    assert list(AnswerStream().feed(5000 * noise + bytes.fromhex(ACK))) == [Answer(False, 0)]


@pytest.mark.parametrize("at", range(8, 30))
def test_one_spoiled_byte_is_no_answer(at: int) -> None:
    for flip in (0x01, 0x10, 0x80, 0xFF):
        spoiled = bytearray.fromhex(ACK)
        spoiled[at] ^= flip
        answers = list(AnswerStream().feed(bytes(spoiled)))
        assert not any(answers)


@pytest.mark.parametrize(
    ("text", "columns"), [("A001 3窗", 8), ("暂停服务", 8), ("A", 1), ("〓", 2)]
)
def test_what_fits_is_one_static_line(text: str, columns: int) -> None:
    payload = text_payload(text, options().rectangle())
    area = payload[4:]
    assert int.from_bytes(payload[2:4], "little") == len(area)
    single, new_line, mode = area[17], area[18], area[19]
    assert (single, new_line, mode) == (1, 1, 1)
    assert int.from_bytes(area[23:27], "little") == columns


def test_two_lines_that_fit_are_static_too() -> None:
    area = text_payload("请A001到3号窗口", options(area="0,0,64,32").rectangle())[4:]
    assert (area[17], area[19]) == (2, 1)


def test_5k_units_and_settings() -> None:
    settings = options("5k", area="16,8,128,16", area_id=3, run_mode=1, hold_s=1.5, speed=2)
    area = text_payload("A001", settings.rectangle())[4:]
    assert area[:16] == bytes.fromhex("00 02 00 08 00 10 00 10 00 03 00 01 05 00 00 00")
    assert (area[21], area[22]) == (2, 3)


def test_clearing_deletes_only_our_area() -> None:
    assert clear_payload(3) == bytes.fromhex("01 03 00")


def test_clock_and_brightness() -> None:
    """BCD, the year low byte first, Sunday is 7; mode forced, level, and 48 half hours of it."""
    assert clock_payload(datetime(2026, 11, 29, 9, 5, 59)) == bytes.fromhex(
        "26 20 11 29 09 05 59 07"
    )
    assert brightness_payload(15) == b"\x01\x0f" + 48 * b"\x0f"


@pytest.mark.parametrize(
    ("text", "charset", "shown"),
    [
        ("瀼渡镇", "gb2312", "〓渡镇"),
        ("€ⅰ︵ǹ号", "gb2312", "〓i(n号"),  # GB18030 has them between the codes of GB2312
        ("€ⅰ︵ǹ号", "gbk", "〓ⅰ︵ǹ号"),
        ("·—Ⅰゥ①", "gb2312", "·—Ⅰゥ①"),
        ("瀼渡镇", "gbk", "瀼渡镇"),
        ("大青㭎村", "gbk", "大青㭎村"),
        ("A\\C1", "gb2312", "A＼C1"),
        ("¥5·", "gb2312", "￥5·"),
        (" 请\n到\x1b3 号 ", "gb2312", " 请 到 3 号 "),
        ("WINDOW 3  A001", "gb2312", "WINDOW 3  A001"),
        ("𠀀\ue000\ud800", "gbk", "〓〓〓"),
    ],
)
def test_substitution(text: str, charset: str, shown: str) -> None:
    assert presentable(text, charset).text == shown  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"host": "a", "port": "/dev/ttyS0"},
        {"host": "a", "area": "0,0,64"},
        {"host": "a", "area": "0,0,4,16"},
        {"host": "a", "area": "4,0,64,16", "generation": "5k"},
        {"host": "a", "generation": "7k"},
    ],
)
def test_bad_options(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        OnbonOptions.model_validate(wrong)


@given(st.text(max_size=2000), st.sampled_from(["5k", "6k"]))
def test_any_text_is_read_back_by_the_card(text: str, generation: str) -> None:
    shown = presentable(text, "gbk").text
    settings = options(generation, charset="gbk", area="8,0,120,16")
    frame = request(ANY, 0xA3, 0x06, text_payload(shown, settings.rectangle()))
    assert 0x5A not in frame[8:-1]
    assert 0xA5 not in frame[8:-1]
    read = card.read_frame(frame[8:-1])
    assert read is not None
    gone, (area,) = card.dynamic_areas(read.payload, 8 if generation == "5k" else 1)
    assert gone == set()
    assert (area.x, area.width, area.height) == (8, 120, 16)
    assert area.data.decode("gb18030") == shown


@given(st.binary(max_size=400), st.integers(0, 400))
def test_noise_is_never_an_answer(data: bytes, cut: int) -> None:
    """Without a right checksum there is no answer; and what follows is still understood."""
    stream = AnswerStream()
    noise = [*stream.feed(data[:cut]), *stream.feed(data[cut:])]
    assert not any(noise)
    *_, last = stream.feed(b"\x5a" + bytes.fromhex(ACK))
    assert last == Answer(False, 0)


@given(st.binary(max_size=60))
def test_parsing_never_raises(data: bytes) -> None:
    parse_answer(data)
    card.read_frame(data)
