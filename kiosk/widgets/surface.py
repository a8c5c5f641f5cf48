"""A rounded ground for what stands on it; it cannot be pressed."""

from typing import Any

from kivy.graphics import Color, Rectangle, SmoothLine, SmoothRoundedRectangle
from kivy.uix.widget import Widget

from kiosk.theme import Rgba


class Surface(Widget):
    """Fills its box; with a `border` of more than 0 pixels also outlined."""

    def __init__(
        self, fill: Rgba, corner: float, edge: Rgba, border: float = 0, **box: Any
    ) -> None:
        super().__init__(size_hint=(None, None), **box)
        with self.canvas:
            Color(*fill)
            if corner:
                SmoothRoundedRectangle(pos=self.pos, size=self.size, radius=[corner])
            else:
                Rectangle(pos=self.pos, size=self.size)
            if border:
                Color(*edge)
                SmoothLine(rounded_rectangle=(*self.pos, *self.size, corner), width=border / 2)
