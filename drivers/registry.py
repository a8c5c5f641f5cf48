"""From a configuration entry to a running peripheral: drivers by name, ours and others' alike.

A driver is a `DriverSpec` under the entry point group `yukuai_hall.drivers`.
"""

from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from drivers.errors import PeripheralError, Reason
from drivers.interfaces import DriverSpec
from drivers.lifecycle import Owner
from drivers.saying import saying, together, told_by
from drivers.settings.near import hint
from drivers.settings.option_words import problems
from drivers.status import PeripheralHealth

if TYPE_CHECKING:
    from drivers.sim.base import Simulator

GROUP = "yukuai_hall.drivers"
WHERE = frozenset(  # what a simulator decides itself
    {"port", "baud", "host", "tcp_port", "file", "usb", "reader", "device", "queue", "address"}
    | {"folder", "pipe", "uri", "screen"}
)


def names() -> list[str]:
    """Names of all installed drivers, without importing any."""
    return sorted({point.name for point in entry_points(group=GROUP)})


@cache
def spec_of(driver: str) -> DriverSpec:
    """One driver. Raises BAD_OPTION, with the nearest names, for an unknown one."""
    for point in entry_points(group=GROUP, name=driver):
        spec = point.load()
        assert isinstance(spec, DriverSpec)
        return spec
    near = hint(driver, names())
    unknown = saying("unknown driver {driver!r}: {hint}", driver=driver, hint=near)
    raise PeripheralError(Reason.BAD_OPTION, unknown, advice=near, sent=False)


def check(driver: str, options: Mapping[str, Any]) -> BaseModel:
    """Options validated by the driver's own model.

    Raises BAD_OPTION; its detail has one line for every problem, with a "did you mean".
    """
    model = spec_of(driver).options
    try:
        return model.model_validate(dict(options))
    except ValidationError as e:
        lines = [saying("{driver}: {why}", driver=driver, why=why) for why in problems(model, e)]
        raise PeripheralError(
            Reason.BAD_OPTION,
            together(*lines, by="\n"),
            advice=saying(
                "Options of {driver}: {options}.",
                driver=driver,
                options=", ".join(model.model_fields),
            ),
            sent=False,
        ) from e


def make_owner(
    id: str,
    driver: str,
    options: Mapping[str, Any],
    simulated: bool = False,
    on_health: Callable[[PeripheralHealth], None] = lambda health: None,
) -> "Owner | SimulatedOwner":
    """An owner, not started yet. Raises BAD_OPTION.

    With `simulated`, the driver's simulator starts at once on a port of its own, which replaces
    the port or address of the options, and the real driver is pointed at it.
    """
    if not simulated:
        return Owner(id, spec_of(driver), check(driver, options), on_health=on_health)
    from drivers import sim

    spec_of(driver)
    try:
        simulator = sim.start(driver)
    except ValueError as e:
        raise PeripheralError(Reason.BAD_OPTION, told_by(e), sent=False) from e
    try:
        kept = {key: value for key, value in options.items() if key not in WHERE}
        checked = check(driver, {**kept, **simulator.options})
    except PeripheralError:
        simulator.stop()
        raise
    return SimulatedOwner(id, spec_of(driver), checked, simulator, on_health)


class SimulatedOwner(Owner):
    """An owner with its peripheral's simulator, which ends with it."""

    def __init__(
        self,
        id: str,
        spec: DriverSpec,
        options: BaseModel,
        simulator: "Simulator",
        on_health: Callable[[PeripheralHealth], None],
    ) -> None:
        super().__init__(id, spec, options, on_health=on_health)
        self.simulator = simulator

    def stop(self) -> None:
        """See `Owner.stop`; then the simulator stops too."""
        super().stop()
        self.simulator.stop()
