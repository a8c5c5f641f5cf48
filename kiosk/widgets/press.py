"""What can be pressed: darkens under the finger at once, reports when the finger lets go of it."""

from collections.abc import Callable
from typing import Any

from kivy.graphics import Color, Rectangle, SmoothLine, SmoothRoundedRectangle
from kivy.uix.widget import Widget

from kiosk.flow.events import Touch
from kiosk.theme import Rgba

OnPress = Callable[[Touch], None]


class Press(Widget):
    """A rounded surface that stands for one event of the flow."""

    def __init__(
        self,
        event: Touch,
        on_press: OnPress,
        *,
        fill: Rgba,
        fill_pressed: Rgba,
        border: Rgba,
        border_width: float,
        corner: float,
        **box: Any,
    ) -> None:
        super().__init__(size_hint=(None, None), **box)
        self.event = event
        self._on_press = on_press
        self.fill, self._fill_pressed = fill, fill_pressed
        with self.canvas:
            self._ground = Color(*fill)
            if corner:
                SmoothRoundedRectangle(pos=self.pos, size=self.size, radius=[corner])
            else:
                Rectangle(pos=self.pos, size=self.size)
            if border[3]:
                Color(*border)
                SmoothLine(
                    rounded_rectangle=(*self.pos, *self.size, corner),
                    width=border_width / 2,
                )

    @property
    def is_dark(self) -> bool:
        """Whether it shows that a finger is on it."""
        return bool(tuple(self._ground.rgba) == self._fill_pressed)

    def on_touch_down(self, touch: Any) -> bool:
        """Darken, and keep the touch to ourselves, unless something on us wants it."""
        if not self.collide_point(*touch.pos):
            return False
        if super().on_touch_down(touch):
            return True
        touch.grab(self)
        self._ground.rgba = self._fill_pressed
        return True

    def on_touch_up(self, touch: Any) -> bool:
        """Report, unless the finger slid away: that is how one changes one's mind."""
        if touch.grab_current is not self:
            return False
        touch.ungrab(self)
        self._ground.rgba = self.fill
        if self.collide_point(*touch.pos):
            self._on_press(self.event)
        return True
