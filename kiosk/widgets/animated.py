"""A widget that moves by itself while it is on the screen, and only then."""

from typing import Any

from kivy.clock import Clock
from kivy.uix.widget import Widget


class Animated(Widget):
    """Calls `draw(seconds since it appeared)` some times a second."""

    def __init__(self, frames_per_s: float, **box: Any) -> None:
        super().__init__(size_hint=(None, None), **box)
        self._frames_per_s = frames_per_s
        self._age_s = 0.0
        self._timer: Any = None

    def draw(self, age_s: float) -> None:
        """Bring the picture to its state of `age_s`."""
        raise NotImplementedError

    def skip(self, seconds: float) -> None:
        """Go on from `seconds` later: for pictures of the picture."""
        self._advance(seconds)

    def on_parent(self, _widget: Widget, parent: Widget | None) -> None:
        """Start when put on the screen, stop when taken off."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if parent is not None:
            self.draw(self._age_s)
            self._timer = Clock.schedule_interval(self._advance, 1 / self._frames_per_s)

    def _advance(self, passed_s: float) -> None:
        self._age_s += passed_s
        self.draw(self._age_s)


def ease_out(part: float) -> float:
    """Fast, then slow: 0 to 1 for 0 to 1."""
    part = min(1.0, max(0.0, part))
    return 1 - (1 - part) ** 3
