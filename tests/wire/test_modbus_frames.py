"""Modbus RTU: the sheet's frames to the byte, answers among noise, which part of a text goes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.displays import modbus_rtu as rtu
from drivers.displays.modbus_digits import ModbusOptions, frame_of
from drivers.sim.modbus_digits import ModbusSimulator

HEX = bytes.fromhex
SHOW_13 = HEX("01 06 00 88 00 0D C8 25")
SHOW_A001 = HEX("01 10 00 70 00 02 04 41 30 30 31 35 6C")
SHOWN_A001 = HEX("01 10 00 70 00 02 40 13")
READ_COUNTER = HEX("01 03 00 1D 00 01 14 0C")
COUNTER_5 = HEX("01 03 02 00 05 78 47")
NO_REGISTER = HEX("01 86 02 C3 A1")
BROADCAST_13 = HEX("00 06 00 88 00 0D C9 F4")
REPLIES = [SHOW_13, SHOWN_A001, COUNTER_5, NO_REGISTER]


def options(**more: object) -> ModbusOptions:
    return ModbusOptions.model_validate({"port": "/dev/x", **more})


def test_requests() -> None:
    assert frame_of("13", options()) == (SHOW_13, "13")
    assert frame_of("A001", options()) == (SHOW_A001, "A001")
    assert frame_of("13", options(address=0)) == (BROADCAST_13, "13")
    assert rtu.read_request(1, 0x1D) == READ_COUNTER


def test_replies() -> None:
    stream = rtu.ReplyStream()
    echo, text, counter, refused = stream.feed(b"".join(REPLIES))
    assert echo.answers(SHOW_13)
    assert text.answers(SHOW_A001)
    assert (counter.answers(READ_COUNTER), counter.data) == (True, HEX("02 00 05"))
    assert (refused.answers(SHOW_13), refused.exception) == (True, 2)
    assert not refused.answers(SHOW_A001)
    assert not echo.answers(HEX("02") + SHOW_13[1:])
    assert not echo.answers(frame_of("14", options())[0])


@pytest.mark.parametrize("reply", REPLIES)
def test_one_spoiled_byte_is_no_answer(reply: bytes) -> None:
    for at in range(len(reply)):
        for flip in (0x01, 0x10, 0x80, 0xFF):
            spoiled = bytearray(reply)
            spoiled[at] ^= flip
            assert list(rtu.ReplyStream().feed(bytes(spoiled))) == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("A001 3窗", "A001"),
        ("请A001到3号窗口", "A001"),
        ("请Ａ００１到3号窗口", "A001"),
        ("3号窗口", "3"),
        ("暂停服务", ""),
        ("", ""),
        ("013", "013"),
        ("B-012", "B012"),
        ("A12345", "2345"),
        ("8.8.8.8.", "8.8.8.8."),
        ("----", "----"),
        ("١٢٣", ""),
    ],
)
def test_which_part_of_a_text_goes_to_the_digits(text: str, shown: str) -> None:
    assert frame_of(text, options())[1] == shown


def test_modes() -> None:
    assert frame_of("A12345", options(keep="left"))[1] == "A123"
    assert frame_of("A007", options(mode="number")) == (
        rtu.write_request(1, 0x88, 7), "7",
    )  # fmt: skip
    number = {"mode": "number", "digits": 5}
    assert frame_of("65535", options(**number)) == (HEX("01 06 00 88 FF FF 08 50"), "65535")
    assert frame_of("65536", options(**number)) == (HEX("01 06 00 88 15 A0 07 08"), "5536")
    assert frame_of("13", options(mode="text"))[0][7:11] == b"  13"
    # Four positions: two blanks, "2.", "5"; 00 fills the register and is no fifth.
    assert frame_of("2.5", options())[0][:-2] == HEX("01 10 00 70 00 03 06 20 20 32 2E 35 00")
    assert frame_of("12.5", options())[0][:-2] == HEX("01 10 00 70 00 03 06 20 31 32 2E 35 00")
    assert frame_of("8.8.8.8.", options(mode="ascii"))[0] == b"$001,8.8.8.8.#"
    frame, _ = frame_of("7", options(address=9, value_register=0x1234))
    assert frame[:6] == HEX("09 06 12 34 00 07")


@given(st.binary(max_size=600), st.integers(0, 600), st.sampled_from(REPLIES))
def test_an_answer_is_found_behind_any_noise(noise: bytes, cut: int, reply: bytes) -> None:
    stream = rtu.ReplyStream()
    list(stream.feed(noise[:cut]))
    list(stream.feed(noise[cut:]))
    *_, found = stream.feed(reply)
    (alone,) = rtu.ReplyStream().feed(reply)
    assert found == alone
    assert len(stream._held) <= rtu.LONGEST


@given(st.text(max_size=40), st.sampled_from(["auto", "number", "text", "ascii"]))
def test_any_text_is_a_frame_that_the_display_takes(text: str, mode: str) -> None:
    sim = ModbusSimulator()
    try:
        frame, shown = frame_of(text, options(mode=mode))
        sim.handle(frame)
        assert (sim.state.shown.strip(), sim.damaged) == (shown.strip(), 0)
    finally:
        sim.port.close()


@given(st.lists(st.binary(max_size=80), max_size=8))
def test_noise_does_not_stop_the_simulator(pieces: list[bytes]) -> None:
    sim = ModbusSimulator()
    try:
        for piece in pieces:
            sim.handle(piece)
        assert len(sim._buffer) <= 1024
    finally:
        sim.port.close()
