"""Calls that repeat, run by whoever drives the link."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class _Timer:
    every_s: float
    call: Callable[[], None]
    due: float


class Timers:
    """A handful of repeating calls, on the monotonic clock. Used by one thread, after set-up."""

    def __init__(self) -> None:
        self._timers: list[_Timer] = []

    def every(self, seconds: float, call: Callable[[], None]) -> None:
        """Call `call` about every `seconds`, first after `seconds`; missed times are skipped."""
        self._timers.append(_Timer(seconds, call, time.monotonic() + seconds))

    def due_in(self, now: float) -> float:
        """Seconds until the next call; infinite without timers."""
        return min((timer.due - now for timer in self._timers), default=float("inf"))

    def run(self) -> None:
        """Make the calls that are due."""
        for timer in self._timers:
            now = time.monotonic()
            if now >= timer.due:
                timer.due = now + timer.every_s
                timer.call()
