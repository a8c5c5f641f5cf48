"""Simulated peripherals that speak the same bytes over a real PTY or TCP port, with faults to play.

Shares no framing, checksum or encoding with the drivers, and no real driver imports it.
Start reading at `base.py`, then `sdt_reader.py` as the model of a simulator.
"""

from collections.abc import Callable
from functools import cache
from importlib.metadata import entry_points
from typing import Any, cast

from drivers.saying import saying
from drivers.settings.near import hint
from drivers.sim.base import Simulator

GROUP = "yukuai_hall.simulators"


def names() -> list[str]:
    """Names of all installed simulators, which are those of their drivers; imports none."""
    return sorted({point.name for point in entry_points(group=GROUP)})


def start(driver: str, **options: Any) -> Simulator:
    """Start the simulator of `driver` on a PTY or port of its own; point the driver at `.options`.

    `options` go to its constructor. Raises ValueError for a driver without a simulator and for a
    port that cannot be had, TypeError for an unknown option.
    """
    simulator = simulator_class(driver)(**options)
    simulator.start()
    return simulator


@cache
def simulator_class(driver: str) -> Callable[..., Simulator]:
    """The `Simulator` under that name in the entry point group. Raises ValueError."""
    for point in entry_points(group=GROUP, name=driver):
        return cast(Callable[..., Simulator], point.load())
    near = hint(driver, names())
    raise ValueError(saying("no simulator {driver!r}: {hint}", driver=driver, hint=near))


__all__ = ["Simulator", "names", "simulator_class", "start"]
