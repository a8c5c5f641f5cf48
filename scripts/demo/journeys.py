"""Plays many short journeys at one kiosk by pointer events, for benchmarks and soak tests."""

import time
from dataclasses import dataclass
from threading import Event

from config import catalogue
from drivers.sim.escpos import EscposSimulator
from scripts.demo.hall import DemoHall
from scripts.demo.hand import Hand
from scripts.demo.once import first_slip_byte, number_on_paper
from scripts.demo.processes import DemoError
from scripts.demo.screen import Finger

ITEM = catalogue.items()[0]
WAY = ("no_card", f"domain:{ITEM.domain_id}", f"item:{ITEM.id}")
TICKET_S = 10.0


@dataclass(frozen=True, slots=True)
class Timing:
    """One journey: its number as it stands on paper, and milliseconds after the touch on *confirm*:
    when the first byte of the slip reached the printer, and when the kiosk said *take your paper*.
    """

    number: str
    touch_to_first_byte_ms: float
    touch_to_done_ms: float


def play_short_journeys(
    hall: DemoHall, kiosk: str, count: int, *, stop: Event | None = None
) -> list[Timing]:
    """Take `count` numbers at a running kiosk without a card, one after the other; fewer when
    `stop` is set meanwhile. The kiosk is left at home.

    Every touch is a pointer event through the X server. Raises DemoError when the kiosk goes
    another way, or when a number comes out twice.
    """
    printer = hall.devices[f"{kiosk}/printer"]
    assert isinstance(printer, EscposSimulator)
    finger = Finger(hall.screens[kiosk])
    hand = Hand(hall.described(kiosk), finger)
    timings: list[Timing] = []
    try:
        for _ in range(count):
            if stop is not None and stop.is_set():
                break
            timings.append(_journey(hand, printer))
            if len({each.number for each in timings}) != len(timings):
                raise DemoError(f"the number {timings[-1].number} came out twice")
    finally:
        finger.close()
    return timings


def _journey(hand: Hand, printer: EscposSimulator) -> Timing:
    if hand.wait_for("idle", "home") == "idle":
        hand.press("touch")
        hand.wait_for("home")
    for target in WAY:
        hand.press(target)
    hand.wait_for("confirm")
    printer.forget_received()
    printer.arrivals.clear()
    touched = hand.press("confirm")
    hand.wait_for("take_paper", timeout_s=TICKET_S)
    done = time.monotonic()
    timing = Timing(
        number=number_on_paper(printer.received),
        touch_to_first_byte_ms=(first_slip_byte(printer) - touched) * 1000,
        touch_to_done_ms=(done - touched) * 1000,
    )
    hand.press("done")
    hand.wait_for("home")
    return timing
