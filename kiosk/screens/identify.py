"""Lay the card on the reader, or go on without one."""

from kiosk.flow.events import Press as Button
from kiosk.flow.visit import CardNotice
from kiosk.screens.page import Size, head, notice, page, roundel
from kiosk.screens.view import View
from kiosk.widgets.box import Box
from kiosk.widgets.pictures import CardOnReader
from kiosk.widgets.sheet import Sheet

# Laying it again would not help. Whoever holds such a card has brought one.
_ANOTHER_CARD = (CardNotice.EXPIRED, CardNotice.NOT_YET_VALID, CardNotice.UNSUPPORTED)


def draw(sheet: Sheet, view: View, size: Size) -> None:
    """A picture of what to do with the card, what was wrong with the last one, the way without."""
    it = page(sheet, view, size)
    words, theme, visit = view.words, sheet.theme, view.visit
    gone = visit.card_notice is CardNotice.READER_GONE
    how = "" if gone else words("identify.how")
    rest = head(it, words("identify.gone" if gone else "identify.lay"), how)
    content = it.content
    if it.is_landscape and not gone:
        content = Box(content.x, content.y, content.w, it.low_right.bottom - content.y)
    if gone:
        _out_of_order(sheet, view, content)
        it.primary(words("identify.go_on"), Button.NO_CARD, "arrow-right")
        it.way_out(words("identify.leave"), Button.HOME, "close")
        return
    if visit.card_notice:
        if it.is_landscape:
            place = rest.cut_top(0, theme.gap)[1]
            place = place.cut_top(min(place.h, theme.button * 1.9))[0]
        else:
            place, content = content.cut_top(theme.button * 1.2, theme.gap)
        notice(sheet, place, words(f"card.{visit.card_notice}"))
    sheet.surface(content, "card", border="line")
    sheet.add(
        CardOnReader,
        content.inset(theme.margin, theme.gap),
        colours=(sheet.ink("primary"), sheet.ink("primary_pale"), sheet.ink("card")),
        loop_s=theme.loop_s,
        frames_per_s=theme.frames_per_s,
    )
    without = "identify.go_on" if visit.card_notice in _ANOTHER_CARD else "identify.no_card"
    it.way_out(words(without), Button.NO_CARD, "arrow-right")


def _out_of_order(sheet: Sheet, view: View, box: Box) -> None:
    theme = sheet.theme
    sheet.surface(box, "card", border="line")
    group = box.inset(theme.margin).middle(box.w - 2 * theme.margin, min(box.h, 560) * 0.85)
    mark, text = group.cut_top(group.h * 0.48, theme.gap)
    roundel(sheet, mark, "alert", ("warn_pale", "warn"))
    sheet.text(text, view.words("card.reader_gone"), "lead", align="center", valign="top")
