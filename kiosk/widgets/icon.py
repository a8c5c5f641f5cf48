"""One pictogram, centred in its box."""

from typing import Any

from kivy.graphics import Color, Rectangle
from kivy.uix.widget import Widget

from kiosk.theme import Rgba
from kiosk.widgets import glyphs
from kiosk.widgets.icons import ICONS


class Icon(Widget):
    """Draws the pictogram `name` as large as the box."""

    def __init__(self, name: str, font: str, colour: Rgba, **box: Any) -> None:
        super().__init__(size_hint=(None, None), **box)
        self.name = name
        texture = glyphs.texture(ICONS[name], font, round(min(self.size)))
        w, h = texture.size
        with self.canvas:
            Color(*colour)
            Rectangle(
                texture=texture,
                pos=(round(self.center_x - w / 2), round(self.center_y - h / 2)),
                size=(w, h),
            )
