"""Openings that take long, hang or fail, and drivers that are stuck: nobody is held up by them."""

import ctypes
import struct
import threading
import time
from collections.abc import Callable
from queue import Queue
from typing import Any

import pytest
from pydantic import BaseModel
from structlog.testing import capture_logs

from drivers import lifecycle
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import DeviceStatus, DriverSpec, Kind
from drivers.lifecycle import Owner
from drivers.sim.ports import PtyPort
from drivers.status import PeripheralHealth, State
from drivers.transports import SerialOptions, open_transport


class NoOptions(BaseModel):
    """None."""


class Odd:
    """A device whose methods fail or hang as told."""

    closed = 0
    hold = threading.Event()

    def status(self) -> DeviceStatus:
        return DeviceStatus(State.ONLINE)

    def close(self) -> None:
        Odd.closed += 1
        raise KeyError("a bug in close")


def odd_owner(opened: Callable[[], Odd], heard: list[PeripheralHealth]) -> Owner:
    spec = DriverSpec("odd", Kind.DISPLAY, "Odd", NoOptions, lambda options: opened())
    return Owner("odd", spec, NoOptions(), on_health=heard.append, status_every_s=0.05)


def wait_for(condition: Callable[[], Any], timeout_s: float = 10) -> None:
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_an_opening_that_hangs_is_told_refuses_jobs_and_does_not_hold_up_stopping(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, seconds in (("OPEN_LIMIT_S", 0.3), ("STOP_OPENING_S", 0.2)):
        monkeypatch.setattr(f"drivers.lifecycle.{name}", seconds)
    heard: list[PeripheralHealth] = []
    results: Queue[Any] = Queue()
    Odd.closed = 0
    Odd.hold.clear()

    def hang() -> Odd:
        Odd.hold.wait(30)
        return Odd()

    owner = odd_owner(hang, heard)
    owner.start()
    owner.submit(lambda device, cancelled: "done", results.put)
    refused = results.get(timeout=5)
    assert (refused.reason, refused.sent) == (Reason.NO_DEVICE, False)
    assert "does not come to an end" in heard[-1].detail
    assert len([t for t in threading.enumerate() if t.name == "opening odd"]) == 1
    begun = time.monotonic()
    owner.stop()
    assert time.monotonic() - begun < 3
    assert heard[-1].state is State.STOPPED
    assert Odd.closed == 0
    Odd.hold.set()  # it opens at last: what nobody wants is given back
    wait_for(lambda: Odd.closed == 1)
    wait_for(lambda: not [t for t in threading.enumerate() if t.name == "opening odd"])


def test_an_opening_that_took_too_long_is_used_when_it_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("drivers.lifecycle.OPEN_LIMIT_S", 0.1)
    heard: list[PeripheralHealth] = []
    Odd.closed = 0
    Odd.hold.clear()
    opened: list[int] = []

    def late() -> Odd:
        opened.append(1)
        Odd.hold.wait(30)
        return Odd()

    owner = odd_owner(late, heard)
    owner.start()
    wait_for(lambda: heard and heard[-1].state is State.NO_DEVICE)
    Odd.hold.set()
    wait_for(lambda: heard[-1].state is State.ONLINE)
    owner.stop()  # a close that raises is no reason not to stop
    assert heard[-1].state is State.STOPPED
    assert (opened, Odd.closed) == ([1], 1)


def test_stopping_a_driver_that_is_stuck_finishes_its_jobs_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("drivers.lifecycle.STOP_LIMIT_S", 0.2)
    Odd.hold.clear()
    results: Queue[Any] = Queue()
    owner = odd_owner(Odd, [])
    owner.start()
    owner.submit(lambda device, cancelled: Odd.hold.wait(30), results.put)
    owner.submit(lambda device, cancelled: "never", results.put)
    wait_for(lambda: owner.health.state is State.BUSY)
    owner.stop()
    assert [results.get(timeout=1).reason for _ in range(2)] == 2 * [Reason.CANCELLED]
    Odd.hold.set()
    wait_for(lambda: owner.health.state is State.STOPPED)
    assert results.empty()


def test_jobs_are_refused_at_once_while_it_is_opened_again() -> None:
    heard: list[PeripheralHealth] = []
    results: Queue[Any] = Queue()
    Odd.hold.clear()
    opened: list[int] = []

    def second_is_slow() -> Odd:
        opened.append(1)
        if len(opened) > 1:
            Odd.hold.wait(30)
        return Odd()

    def lost(device: Any, cancelled: Any) -> None:
        raise PeripheralError(Reason.LOST, "pulled")

    owner = odd_owner(second_is_slow, heard)
    owner.start()
    owner.submit(lost, results.put)
    assert results.get(timeout=5).reason is Reason.LOST
    wait_for(lambda: len(opened) == 2)
    for _ in range(3):
        time.sleep(0.1)
        begun = time.monotonic()
        owner.submit(lambda device, cancelled: "done", results.put)
        refused = results.get(timeout=5)
        assert (refused.reason, refused.sent) == (Reason.NO_DEVICE, False)
        assert time.monotonic() - begun < 2
    begun = time.monotonic()
    Odd.hold.set()
    wait_for(lambda: heard[-1].state is State.ONLINE)
    assert time.monotonic() - begun < 2
    owner.submit(lambda device, cancelled: "done", results.put)
    assert results.get(timeout=5) == "done"
    owner.stop()


def test_a_job_waits_for_the_very_first_opening_but_not_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("drivers.lifecycle.FIRST_OPEN_WAIT_S", 0.5)
    results: Queue[Any] = Queue()
    Odd.hold.clear()

    def slow() -> Odd:
        Odd.hold.wait(30)
        return Odd()

    owner = odd_owner(slow, [])
    begun = time.monotonic()
    owner.start()
    owner.submit(lambda device, cancelled: "done", results.put)
    assert results.get(timeout=5).detail == "it is still being opened"
    assert time.monotonic() - begun >= 0.5
    assert owner.health.state is State.STARTING  # it does not hang yet
    Odd.hold.set()
    wait_for(lambda: owner.health.state is State.ONLINE)
    owner.stop()


def test_a_crash_at_every_opening_stands_in_the_log_once() -> None:
    opened: list[float] = []

    def crash() -> Odd:
        opened.append(time.monotonic())
        raise ValueError(f"a bug, {len(opened)}")

    with capture_logs() as logs:
        owner = odd_owner(crash, [])
        owner.start()
        wait_for(lambda: len(opened) == 4)
        owner.stop()
    crashes = [entry for entry in logs if entry["event"] == "driver failed"]
    assert [entry["log_level"] for entry in crashes] == ["error"]
    assert crashes[0]["exception"].endswith("ValueError: a bug, 1\n")
    assert opened[3] - opened[2] > lifecycle.LONGEST_RETRY_S / 2


TCSETS2 = 0x402C542B  # the ioctl that sets any speed, asm-generic/termbits.h and ioctls.h
REFUSE = 0x00050016  # SECCOMP_RET_ERRNO | EINVAL


def refuse_odd_speeds() -> None:
    """Have the kernel refuse them to this thread, for good, as it does for many an adapter."""

    def op(code: int, jump_true: int, jump_false: int, k: int) -> bytes:
        return struct.pack("HBBI", code, jump_true, jump_false, k)

    load, equal, give = 0x20, 0x15, 0x06
    program = op(load, 0, 0, 24) + op(equal, 0, 1, TCSETS2)  # the second argument of the call
    program += op(give, 0, 0, REFUSE) + op(give, 0, 0, 0x7FFF0000)
    code = ctypes.create_string_buffer(program)
    libc = ctypes.CDLL(None, use_errno=True)
    told = struct.pack("HL", 4, ctypes.addressof(code))
    for call in ((38, 1, 0, 0, 0), (22, 2, told)):  # no new privileges; this filter
        if libc.prctl(*call) != 0:
            raise OSError(ctypes.get_errno(), "prctl")


def test_a_speed_that_the_adapter_refuses_is_a_bad_option() -> None:
    port = PtyPort()
    port.begin(lambda data: None, lambda: None)
    raised: list[BaseException] = []

    def body() -> None:
        try:
            refuse_odd_speeds()
            open_transport(SerialOptions(port=port.options["port"], baud=12345)).close()
        except (OSError, PeripheralError, ValueError) as e:
            raised.append(e)

    thread = threading.Thread(target=body)
    thread.start()
    thread.join(10)
    port.close()
    assert raised, "opened at a speed that is refused"
    if isinstance(raised[0], OSError):
        pytest.skip(f"no system call can be refused here: {raised[0]}")
    assert isinstance(raised[0], PeripheralError)
    assert (raised[0].reason, raised[0].sent) == (Reason.BAD_OPTION, False)
    assert "12345 baud" in raised[0].detail
