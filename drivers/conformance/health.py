"""Conformance: what the hall is told of the peripheral while things happen to it."""

import time
from typing import Any

import pytest

from drivers.conformance.life import wait_for
from drivers.conformance.subject import NO_PERIPHERAL_ERROR, SHORTER, Subject
from drivers.lifecycle import Owner, transition
from drivers.status import PeripheralHealth, State

NOT_NOTICED = (
    "unplugged, and nobody is told: status and use must raise LOST or NO_DEVICE, and close return"
)
NOT_BACK = "plugged in, and not online: close must give the port back, and both open and close end"
NOT_WELL = "no fault is on, and yet it is not online"
QUICK_S = 0.1
HEALS_S = 2.0  # by itself


class Health:
    """Health moves legally, never through a bug in the driver, and ends well."""

    def test_unplugged_and_plugged_under_an_owner(self, subject: Subject) -> None:
        if "unplug" not in subject.simulator.controls:
            pytest.skip(f"{subject.driver} has no cable that could be pulled")
        with watched(subject) as (owner, heard):
            for _ in range(2):
                wait_for(lambda: owner.health.state is State.ONLINE, owner, NOT_BACK)
                subject.simulator.unplug()
                wait_for(lambda: owner.health.state is State.NO_DEVICE, owner, NOT_NOTICED)
                subject.simulator.plug()
            wait_for(lambda: owner.health.state is State.ONLINE, owner, NOT_BACK)
        check_moves(heard)

    def test_every_fault_of_its_simulator_comes_and_goes(self, subject: Subject) -> None:
        simulator: Any = subject.simulator
        switches = [name for name in simulator.faults if getattr(simulator, name) is False]
        if not switches:
            pytest.skip(f"the simulator of {subject.driver} has no fault to switch on")
        with watched(subject) as (owner, heard):
            for name in switches:
                wait_for(lambda: owner.health.state is State.ONLINE, owner, NOT_WELL)
                setattr(simulator, name, True)
                told = len(heard)
                owner.submit(lambda device, cancelled: subject.use(device), lambda result: None)
                stuck = f"with the fault {name}, calls do not come to an end; {SHORTER}"
                wait_for(lambda told=told: len(heard) > told + 1, owner, stuck)
                setattr(simulator, name, False)
                heal(simulator, switches, owner)
            wait_for(lambda: owner.health.state is State.ONLINE, owner, NOT_WELL)
        check_moves(heard)


def heal(simulator: Any, switches: list[str], owner: Owner) -> None:
    """What a hand would do that the end of a fault alone does not: switch everything back."""
    for control in ("load_paper", "power_cycle", "unplug", "plug"):
        if control in simulator.controls:
            getattr(simulator, control)()
    end = time.monotonic() + HEALS_S
    while owner.health.state is not State.ONLINE and time.monotonic() < end:
        time.sleep(0.01)
    if owner.health.state is not State.ONLINE:
        for name in switches:
            setattr(simulator, name, False)


class watched:  # noqa: N801 - used like a function
    """A running owner and all the healths it told."""

    def __init__(self, subject: Subject) -> None:
        self.heard: list[PeripheralHealth] = []
        self.owner = Owner(
            "tried",
            subject.spec,
            subject.options(),
            on_health=self.heard.append,
            status_every_s=QUICK_S,
        )

    def __enter__(self) -> tuple[Owner, list[PeripheralHealth]]:
        self.owner.start()
        return self.owner, self.heard

    def __exit__(self, *_: object) -> None:
        self.owner.stop()


def check_moves(heard: list[PeripheralHealth]) -> None:
    """Legal from start to stop, and no programming error on the way."""
    state = State.STARTING
    for health in heard:
        state = transition(state, health.state)
        assert "driver failed" not in health.detail, f"{health.detail}: {NO_PERIPHERAL_ERROR}"
    assert state is State.STOPPED
