"""Alpha signs: the reference frames to the byte, and the driver against simulated signs."""

import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.displays.alpha_sign import SPEC, AlphaOptions, message
from drivers.errors import PeripheralError, Reason
from drivers.sim.alpha_sign import AlphaSimulator
from drivers.sim.display_pictures import sign_png
from drivers.sim.ports import TcpPort

WITH_SUM = bytes.fromhex(
    "00 00 00 00 00 01 5A 30 30 02 41 41 1B 20 62 41 30 30 31 20 33 03 30 32 34 39 04"
)
WITHOUT_SUM = bytes.fromhex("00 00 00 00 00 01 5A 30 30 02 41 41 1B 20 62 41 30 30 31 20 33 04")
CORRUPTED = bytes.fromhex(
    "00 00 00 00 00 01 5A 30 30 02 41 41 1B 20 62 41 30 30 31 20 33 03 30 32 34 41 04"
)
STX_AT = 10


OPEN: list[Any] = []


@pytest.fixture(autouse=True)
def _nothing_stays_open() -> Iterator[None]:
    yield
    while OPEN:
        OPEN.pop().close()


def opened(sim: Any, **more: Any) -> Any:
    OPEN.append(SPEC.open(AlphaOptions.model_validate({**sim.options, **more})))
    return OPEN[-1]


@pytest.mark.parametrize(("checksum", "frame"), [(True, WITH_SUM), (False, WITHOUT_SUM)])
def test_the_sheets_frames_go_out_with_the_pause_after_stx(
    simulate: Callable[..., Any], checksum: bool, frame: bytes
) -> None:
    sim = simulate("alpha_sign")
    sign = opened(sim, checksum=checksum)
    result = sign.show("A001 3")
    assert sim.wait(lambda received: received == frame)
    assert (result.ok, result.shown, result.reason) == (True, "A001 3", "unconfirmed")
    (at, head), (later, _) = sim.arrivals[0], sim.arrivals[-1]
    assert head == frame[:STX_AT]
    assert 0.09 < later - at < 1
    assert (sim.state.text, sim.state.mode, sim.state.position) == ("A001 3", "hold", 0x20)
    sign.close()


def test_the_sign_ignores_a_wrong_sum(simulate: Callable[..., Any]) -> None:
    sim = simulate("alpha_sign")
    fd = os.open(sim.options["port"], os.O_RDWR | os.O_NOCTTY)
    os.write(fd, CORRUPTED)
    assert sim.wait(lambda received: received == CORRUPTED)
    os.write(fd, WITHOUT_SUM)
    wait_for(lambda: sim.state.text == "A001 3")
    os.close(fd)
    assert sim.dropped == 1


def test_the_sign_gives_up_after_a_second(simulate: Callable[..., Any]) -> None:
    sim = simulate("alpha_sign")
    fd = os.open(sim.options["port"], os.O_RDWR | os.O_NOCTTY)
    os.write(fd, WITH_SUM[:STX_AT])
    time.sleep(1.2)
    os.write(fd, WITH_SUM[STX_AT:])
    wait_for(lambda: sim.dropped == 1)
    assert sim.state.text == ""
    os.close(fd)


def test_chinese_becomes_english_and_long_text_rotates(simulate: Callable[..., Any]) -> None:
    sim = simulate("alpha_sign")
    sign = opened(sim)
    result = sign.show("请A001到3号窗口")
    assert (result.shown, result.ok) == ("A001 TO 3", True)
    assert "请A001到3号窗口→A001 TO 3" in result.advice
    wait_for(lambda: (sim.state.text, sim.state.mode) == ("A001 TO 3", "hold"))
    sign.show("A001 PLEASE GO TO WINDOW 3")
    wait_for(lambda: sim.state.mode == "rotate")
    sign.show("")
    wait_for(lambda: (sim.state.text, sim.state.mode) == ("", "hold"))
    sign.close()


def test_what_fits_the_columns_is_held_and_the_rest_rotates_up_to_500_characters(
    simulate: Callable[..., Any],
) -> None:
    sim = simulate("alpha_sign")
    sign = opened(sim, checksum=False)
    for text, mode in (("ABCDEFGHIJKLM", "b"), ("ABCDEFGHIJKLMN", "a")):
        sign.show(text)
        frame = bytes.fromhex("00 00 00 00 00 01 5A 30 30 02 41 41 1B 20") + (mode + text).encode()
        assert sim.wait(lambda received, frame=frame: received.endswith(frame + b"\x04"))
    result = sign.show(501 * "X")
    assert sim.wait(lambda received: received.endswith(b"a" + 500 * b"X" + b"\x04"))
    assert result.shown == 500 * "X"
    assert "Too long for the display: the end is cut off." in result.advice


