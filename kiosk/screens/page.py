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
from kiosk.widgets.sheet import BAR, PRIMARY, SECONDARY, Look, Say, Sheet


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
        labelled(self.sheet, self.low_right, label, button, PRIMARY, icon=icon)

    def way_out(self, label: str, button: Button, icon: str) -> None:
        """The harmless way out, low left."""
        labelled(self.sheet, self.low_left, label, button, SECONDARY, icon=icon)


def page(sheet: Sheet, view: View, size: Size, *, actions: bool = True) -> Page:
    """Divide a screen's body. Without `actions` the content reaches down to the footer."""
    theme, whole = sheet.theme, size.box
    body = Box(0, theme.header, whole.w, whole.h - theme.header - theme.footer)
    if size is Size.LANDSCAPE:
        body = body.inset(theme.margin, theme.gap)
        head, content = body.cut_left(body.w * 0.36, theme.margin)
        low_left = head.cut_bottom(theme.button)[1]
        low_right = content.cut_bottom(theme.button)[1].columns(2, theme.gap)[1]
        if actions:
            head = head.cut_bottom(theme.button, theme.gap)[0]
            content = content.cut_bottom(theme.button, theme.gap)[0]
    else:
        body = body.inset(theme.margin, theme.margin * 0.75)
        low_left, low_right = body.cut_bottom(theme.button)[1].columns(2, theme.gap)
        if actions:
            body = body.cut_bottom(theme.button, theme.margin * 0.75)[0]
        steps = view.visit.screen in _STEP_OF
        head, content = body.cut_top(theme.button * (2.25 if steps else 1.7), theme.gap)
    return Page(sheet, view, size, head, content, low_left, low_right)


def header(sheet: Sheet, view: View, size: Size) -> None:
    """Hall name and time, on night."""
    theme = sheet.theme
    bar = Box(0, 0, size.box.w, theme.header)
    sheet.surface(bar, "night", corner=0)
    inside = bar.inset(theme.margin, theme.gap / 2)
    name, clock = inside.cut_left(inside.w - theme.header * 1.6 - theme.gap, theme.gap)
    sheet.text(name, view.hall_name, "lead", "on_night", bold=True, one_line=True)
    time, date = clock.cut_top(clock.h * 0.58)
    sheet.text(time, view.clock, "tile", "on_night", align="right", valign="bottom", bold=True)
    sheet.text(date, view.date, "hint", "on_night_soft", align="right", valign="top")


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
    upright(sheet, place, label, button, BAR, icon=icon)


def upright(
    sheet: Sheet,
    box: Box,
    label: str,
    button: Button,
    look: Look,
    *,
    icon: str,
    style: str = "hint",
) -> None:
    """A button with its icon above its words."""
    inner = sheet.press(box, Pressed(button), look)
    side = sheet.theme.sizes(style)[0] * 1.2
    group = box.middle(box.w - sheet.theme.grid * 2, side * 2.4)
    upper, lower = group.cut_top(side * 1.2)
    ink = "primary" if look is BAR else look.ink
    inner.icon(upper.middle(side * 1.2, side * 1.2), icon, ink)
    inner.text(lower, label, style, look.ink, align="center", bold=look is not BAR)


def trail(sheet: Sheet, view: View, box: Box) -> None:
    """Where one is: a bar of three parts, each with its number or a tick, and its name."""
    now = _STEP_OF[view.visit.screen]
    for number, cell in enumerate(box.columns(len(_STEPS), sheet.theme.gap / 2)):
        line, label = cell.cut_top(8, 8)
        sheet.surface(line, "primary" if number <= now else "line", corner=4)
        mark, name = label.cut_left(36, 8)
        colour = "primary" if number == now else "ink_soft"
        if number < now:
            sheet.icon(mark.middle(36, 36), "check", "primary")
        else:
            sheet.text(mark, str(number + 1), "hint", colour, bold=True, align="center")
        sheet.text(name, view.words(_STEPS[number]), "hint", colour, bold=number == now)


def head(page: Page, sentence: str, more: str = "") -> Box:
    """The trail, where there are steps, and one sentence; gives what is left of the head."""
    theme, box = page.sheet.theme, page.head
    if page.view.visit.screen in _STEP_OF:
        place, box = box.cut_top(theme.grid * 8, theme.grid * 2)
        trail(page.sheet, page.view, place)
    style = "heading" if page.is_landscape else "title"
    entries = [Say(sentence, style, bold=True)]
    if more:
        entries.append(Say(more, "body", "ink_soft"))
    valign = "top" if page.is_landscape else "middle"
    return page.sheet.stack(box, *entries, valign=valign, gap=theme.grid / 2)


def labelled(
    sheet: Sheet,
    box: Box,
    label: str,
    button: Button,
    look: Look,
    *,
    icon: str,
    style: str = "lead",
    icon_after: bool = False,
) -> None:
    """A button: its icon and its words, centred together."""
    inner = sheet.press(box, Pressed(button), look)
    gap, side = sheet.theme.grid * 2, sheet.theme.sizes(style)[0] * 1.2
    inside = box.inset(gap, sheet.theme.grid)
    needed = sheet.width(label, style, bold=True) * 1.02 + 2
    words_w = min(needed, inside.w - side - gap)
    group = inside.middle(side + gap + words_w, inside.h)
    if icon_after:
        words, mark = group.cut_left(words_w, gap)
    else:
        mark, words = group.cut_left(side, gap)
    inner.icon(mark.middle(side, side), icon, look.ink)
    inner.text(words, label, style, look.ink, align="center", bold=True)


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
