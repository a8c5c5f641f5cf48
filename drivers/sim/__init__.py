"""Simulated peripherals that speak the same bytes over a real PTY or TCP port, with faults to play.

Shares no framing, checksum or encoding with the drivers, and no real driver imports it.
Start reading at `base.py`, then `sdt_reader.py` as the model of a simulator.
"""

import difflib
from collections.abc import Callable
from functools import cache
from importlib.metadata import entry_points
from typing import Any, cast

from drivers.sim.base import Simulator

GROUP = "yukuai_hall.simulators"


def names() -> list[str]:
    """Names of all installed simulators, which are those of their drivers; imports none."""
    return sorted({point.name for point in entry_points(group=GROUP)})


def start(driver: str, **options: Any) -> Simulator:
    """Start the simulator of `driver` on a PTY or port of its own; point the driver at `.options`.

    `options` go to its constructor. Raises ValueError for a driver without a simulator and
    TypeError for an unknown option.
    """
    simulator = simulator_class(driver)(**options)
    simulator.start()
    return simulator


@cache
def simulator_class(driver: str) -> Callable[..., Simulator]:
    """The `Simulator` under that name in the entry point group. Raises ValueError."""
    for point in entry_points(group=GROUP, name=driver):
        return cast(Callable[..., Simulator], point.load())
    near = difflib.get_close_matches(driver, names(), n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(names())}"
    raise ValueError(f"no simulator {driver!r}: {hint}")


__all__ = ["Simulator", "names", "simulator_class", "start"]
