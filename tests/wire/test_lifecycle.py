"""The owner of a peripheral: jobs, health, unplugging, stopping. Real reader driver, real PTY."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from queue import Empty, Queue
from typing import Any

import pytest
from pydantic import BaseModel

from drivers import registry
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import DeviceStatus, DriverSpec, IdentityCard, Kind
from drivers.lifecycle import Owner, transition
from drivers.status import PeripheralHealth, State

QUICK = {"answer_timeout_s": 0.3, "status_timeout_s": 0.2, "gap_s": 0.2, "poll_s": 0.02}


class Owned:
    """A simulated reader with its owner, and all that was heard of both."""

    def __init__(self, simulator: Any, status_every_s: float = 0.04) -> None:
        self.sim = simulator
        self.health: list[PeripheralHealth] = []
        self.results: Queue[Any] = Queue()
        options = registry.check("sdt_reader", {**simulator.options, **QUICK})
        self.owner = Owner(
            "reader",
            registry.spec_of("sdt_reader"),
            options,
            on_health=self.health.append,
            status_every_s=status_every_s,
        )

    def until(self, state: State, timeout_s: float = 5) -> PeripheralHealth:
        wait_for(lambda: self.owner.health.state is state, timeout_s)
        return self.owner.health

    def read(self, timeout_s: float = 1) -> Any:
        return self.owner.submit(lambda d, c: d.read(timeout_s, c), self.results.put)

    def result(self, timeout_s: float = 5) -> Any:
        return self.results.get(timeout=timeout_s)

    def states(self) -> list[State]:
        return [health.state for health in self.health]


@pytest.fixture
def owned(simulate: Callable[..., Any]) -> Iterator[Owned]:
    owned = Owned(simulate("sdt_reader"))
    yield owned
    owned.owner.stop()


def wait_for(condition: Callable[[], bool], timeout_s: float = 10) -> None:
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate() if thread.name.startswith("periph")}


def test_health_from_start_to_stop(owned: Owned) -> None:
    owned.owner.start()
    online = owned.until(State.ONLINE)
    assert (online.id, online.driver) == ("reader", "sdt_reader")
    assert online.firmware == "SAM 05.03-20240101-0000000001-0000000099"
    assert abs(online.since_ms - time.time() * 1000) < 5000
    owned.owner.stop()
    owned.owner.stop()
    assert owned.states() == [State.STARTING, State.ONLINE, State.STOPPED]
    assert not threads()


def test_only_changes_are_published(owned: Owned) -> None:
    owned.owner.start()
    owned.until(State.ONLINE)
    asked = len(owned.sim.received)
    assert owned.sim.wait(lambda received: len(received) >= asked + 50)
    assert owned.states() == [State.STARTING, State.ONLINE]
    owned.sim.sam_fault = "60"
    assert "self test" in owned.until(State.HARDWARE_ERROR).detail
    owned.sim.sam_fault = None
    owned.sim.silent = True
    owned.until(State.OFFLINE)
    owned.sim.silent = False
    assert owned.until(State.ONLINE).detail == ""


def test_a_job_gets_its_result_on_the_owners_thread(owned: Owned) -> None:
    names: Queue[str] = Queue()
    owned.owner.start()
    owned.sim.lay()
    owned.owner.submit(
        lambda d, c: d.read(1, c),
        lambda result: (names.put(threading.current_thread().name), owned.results.put(result)),
    )
    card = owned.result()
    assert isinstance(card, IdentityCard)
    assert names.get(timeout=1) == "peripheral reader"
    owned.until(State.ONLINE)
    assert owned.states() == [State.STARTING, State.ONLINE, State.BUSY, State.ONLINE]


def test_a_job_given_before_the_first_opening_waits_for_it(owned: Owned) -> None:
    owned.sim.lay()
    owned.read()
    owned.owner.start()
    assert isinstance(owned.result(), IdentityCard)


def test_jobs_run_in_order_one_at_a_time(owned: Owned) -> None:
    owned.owner.start()
    for number in range(5):
        owned.owner.submit(lambda d, c, n=number: n, owned.results.put)
    assert [owned.result() for _ in range(5)] == [0, 1, 2, 3, 4]


def test_cancelling_a_running_and_a_waiting_job(owned: Owned) -> None:
    owned.owner.start()
    running, waiting = owned.read(30), owned.read(30)
    owned.until(State.BUSY)
    waiting.cancel()
    begun = time.monotonic()
    running.cancel()
    assert owned.result().reason is Reason.CANCELLED
    assert owned.result().reason is Reason.CANCELLED
    assert time.monotonic() - begun < 1
    running.cancel()
    with pytest.raises(Empty):
        owned.result(0.3)


def test_a_job_without_a_device_fails_at_once(owned: Owned) -> None:
    owned.sim.unplug()
    owned.owner.start()
    owned.until(State.NO_DEVICE)
    time.sleep(0.5)  # into the longer pauses between tries
    begun = time.monotonic()
    owned.read(30)
    failed = owned.result()
    assert (failed.reason, failed.sent) == (Reason.NO_DEVICE, False)
    assert time.monotonic() - begun < 1


def test_unplugging_ends_the_job_and_plugging_brings_it_back_soon(owned: Owned) -> None:
    owned.owner.start()
    owned.until(State.ONLINE)
    owned.read(30)
    owned.until(State.BUSY)
    owned.sim.unplug()
    assert owned.result().reason is Reason.LOST
    owned.until(State.NO_DEVICE)
    time.sleep(1)
    owned.sim.plug()
    begun = time.monotonic()
    owned.until(State.ONLINE)
    assert time.monotonic() - begun < 2.5
    owned.sim.lay()
    owned.read()
    assert isinstance(owned.result(), IdentityCard)


def test_a_port_claimed_by_another_program_says_so_and_is_taken_when_free(owned: Owned) -> None:
    other = Owned(owned.sim)
    other.owner.start()
    other.until(State.ONLINE)
    owned.owner.start()
    assert "in use" in owned.until(State.NO_DEVICE).detail
    owned.read()
    assert owned.result().reason is Reason.BUSY
    other.owner.stop()
    owned.until(State.ONLINE)


def test_stopping_finishes_every_job_exactly_once(owned: Owned) -> None:
    owned.owner.start()
    owned.until(State.ONLINE)
    for _ in range(4):
        owned.read(30)
    owned.until(State.BUSY)
    begun = time.monotonic()
    owned.owner.stop()
    assert time.monotonic() - begun < 1
    owned.read()
    reasons = [owned.results.get_nowait().reason for _ in range(5)]
    assert reasons == 5 * [Reason.CANCELLED]
    assert owned.results.empty()


def test_an_owner_that_never_started_can_be_stopped(owned: Owned) -> None:
    owned.read()
    owned.owner.stop()
    assert owned.result().reason is Reason.CANCELLED
    assert owned.owner.health.state is State.STOPPED


def test_fifty_times_unplugged_and_plugged_leaves_nothing_behind(owned: Owned) -> None:
    owned.owner.start()
    owned.until(State.ONLINE)
    before = len(os.listdir("/proc/self/fd")), threading.active_count()
    for _ in range(50):
        owned.sim.unplug()
        owned.until(State.NO_DEVICE)
        owned.sim.plug()
        owned.until(State.ONLINE)
    assert (len(os.listdir("/proc/self/fd")), threading.active_count()) == before
    owned.owner.stop()
    assert not threads()
    assert owned.states().count(State.NO_DEVICE) >= 50


class BrokenOptions(BaseModel):
    """No options."""


class Broken:
    """A device with a programming error in whichever method `fails` names."""

    fails = ""
    closed = 0

    def status(self) -> DeviceStatus:
        if Broken.fails == "status":
            raise KeyError("status")
        return DeviceStatus(State.ONLINE)

    def close(self) -> None:
        Broken.closed += 1


def broken_owner(heard: list[PeripheralHealth]) -> Owner:
    def open_broken(options: BrokenOptions) -> Broken:
        if Broken.fails == "open":
            raise KeyError("open")
        return Broken()

    spec = DriverSpec("broken", Kind.DISPLAY, "Broken", BrokenOptions, open_broken)
    return Owner("panel", spec, BrokenOptions(), on_health=heard.append, status_every_s=0.05)


@pytest.mark.parametrize("fails", ["open", "status", "work", "done"])
def test_a_programming_error_anywhere_costs_one_device_not_the_thread(fails: str) -> None:
    heard: list[PeripheralHealth] = []
    results: Queue[Any] = Queue()
    Broken.fails, Broken.closed = fails, 0
    owner = broken_owner(heard)
    owner.start()
    if fails in ("open", "status"):
        wait_for(lambda: "KeyError" in heard[-1].detail)
    if fails == "work":
        owner.submit(lambda d, c: {}["nothing"], results.put)
        assert results.get(timeout=2).reason is Reason.LOST
    if fails == "done":
        owner.submit(lambda d, c: 1, lambda result: {}[result])
    Broken.fails = ""
    wait_for(lambda: heard[-1].state is State.ONLINE)
    owner.submit(lambda d, c: "works", results.put)
    assert results.get(timeout=2) == "works"
    owner.stop()
    assert Broken.closed == (1 if fails in ("open", "done") else 2)


def test_every_state_can_be_reached_and_illegal_moves_name_both() -> None:
    assert transition(State.STARTING, State.ONLINE) is State.ONLINE
    assert transition(State.ONLINE, State.ONLINE) is State.ONLINE
    reachable = {to for state in State for to in State if _legal(state, to)}
    assert reachable == set(State)
    for state, to in ((State.STOPPED, State.ONLINE), (State.NO_DEVICE, State.BUSY)):
        with pytest.raises(RuntimeError, match=f"{state.value} to {to.value}"):
            transition(state, to)


def _legal(state: State, to: State) -> bool:
    try:
        return transition(state, to) is to
    except RuntimeError:
        return False


def test_the_registry_starts_the_simulator_and_stops_it_with_the_owner() -> None:
    owner = registry.make_owner("reader", "sdt_reader", {"port": "COM1", "retries": 1}, True)
    assert isinstance(owner, registry.SimulatedOwner)
    path = owner.simulator.options["port"]
    assert os.path.exists(path)
    owner.start()
    owner.stop()
    assert not os.path.lexists(path)


@pytest.mark.parametrize(
    ("driver", "options", "words"),
    [
        ("sdt_raeder", {}, ["did you mean sdt_reader?"]),
        ("nothing-like-it", {}, ["there are", "escpos", "onbon_bx", "sdt_reader"]),
        ("sdt_reader", {"prot": "x"}, ["port: must be given", "'prot', did you mean port?"]),
        ("sdt_reader", {"port": "x", "baud": "fast"}, ["baud", "integer"]),
    ],
)
def test_wrong_entries_are_bad_options_with_a_hint(
    driver: str, options: dict[str, Any], words: list[str]
) -> None:
    with pytest.raises(PeripheralError) as caught:
        registry.check(driver, options)
    assert (caught.value.reason, caught.value.sent) == (Reason.BAD_OPTION, False)
    for word in words:
        assert word in caught.value.detail