def test_a_connection_that_is_closed_within_a_message_is_lost() -> None:
    port = TcpPort(0)
    port.begin(lambda data: port.drop(), lambda: None)
    sign = opened(port)
    with pytest.raises(PeripheralError) as lost:
        sign.show("A001")
    assert (lost.value.reason, lost.value.sent) == (Reason.LOST, True)
    sign.close()
    port.close()


def test_spaces_go_out_as_given(simulate: Callable[..., Any]) -> None:
    sim = simulate("alpha_sign")
    assert opened(sim, checksum=False).show("  A001   3 ").shown == "  A001   3 "
    frame = bytes.fromhex(
        "00 00 00 00 00 01 5A 30 30 02 41 41 1B 20 62 20 20 41 30 30 31 20 20 20 33 20 04"
    )
    assert sim.wait(lambda received: received == frame)


def test_address_label_and_place_stand_where_they_belong() -> None:
    options = AlphaOptions(
        port="/dev/x", address=0xAB, type_code="!", label="B", position=0x22, mode="flash",
        checksum=False,
    )  # fmt: skip
    assert b"".join(message("X", options)) == b"\0\0\0\0\0\x01!AB\x02AB\x1b\x22cX\x04"
    assert AlphaOptions(port="/dev/x").place().model_dump().items() >= {
        "port": "/dev/x", "baud": 9600, "parity": "even", "data_bits": 7, "stop_bits": 1,
    }.items()  # fmt: skip


def test_several_signs_by_address(simulate: Callable[..., Any]) -> None:
    sim = simulate("alpha_sign", addresses="1,2,31")
    first, last = opened(sim, address=1), opened(sim, address=31)
    first.show("A001")
    last.show("B002")
    wait_for(lambda: [one.text for one in sim.states.values()] == ["A001", "", "B002"])
    everybody = opened(sim, address=0)
    everybody.show("PAUSED")
    wait_for(lambda: [one.text for one in sim.states.values()] == 3 * ["PAUSED"])
    for one in (first, last, everybody):
        one.close()


def test_a_damaged_message_shows_nothing_and_an_unplugged_line_is_lost(
    simulate: Callable[..., Any],
) -> None:
    sim = simulate("alpha_sign")
    sign = opened(sim)
    sim.garble = True
    sign.show("A001")
    wait_for(lambda: sim.dropped == 1)
    assert sim.state.text == ""
    sim.unplug()
    with pytest.raises(PeripheralError) as gone:
        sign.show("A002")
    assert gone.value.reason is Reason.LOST
    sign.close()


def test_a_line_that_takes_nothing_shows_nothing(simulate: Callable[..., Any]) -> None:
    sim = simulate("alpha_sign")
    assert sim.control("blocked true") == {"ok": True, "did": "blocked"}
    sign = opened(sim, write_timeout_s=0.2, baud=1_000_000)
    result = sign.show("A001")
    assert (result.ok, result.shown, result.reason) == (False, "", "silent")
    sim.control("blocked false")
    assert sign.show("A002").ok
    wait_for(lambda: sim.state.text == "A002")
    sign.close()


def test_pictures_differ(simulate: Callable[..., Any]) -> None:
    sim = simulate("alpha_sign")
    dark = sign_png(sim.state)
    opened(sim).show("A001")
    wait_for(lambda: sim.state.text == "A001")
    assert sign_png(sim.state) != dark


@given(st.text(max_size=200), st.booleans())
def test_any_text_is_one_whole_message(text: str, checksum: bool) -> None:
    shown = "".join(c for c in text if " " <= c <= "~")
    sim = AlphaSimulator()
    try:
        options = AlphaOptions(port="/dev/x", checksum=checksum)
        sim.handle(b"".join(message(shown, options)))
        assert (sim.state.text, sim.dropped) == (shown, 0)
    finally:
        sim.port.close()


@given(st.lists(st.binary(max_size=80), max_size=8))
def test_noise_does_not_stop_the_simulator(pieces: list[bytes]) -> None:
    sim = AlphaSimulator()
    try:
        for piece in pieces:
            sim.handle(piece)
        sim.handle(WITH_SUM)
        assert sim.state.text == "A001 3"
    finally:
        sim.port.close()


def wait_for(condition: Callable[[], bool], timeout_s: float = 5) -> None:
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)
