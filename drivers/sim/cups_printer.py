"""Simulated A4 printer: a real CUPS server of its own, with a queue whose printer obeys faults.

`received` are the documents that came out, as the printer got them (PDF after the CUPS filters);
`printed` tells how many pages of which job did. Unplugging stops the print server, in the middle of
a job when one is printed; `silent` lets it take connections and answer nothing.
"""

import contextlib
from pathlib import Path
from typing import ClassVar

from drivers.sim.base import Simulator
from drivers.sim.cups_daemon import CupsPort
from drivers.sim.faults import Limits

FAULTS = {
    "paper_out": "media-empty-error",
    "jam": "media-jam-error",
    "door_open": "door-open-error",
    "toner_empty": "toner-empty-error",
    "offline": "offline-report",
    "output_full": "output-area-full-error",
}
NOTES = {"paper_low": "media-low-warning", "toner_low": "toner-low-warning"}


class CupsSimulator(Simulator):
    """Plays `cups_printer`; see the module."""

    name = "cups_printer"
    faults = (
        *FAULTS,
        *NOTES,
        "silent",
        "stopped",
        "failing",
        "fault_after_pages",
        "seconds_per_page",
    )
    limits: ClassVar[dict[str, Limits]] = {"seconds_per_page": (0, 3600)}
    port: CupsPort

    def __init__(self, tcp_port: int = 0) -> None:
        super().__init__(CupsPort(tcp_port))
        self._on: set[str] = set()
        self._stopped = False
        self._untold: set[str] = set()

    def handle(self, data: bytes) -> None:
        """See `Simulator.handle`: a printed document needs no answer."""

    def plug(self) -> None:
        """See `Simulator.plug`."""
        super().plug()
        self._catch_up()

    def documents(self) -> list[Path]:
        """Documents that came out whole, oldest first; gone with `stop`."""
        return sorted(self.port.pages.glob("*.pdf"))

    @property
    def printed(self) -> dict[int, int]:
        """Pages that came out, by job."""
        counts = {}
        for file in sorted(self.port.pages.glob("*.pages")):
            with contextlib.suppress(ValueError):  # just being written
                counts[int(file.stem)] = int(file.read_text("ascii"))
        return counts

    def job_options(self) -> list[str]:
        """The options that the printer was given with each job, oldest first."""
        return [file.read_text("utf-8") for file in sorted(self.port.pages.glob("*.options"))]

    @property
    def silent(self) -> bool:
        """Whether the print server takes connections and answers nothing. Its printer goes on."""
        return self.port.hushed

    @silent.setter
    def silent(self, on: bool) -> None:
        self.port.hushed = bool(on)
        if not on:
            self._catch_up()

    @property
    def stopped(self) -> bool:
        """Whether the queue is stopped, as by cupsdisable."""
        return self._stopped

    @stopped.setter
    def stopped(self, on: bool) -> None:
        self._stopped = bool(on)
        self._tell("stopped")

    @property
    def failing(self) -> bool:
        """Whether the printer breaks off at the next page, upon which CUPS stops the queue."""
        return (self.port.folder / "failing").exists()

    @failing.setter
    def failing(self, on: bool) -> None:
        file = self.port.folder / "failing"
        if on:
            file.touch()
        else:
            file.unlink(missing_ok=True)

    @property
    def fault_after_pages(self) -> int:
        """Pages of a job that still come out before a fault takes hold."""
        return int(self._read("after") or 0)

    @fault_after_pages.setter
    def fault_after_pages(self, pages: int) -> None:
        self._write("after", str(int(pages)))

    @property
    def seconds_per_page(self) -> float:
        """How slow the printer is."""
        return float(self._read("pace") or 0.1)

    @seconds_per_page.setter
    def seconds_per_page(self, seconds: float) -> None:
        self._write("pace", f"{float(seconds):.3f}")

    def _switch(self, name: str, on: bool) -> None:
        (self._on.add if on else self._on.discard)(name)
        for file, words in (("faults", FAULTS), ("notes", NOTES)):
            self._write(file, ",".join(word for key, word in words.items() if key in self._on))
        # A printer also speaks up while nothing is printed; CUPS hears its backend only in a job.
        self._tell("reasons")

    def _tell(self, what: str) -> None:
        """Have the print server know of it: at once, or as soon as it hears anything."""
        self._untold.add(what)
        self._catch_up()

    def _catch_up(self) -> None:
        if self.silent or not self.port.plugged:
            return
        if "reasons" in self._untold:
            words = [word for key, word in (FAULTS | NOTES).items() if key in self._on]
            self.port.administer("-o", f"printer-state-reasons={','.join(words) or 'none'}")
        if "stopped" in self._untold:
            self.port.switch(not self._stopped)
        self._untold.clear()

    def _read(self, name: str) -> str:
        file = self.port.folder / name
        return file.read_text("ascii") if file.exists() else ""

    def _write(self, name: str, text: str) -> None:
        fresh = self.port.folder / f"{name}.new"
        fresh.write_text(text, "ascii")
        fresh.replace(self.port.folder / name)


def _fault(name: str) -> property:
    return property(
        lambda self: name in self._on,
        lambda self, on: self._switch(name, bool(on)),
        doc=f"Whether the printer reports {(FAULTS | NOTES)[name]}.",
    )


for _name in (*FAULTS, *NOTES):
    setattr(CupsSimulator, _name, _fault(_name))

SIMULATOR = CupsSimulator
