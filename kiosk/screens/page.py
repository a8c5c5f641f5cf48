"""The skeleton that all screens share: header, what you are doing, content, footer.

Portrait stacks head and content; landscape sets the same blocks side by side.
"""

from dataclasses import dataclass
from enum import Enum

from kiosk.flow.events import Press as Button
from kiosk.flow.events import Pressed
from kiosk.flow.visit import Screen
from kiosk.screens.view import View
from kiosk.widgets.box import Box
from kiosk.widgets.sheet import BAR, PRIMARY, SECONDARY, Look, Sheet


class Size(Enum):
    """Design size of a screen."""

    PORTRAIT = (1080, 1920)
    LANDSCAPE = (1920, 1080)

    @property
    def box(self) -> Box:
        """The whole screen."""
        return Box(0, 0, *self.value)


_STEPS = ("trail.choose", "trail.confirm", "trail.take")
_STEP_OF = {
    Screen.DOMAINS: 0,
    Screen.ITEMS: 0,
    Screen.CONFIRM: 1,
    Screen.ISSUING: 2,
    Screen.PRINTING: 2,
    Screen.TAKE_PAPER: 2,
}
_NO_WAY_BACK = frozenset({Screen.HOME, Screen.PRINTING, Screen.TAKE_PAPER})


@dataclass(frozen=True, slots=True)
class Page:
    """One screen being drawn. Content goes into `content`; presses low in the corners."""

    sheet: Sheet
    view: View
    size: Size
    head: Box
    content: Box
    low_left: Box
    low_right: Box

    @property
    def is_landscape(self) -> bool:
        """Whether head and content stand side by side."""
        return self.size is Size.LANDSCAPE

    def primary(self, label: str, button: Button, icon: str) -> None:
        """The one thing to press, low right."""
        labelled(self.sheet, self.low_right, label, button, PRIMARY, icon)

    def way_out(self, label: str, button: Button, icon: str) -> None:
        """The harmless way out, low left."""
        labelled(self.sheet, self.low_left, label, button, SECONDARY, icon)


def page(sheet: Sheet, view: View, size: Size, *, actions: bool = True) -> Page:
    """Divide a screen's body. Without `actions` the content reaches down to the footer."""
    theme = sheet.theme
    whole = size.box
    body = Box(0, theme.header, whole.w, whole.h - theme.header - theme.footer)
    body = body.inset(theme.margin, theme.margin * 0.75)
    if size is Size.LANDSCAPE:
        head, content = body.cut_left(body.w * 0.34, theme.margin)
        low_left = head.cut_bottom(theme.button)[1]
        low_right = content.cut_bottom(theme.button)[1].columns(2, theme.gap)[1]
        if actions:
            head = head.cut_bottom(theme.button, theme.gap)[0]
            content = content.cut_bottom(theme.button, theme.gap)[0]
    else:
        low_left, low_right = body.cut_bottom(theme.button)[1].columns(2, theme.gap)
        if actions:
            body = body.cut_bottom(theme.button, theme.margin * 0.75)[0]
        head, content = body.cut_top(theme.button * 2.25, theme.gap)
    return Page(sheet, view, size, head, content, low_left, low_right)


def header(sheet: Sheet, view: View, size: Size) -> None:
    """Hall name and time, on night."""
    theme = sheet.theme
    bar = Box(0, 0, size.box.w, theme.header)
    sheet.surface(bar, "night", corner=0)
    clock, name = _clock_and_name(bar.inset(theme.margin, theme.gap / 2), theme.header * 1.6)
    sheet.text(name, view.hall_name, "lead", "on_night", bold=True)
    time, date = clock.cut_top(clock.h * 0.58)
    sheet.text(time, view.clock, "tile", "on_night", align="right", valign="bottom", bold=True)
    sheet.text(date, view.date, "hint", "on_night_soft", align="right", valign="top")


def _clock_and_name(bar: Box, clock_w: float) -> tuple[Box, Box]:
    name, clock = bar.cut_left(bar.w - clock_w - 32, 32)
    return clock, name


