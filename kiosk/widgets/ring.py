"""Rings: the time that is left, with its seconds, and the sign that something is being done."""

import math
from typing import Any

from kivy.graphics import Color, Rectangle, SmoothLine

from kiosk.theme import Rgba
from kiosk.widgets import glyphs
from kiosk.widgets.animated import Animated


class CountRing(Animated):
    """A ring that empties clockwise around the seconds left. It counts by itself."""

    def __init__(
        self,
        left_s: float,
        total_s: float,
        *,
        font: str,
        type_size: float,
        stroke: float,
        colours: tuple[Rgba, Rgba, Rgba],
        **box: Any,
    ) -> None:
        """`colours` of the time left, of the time gone, and of the seconds."""
        super().__init__(5, **box)
        self._left_s, self._total_s = left_s, total_s
        self._font, self._type_size = font, round(type_size)
        self._radius = min(self.size) / 2 - stroke
        with self.canvas:
            Color(*colours[1])
            SmoothLine(circle=(*self.center, self._radius), width=stroke / 2)
            Color(*colours[0])
            self._arc = SmoothLine(width=stroke / 2)
            Color(*colours[2])
            self._figure = Rectangle()

    @property
    def seconds(self) -> int:
        """Whole seconds left, as shown."""
        return max(0, math.ceil(self._left_s - self._age_s))

    def sync(self, left_s: float) -> None:
        """Count from `left_s` again, when it differs from what is shown."""
        if abs(left_s - self.seconds) > 1:
            self._left_s, self._age_s = left_s, 0.0
            self.draw(0.0)

    def draw(self, age_s: float) -> None:
        """Shorten the arc, write the seconds."""
        part = max(0.0, min(1.0, (self._left_s - age_s) / self._total_s))
        self._arc.circle = (*self.center, self._radius, 360 * (1 - part), 360)
        texture = glyphs.texture(str(self.seconds), self._font, self._type_size)
        self._figure.texture = texture
        self._figure.size = texture.size
        self._figure.pos = (
            round(self.center_x - texture.width / 2),
            round(self.center_y - texture.height / 2),
        )


class BusyRing(Animated):
    """A short arc that goes round: something is being done."""

    def __init__(
        self,
        *,
        stroke: float,
        loop_s: float,
        colours: tuple[Rgba, Rgba],
        frames_per_s: float,
        **box: Any,
    ) -> None:
        """`colours` of the arc and of its track."""
        super().__init__(frames_per_s, **box)
        self._loop_s = loop_s
        self._radius = min(self.size) / 2 - stroke
        with self.canvas:
            Color(*colours[1])
            SmoothLine(circle=(*self.center, self._radius), width=stroke / 2)
            Color(*colours[0])
            self._arc = SmoothLine(width=stroke / 2)

    def draw(self, age_s: float) -> None:
        """Turn the arc."""
        begin = 360 * (age_s % self._loop_s) / self._loop_s
        self._arc.circle = (*self.center, self._radius, begin, begin + 90)
