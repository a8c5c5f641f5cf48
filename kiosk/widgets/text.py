"""One block of text that fits its box: it wraps, then shrinks, and is never cut."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from kivy.graphics import Color, Rectangle
from kivy.uix.widget import Widget

from kiosk.theme import Rgba
from kiosk.widgets import glyphs
from kiosk.widgets.wrap import wrap

LINE_HEIGHT = 1.45  # of the type size: what Noto Sans CJK itself asks for
_ONE_LINE_DOWN_TO = 0.7  # of the wanted size
_WHOLE_BRACKET_DOWN_TO = 0.75  # of the size that would do without


@dataclass(frozen=True, slots=True)
class Face:
    """How a text looks, in real pixels. `sizes` are tried from the first to the last."""

    font: str
    sizes: tuple[float, ...]
    colour: Rgba
    align: str = "left"  # left, center, right
    valign: str = "middle"  # top, middle, bottom
    one_line: bool = False  # rather one smaller line than two


@dataclass(frozen=True, slots=True)
class Fit:
    """How a text comes out in a box: type size, lines, their height, and whether all is in."""

    size: int
    lines: tuple[str, ...]
    height: float
    fits: bool


def fit(text: str, face: Face, w: float, h: float = float("inf")) -> Fit:
    """The first of the face's sizes at which `text` fits into `w` × `h`."""
    if face.one_line:
        least = face.sizes[0] * _ONE_LINE_DOWN_TO
        for size in (round(size) for size in face.sizes if size >= least):
            if size * LINE_HEIGHT <= h and glyphs.texture(text, face.font, size).width <= w:
                return Fit(size, (text,), size * LINE_HEIGHT, True)
    found: list[Fit] = []
    size, lines = 0, None
    for size in map(round, face.sizes):
        lines = _lines(text, face.font, size, w)
        if lines is not None and len(lines) * size * LINE_HEIGHT <= h + 0.5:
            found.append(Fit(size, tuple(lines), len(lines) * size * LINE_HEIGHT, True))
            if not _splits_bracket(lines) or size < found[0].size * _WHOLE_BRACKET_DOWN_TO:
                break
    if found:  # a little smaller, if that keeps what stands in brackets together
        return next((one for one in found if not _splits_bracket(one.lines)), found[0])
    shown = tuple(lines or text.split("\n"))
    return Fit(size, shown, len(shown) * size * LINE_HEIGHT, False)


def _splits_bracket(lines: Sequence[str]) -> bool:
    return any(line.count("（") != line.count("）") for line in lines)


def _lines(text: str, font: str, size: int, w: float) -> list[str] | None:
    """Lines that are not wider than `w` once drawn: hinting may add a pixel a glyph."""
    measure = partial(glyphs.width, font=font, size=size)
    for part in (1.0, 0.96, 0.92):
        lines = wrap(text, w * part, measure)
        if lines is None or all(glyphs.texture(line, font, size).width <= w for line in lines):
            return lines
    return None


class Text(Widget):
    """Draws `text` into its box. `fit` and `placed` tell how it went; tests look at them."""

    def __init__(self, text: str, face: Face, **box: Any) -> None:
        super().__init__(size_hint=(None, None), **box)
        self.text = text
        self.face = face
        self.fit = fit(text, face, self.width, self.height)
        self.placed = self._draw()

    def _draw(self) -> list[tuple[Any, int, int]]:
        """Draw the lines; their textures with the lower left corner of each."""
        face, size = self.face, self.fit.size
        pitch = size * LINE_HEIGHT
        free = self.height - self.fit.height
        top = self.top - {"top": 0.0, "middle": free / 2, "bottom": free}[face.valign]
        placed = []
        with self.canvas:
            Color(*face.colour)
            for number, line in enumerate(self.fit.lines):
                texture = glyphs.texture(line, face.font, size)
                w, h = texture.size
                shift = {"left": 0.0, "center": (self.width - w) / 2, "right": self.width - w}
                x = round(self.x + shift[face.align])
                y = round(top - pitch * (number + 0.5) - h / 2)
                Rectangle(texture=texture, pos=(x, y), size=(w, h))
                placed.append((texture, x, y))
        return placed
