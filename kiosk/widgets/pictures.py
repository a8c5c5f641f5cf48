"""Line pictures of what to do with one's hands: lay the card here, take the paper there.

Each moves gently in a loop and is drawn on a field of 400 × 300 that is scaled into its box.
"""

from typing import Any

from kivy.graphics import (
    Color,
    PopMatrix,
    PushMatrix,
    Scale,
    SmoothEllipse,
    SmoothLine,
    SmoothRoundedRectangle,
    Translate,
)

from kiosk.theme import Rgba
from kiosk.widgets.animated import Animated, ease_out
from kiosk.widgets.box import Box

FIELD = (400, 300)
_PEN = 1.6  # half the width of a line


class Picture(Animated):
    """Base: sets up the field, y upwards. Subclasses draw in `compose` and move in `move`."""

    def __init__(
        self,
        *,
        colours: tuple[Rgba, Rgba, Rgba],
        loop_s: float,
        frames_per_s: float,
        **box: Any,
    ) -> None:
        """`colours` of the lines, of the thing to handle, and of what lies still."""
        super().__init__(frames_per_s, **box)
        self._loop_s = loop_s
        self.ink, self.accent, self.still = colours
        zoom = min(self.width / FIELD[0], self.height / FIELD[1])
        with self.canvas:
            PushMatrix()
            Translate(self.center_x - FIELD[0] * zoom / 2, self.center_y - FIELD[1] * zoom / 2)
            Scale(zoom, zoom, 1)
            self.compose()
            PopMatrix()

    def compose(self) -> None:
        """Draw everything, within the canvas."""
        raise NotImplementedError

    def move(self, part: float) -> None:
        """Bring it to `part` (0 to 1) of the loop."""
        raise NotImplementedError

    def draw(self, age_s: float) -> None:
        """See `Animated`."""
        self.move((age_s % self._loop_s) / self._loop_s)

    def block(self, place: Box, radius: float, fill: Rgba) -> None:
        """A filled rounded rectangle with an outline; `place` is y upwards here."""
        Color(*fill)
        SmoothRoundedRectangle(pos=(place.x, place.y), size=(place.w, place.h), radius=[radius])
        Color(*self.ink)
        SmoothLine(rounded_rectangle=(place.x, place.y, place.w, place.h, radius), width=_PEN)

    def stroke(self, x: float, y: float, w: float) -> Any:
        """A line of writing."""
        return SmoothLine(points=(x, y, x + w, y), width=_PEN * 1.4)


class CardOnReader(Picture):
    """A card comes down onto the reader's pad; a pulse around it tells that it is being read."""

    _CARD = Box(112, 34, 176, 110)

    def compose(self) -> None:
        """Pad, pulse, card."""
        self.block(Box(40, 8, 320, 166), 22, self.still)
        card = self._CARD
        Color(*self.ink[:3], 0.5)
        SmoothLine(
            rounded_rectangle=(card.x - 7, card.y - 7, card.w + 14, card.h + 14, 15),
            width=1,
        )
        self._pulse_ink = Color(*self.ink[:3], 0)
        self._pulse = SmoothLine(width=_PEN)
        PushMatrix()
        self._lift = Translate(0, 0)
        self.block(card, 11, self.accent)
        SmoothEllipse(pos=(139, 92), size=(28, 28))
        SmoothRoundedRectangle(pos=(131, 56), size=(44, 30), radius=[14, 14, 5, 5])
        for y, w in ((110, 72), (88, 72), (66, 48)):
            self.stroke(194, y, w)
        PopMatrix()

    def move(self, part: float) -> None:
        """Down for 45 %, lie while the pulse goes out."""
        self._lift.y = 140 * (1 - ease_out(part / 0.45))
        out = (part - 0.5) / 0.4
        self._pulse_ink.a = 1 - out if 0 < out < 1 else 0
        if 0 < out < 1:
            grown, card = 8 + 16 * out, self._CARD
            self._pulse.rounded_rectangle = (
                card.x - grown,
                card.y - grown,
                card.w + 2 * grown,
                card.h + 2 * grown,
                11 + grown,
            )


class CardInSlot(Picture):
    """A card goes sideways into the slot of a reader, the end with the chip first."""

    _READER = Box(54, 45, 132, 180)
    _CARD = Box(0, 80, 176, 110)
    _OUT, _IN = 210, 130  # left edge of the card, before and after

    def compose(self) -> None:
        """Card first, then the reader over its end with the chip."""
        reader, card = self._READER, self._CARD
        PushMatrix()
        self._push = Translate(0, 0)
        self.block(card, 11, self.accent)
        chip = Box(14, card.y + 36, 38, 34)
        self.block(chip, 6, self.still)
        for y in (chip.y + 11, chip.y + 23):
            SmoothLine(points=(chip.x, y, chip.right, y), width=1)
        SmoothLine(points=(chip.x + 19, chip.y, chip.x + 19, chip.bottom), width=1)
        for y, w in ((76, 84), (54, 84), (32, 56)):
            self.stroke(72, card.y + y, w)
        PopMatrix()
        self.block(reader, 22, self.still)
        SmoothRoundedRectangle(
            pos=(reader.right - 18, card.y - 8), size=(12, card.h + 16), radius=[6]
        )
        self._lamp = Color(*self.ink)
        SmoothEllipse(pos=(reader.x + 22, reader.bottom - 40), size=(16, 16))

    def move(self, part: float) -> None:
        """In for 45 %, then the lamp tells that it is being read."""
        self._push.x = self._OUT + (self._IN - self._OUT) * ease_out(part / 0.45)
        self._lamp.a = 1.0 if part > 0.5 and int(part * 20) % 2 else 0.3


class PaperSlot(Picture):
    """A slip grows out of the slot."""

    _SLOT_Y, _X, _W, _LENGTH = 186, 142, 116, 168
    _LINES = ((22, 56), (52, 80), (76, 80), (100, 80), (124, 48))  # above the lower edge; width

    def compose(self) -> None:
        """Slip first, then the machine's front over its upper end."""
        Color(*self.accent)
        self._paper = SmoothRoundedRectangle(radius=[4])
        Color(*self.ink)
        self._edge = SmoothLine(width=_PEN)
        self._strokes = []
        for _, w in self._LINES:
            colour = Color(*self.ink)
            self._strokes.append((colour, self.stroke(200 - w / 2, 0, w)))
        self.block(Box(50, 168, 300, 122), 22, self.still)
        SmoothRoundedRectangle(pos=(118, 180), size=(164, 12), radius=[6])
        self._lamp = Color(*self.ink)
        SmoothEllipse(pos=(312, 252), size=(14, 14))

    def move(self, part: float) -> None:
        """Out for 60 %, then wait to be taken."""
        length = 24 + (self._LENGTH - 24) * ease_out(part / 0.6)
        bottom = self._SLOT_Y - length
        self._paper.pos, self._paper.size = (self._X, bottom), (self._W, length)
        self._edge.rounded_rectangle = (self._X, bottom, self._W, length, 4)
        for (above, w), (colour, line) in zip(self._LINES, self._strokes, strict=True):
            y = bottom + above
            line.points = (200 - w / 2, y, 200 + w / 2, y)
            colour.a = 1.0 if y < 160 else 0.0
        self._lamp.a = 1.0 if part < 0.5 else 0.3
