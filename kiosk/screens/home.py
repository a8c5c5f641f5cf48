"""Home: a greeting and the two ways to a number, both equally easy to see."""

from kiosk.flow.events import Press as Button
from kiosk.flow.events import Pressed
from kiosk.screens.page import Page, Size, head, notice, page, roundel
from kiosk.screens.queues import queue_rows
from kiosk.screens.view import View
from kiosk.widgets.box import Box
from kiosk.widgets.sheet import PRIMARY, SECONDARY, Look, Say, Sheet


def draw(sheet: Sheet, view: View, size: Size) -> None:
    """Greeting, the two ways, what does not work now, who is waiting."""
    it = page(sheet, view, size, actions=False)
    theme = sheet.theme
    rest = head(it, view.words("home.greeting"), view.words("home.choose"))
    warning = _warning(view)
    if it.is_landscape:
        waiting, ways = rest.cut_top(0, theme.grid * 2)[1], it.content
    else:
        ways, waiting = it.content.cut_top(it.content.h * 0.54, theme.gap)
    if warning:
        place, ways = ways.cut_top(theme.button, theme.gap * 0.75)
        notice(sheet, place, warning)
    with_card, without = ways.rows(2, theme.gap)
    looks = (PRIMARY, SECONDARY) if view.visit.hall.reader_works else (SECONDARY, PRIMARY)
    _way(it, with_card, "card", "account-card-details", (Button.TAKE_NUMBER, looks[0]))
    _way(it, without, "no_card", "ticket-confirmation", (Button.NO_CARD, looks[1]))
    queue_rows(sheet, view, waiting)


def _way(page: Page, box: Box, key: str, icon: str, press: tuple[Button, Look]) -> None:
    button, look = press
    inner = page.sheet.press(box, Pressed(button), look)
    theme, view = page.sheet.theme, page.view
    inside = box.inset(theme.margin * 0.75, theme.gap)
    mark, text = inside.cut_left(min(176, inside.h), theme.margin * 0.75)
    if look is PRIMARY:
        roundel(inner, mark, icon, ("on_primary", "primary"))
        inks = ("on_primary", "on_primary")
    else:
        roundel(inner, mark, icon, ("primary_pale", "primary"))
        inks = ("primary", "ink_soft")
    text, arrow = text.cut_left(text.w - 72, 0)
    inner.icon(arrow.middle(72, 72), "chevron-right", inks[0])
    inner.stack(
        text,
        Say(view.card_words(f"home.{key}"), "heading", inks[0], bold=True),
        Say(view.card_words(f"home.{key}.hint"), "body", inks[1]),
    )


def _warning(view: View) -> str:
    hall = view.visit.hall
    if not hall.connected:
        return view.words("home.no_line")
    if not hall.reader_works:
        return view.words("home.no_reader", button=view.card_words("home.no_card"))
    if not hall.printer_works:
        return view.words("home.no_printer")
    return ""
