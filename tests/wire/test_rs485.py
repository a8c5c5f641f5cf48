"""One RS-485 line with several displays, each with its own owner, on one PTY."""

import os
import threading
import time
from collections.abc import Callable
from queue import Queue
from typing import Any

import pytest
from test_modbus_frames import SHOW_13, SHOWN_A001

from drivers import registry
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import ShowResult
from drivers.lifecycle import Owner
from drivers.sim.ports import PtyPort
from drivers.status import State
from drivers.transports import SerialOptions, open_transport, shared
from drivers.transports.shared import Line

SHOWS = 40
ADDRESS = {"onbon_bx": ("screen", "screens"), "modbus_digits": ("address", "addresses"),
           "alpha_sign": ("address", "addresses")}  # fmt: skip
QUICK = {"onbon_bx": {"reply_timeout_s": 0.4}, "modbus_digits": {"reply_timeout_s": 0.2},
         "alpha_sign": {}}  # fmt: skip


def owners(driver: str, sim: Any, numbers: tuple[int, ...]) -> dict[int, Owner]:
    """An owner for each address, all at the simulator's one port, started."""
    made = {
        number: registry.make_owner(
            f"panel-{number}",
            driver,
            {**sim.options, **QUICK[driver], ADDRESS[driver][0]: number},
        )
        for number in numbers
    }
    for owner in made.values():
        owner.start()
    for owner in made.values():
        until(lambda owner=owner: owner.health.state is State.ONLINE)
    return made


def shown(driver: str, sim: Any, number: int) -> str:
    if driver == "onbon_bx":
        areas = sim.states[number].areas
        return areas[0].text if areas else ""
    if driver == "alpha_sign":
        return str(sim.states[number].text)
    return str(sim.displays[number].shown)


def show(owner: Owner, text: str) -> "Queue[Any]":
    results: Queue[Any] = Queue()
    owner.submit(lambda display, cancelled: display.show(text), results.put)
    return results


@pytest.mark.parametrize(("driver", "shows"), [("onbon_bx", SHOWS), ("modbus_digits", SHOWS),
                                               ("alpha_sign", 5)])  # fmt: skip
def test_three_owners_at_once_and_nothing_is_mixed(
    simulate: Callable[..., Any], driver: str, shows: int
) -> None:
    sim = simulate(driver, link=None, **{ADDRESS[driver][1]: "1,2,3"}, **pty(driver))
    panels = owners(driver, sim, (1, 2, 3))
    try:
        answers = {
            number: [show(owner, f"{'XABC'[number]}{i:03}") for i in range(shows)]
            for number, owner in panels.items()
        }
        for number, queues in answers.items():
            for i, results in enumerate(queues):
                result = results.get(timeout=60)
                assert isinstance(result, ShowResult), result
                assert (result.ok, result.shown) == (True, f"{'XABC'[number]}{i:03}")
        for number in panels:
            last = f"{'XABC'[number]}{shows - 1:03}"
            until(lambda number=number, last=last: shown(driver, sim, number) == last)
        assert getattr(sim, "damaged", 0) == getattr(sim, "dropped", 0) == 0
    finally:
        stop(panels)


@pytest.mark.parametrize("driver", ["onbon_bx", "modbus_digits"])
def test_a_late_answer_of_one_is_not_taken_for_anothers(
    simulate: Callable[..., Any], driver: str
) -> None:
    sim = simulate(driver, **{ADDRESS[driver][1]: "1,2"}, **pty(driver))
    panels = owners(driver, sim, (1, 2))
    try:
        sim.only, sim.delay_s = 1, 0.7  # too late for 1, and within the time of 2
        first = show(panels[1], "A001")
        assert sim.wait(lambda received: b"A001" in received)
        sim.silent = False
        second = show(panels[2], "B002")
        assert first.get(timeout=20).reason == "unconfirmed"
        assert second.get(timeout=20).shown == "B002"
        sim.delay_s, sim.only, sim.silent = 0.0, 2, True
        results = show(panels[2], "B003").get(timeout=20)
        assert (results.ok, results.reason) == (False, "unconfirmed")
        assert show(panels[1], "A003").get(timeout=20).ok
    finally:
        stop(panels)


