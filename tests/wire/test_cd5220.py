"""Customer displays: the sheet's bytes, and what a strict simulated display makes of them."""

import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.displays.cd5220 import SPEC, Cd5220Options, beginning, lines
from drivers.displays.substitution import can_show_ascii, substitute
from drivers.errors import PeripheralError, Reason
from drivers.sim.cd5220 import STEP_S, Cd5220Simulator
from drivers.sim.display_pictures import pole_png

INIT, CLEAR = bytes.fromhex("1B 40"), bytes.fromhex("0C")
UPPER = bytes.fromhex("1B 51 41 57 49 4E 44 4F 57 20 33 20 20 41 30 30 31 0D")
LOWER = bytes.fromhex("1B 51 42 20 20 50 4C 45 41 53 45 0D")
CURSOR = bytes.fromhex("1B 6C 01 02")
LONG = "THE NUMBERS OF TODAY ARE ALL GIVEN OUT BY NOW"


OPEN: list[Any] = []


@pytest.fixture(autouse=True)
def _nothing_stays_open() -> Iterator[None]:
    yield
    while OPEN:
        OPEN.pop().close()


def opened(sim: Any, **more: Any) -> Any:
    OPEN.append(SPEC.open(Cd5220Options.model_validate({**sim.options, **more})))
    return OPEN[-1]


def seen(sim: Any) -> list[str]:
    return [line.rstrip() for line in sim.state.seen(0)]


def test_the_sheets_commands() -> None:
    options = Cd5220Options(port="/dev/x", cursor_off=False)
    assert beginning(options) == CLEAR + INIT + CLEAR
    assert lines(["WINDOW 3  A001"]) == (UPPER, "WINDOW 3  A001")
    assert lines(["WINDOW 3  A001", "  PLEASE"])[0] == UPPER + LOWER
    assert lines(["", "  PLEASE"]) == (LOWER, "  PLEASE")
    assert lines([""]) == (b"", "")
    options = Cd5220Options(port="/dev/x", select=True, brightness=3)
    assert beginning(options) == bytes.fromhex("1B 3D 02 0C 1B 40 0C 1B 5F 00 1B 2A 03")


@pytest.mark.parametrize(
    ("text", "shown", "upper", "lower"),
    [
        ("A001 3", "A001 3", "A001 3", ""),
        ("请A001到3号窗口", "A001 TO 3", "A001 TO 3", ""),
        ("请A001到3号窗口\n请稍候", "A001 TO 3 PLEASE WAIT", "A001 TO 3", "PLEASE WAIT"),
        ("TICKET A001 PLEASE GO TO WINDOW 3", None, "TICKET A001 PLEASE", "GO TO WINDOW 3"),
        ("", "", "", ""),
    ],
)
def test_screens(
    simulate: Callable[..., Any], text: str, shown: str | None, upper: str, lower: str
) -> None:
    sim = simulate("cd5220")
    pole = opened(sim)
    pole.show("SOMETHING LONGER BEFORE IT ON BOTH LINES")
    result = pole.show(text)
    wait_for(lambda: seen(sim) == [upper, lower])
    assert (result.ok, result.reason) == (True, "unconfirmed")
    assert result.shown == (text if shown is None else shown)
    assert sim.state.cursor is False
    pole.close()


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("WINDOW 3  A001", UPPER),
        ("WINDOW 3  A001\n  PLEASE", UPPER + LOWER),
        ("WINDOW 3  A001\r\n  PLEASE", UPPER + LOWER),
        ("\n  PLEASE", LOWER),
    ],
)
def test_spaces_go_out_as_given(simulate: Callable[..., Any], text: str, sent: bytes) -> None:
    sim = simulate("cd5220")
    opened(sim, cursor_off=False).show(text)
    assert sim.wait(lambda received: received == CLEAR + INIT + CLEAR + sent)


def test_no_command_falls_into_line_mode(simulate: Callable[..., Any]) -> None:
    """What the text before left behind: a display that hears only 0C and 18 in it."""
    sim = simulate("cd5220")
    pole = opened(sim)
    for text in ("A001", LONG, "A002\nWINDOW 3"):
        pole.show(text)
    wait_for(lambda: seen(sim) == ["A002", "WINDOW 3"])
    assert (sim.ignored, sim.state.cursor) == (0, False)


def test_what_was_replaced_in_both_lines_is_told_once(simulate: Callable[..., Any]) -> None:
    result = opened(simulate("cd5220")).show("请稍候é\n谢谢é")
    assert (result.shown, result.advice) == (
        "PLEASE WAIT e THANK YOU e",
        "Sent; this display gives no answers, so look whether it shows the text. "
        "The display cannot show all of it; replaced: 请稍候→PLEASE WAIT, é→e, 谢谢→THANK YOU.",
    )


@pytest.mark.parametrize("text", [21 * "A", 39 * "A", 20 * "A" + "-B", "A B" + 20 * "C"])
def test_a_word_is_never_broken(text: str) -> None:
    assert lines([text]) == (bytes.fromhex("1B 51 44") + text.encode() + b"\x0d", text)


