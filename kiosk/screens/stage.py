"""The root widget: draws a `Visit`, sends touches out as flow events, and does nothing else.

Three layers: the screen (which slides in), its bars, and what lies over both. A layer is drawn anew
only when something that it shows has changed, and never under a finger that is on it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from kivy.clock import Clock
from kivy.graphics import Color, PopMatrix, PushMatrix, Rectangle, Translate
from kivy.uix.widget import Widget

from kiosk.flow.events import Press, Pressed, Touch
from kiosk.flow.menu import Menu
from kiosk.flow.visit import Screen, Visit
from kiosk.fonts import Fonts, find
from kiosk.i18n import Words, words
from kiosk.screens import (
    choose,
    confirm,
    home,
    identify,
    idle,
    overlay,
    take_paper,
    trouble,
    working,
)
from kiosk.screens.page import Size, footer, header
from kiosk.screens.view import View
from kiosk.theme import NORMAL, Theme, rgba
from kiosk.widgets import glyphs
from kiosk.widgets.animated import ease_out
from kiosk.widgets.ring import CountRing
from kiosk.widgets.sheet import Scale, Sheet

Draw = Callable[[Sheet, View, Size], Any]

SCREENS: dict[Screen, Draw] = {
    Screen.IDLE: idle.draw,
    Screen.HOME: home.draw,
    Screen.IDENTIFY: identify.draw,
    Screen.DOMAINS: choose.draw_domains,
    Screen.ITEMS: choose.draw_items,
    Screen.CONFIRM: confirm.draw,
    Screen.ISSUING: working.draw_issuing,
    Screen.PRINTING: working.draw_printing,
    Screen.TAKE_PAPER: take_paper.draw,
    Screen.TROUBLE: trouble.draw,
}
_WARM_AFTER_S, _WARM_EVERY_S = 1.0, 0.05
_STILL_FRAMES = 2  # a touch that came during the last moving frame is dispatched two later
_ORDER = tuple(SCREENS)  # later ones come in from the right, earlier ones from the left


def nobody(_event: Touch) -> None:
    """Default of `on_press`."""


@dataclass(frozen=True, slots=True)
class StageOptions:
    """How the stage behaves; times in seconds."""

    ticket_shown_s: float = 12.0
    countdown_s: float = 15.0
    motion: bool = True
    theme: Theme = NORMAL
    words: Callable[[str], Words] = words


class Stage(Widget):
    """Fills the window. `render` draws a visit; `on_press` gets every touch as a flow event."""

    def __init__(
        self, menu: Menu, options: StageOptions = StageOptions(), fonts: Fonts | None = None
    ) -> None:
        super().__init__()
        self.on_press: Callable[[Touch], None] = nobody
        self._menu, self._options = menu, options
        self._fonts = fonts or find()
        self._visit: Visit | None = None
        self._shown: list[Any] = [None, None, None]
        self._late = False
        self._fingers: set[Any] = set()
        self._slide: Any = None
        with self.canvas.before:
            self._ground = Color(*rgba(options.theme.colour("paper")))
            self._rectangle = Rectangle(size=self.size)
        self.screen, self.bars, self.over = Widget(), Widget(), Widget()
        with self.screen.canvas.before:
            PushMatrix()
            self._shift = Translate(0, 0)
        with self.screen.canvas.after:
            PopMatrix()
        for layer in (self.screen, self.bars, self.over):
            self.add_widget(layer)
        self.ring: CountRing | None = None
        self._cold: list[tuple[str, float]] = []
        self.bind(size=self._resized)

    @property
    def orientation(self) -> Size:
        """Portrait or landscape, by the shape of the window."""
        return Size.LANDSCAPE if self.width > self.height else Size.PORTRAIT

    @property
    def scale(self) -> Scale:
        """Fits the design into the window, centred, never cut."""
        w, h = self.orientation.value
        unit = min(self.width / w, self.height / h)
        return Scale(unit, (self.width - w * unit) / 2, (self.height + h * unit) / 2)

    def render(self, visit: Visit) -> None:
        """Show `visit`. Cheap when nothing that can be seen has changed."""
        before, self._visit = self._visit, visit
        moved = before is None or before.screen is not visit.screen
        if self._fingers and not moved and _overlay(before) == _overlay(visit):
            self._late = True
            return
        self._draw()
        if before is None:
            Clock.schedule_once(self.warm, _WARM_AFTER_S)
        elif moved:
            self._move_in(_ORDER.index(visit.screen) - _ORDER.index(before.screen))

    @property
    def at_rest(self) -> bool:
        """Whether no screen slides in just now: while one does, touches do nothing."""
        return self._slide is None

    def warm(self, _passed_s: float = 0) -> None:
        """Open the type sizes that screens will want, one at a time, while nobody waits.

        Comes by itself soon after the first picture: each takes 9 ms, too long under a touch.
        """
        faces = (self._fonts.bold, self._fonts.regular)
        self._cold = [(face, size) for size in self._options.theme.styles for face in faces]
        Clock.schedule_interval(self._warm_one, _WARM_EVERY_S)

    def _warm_one(self, _passed_s: float) -> bool:
        if not self._cold:
            return False
        if self._fingers or self._slide is not None:
            return True
        face, size = self._cold.pop(0)
        glyphs.texture("0", face, round(size * self.scale.unit))
        return bool(self._cold)

    def forget(self) -> None:
        """Drop the texts of a visit that ended from every cache."""
        glyphs.forget()

    def on_touch_down(self, touch: Any) -> bool:
        """To the topmost thing there; a touch on nothing is still a sign of presence."""
        if self._slide is not None:
            return True  # the second tap of a double tap must not press what has just come in
        self._fingers.add(touch.uid)
        layers = (self.over,) if self.over.children else (self.bars, self.screen)
        if not any(layer.dispatch("on_touch_down", touch) for layer in layers):
            self.on_press(Pressed(Press.TOUCH))
        return True

    def on_touch_up(self, touch: Any) -> bool:
        """Draw what had to wait for the finger, after what it pressed has heard of it."""
        self._fingers.discard(touch.uid)
        if self._late and not self._fingers:
            self._late = False
            Clock.schedule_once(lambda _passed_s: self._draw())
        return bool(super().on_touch_up(touch))

    def _resized(self, *_: Any) -> None:
        self._rectangle.size = self.size
        self._shown = [None, None, None]
        if self._visit is not None:
            self._draw()

    def _draw(self) -> None:
        visit = self._visit
        if visit is None:
            return
        options = self._options
        view = View(
            visit,
            self._menu,
            options.words(visit.language),
            options.ticket_shown_s,
            options.countdown_s,
        )
        keys = (_screen_key(visit), _bars_key(visit), _overlay(visit))
        drawers = (self._draw_screen, self._draw_bars, self._draw_over)
        layers = (self.screen, self.bars, self.over)
        for number, (key, drawer, layer) in enumerate(zip(keys, drawers, layers, strict=True)):
            if self._shown[number] != (key, visit.language):
                self._shown[number] = (key, visit.language)
                _clear(layer)
                drawer(self._sheet(layer), view)
        if self.ring is not None and visit.countdown_s is not None:
            self.ring.sync(visit.countdown_s)

    def _sheet(self, layer: Widget) -> Sheet:
        return Sheet(layer, self.scale, self._options.theme, self._fonts, self._pressed)

    def _draw_screen(self, sheet: Sheet, view: View) -> None:
        token = "night" if view.visit.screen is Screen.IDLE else "paper"
        self._ground.rgba = sheet.ink(token)
        SCREENS[view.visit.screen](sheet, view, self.orientation)

    def _draw_bars(self, sheet: Sheet, view: View) -> None:
        if view.visit.screen is not Screen.IDLE:
            header(sheet, view, self.orientation)
            footer(sheet, view, self.orientation)

    def _draw_over(self, sheet: Sheet, view: View) -> None:
        self.ring = None
        if view.visit.countdown_s is not None:
            self.ring = overlay.draw_countdown(sheet, view, self.orientation)
        elif view.visit.help_called:
            overlay.draw_help(sheet, view, self.orientation)

    def _pressed(self, event: Touch) -> None:
        self.on_press(event)

    def _move_in(self, direction: int) -> None:
        theme = self._options.theme
        if self._slide is not None:
            self._slide.cancel()
            self._slide = None
        if not (self._options.motion and theme.motion_s and direction):
            self._shift.x = 0
            return
        way = self.width if direction > 0 else -self.width
        begun_s, still = Clock.get_boottime(), 0
        self._shift.x = way

        def advance(_passed_s: float) -> None:
            nonlocal still
            part = (Clock.get_boottime() - begun_s) / theme.motion_s
            self._shift.x = way * (1 - ease_out(part))
            still += part >= 1
            if still > _STILL_FRAMES:
                self._slide.cancel()
                self._slide = None

        self._slide = Clock.schedule_interval(advance, 0)


def _clear(layer: Widget) -> None:
    layer.clear_widgets()
    layer.canvas.clear()


def _screen_key(visit: Visit) -> object:
    """All that a screen may show; the clock only where the screen shows one."""
    minute = visit.now_ms // 60_000 if visit.screen is Screen.IDLE else 0
    return replace(
        visit,
        now_ms=minute,
        touched_ms=0,
        limit_ms=0,
        extensions=0,
        countdown_s=None,
        help_called=False,
        pending=None,
        attempts=0,
        reading=False,
    )


def _bars_key(visit: Visit) -> object:
    return (
        visit.screen,
        visit.now_ms // 60_000,
        visit.ticket is None,
        visit.hall.name,
        visit.hall.name_en,
    )


def _overlay(visit: Visit | None) -> tuple[bool, bool]:
    if visit is None:
        return False, False
    return visit.countdown_s is not None, visit.help_called
