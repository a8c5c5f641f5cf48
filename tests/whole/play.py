"""A running demo hall, and a citizen's hand at its kiosks."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from config import catalogue
from drivers.sim.escpos import EscposSimulator
from scripts.demo.hall import PLANS, DemoHall, KioskPlan
from scripts.demo.hand import Hand
from scripts.demo.screen import Finger

ITEM = catalogue.items()[0]
TO_CONFIRM = (f"domain:{ITEM.domain_id}", f"item:{ITEM.id}")


@contextmanager
def demo_hall(
    folder: Path,
    kiosks: tuple[KioskPlan, ...] = PLANS,
    *,
    change: Callable[[str], str] = str,
    **session: float,
) -> Iterator[DemoHall]:
    """The demo without its morning: an empty hall, everything running. `change` may rewrite the
    settings file before anything reads it."""
    hall = DemoHall(folder, kiosks, say=lambda _line: None, session=session, ports=(0, 0))
    try:
        hall.prepare()
        text = hall.settings_file.read_text(encoding="utf-8")
        hall.settings_file.write_text(change(text), encoding="utf-8")
        hall.start_controller()
        hall.start_rest(viewers=False)
        yield hall
    finally:
        hall.stop()


class Citizen:
    """Somebody at one kiosk of the hall."""

    def __init__(self, hall: DemoHall, kiosk: str = "kiosk-1") -> None:
        self.finger = Finger(hall.screens[kiosk])
        self.hand = Hand(hall.described(kiosk), self.finger)
        self.reader: Any = hall.devices[f"{kiosk}/reader"]
        printer = hall.devices[f"{kiosk}/printer"]
        assert isinstance(printer, EscposSimulator)
        self.printer = printer

    def to_confirm(self, card: str | None = None) -> None:
        """From home (or idle) to the last question, with a card or without."""
        if self.hand.wait_for("idle", "home", timeout_s=30) == "idle":
            self.hand.press("touch")
        if card is None:
            self.hand.press("no_card", 20)
        else:
            self.reader.lay(card)
            self.hand.wait_for("domains", timeout_s=20)
            self.reader.lift()
        for target in TO_CONFIRM:
            self.hand.press(target, 20)
        self.hand.wait_for("confirm", timeout_s=20)
        self.printer.forget_received()

    def take_number(self, card: str | None = None) -> bytes:
        """A whole visit; the bytes that the printer got. Ends at home."""
        self.to_confirm(card)
        self.hand.press("confirm")
        return self.take_paper()

    def take_paper(self) -> bytes:
        """Wait for the slip and leave; the bytes that the printer got."""
        self.hand.wait_for("take_paper", timeout_s=20)
        printed = self.printer.received
        self.hand.press("done")
        self.hand.wait_for("home", timeout_s=20)
        return printed

    def leave(self) -> None:
        """Let go of the screen."""
        self.finger.close()


def pids(hall: DemoHall) -> dict[str, int]:
    """Process ids of our programs and of the broker, by name."""
    names = ("controller", "node", *(kiosk.id for kiosk in hall.kiosks))
    record = json.loads((hall.data_dir / "broker" / "broker.json").read_text())
    return {name: hall.children.named(name).process.pid for name in names} | {
        "broker": int(record["pid"])
    }


def logs(hall: DemoHall) -> dict[str, str]:
    """What each of our programs has logged so far, by name."""
    return {
        path.stem: path.read_text(encoding="utf-8", errors="replace")
        for path in hall.children.logs.glob("*.log")
        if not path.stem.startswith("xvfb")
    }


def metric(hall: DemoHall, name: str) -> float:
    """One figure of the controller's `/metrics`."""
    for line in httpx.get(f"{hall.web}/metrics", timeout=20).text.splitlines():
        if line.startswith(f"{name} "):
            return float(line.split()[1])
    raise KeyError(name)


def descriptors(pid: int) -> dict[str, str]:
    """Open files of a process, by number."""
    folder = f"/proc/{pid}/fd"
    found = {}
    for number in os.listdir(folder):
        try:
            found[number] = os.readlink(f"{folder}/{number}")
        except FileNotFoundError:
            continue
    return found
