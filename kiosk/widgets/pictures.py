"""Line pictures of what to do with one's hands: lay the card here, take the paper there.

Each moves gently in a loop and is drawn on a field of 400 × 300 that is scaled into its box.
"""

from typing import Any

from kivy.graphics import (
    Color,
    Ellipse,
    Line,
    PopMatrix,
    PushMatrix,
    RoundedRectangle,
    Scale,
    Translate,
)

from kiosk.theme import Rgba
from kiosk.widgets.animated import Animated, ease_out

FIELD = (400, 300)


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

    def block(self, x: float, y: float, w: float, h: float, radius: float, fill: Rgba) -> None:
        """A filled rounded rectangle with an outline."""
        Color(*fill)
        RoundedRectangle(pos=(x, y), size=(w, h), radius=[radius])
        Color(*self.ink)
        Line(rounded_rectangle=(x, y, w, h, radius), width=2.2)


class CardOnReader(Picture):
    """A card comes down onto the reader's pad; waves tell that it is being read."""

    def compose(self) -> None:
        """Pad, card above it, waves."""
        self.block(70, 24, 260, 150, 24, self.still)
        Color(*self.ink[:3], 0.55)
        Line(rounded_rectangle=(108, 48, 184, 102, 14), width=1.4, dash_length=7, dash_offset=6)
        PushMatrix()
        self._lift = Translate(0, 0)
        self.block(118, 48, 164, 102, 12, self.accent)
        Color(*self.ink)
        Ellipse(pos=(140, 98), size=(30, 30))
        RoundedRectangle(pos=(132, 66), size=(46, 28), radius=[14, 14, 4, 4])
        for y, w in ((118, 66), (98, 66), (78, 48)):
            Line(points=(196, y, 196 + w, y), width=2.6, cap="round")
        PopMatrix()
        self._waves = []
        for radius in (34, 58):
            self._waves.append(Color(*self.ink[:3], 0))
            Line(circle=(200, 176, radius, -55, 55), width=2.6, cap="round")

    def move(self, part: float) -> None:
        """Down for 40 %, lie with waves, fade."""
        self._lift.y = 128 * (1 - ease_out(part / 0.4))
        for number, colour in enumerate(self._waves):
            begin = 0.45 + 0.12 * number
            colour.a = min(1.0, max(0.0, (part - begin) / 0.1)) if part < 0.95 else 0.0


class PaperSlot(Picture):
    """A slip comes out of the slot."""

    def compose(self) -> None:
        """Slip first, then the machine's front over its upper end."""
        PushMatrix()
        self._fall = Translate(0, 0)
        self.block(138, 20, 124, 190, 6, self.accent)
        Color(*self.ink)
        for y, w in ((116, 60), (92, 84), (72, 84), (52, 56)):
            Line(points=(200 - w / 2, y, 200 + w / 2, y), width=2.6, cap="round")
        PopMatrix()
        self.block(60, 168, 280, 112, 24, self.still)
        Color(*self.ink)
        RoundedRectangle(pos=(112, 178), size=(176, 14), radius=[7])
        self._lamp = Color(*self.ink)
        Ellipse(pos=(298, 240), size=(16, 16))

    def move(self, part: float) -> None:
        """Out for 60 %, then wait to be taken."""
        self._fall.y = 140 * (1 - ease_out(part / 0.6))
        self._lamp.a = 1.0 if part < 0.5 else 0.3
