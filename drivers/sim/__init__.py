"""Simulated peripherals that speak the same bytes over a real PTY or TCP port, with faults to play.

Shares no framing, checksum or encoding with the drivers, and no real driver imports it.
Start reading at `base.py`, then `sdt_reader.py` as the model of a simulator.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any, cast

from drivers.sim.base import Simulator

NAMES = ("sdt_reader", "escpos", "onbon_bx")


def start(driver: str, **options: Any) -> Simulator:
    """Start the simulator of `driver` on a PTY or port of its own; point the driver at `.options`.

    `options` go to its constructor. Raises ValueError for a driver without a simulator and
    TypeError for an unknown option.
    """
    simulator = simulator_class(driver)(**options)
    simulator.start()
    return simulator


def simulator_class(driver: str) -> Callable[..., Simulator]:
    """The class that `drivers/sim/<driver>.py` offers as `SIMULATOR`. Raises ValueError."""
    if driver not in NAMES:
        raise ValueError(f"no simulator {driver!r}; there are {', '.join(NAMES)}")
    module = import_module(f"drivers.sim.{driver}")
    return cast(Callable[..., Simulator], module.SIMULATOR)


__all__ = ["NAMES", "Simulator", "simulator_class", "start"]
