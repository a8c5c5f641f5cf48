"""Lay the card on the reader, or go on without one."""

from kiosk.flow.events import Press as Button
from kiosk.flow.visit import CardNotice
from kiosk.screens.page import Size, head, notice, page
from kiosk.screens.view import View
from kiosk.widgets.pictures import CardOnReader
from kiosk.widgets.sheet import Sheet


def draw(sheet: Sheet, view: View, size: Size) -> None:
    """A picture of what to do with the card, what was wrong with the last one, the way without."""
    it = page(sheet, view, size)
    words, theme, visit = view.words, sheet.theme, view.visit
    gone = visit.card_notice is CardNotice.READER_GONE
    head(
        it,
        words("identify.gone" if gone else "identify.lay"),
        "" if gone else words("identify.how"),
    )
    content = it.content
    if visit.card_notice:
        place, content = content.cut_top(theme.button * 1.2, theme.gap)
        notice(sheet, place, words(f"card.{visit.card_notice}"))
    sheet.surface(content, "card", border="line")
    sheet.add(
        CardOnReader,
        content.inset(theme.margin),
        colours=(sheet.ink("primary"), sheet.ink("primary_pale"), sheet.ink("card")),
        loop_s=theme.loop_s,
        frames_per_s=theme.frames_per_s,
    )
    if gone:
        it.primary(words("identify.go_on"), Button.NO_CARD, "arrow-right")
        it.way_out(words("identify.leave"), Button.HOME, "close")
    else:
        it.way_out(words("identify.no_card"), Button.NO_CARD, "arrow-right")
