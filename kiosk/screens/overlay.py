"""What comes over a screen: the countdown before a visit is wiped, and word that a helper comes."""

from kiosk.flow.events import Press as Button
from kiosk.flow.events import Pressed
from kiosk.screens.page import Size, labelled, roundel
from kiosk.screens.view import View
from kiosk.widgets.box import Box
from kiosk.widgets.ring import CountRing
from kiosk.widgets.sheet import PRIMARY, SECONDARY, Look, Say, Sheet

_SHADE = Look("shade", "shade", "on_night")


def draw_countdown(sheet: Sheet, view: View, size: Size) -> CountRing:
    """Seconds left, and a large way to go on. Gives the ring, so that it can be kept in time."""
    words, theme = view.words, sheet.theme
    inner, inside = _card(sheet, size, 880)
    ring, inside = inside.cut_top(240, theme.gap)
    text, buttons = inside.cut_bottom(theme.button, theme.gap)
    _say(inner, text, words("countdown.sentence"), words("countdown.more"))
    out, stay = buttons.columns(2, theme.gap)
    labelled(inner, out, words("countdown.end"), Button.HOME, SECONDARY, icon="close")
    labelled(inner, stay, words("countdown.go_on"), Button.CONTINUE, PRIMARY, icon="check")
    return inner.add(
        CountRing,
        ring.middle(240, 240),
        left_s=view.visit.countdown_s or 0,
        total_s=view.countdown_s,
        font=sheet.bold_font,
        type_size=sheet.px(theme.display),
        stroke=sheet.px(theme.stroke * 3),
        colours=(sheet.ink("primary"), sheet.ink("primary_pale"), sheet.ink("ink")),
    )


def draw_help(sheet: Sheet, view: View, size: Size) -> None:
    """A helper was called; any touch goes on."""
    words, theme, contact = view.words, sheet.theme, view.visit.hall.contact
    inner, inside = _card(sheet, size, 800)
    mark, inside = inside.cut_top(200, theme.gap)
    roundel(inner, mark, "bell-ring", ("good_pale", "good"))
    text, buttons = inside.cut_bottom(theme.button, theme.gap)
    told = words("help.more") + (words("trouble.contact", contact=contact) if contact else "")
    _say(inner, text, words("help.sentence"), told)
    button = buttons.middle(buttons.w * 0.6, buttons.h)
    labelled(inner, button, words("help.understood"), Button.TOUCH, PRIMARY, icon="check")


def _say(sheet: Sheet, box: Box, sentence: str, more: str) -> None:
    sheet.stack(
        box,
        Say(sentence, "heading", bold=True),
        Say(more, "body", "ink_soft"),
        align="center",
        gap=sheet.theme.grid,
    )


def _card(sheet: Sheet, size: Size, height: float) -> tuple[Sheet, Box]:
    """Shade the screen (a touch on it counts as a touch) and lay a card on it."""
    theme = sheet.theme
    inner = sheet.press(size.box, Pressed(Button.TOUCH), _SHADE, 0, alpha=theme.shade_alpha)
    card = size.box.middle(952, min(height, size.box.h - 2 * theme.margin))
    inner.surface(card, "card")
    return inner, card.inset(theme.margin)