@pytest.mark.parametrize("driver", ["onbon_bx", "modbus_digits"])
def test_a_literal_late_answer_of_another_address(driver: str) -> None:
    """Whoever is asked, only address 1 answers."""
    late = {
        "modbus_digits": SHOW_13,
        "onbon_bx": bytes.fromhex(
            "A5 A5 A5 A5 A5 A5 A5 A5 00 80 01 00 00 00 00 00 00 00 FE 02 05 00 A0 00 00 00 00 64 "
            "DC 5A"
        ),
    }[driver]
    port = PtyPort()
    port.begin(lambda data: port.send(late), lambda: None)
    spec = registry.spec_of(driver)
    more = {**QUICK[driver], ADDRESS[driver][0]: 2}
    panel = spec.open(registry.check(driver, {**port.options, **more}))
    assert panel.show("13").reason == "unconfirmed"
    assert panel.status().state is State.OFFLINE
    panel.close()
    port.close()


@pytest.mark.parametrize("driver", ["onbon_bx", "modbus_digits", "alpha_sign"])
def test_an_unplugged_line_is_lost_for_all_and_comes_back_for_all(
    simulate: Callable[..., Any], driver: str
) -> None:
    sim = simulate(driver, **{ADDRESS[driver][1]: "1,2,3"}, **pty(driver))
    panels = owners(driver, sim, (1, 2, 3))
    try:
        for round_ in range(5):
            sim.unplug()
            for owner in panels.values():
                show(owner, "A001").get(timeout=5)
                until(lambda owner=owner: owner.health.state is State.NO_DEVICE)
            sim.plug()
            for owner in panels.values():
                until(lambda owner=owner: owner.health.state is State.ONLINE)
            for number, owner in panels.items():
                assert show(owner, f"A{round_}0{number}").get(timeout=5).ok
            for number in panels:
                text = f"A{round_}0{number}"
                until(lambda number=number, text=text: shown(driver, sim, number) == text)
    finally:
        stop(panels)


def test_nothing_stays_open_when_the_last_one_leaves(simulate: Callable[..., Any]) -> None:
    sim = simulate("modbus_digits", addresses="1,2")
    spec = registry.spec_of("modbus_digits")
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(20):
        one, two = (
            spec.open(registry.check("modbus_digits", {**sim.options, "address": number}))
            for number in (1, 2)
        )
        one.close()
        one.close()
        assert two.show("13").ok
        two.close()
    assert len(os.listdir("/proc/self/fd")) == before
    with pytest.raises(PeripheralError) as closed:
        registry.spec_of("modbus_digits").open(
            registry.check("modbus_digits", {"port": sim.options["port"] + "x"})
        )
    assert closed.value.reason is Reason.NO_DEVICE


def test_other_settings_on_the_same_port_are_refused(simulate: Callable[..., Any]) -> None:
    sim = simulate("modbus_digits")
    line = Line(SerialOptions(port=sim.options["port"], baud=9600))
    with pytest.raises(PeripheralError) as refused:
        Line(SerialOptions(port=sim.options["port"], baud=19200, parity="even", data_bits=7))
    assert (refused.value.reason, refused.value.sent) == (Reason.BAD_OPTION, False)
    assert "9600 8N1, not with 19200 7E1" in refused.value.detail
    line.close()
    Line(SerialOptions(port=sim.options["port"], baud=19200)).close()


def test_a_name_that_is_a_link_to_the_port_shares_it(
    simulate: Callable[..., Any], tmp_path: Any
) -> None:
    sim = simulate("modbus_digits")
    other = tmp_path / "by-id"
    other.symlink_to(sim.options["port"])
    line = Line(SerialOptions(port=sim.options["port"], baud=9600))
    Line(SerialOptions(port=str(other), baud=9600)).close()
    with line.turn() as wire:
        wire.write(SHOW_13, 1)
        assert wire.read(100, 1) == SHOW_13
    line.close()


class Slow:
    """A port whose opening and closing take until `free` is set."""

    free = threading.Event()

    def __init__(self, options: SerialOptions) -> None:
        self.free.wait(20)
        self._port = open_transport(options)

    def close(self) -> None:
        Slow.free.wait(20)
        self._port.close()