def test_longer_text_scrolls_and_is_cut_below_forty(simulate: Callable[..., Any]) -> None:
    sim = simulate("cd5220")
    pole = opened(sim)
    result = pole.show(LONG)
    assert sim.wait(lambda received: received.endswith(b"\x0d"))
    assert bytes.fromhex("1B 51 44") + LONG[:39].encode() + b"\x0d" in sim.received
    assert result.shown == LONG[:39]
    assert "Cut to 39" in result.advice
    wait_for(lambda: sim.state.scroll == LONG[:39])
    assert sim.state.seen(5 * STEP_S + 0.01)[0] == LONG[5:25]
    pole.show("A002")
    wait_for(lambda: seen(sim) == ["A002", ""])
    pole.close()


def test_behind_a_printer_it_is_selected_first(simulate: Callable[..., Any]) -> None:
    sim = simulate("cd5220", behind_printer=True)
    pole = opened(sim)
    pole.show("A001")
    assert sim.wait(lambda received: received.endswith(b"\x0d"))
    assert seen(sim) == ["", ""]
    pole.close()
    pole = opened(sim, select=True)
    pole.show("A001")
    wait_for(lambda: seen(sim) == ["A001", ""])
    pole.close()


def test_after_a_power_cycle_the_next_text_puts_all_right(simulate: Callable[..., Any]) -> None:
    sim = simulate("cd5220")
    pole = opened(sim, brightness=2)
    pole.show("A001")
    wait_for(lambda: seen(sim) == ["A001", ""])
    sim.power_cycle()
    pole.show("A002")
    wait_for(lambda: seen(sim) == ["A002", ""])
    assert (sim.state.cursor, sim.state.brightness) == (False, 2)
    pole.close()


def test_unplugged_is_lost(simulate: Callable[..., Any]) -> None:
    sim = simulate("cd5220")
    pole = opened(sim)
    sim.unplug()
    with pytest.raises(PeripheralError) as gone:
        pole.show("A001")
    assert gone.value.reason is Reason.LOST
    pole.close()


def test_a_line_that_takes_nothing_shows_nothing(simulate: Callable[..., Any]) -> None:
    sim = simulate("cd5220")
    assert sim.control("blocked true") == {"ok": True, "did": "blocked"}
    pole = opened(sim, write_timeout_s=0.2, baud=1_000_000)
    result = pole.show(LONG)
    assert (result.ok, result.shown, result.reason) == (False, "", "silent")
    sim.control("blocked false")
    assert pole.show(LONG).ok
    wait_for(lambda: sim.state.scroll == LONG[:39])
    pole.close()


def test_the_simulator_is_strict_about_line_mode(simulate: Callable[..., Any]) -> None:
    sim = simulate("cd5220")
    fd = os.open(sim.options["port"], os.O_RDWR | os.O_NOCTTY)
    os.write(fd, INIT + CLEAR + CURSOR + b"HI" + UPPER + b"lost" + CURSOR + LOWER)
    wait_for(lambda: seen(sim) == ["WINDOW 3  A001", "  PLEASE"])
    assert sim.ignored == 8
    os.write(fd, b"\x18" + b"ON")  # cancel clears the line of the cursor
    wait_for(lambda: seen(sim) == ["WINDOW 3  A001", "ON"])
    os.write(fd, b"\x0b!" + bytes.fromhex("1B 6C 14 02") + b"<>")
    wait_for(lambda: seen(sim) == [">INDOW 3  A001", "ON                 <"])
    os.close(fd)


def test_picture(simulate: Callable[..., Any]) -> None:
    sim = simulate("cd5220")
    dark = pole_png(sim.state)
    opened(sim).show("A001")
    wait_for(lambda: seen(sim) == ["A001", ""])
    assert pole_png(sim.state) != dark


@given(st.lists(st.text(max_size=60), max_size=3))
def test_any_text_stands_on_the_screen(texts: list[str]) -> None:
    plain = [substitute(text, can_show_ascii, missing="?").text for text in texts]
    data, shown = lines([text for text in plain if text])
    sim = Cd5220Simulator()
    try:
        sim.handle(beginning(Cd5220Options(port="/dev/x")) + data)
        screen = sim.state.scroll or " ".join(seen(sim)).strip()
        assert screen.split() == shown.split()
        assert sim.ignored == 0
    finally:
        sim.port.close()


@given(st.lists(st.binary(max_size=80), max_size=8))
def test_noise_does_not_stop_the_simulator(pieces: list[bytes]) -> None:
    sim = Cd5220Simulator()
    try:
        for piece in pieces:
            sim.handle(piece)
        assert all(len(line) == 20 for line in sim.state.lines)
    finally:
        sim.port.close()


def wait_for(condition: Callable[[], bool], timeout_s: float = 5) -> None:
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)
