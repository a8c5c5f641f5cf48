"""What a display that answers is said to show when no answer comes, and when nothing went out."""

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from drivers import registry
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import ShowResult
from drivers.saying import in_language
from drivers.status import State

LONG = 500 * "A"
BRIGHTNESS = bytes.fromhex(  # A3 02 to whoever hears it, forced to 3, and 48 half hours of 3
    "A5 A5 A5 A5 A5 A5 A5 A5 FE FF 00 80 00 00 00 00 00 00 FE 02 37 00 A3 02 01 00 00 01 03"
    + 48 * "03"
    + "1B 3C 5A"
)


@pytest.fixture
def opened(simulate: Callable[..., Any]) -> Iterator[Callable[..., tuple[Any, Any]]]:
    """A simulator on a PTY and the display that is opened at it."""
    devices = []

    def open_(driver: str, **more: Any) -> tuple[Any, Any]:
        sim = simulate(driver, **({"pty": True} if driver == "onbon_bx" else {}))
        options = registry.check(driver, {**sim.options, "baud": 1_000_000, **more})
        devices.append(registry.spec_of(driver).open(options))
        return sim, devices[-1]

    yield open_
    for device in devices:
        device.close()


def fill(port: str) -> None:
    """The system's buffer of that port."""
    fd = os.open(port, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    end = time.monotonic() + 0.5  # the simulator may still take one piece
    while time.monotonic() < end:
        with contextlib.suppress(BlockingIOError):
            os.write(fd, bytes(4096))
    os.close(fd)


@pytest.mark.parametrize("driver", ["onbon_bx", "modbus_digits"])
def test_what_the_line_did_not_take_is_not_shown(
    opened: Callable[..., tuple[Any, Any]], driver: str
) -> None:
    """An XOFF that stays, or a serial server that is full: the text was not sent whole."""
    sim, display = opened(driver, write_timeout_s=0.1)
    sim.port.paused = True
    fill(sim.options["port"])
    advice = "Check that the peripheral is on and not halted."
    assert display.show(LONG) == ShowResult(False, "", "silent", advice)
    assert display.status().state is State.OFFLINE


def test_a_text_behind_a_setting_that_nobody_answers_is_not_sent(
    opened: Callable[..., tuple[Any, Any]],
) -> None:
    sim, panel = opened("onbon_bx", brightness=3, reply_timeout_s=0.2)
    sim.silent = True
    result = panel.show("A001")
    assert (result.ok, result.shown, result.reason) == (False, "", "silent")
    assert result.advice.startswith("It did not answer to the options power, brightness or set_cl")
    assert in_language(result.advice, "zh").endswith(
        "所以内容没有发送：检查它的电源和接线，或者去掉这些选项。"
    )
    assert sim.received == BRIGHTNESS
    assert sim.state.areas == ()
    sim.silent = False
    assert panel.show("A001") == ShowResult(True, "A001")
    assert sim.state.brightness == b"\x01" + 49 * b"\x03"


@pytest.mark.parametrize("driver", ["onbon_bx", "modbus_digits"])
def test_a_lost_line_is_no_silence(opened: Callable[..., tuple[Any, Any]], driver: str) -> None:
    sim, display = opened(driver)
    sim.unplug()
    for call in (display.status, lambda: display.show("A001")):
        with pytest.raises(PeripheralError) as gone:
            call()
        assert gone.value.reason in (Reason.LOST, Reason.NO_DEVICE)


def hang_up(sim: Any, connection: int) -> None:
    """The connection of that number, as soon as it is there."""
    end = time.monotonic() + 5
    while not (sim.port.connections == connection and sim.port.in_use):
        assert time.monotonic() < end, sim.port.connections
        time.sleep(0.005)
    sim.port.drop()


@pytest.mark.parametrize("driver", ["onbon_bx", "modbus_digits", "alpha_sign", "cd5220"])
def test_a_serial_server_may_hang_up_between_texts(
    simulate: Callable[..., Any], driver: str
) -> None:
    """Keep-alive is off: each call finds its connection closed, and nothing is lost."""
    sim = simulate(driver, tcp_port=0)
    device = registry.spec_of(driver).open(registry.check(driver, sim.options))
    try:
        hang_up(sim, 1)
        assert device.status().state is State.ONLINE
        for number in (2, 3):
            hang_up(sim, number)
            text = f"A00{number}"
            result = device.show(text)
            assert (result.ok, result.shown) == (True, text)
            assert sim.wait(lambda received, text=text: text.encode() in received)
        hang_up(sim, 4)
        sim.unplug()
        with pytest.raises(PeripheralError) as gone:
            device.show("A003")
        assert (gone.value.reason, gone.value.sent) == (Reason.LOST, False)
        sim.plug()
        assert device.show("A003").ok
    finally:
        device.close()


def test_what_was_found_out_of_an_echo_stays_known_on_a_new_connection(
    simulate: Callable[..., Any],
) -> None:
    """The echo of a number looks like its confirmation."""
    sim = simulate("modbus_digits", tcp_port=0)
    sim.echo = True
    device = registry.spec_of("modbus_digits").open(
        registry.check("modbus_digits", {**sim.options, "reply_timeout_s": 0.1, "retries": 0})
    )
    try:
        assert device.show("13") == ShowResult(True, "13")
        hang_up(sim, 1)
        sim.silent = True
        assert device.show("14").reason == "unconfirmed"
        hang_up(sim, 2)
        sim.silent = False
        assert device.show("15") == ShowResult(True, "15")
    finally:
        device.close()


@pytest.mark.parametrize(
    ("driver", "refused"), [("onbon_bx", {"nack": 12}), ("modbus_digits", {"exception": 2})]
)
def test_an_answer_that_comes_late_is_not_taken_for_that_to_the_next_text(
    opened: Callable[..., tuple[Any, Any]], driver: str, refused: dict[str, int]
) -> None:
    """It comes when the next text has been waiting for its own; that one is refused."""
    more = {"retries": 0} if driver == "modbus_digits" else {}
    sim, display = opened(driver, reply_timeout_s=0.5, **more)
    sim.delay_s = 0.6
    assert display.show("A001").reason == "unconfirmed"
    sim.delay_s = 0.0
    for fault, code in refused.items():
        setattr(sim, fault, code)
    assert display.show("A002").reason == "rejected"