def footer(sheet: Sheet, view: View, size: Size) -> None:
    """Always the same five places: back, home, call a helper, (elder mode), language."""
    theme = sheet.theme
    bar = size.box.cut_bottom(theme.footer)[1]
    sheet.surface(bar, "card", corner=0)
    sheet.rule(bar)
    places = bar.inset(theme.gap, theme.gap / 2).columns(5, theme.gap / 2)
    words, screen = view.words, view.visit.screen
    way_back = screen not in _NO_WAY_BACK and not view.visit.ticket
    if way_back:
        _foot(sheet, places[0], words("foot.back"), Button.BACK, "arrow-left")
    if screen is not Screen.HOME:
        _foot(sheet, places[1], words("foot.home"), Button.HOME, "home")
    _foot(sheet, places[2], words("foot.help"), Button.HELP, "bell-ring")
    _foot(sheet, places[4], words("foot.language"), Button.LANGUAGE, "translate")


def _foot(sheet: Sheet, place: Box, label: str, button: Button, icon: str) -> None:
    inner = sheet.press(place, Pressed(button), BAR)
    upper, lower = place.inset(4, 12).cut_top(place.h * 0.48)
    inner.icon(upper.middle(upper.w, 56), icon, "primary")
    inner.text(lower, label, "hint", "ink", align="center")


def trail(sheet: Sheet, view: View, box: Box) -> None:
    """Where one is: a bar of three parts, each with its number or a tick, and its name."""
    now = _STEP_OF[view.visit.screen]
    gap = sheet.theme.gap / 2
    for number, cell in enumerate(box.columns(len(_STEPS), gap)):
        line, label = cell.cut_top(8, 12)
        sheet.surface(line, "primary" if number <= now else "line", corner=4)
        mark, name = label.cut_left(label.h * 0.8, 8)
        colour = "primary" if number == now else "ink_soft"
        if number < now:
            sheet.icon(mark.middle(mark.w, mark.h), "check", "primary")
        else:
            sheet.text(mark, str(number + 1), "hint", colour, bold=True, align="center")
        sheet.text(name, view.words(_STEPS[number]), "hint", colour, bold=number == now)


def head(page: Page, sentence: str, more: str = "") -> Box:
    """The trail, where there are steps, and one sentence; gives what is left of the head."""
    theme, box = page.sheet.theme, page.head
    if page.view.visit.screen in _STEP_OF:
        place, box = box.cut_top(theme.grid * 9, theme.grid * 2)
        trail(page.sheet, page.view, place)
    if not page.is_landscape:
        place, rest = box.cut_top(box.h * (0.56 if more else 1))
        page.sheet.text(place, sentence, "title", bold=True)
        if more:
            page.sheet.text(rest, more, "body", "ink_soft", valign="top")
        return rest
    place, rest = box.cut_top(theme.title * 1.45 * 2, theme.grid)
    page.sheet.text(place, sentence, "heading", bold=True, valign="top")
    if more:
        place, rest = rest.cut_top(min(rest.h, theme.body * 1.45 * 3), theme.grid)
        page.sheet.text(place, more, "body", "ink_soft", valign="top")
    return rest


def labelled(sheet: Sheet, box: Box, label: str, button: Button, look: Look, icon: str) -> None:
    """A button with its icon before the words, both centred together."""
    inner = sheet.press(box, Pressed(button), look)
    side = sheet.theme.lead * 1.2
    mark, words = box.inset(sheet.theme.gap, 8).cut_left(side, sheet.theme.grid * 2)
    inner.icon(mark.middle(side, side), icon, look.ink)
    inner.text(words, label, "lead", look.ink, align="center", bold=True)


def notice(sheet: Sheet, box: Box, text: str, *, icon: str = "alert", tone: str = "warn") -> None:
    """A quiet band that says something is different now."""
    sheet.surface(box, f"{tone}_pale")
    mark, words = box.inset(sheet.theme.gap, 8).cut_left(56, sheet.theme.gap)
    sheet.icon(mark.middle(56, 56), icon, tone)
    sheet.text(words, text, "body", tone)


def roundel(sheet: Sheet, box: Box, icon: str, look: tuple[str, str]) -> None:
    """A pictogram in a disc. `look`: tokens of the disc and of the pictogram."""
    side = min(box.w, box.h)
    disc = box.middle(side, side)
    sheet.surface(disc, look[0], corner=side / 2)
    sheet.icon(disc.middle(side * 0.6, side * 0.6), icon, look[1])
