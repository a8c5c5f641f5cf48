"""Simulated peripherals that speak the same bytes over a real PTY or TCP port, with faults to play.

Shares no framing, checksum or encoding with the drivers, and no real driver imports it.
Start reading at `base.py`, then `sdt_reader.py` as the model of a simulator.
"""

from importlib import import_module
from typing import Any, cast

from drivers.sim.base import Simulator

NAMES = ("sdt_reader", "escpos", "onbon_bx")


def start(driver: str, **options: Any) -> Simulator:
    """Start the simulator of `driver` on a PTY or port of its own; point the driver at `.options`.

    `drivers/sim/<driver>.py` offers its class as `SIMULATOR`; `options` go to its constructor.
    Raises ValueError for a driver without a simulator and TypeError for an unknown option.
    """
    if driver not in NAMES:
        raise ValueError(f"no simulator {driver!r}; there are {', '.join(NAMES)}")
    module = import_module(f"drivers.sim.{driver}")
    simulator = cast(Simulator, module.SIMULATOR(**options))
    simulator.start()
    return simulator


__all__ = ["NAMES", "Simulator", "start"]
