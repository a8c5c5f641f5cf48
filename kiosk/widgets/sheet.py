"""What a screen draws with: boxes in design pixels and tokens in, widgets of real pixels out."""

from dataclasses import dataclass, replace
from typing import Any

from kivy.uix.widget import Widget

from kiosk.flow.events import Touch
from kiosk.fonts import Fonts
from kiosk.theme import Rgba, Theme, rgba
from kiosk.widgets import glyphs
from kiosk.widgets.box import Box
from kiosk.widgets.icon import Icon
from kiosk.widgets.press import OnPress, Press
from kiosk.widgets.surface import Surface
from kiosk.widgets.text import Face, Text, fit

CLEAR: Rgba = (0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Look:
    """How a press is coloured: tokens of ground, ground under the finger, text, border."""

    fill: str
    pressed: str
    ink: str
    border: str = ""
    border_width: float = 0


PRIMARY = Look("primary", "primary_dark", "on_primary")
SECONDARY = Look("card", "pressed", "primary", "primary", 4)
TILE = Look("card", "pressed", "ink", "line", 2)
BAR = Look("card", "pressed", "ink")


@dataclass(frozen=True, slots=True)
class Say:
    """One text of a stack: what, how large, which colour."""

    text: str
    style: str = "body"
    colour: str = "ink"
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Scale:
    """From design pixels to the window's: one factor, and where the design's top left lies."""

    unit: float
    left: float
    top: float

    def place(self, box: Box) -> dict[str, Any]:
        """`pos` and `size` of a box, for a widget."""
        return {
            "pos": (self.left + box.x * self.unit, self.top - box.bottom * self.unit),
            "size": (box.w * self.unit, box.h * self.unit),
        }


class Sheet:
    """Draws into `parent`. Colours, type styles and icons are named, never spelled."""

    def __init__(
        self, parent: Widget, scale: Scale, theme: Theme, fonts: Fonts, on_press: OnPress
    ) -> None:
        self.theme = theme
        self._parent = parent
        self._scale = scale
        self._fonts = fonts
        self._on_press = on_press

    def ink(self, token: str, alpha: float = 1.0) -> Rgba:
        """A palette token as Kivy wants it."""
        return rgba(self.theme.colour(token), alpha)

    def px(self, length: float) -> float:
        """A design length in real pixels."""
        return length * self._scale.unit

    def add(self, kind: type[Widget], box: Box, **options: Any) -> Any:
        """Put a widget of `kind` into a box."""
        widget = kind(**options, **self._scale.place(box))
        self._parent.add_widget(widget)
        return widget

    def surface(
        self, box: Box, fill: str, *, border: str = "", corner: float | None = None
    ) -> None:
        """A rounded rectangle that cannot be pressed."""
        self.add(
            Surface,
            box,
            fill=self.ink(fill),
            corner=self.px(self.theme.corner if corner is None else corner),
            edge=self.ink(border) if border else CLEAR,
            border=self.px(self.theme.hairline) if border else 0,
        )

    def rule(self, box: Box, colour: str = "line") -> None:
        """A hairline along the top of a box."""
        self.surface(Box(box.x, box.y, box.w, self.theme.hairline), colour, corner=0)

    def text(
        self,
        box: Box,
        text: str,
        style: str = "body",
        colour: str = "ink",
        *,
        align: str = "left",
        valign: str = "middle",
        bold: bool = False,
        one_line: bool = False,
    ) -> Text:
        """A text that wraps and shrinks to fit the box."""
        face = self._face(Say(text, style, colour, bold), align, valign, one_line=one_line)
        return self.add(Text, box, text=text, face=face)

    def stack(
        self, box: Box, *entries: Say, align: str = "left", valign: str = "middle", gap: float = 4
    ) -> Box:
        """Texts below each other as one group in the box; gives what is left under them.

        When they do not fit, all shrink by the same number of steps.
        """
        faces = [self._face(entry, align, "top") for entry in entries]
        deepest = max(len(face.sizes) for face in faces)
        for step in range(deepest):
            cut = [replace(face, sizes=face.sizes[step:] or face.sizes[-1:]) for face in faces]
            heights = [
                fit(entry.text, face, self.px(box.w)).height / self._scale.unit
                for entry, face in zip(entries, cut, strict=True)
            ]
            total = sum(heights) + gap * (len(entries) - 1)
            if total <= box.h:
                break
        free = max(0.0, box.h - total)
        y = box.y + {"top": 0.0, "middle": free / 2, "bottom": free}[valign]
        for entry, face, height in zip(entries, cut, heights, strict=True):
            self.add(Text, Box(box.x, y, box.w, height), text=entry.text, face=face)
            y += height + gap
        return Box(box.x, y, box.w, box.bottom - y)

    def width(self, text: str, style: str, *, bold: bool = False) -> float:
        """Width of a text on one line, at the wanted size, in design pixels."""
        font = self._fonts.bold if bold else self._fonts.regular
        return glyphs.width(text, font, self.theme.sizes(style)[0])

    def _face(self, say: Say, align: str, valign: str, *, one_line: bool = False) -> Face:
        font = self._fonts.bold if say.bold else self._fonts.regular
        sizes = tuple(self.px(size) for size in self.theme.sizes(say.style))
        return Face(font, sizes, self.ink(say.colour), align, valign, one_line)

    def icon(self, box: Box, name: str, colour: str = "primary") -> Icon:
        """A pictogram as large as the box, by its name."""
        return self.add(Icon, box, name=name, font=self._fonts.icons, colour=self.ink(colour))

    @property
    def bold_font(self) -> str:
        """Path of the bold face, for a widget that writes by itself."""
        return self._fonts.bold

    def press(
        self, box: Box, event: Touch, look: Look, corner: float | None = None, alpha: float = 1.0
    ) -> "Sheet":
        """Something to press; gives the sheet to draw on it."""
        widget = self.add(
            Press,
            box,
            event=event,
            on_press=self._on_press,
            fill=self.ink(look.fill, alpha),
            fill_pressed=self.ink(look.pressed, alpha),
            border=self.ink(look.border) if look.border else CLEAR,
            border_width=self.px(look.border_width),
            corner=self.px(self.theme.corner if corner is None else corner),
        )
        return Sheet(widget, self._scale, self.theme, self._fonts, self._on_press)
