"""What every registered driver owes the lifecycle, tried on its own simulator over a real port."""

import os
import time
from collections.abc import Callable
from typing import Any

import pytest

from drivers import registry, sim
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import DeviceStatus, Kind
from drivers.sim.ports import PtyPort
from drivers.status import State

DRIVERS = registry.names()
GONE = (Reason.LOST, Reason.NO_DEVICE)


def use(kind: Kind, device: Any) -> Any:
    """The one thing that a device of this kind is for."""
    match kind:
        case Kind.CARD_READER:
            return device.read(0.2, lambda: False)
        case Kind.TICKET_PRINTER:
            return device.status()
        case Kind.DISPLAY:
            return device.show("请A001到3号窗口")


def test_every_driver_of_ours_is_registered_with_a_simulator() -> None:
    assert set(sim.names()) == set(DRIVERS)
    for name in registry.names():
        assert registry.spec_of(name).name == name
        assert registry.spec_of(name).title


@pytest.mark.parametrize("driver", DRIVERS)
def test_open_status_close_twice(driver: str, simulate: Callable[..., Any]) -> None:
    spec = registry.spec_of(driver)
    device = spec.open(registry.check(driver, simulate(driver).options))
    status = device.status()
    assert isinstance(status, DeviceStatus)
    assert status.state is State.ONLINE
    device.close()
    device.close()


@pytest.mark.parametrize("driver", DRIVERS)
def test_unplugged_in_use_is_lost_or_no_device_and_works_again_when_plugged(
    driver: str, simulate: Callable[..., Any]
) -> None:
    spec, simulator = registry.spec_of(driver), simulate(driver)
    options = registry.check(driver, simulator.options)
    device = spec.open(options)
    assert device.status().state is State.ONLINE
    simulator.unplug()
    with pytest.raises(PeripheralError) as caught:
        device.status()
    assert caught.value.reason in GONE
    device.close()
    with pytest.raises(PeripheralError) as caught:
        spec.open(options)
    assert (caught.value.reason, caught.value.sent) == (Reason.NO_DEVICE, False)
    simulator.plug()
    device = spec.open(options)
    assert device.status().state is State.ONLINE
    device.close()


@pytest.mark.parametrize("driver", DRIVERS)
def test_an_owner_brings_it_back(driver: str) -> None:
    owner = registry.make_owner("tried", driver, {}, simulated=True)
    assert isinstance(owner, registry.SimulatedOwner)
    owner.start()
    until(lambda: owner.health.state is State.ONLINE)
    for _ in range(2):
        owner.simulator.unplug()
        owner.submit(lambda device, cancelled: device.status(), lambda result: None)
        until(lambda: owner.health.state is State.NO_DEVICE)
        owner.simulator.plug()
        until(lambda: owner.health.state is State.ONLINE)
    owner.stop()
    assert owner.health.state is State.STOPPED


ON_A_LINE = [name for name in DRIVERS if "port" in registry.spec_of(name).options.model_fields]


@pytest.mark.parametrize("driver", ON_A_LINE)
def test_a_peripheral_that_says_nothing_is_not_waited_for_without_end(driver: str) -> None:
    port = PtyPort()
    port.begin(lambda data: None, lambda: None)
    spec = registry.spec_of(driver)
    begun = time.monotonic()
    try:
        device = spec.open(registry.check(driver, port.options))
    except PeripheralError as e:
        assert e.reason is Reason.SILENT  # noqa: PT017 - a driver may also open and say so later
    else:
        try:
            assert device.status().state in (State.OFFLINE, State.ONLINE)
            use(spec.kind, device)
        except PeripheralError as e:
            assert e.reason in (Reason.SILENT, Reason.UNCONFIRMED)  # noqa: PT017 - as above
        device.close()
    assert time.monotonic() - begun < 15
    port.close()


@pytest.mark.parametrize("driver", DRIVERS)
def test_nothing_is_left_open(driver: str, simulate: Callable[..., Any]) -> None:
    spec, simulator = registry.spec_of(driver), simulate(driver)
    options = registry.check(driver, simulator.options)
    spec.open(options).close()
    time.sleep(0.2)
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        spec.open(options).close()
    until(lambda: len(os.listdir("/proc/self/fd")) <= before)


def until(condition: Callable[[], bool], timeout_s: float = 8) -> None:
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)
