"""The digit display's driver against literal bytes and simulated displays on real PTYs and TCP."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from test_modbus_frames import (
    BROADCAST_13,
    COUNTER_5,
    NO_REGISTER,
    READ_COUNTER,
    SHOW_13,
    SHOW_A001,
    SHOWN_A001,
)

from drivers.displays.modbus_digits import SPEC, ModbusOptions, probe
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import ShowResult
from drivers.sim.display_pictures import digits_png
from drivers.sim.ports import PtyPort, TcpPort
from drivers.status import State
from drivers.transports import SerialOptions, open_transport

OPEN: list[Any] = []


@pytest.fixture(autouse=True)
def _nothing_stays_open() -> Iterator[None]:
    yield
    while OPEN:
        OPEN.pop().close()


def opened(sim: Any, **more: Any) -> Any:
    OPEN.append(SPEC.open(ModbusOptions.model_validate({**sim.options, **more})))
    return OPEN[-1]


def test_the_sheets_exchange(script: Callable[..., Any]) -> None:
    line = script((READ_COUNTER, COUNTER_5), (SHOW_13, SHOW_13), (SHOW_A001, SHOWN_A001))
    display = opened(line.port)
    assert display.status().state is State.ONLINE
    assert display.show("13") == ShowResult(True, "13")
    assert display.show("A001") == ShowResult(True, "A001")
    line.check()
    display.close()


@pytest.mark.parametrize(
    ("code", "word"),
    [
        (1, "function"),
        (2, "no such register (code 2). Set the options value_register"),
        (4, "failed"),
        (99, "exception 99 (code 99). Check the options"),
    ],
)
def test_an_exception_is_told_in_words(simulate: Callable[..., Any], code: int, word: str) -> None:
    sim = simulate("modbus_digits")
    sim.exception = code
    display = opened(sim)
    result = display.show("13")
    assert (result.ok, result.shown, result.reason) == (False, "", "rejected")
    assert word in result.advice
    assert display.status().state is State.ONLINE
    display.close()


def test_the_sheets_exception(script: Callable[..., Any]) -> None:
    line = script((SHOW_13, NO_REGISTER))
    display = opened(line.port)
    assert display.show("13").reason == "rejected"
    display.close()


def test_a_busy_display_is_asked_again(script: Callable[..., Any]) -> None:
    busy = bytes.fromhex("01 86 06 C2 62")
    line = script((SHOW_13, busy), (SHOW_13, busy), (SHOW_13, SHOW_13), (READ_COUNTER, COUNTER_5))
    display = opened(line.port)
    assert display.show("13").ok
    line.check()
    display.close()


def test_one_that_stays_busy_says_so(simulate: Callable[..., Any]) -> None:
    sim = simulate("modbus_digits")
    sim.exception = 6
    result = opened(sim, retries=1).show("13")
    assert (result.ok, result.shown, result.reason) == (False, "", "busy")
    assert result.advice == "The display refused: it is busy (code 6). Try again later."


def test_a_lost_or_damaged_answer_is_asked_for_again(script: Callable[..., Any]) -> None:
    damaged = SHOW_13[:-1] + b"\0"
    found = b"\xff\0" + SHOW_13
    line = script((SHOW_13, None), (SHOW_13, damaged), (SHOW_13, found), (READ_COUNTER, COUNTER_5))
    display = opened(line.port)
    begun = time.monotonic()
    assert display.show("13").ok
    assert time.monotonic() - begun > 0.55
    line.check()
    display.close()


@pytest.mark.parametrize("fault", ["silent", "garble"])
def test_unconfirmed_after_the_retries(simulate: Callable[..., Any], fault: str) -> None:
    sim = simulate("modbus_digits", tcp_port=0)
    setattr(sim, fault, True)
    display = opened(sim, reply_timeout_s=0.1)
    result = display.show("13")
    assert (result.ok, result.shown, result.reason) == (False, "13", "unconfirmed")
    assert sim.received == 3 * SHOW_13
    assert display.status().state is State.OFFLINE
    setattr(sim, fault, False)
    assert display.show("13").ok
    display.close()


def test_an_answer_in_pieces_and_late_is_waited_for(simulate: Callable[..., Any]) -> None:
    sim = simulate("modbus_digits")
    sim.delay_s = 0.2
    display = opened(sim, retries=0)
    assert display.show("13").ok
    display.close()


def test_the_answer_to_an_earlier_number_confirms_no_other(script: Callable[..., Any]) -> None:
    show_14 = bytes.fromhex("01 06 00 88 00 0E 88 24")
    line = script((show_14, SHOW_13))
    display = opened(line.port, retries=0)
    assert display.show("14").reason == "unconfirmed"
    display.close()


def test_a_broadcast_is_not_waited_for(simulate: Callable[..., Any]) -> None:
    sim = simulate("modbus_digits", addresses="1,2,3")
    display = opened(sim, address=0)
    result = display.show("13")
    assert (result.ok, result.reason) == (True, "unconfirmed")
    assert sim.received == BROADCAST_13
    assert [one.shown for one in sim.displays.values()] == 3 * ["13"]
    assert display.status().state is State.ONLINE
    display.close()


def test_ascii_mode(simulate: Callable[..., Any]) -> None:
    sim = simulate("modbus_digits")
    display = opened(sim, mode="ascii")
    assert display.show("8.8.8.8.").ok
    assert sim.wait(lambda received: received == b"$001,8.8.8.8.#")
    assert sim.state.shown == "8.8.8.8."
    display.close()


@pytest.mark.parametrize("told", [True, False])
def test_an_adapter_that_echoes(simulate: Callable[..., Any], told: bool) -> None:
    """The echo of function 06 is what the answer looks like: no display, yet *shown*?"""
    sim = simulate("modbus_digits")
    sim.echo = True
    display = opened(sim, echo=told, reply_timeout_s=0.15)
    assert display.status().state is State.ONLINE  # here it is found out when not told
    assert display.show("13") == ShowResult(True, "13")
    assert display.show("A001") == ShowResult(True, "A001")
    sim.silent = True
    assert display.show("14").reason == "unconfirmed"
    display.close()


@pytest.mark.parametrize("tcp", [False, True])
def test_its_own_echo_confirms_no_number(tcp: bool) -> None:
    """The first thing that is done with the display, nobody told of the echo, and none is there."""
    port = TcpPort(0) if tcp else PtyPort()
    port.begin(port.send, lambda: None)
    display = SPEC.open(ModbusOptions.model_validate({**port.options, "reply_timeout_s": 0.1}))
    for _ in range(2):
        result = display.show("13")
        assert (result.ok, result.shown, result.reason) == (False, "13", "unconfirmed")
    display.close()
    port.close()


def test_a_first_number_is_confirmed_through_an_adapter_that_echoes(
    simulate: Callable[..., Any],
) -> None:
    sim = simulate("modbus_digits")
    sim.echo = True
    assert opened(sim).show("13") == ShowResult(True, "13")
    assert sim.received == SHOW_13 + READ_COUNTER + SHOW_13


def test_one_that_knows_only_its_number_confirms_it(script: Callable[..., Any]) -> None:
    line = script((SHOW_13, SHOW_13), (READ_COUNTER, None), (SHOW_13, SHOW_13))
    display = opened(line.port)
    assert display.show("13") == ShowResult(True, "13")
    assert display.show("13") == ShowResult(True, "13")  # the counter is asked for once
    line.check()


def test_an_echo_that_was_promised_and_does_not_come_is_asked_about(
    script: Callable[..., Any],
) -> None:
    """The one answer to a number is then taken for the echo."""
    line = script((SHOW_13, SHOW_13))
    result = opened(line.port, echo=True, retries=0).show("13")
    assert (result.ok, result.reason) == (False, "unconfirmed")
    assert "leave out the option echo" in result.advice
    line.check()


def test_an_echo_alone_is_told(simulate: Callable[..., Any]) -> None:
    sim = simulate("modbus_digits")
    sim.echo, sim.silent = True, True
    display = opened(sim, reply_timeout_s=0.15, retries=0)
    status = display.status()
    assert status.state is State.OFFLINE
    assert "the adapter echoes, no display answers" in status.detail


def test_lost_and_back(simulate: Callable[..., Any]) -> None:
    sim = simulate("modbus_digits")
    display = opened(sim)
    sim.unplug()
    with pytest.raises(PeripheralError) as gone:
        display.show("13")
    assert gone.value.reason is Reason.LOST
    display.close()
    sim.plug()
    display = opened(sim)
    assert display.show("13").ok
    display.close()


def test_probe(simulate: Callable[..., Any]) -> None:
    sim = simulate("modbus_digits")
    transport = open_transport(SerialOptions(port=sim.options["port"], baud=9600))
    belief = probe(transport)
    assert belief is not None
    assert belief.options == {"address": 1}
    sim.silent = True
    assert probe(transport) is None
    transport.close()


def test_picture(simulate: Callable[..., Any]) -> None:
    sim = simulate("modbus_digits")
    dark = digits_png(sim.state)
    opened(sim).show("A001")
    assert digits_png(sim.state) != dark
