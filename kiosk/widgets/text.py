"""One block of text that fits its box: it wraps, then shrinks, and is never cut."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from kivy.graphics import Color, Rectangle
from kivy.uix.widget import Widget

from kiosk.theme import Rgba
from kiosk.widgets import glyphs
from kiosk.widgets.wrap import wrap

LINE_HEIGHT = 1.45  # of the type size: what Noto Sans CJK itself asks for


@dataclass(frozen=True, slots=True)
class Face:
    """How a text looks, in real pixels. `sizes` are tried from the first to the last."""

    font: str
    sizes: tuple[float, ...]
    colour: Rgba
    align: str = "left"  # left, center, right
    valign: str = "middle"  # top, middle, bottom


class Text(Widget):
    """Draws `text` into its box. `size_used` and `fits` tell how it went; tests look at them."""

    def __init__(self, text: str, face: Face, **box: Any) -> None:
        super().__init__(size_hint=(None, None), **box)
        self.text = text
        self.face = face
        self.size_used, self.lines, self.fits = _fit(text, face, self.width, self.height)
        self.extent = self._draw()

    def _draw(self) -> tuple[float, float, float, float]:
        """Draw the lines; the rectangle that they take: x, y, right, top."""
        face, size = self.face, round(self.size_used)
        pitch = size * LINE_HEIGHT
        total = pitch * len(self.lines)
        free = self.height - total
        top = self.top - {"top": 0.0, "middle": free / 2, "bottom": free}[face.valign]
        left, right = self.right, self.x
        with self.canvas:
            Color(*face.colour)
            for number, line in enumerate(self.lines):
                if not line:
                    continue
                texture = glyphs.texture(line, face.font, size)
                w, h = texture.size
                shift = {"left": 0.0, "center": (self.width - w) / 2, "right": self.width - w}
                x = self.x + shift[face.align]
                y = top - pitch * (number + 0.5) - h / 2
                Rectangle(texture=texture, pos=(round(x), round(y)), size=(w, h))
                left, right = min(left, x), max(right, x + w)
        return left, top - total, right, top


def _fit(text: str, face: Face, w: float, h: float) -> tuple[float, list[str], bool]:
    """The first of the face's sizes at which `text` fits, its lines, and whether it does."""
    lines: list[str] | None = None
    for size in face.sizes:
        lines = wrap(text, w, partial(glyphs.width, font=face.font, size=size))
        if lines is not None and len(lines) * size * LINE_HEIGHT <= h + 0.5:
            return size, lines, True
    return face.sizes[-1], lines or text.split("\n"), False