@pytest.mark.parametrize("slow", ["opening", "closing"])
def test_a_port_that_takes_long_holds_up_no_other_line(
    monkeypatch: pytest.MonkeyPatch, slow: str
) -> None:
    ports = [PtyPort() for _ in range(2)]
    for port in ports:
        port.begin(lambda data: None, lambda: None)
    one, two = (SerialOptions(port=port.options["port"]) for port in ports)
    made = {one.port: Slow, two.port: open_transport}
    monkeypatch.setattr(shared, "open_transport", lambda options: made[options.port](options))
    Slow.free.clear()
    if slow == "closing":
        Slow.free.set()
        line = Line(one)
        Slow.free.clear()
    work = line.close if slow == "closing" else lambda: Line(one).close()
    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(0.2)
    begun = time.monotonic()
    other = Line(two)
    other.close()
    again = threading.Thread(target=lambda: Line(one).close())  # the same port: in its turn
    again.start()
    try:
        assert time.monotonic() - begun < 5
        again.join(0.3)
        assert thread.is_alive()
        assert again.is_alive()
    finally:
        Slow.free.set()
        thread.join()
        again.join()
        for port in ports:
            port.close()
    assert not shared._open


def test_turns_are_handed_on_in_order_and_keep_the_gap() -> None:
    """One that always asks again does not keep another out."""
    port = PtyPort()
    arrivals: list[tuple[float, bytes]] = []
    port.begin(lambda data: arrivals.append((time.monotonic(), data)), lambda: None)
    options = SerialOptions(port=port.options["port"], baud=115200)

    def talk(mark: bytes) -> None:
        line = Line(options)
        for _ in range(15):
            with line.turn(gap_s=0.02) as wire:
                wire.write(mark, 1)
        line.close()

    talkers = [threading.Thread(target=talk, args=(mark,)) for mark in (b"a", b"b", b"c")]
    for one in talkers:
        one.start()
    for one in talkers:
        one.join()
    until(lambda: sum(len(data) for _, data in arrivals) == 45)
    order = b"".join(data for _, data in arrivals)
    assert max(order.index(mark) for mark in (b"a", b"b", b"c")) < 15
    assert arrivals[-1][0] - arrivals[0][0] >= 44 * 0.02 - 0.05
    port.close()


def test_what_came_before_a_turn_is_dropped_and_an_echo_is_no_answer() -> None:
    port = PtyPort()
    port.begin(lambda data: port.send(data + SHOWN_A001), lambda: None)
    line = Line(SerialOptions(port=port.options["port"]), echo=True)
    with line.turn() as wire:
        wire.write(SHOW_13, 1)
        assert wire.read(100, 1) == SHOWN_A001
        port.send(b"late")
        time.sleep(0.1)
    with line.turn() as wire:
        assert wire.read(100, 0.05) == b""
    line.close()
    port.close()


def test_without_the_echo_that_was_promised_the_answer_is_still_read() -> None:
    port = PtyPort()
    port.begin(lambda data: port.send(data[:3] + b"answer"), lambda: None)
    line = Line(SerialOptions(port=port.options["port"]), echo=True)
    with line.turn() as wire:
        wire.write(SHOW_13, 1)
        assert wire.read(100, 1) == SHOW_13[:3] + b"answer"
    line.close()
    port.close()


def test_a_broadcast_without_reply_to_all_panels(simulate: Callable[..., Any]) -> None:
    sim = simulate("onbon_bx", pty=True, screens="1,2,3")
    spec = registry.spec_of("onbon_bx")
    everybody = spec.open(registry.check("onbon_bx", {**sim.options, "reply": False}))
    result = everybody.show("暂停服务")
    assert (result.ok, result.reason) == (True, "unconfirmed")
    until(lambda: all(shown("onbon_bx", sim, n) == "暂停服务" for n in (1, 2, 3)))
    assert not sim.frames[-1].reply
    everybody.close()
    asking = spec.open(registry.check("onbon_bx", {**sim.options, "reply_timeout_s": 0.2}))
    assert asking.show("暂停服务").reason == "unconfirmed"  # their answers collide
    asking.close()


def pty(driver: str) -> dict[str, Any]:
    return {"pty": True} if driver == "onbon_bx" else {}


def stop(panels: dict[int, Owner]) -> None:
    for owner in panels.values():
        owner.stop()


def until(condition: Callable[[], bool], timeout_s: float = 10) -> None:
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)
