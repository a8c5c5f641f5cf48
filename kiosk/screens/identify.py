"""Lay the card on the reader or put it in, or go on without one."""

from kiosk.flow.events import Press as Button
from kiosk.flow.visit import CardNotice, Cards
from kiosk.screens.page import Size, head, notice, page, roundel
from kiosk.screens.view import View
from kiosk.widgets.box import Box
from kiosk.widgets.pictures import FIELD, CardInSlot, CardOnReader
from kiosk.widgets.sheet import Sheet

# Laying it again would not help. Whoever holds such a card has brought one.
_ANOTHER_CARD = (CardNotice.EXPIRED, CardNotice.NOT_YET_VALID, CardNotice.UNSUPPORTED)
_PICTURES = {
    Cards.IDENTITY: (CardOnReader,),
    Cards.SOCIAL_SECURITY: (CardInSlot,),
    Cards.BOTH: (CardOnReader, CardInSlot),
}


def draw(sheet: Sheet, view: View, size: Size) -> None:
    """A picture of what to do with the card, what was wrong with the last one, the way without."""
    it = page(sheet, view, size)
    words, theme, visit = view.words, sheet.theme, view.visit
    gone = visit.card_notice is CardNotice.READER_GONE
    how = "" if gone else view.card_words("identify.how")
    rest = head(it, words("identify.gone") if gone else view.card_words("identify.lay"), how)
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
        notice(sheet, place, view.card_words(f"card.{visit.card_notice}"))
    _pictures(sheet, view, content)
    another = visit.card_notice in _ANOTHER_CARD
    without = words("identify.go_on") if another else view.card_words("home.no_card")
    it.way_out(without, Button.NO_CARD, "arrow-right")


def _pictures(sheet: Sheet, view: View, box: Box) -> None:
    """One picture for each way to show a card, beside or above each other: as they are larger."""
    theme, pictures = sheet.theme, _PICTURES[view.visit.hall.cards]
    sheet.surface(box, "card", border="line")
    inside = box.inset(theme.margin, theme.gap)
    divide = inside.columns if inside.w * FIELD[1] > inside.h * FIELD[0] else inside.rows
    for picture, place in zip(pictures, divide(len(pictures), theme.margin), strict=True):
        sheet.add(
            picture,
            place,
            colours=(sheet.ink("primary"), sheet.ink("primary_pale"), sheet.ink("card")),
            loop_s=theme.loop_s,
            frames_per_s=theme.frames_per_s,
        )


def _out_of_order(sheet: Sheet, view: View, box: Box) -> None:
    theme = sheet.theme
    sheet.surface(box, "card", border="line")
    group = box.inset(theme.margin).middle(box.w - 2 * theme.margin, min(box.h, 560) * 0.85)
    mark, text = group.cut_top(group.h * 0.48, theme.gap)
    roundel(sheet, mark, "alert", ("warn_pale", "warn"))
    sheet.text(text, view.words("card.reader_gone"), "lead", align="center", valign="top")
