"""Unplugged, power-cycled, re-enumerated, vanished: every peripheral comes back by itself, soon.

Real drivers under real owners, on PTYs and TCP connections.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from operator import gt
from pathlib import Path
from queue import Queue
from typing import Any

import psutil
import pytest

from drivers import registry
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import DeviceStatus, PrintOutcome
from drivers.lifecycle import Owner
from drivers.papers.slip import Slip
from drivers.sim.base import Simulator
from drivers.status import PeripheralHealth, State

SOON_S = 5.0  # the promise: ready again so long after the hardware is back
BUSY_MACHINE_S = 10.0  # what a test grants beyond it
CYCLES, AT_ONCE = 1000, 8
READER = {"answer_timeout_s": 0.3, "status_timeout_s": 0.2, "gap_s": 0.2}
PANEL = {"reply_timeout_s": 0.5}


class Owned:
    """A simulator with its owner; `until` waits for a state without polling."""

    def __init__(
        self, simulator: Simulator, options: dict[str, Any], status_every_s: float | None = None
    ) -> None:
        self.sim = simulator
        self.changed = threading.Condition()
        self.heard: list[PeripheralHealth] = []
        more = {} if status_every_s is None else {"status_every_s": status_every_s}
        driver = simulator.name
        self.owner = Owner(
            driver, registry.spec_of(driver), registry.check(driver, options),
            on_health=self._hear, **more,
        )  # fmt: skip
        self.owner.start()

    def _hear(self, health: PeripheralHealth) -> None:
        with self.changed:
            self.heard.append(health)
            del self.heard[:-50]
            self.changed.notify_all()

    def until(self, state: State, timeout_s: float = SOON_S + BUSY_MACHINE_S) -> float:
        """Seconds until the peripheral was in `state`."""
        begun = time.monotonic()
        with self.changed:
            there = self.changed.wait_for(lambda: self.heard and self.now is state, timeout_s)
        assert there, f"{self.owner.health} instead of {state}"
        return time.monotonic() - begun

    @property
    def now(self) -> State:
        return self.heard[-1].state

    def notice(self) -> None:
        """Have the owner use the peripheral now, as the next citizen would."""
        self.owner.submit(lambda device, cancelled: device.status(), lambda result: None)


@pytest.fixture
def owned(simulate: Callable[..., Any]) -> Iterator[Callable[..., Owned]]:
    """`owned("sdt_reader", options, pty=True …)`: a simulator with a running owner."""
    running: list[Owned] = []

    def start(
        driver: str, options: dict[str, Any], status_every_s: float | None = None, **sim: Any
    ) -> Owned:
        simulator = simulate(driver, **sim)
        running.append(Owned(simulator, {**simulator.options, **options}, status_every_s))
        return running[-1]

    yield start
    for one in running:
        one.owner.stop()


MODELS = [
    pytest.param("sdt_reader", READER, {}, id="reader on a PTY"),
    pytest.param("escpos", {}, {"pty": True}, id="printer on a PTY"),
    pytest.param("escpos", {}, {}, id="printer on TCP"),
    pytest.param("onbon_bx", PANEL, {"pty": True}, id="panel on a PTY"),
    pytest.param("onbon_bx", PANEL, {}, id="panel on TCP"),
]


@pytest.mark.parametrize(("driver", "options", "how"), MODELS)
def test_ready_within_five_seconds_of_the_hardware(
    owned: Callable[..., Owned], driver: str, options: dict[str, Any], how: dict[str, Any]
) -> None:
    every_s = None if driver == "sdt_reader" else 0.5  # None: as in a hall
    one = owned(driver, options, every_s, **how)
    one.until(State.ONLINE)
    one.sim.unplug()
    one.until(State.NO_DEVICE)  # found out by the owner itself
    time.sleep(1.3)  # into its longest pauses
    one.sim.plug()
    took = one.until(State.ONLINE)
    print(f"{driver} {how}: ready {took:.2f} s after the hardware")
    assert took < SOON_S + BUSY_MACHINE_S
    one.sim.unplug()  # and in again before anybody noticed
    one.sim.plug()
    assert one.owner.health.state is State.ONLINE
    done: Queue[Any] = Queue()
    begun = time.monotonic()
    while not isinstance(status := _status(one, done), DeviceStatus):
        assert status.reason in (Reason.LOST, Reason.NO_DEVICE)
        assert time.monotonic() - begun < SOON_S + BUSY_MACHINE_S
        time.sleep(0.05)
    assert status.state is State.ONLINE


def _status(one: Owned, done: "Queue[Any]") -> Any:
    one.owner.submit(lambda device, cancelled: device.status(), done.put)
    return done.get(timeout=BUSY_MACHINE_S)


def test_a_stable_name_that_moves_to_another_port_is_followed(
    owned: Callable[..., Owned], tmp_path: Path
) -> None:
    link = tmp_path / "usb-Maker_Reader_0001-if00-port0"
    pattern = str(tmp_path / "usb-Maker_Reader_*-if00-port0")
    one = owned("sdt_reader", {**READER, "port": pattern}, 0.1, link=link)
    one.until(State.ONLINE)
    before = os.readlink(link)
    held = os.open(before, os.O_RDWR | os.O_NOCTTY)  # so that the number is not given out again
    one.sim.unplug()
    one.until(State.NO_DEVICE)
    assert "fits no port" in one.owner.health.detail or "lost" in one.owner.health.detail
    one.sim.plug()
    one.until(State.ONLINE)
    assert os.readlink(link) != before
    os.close(held)


def test_a_network_peer_that_vanishes_is_lost_and_found_again(
    owned: Callable[..., Owned],
) -> None:
    """Its cable is pulled: no FIN, no ACK, nothing. Then it is put back."""
    for driver, options in (("escpos", {}), ("onbon_bx", PANEL)):
        one = owned(driver, {**options, "connect_timeout_s": 1}, 0.3)
        one.until(State.ONLINE)
        one.sim.port.vanish()
        one.until(State.OFFLINE)
        if driver == "escpos":  # its connection stays open until it is known to be dead
            one.until(State.NO_DEVICE)
        time.sleep(1.5)
        one.sim.port.appear()
        took = one.until(State.ONLINE)
        print(f"{driver}: ready {took:.2f} s after the network")


def test_a_peer_with_a_full_buffer_is_not_lost(simulate: Callable[..., Any]) -> None:
    from drivers.transports import TcpOptions, open_transport

    printer = simulate("escpos")
    port = open_transport(TcpOptions(**printer.options))
    printer.port.paused = True
    with pytest.raises(PeripheralError) as caught:
        port.write(bytes(20_000_000), 3.0)
    assert caught.value.reason is Reason.SILENT
    assert port.read(1, 1.0) == b""
    port.close()


@pytest.mark.parametrize("how", [{"pty": True}, {}], ids=["PTY", "TCP"])
def test_a_printer_that_reboots_in_mid_job_is_unsure_and_prints_the_next(
    owned: Callable[..., Owned], how: dict[str, Any]
) -> None:
    one = owned("escpos", {"confirm_timeout_s": 3}, **how)
    one.until(State.ONLINE)
    one.sim.bytes_per_s = 200
    results: Queue[Any] = Queue()
    slip = Slip(
        hall="测试便民服务中心",
        number="A001",
        service="社会保障卡申领",
        waiting=1,
        issued_at=datetime.now(UTC),
        qr="https://example.invalid/A001",
    )
    one.owner.submit(lambda device, cancelled: device.print_slip(slip), results.put)
    assert one.sim.wait(lambda received: len(received) > 60)
    time.sleep(0.2)
    one.sim.unplug()
    one.sim.power_cycle()
    one.sim.plug()
    first = results.get(timeout=20)
    assert first.outcome is PrintOutcome.UNSURE
    one.sim.bytes_per_s = None
    one.until(State.ONLINE)
    one.owner.submit(lambda device, cancelled: device.print_slip(slip), results.put)
    assert results.get(timeout=20).outcome is PrintOutcome.PRINTED


def test_a_reader_without_power_for_a_while_comes_back(owned: Callable[..., Owned]) -> None:
    one = owned("sdt_reader", READER, 0.1)
    one.until(State.ONLINE)
    one.sim.silent = True
    one.until(State.OFFLINE)
    one.sim.silent = False
    assert one.until(State.ONLINE) < SOON_S + BUSY_MACHINE_S


@pytest.mark.parametrize(
    ("driver", "options", "how"),
    [("sdt_reader", READER, {}), ("onbon_bx", PANEL, {})],
    ids=["PTY", "TCP"],
)
def test_a_thousand_times_unplugged_leaves_nothing_behind(
    owned: Callable[..., Owned], driver: str, options: dict[str, Any], how: dict[str, Any]
) -> None:
    those = [owned(driver, options, 60.0, **how) for _ in range(AT_ONCE)]
    with ThreadPoolExecutor(AT_ONCE) as hands:
        _cycles(hands, those, 4)  # caches and pools fill
        before = _held()
        _cycles(hands, those, CYCLES // AT_ONCE)
        _settle(before)
        after = _held()
    print(f"{driver}: {CYCLES} cycles; descriptors, threads, bytes {before} -> {after}")
    assert after[0] <= before[0]  # fewer, where an earlier test's end came meanwhile
    assert after[1] <= before[1]
    assert after[2] - before[2] < 8 * 1024 * 1024


def _cycles(hands: ThreadPoolExecutor, those: list[Owned], count: int) -> None:
    for one in those:
        one.until(State.ONLINE)
    list(hands.map(lambda one: _cycle(one, count), those))
    for one in those:
        one.until(State.ONLINE)


def _cycle(one: Owned, count: int) -> None:
    for _ in range(count):
        one.sim.unplug()
        one.notice()
        one.until(State.NO_DEVICE)
        one.sim.plug()
        one.until(State.ONLINE)


def _held() -> tuple[int, int, int]:
    mine = psutil.Process()
    return mine.num_fds(), threading.active_count(), mine.memory_full_info().uss


def _settle(before: tuple[int, int, int]) -> None:
    end = time.monotonic() + 5
    while any(map(gt, _held()[:2], before[:2])) and time.monotonic() < end:
        time.sleep(0.05)


def test_since_is_when_the_state_began(owned: Callable[..., Owned]) -> None:
    one = owned("escpos", {}, 0.05)
    one.until(State.ONLINE)
    began = one.owner.health.since_ms
    assert abs(began - time.time() * 1000) < 10_000
    time.sleep(0.2)
    one.sim.near_end = True  # news of the paper is no new state
    with one.changed:
        assert one.changed.wait_for(lambda: str(one.heard[-1].paper) == "low", 5)
    assert (one.now, one.owner.health.since_ms) == (State.ONLINE, began)
    one.sim.unplug()
    one.until(State.NO_DEVICE)
    gone = one.owner.health
    assert gone.since_ms > began
    assert (gone.paper, gone.cover_open, gone.card_present) == (None, None, None)
