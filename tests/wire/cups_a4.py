"""What tests do with the simulated A4 printer and its cupsd; pycups is the witness."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from drivers.interfaces import PrintOutcome, PrintResult
from drivers.printers.cups_printer import CupsOptions, CupsPrinter, open_printer
from drivers.sim.cups_printer import CupsSimulator
from drivers.status import Paper

HASTY = {"wait_s": 1.0}
PRINTED = (PrintOutcome.PRINTED, Paper.OK, None)


def driver(a4: CupsSimulator, **more: Any) -> CupsPrinter:
    """Patient, for machines that are busy; `HASTY` where nothing will move."""
    return open_printer(CupsOptions(**{**a4.options, "wait_s": 20, **more}))


def said(result: PrintResult) -> tuple[PrintOutcome, Paper, str | None]:
    return result.outcome, result.paper, result.reason


def where(a4: CupsSimulator) -> list[str]:
    return [word for key, value in a4.options.items() for word in ("-o", f"{key}={value}")]


def jobs(a4: CupsSimulator) -> dict[int, Any]:
    """All jobs by the word of another client of CUPS."""
    cups = pytest.importorskip("cups")
    server = cups.Connection(host=a4.options["host"], port=a4.options["tcp_port"])
    asked = ["job-id", "job-state"]
    found: dict[int, Any] = server.getJobs(which_jobs="all", requested_attributes=asked)
    return found


def waiting(a4: CupsSimulator) -> list[int]:
    return [number for number, job in jobs(a4).items() if job["job-state"] < 7]


def until(condition: Callable[[], Any], timeout_s: float = 10) -> None:
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


@contextlib.contextmanager
def printing(printer: CupsPrinter, file: Path) -> Iterator[list[PrintResult]]:
    """Print on another thread meanwhile; the result is there afterwards."""
    results: list[PrintResult] = []
    thread = threading.Thread(target=lambda: results.append(printer.print_file(file)))
    thread.start()
    yield results
    thread.join(60)
