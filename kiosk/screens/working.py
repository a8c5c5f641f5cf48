"""The machine works, the citizen waits: asking the hall for a number, printing the slip."""

from kiosk.screens.page import Size, head, page
from kiosk.screens.view import View
from kiosk.widgets.pictures import PaperSlot
from kiosk.widgets.ring import BusyRing
from kiosk.widgets.sheet import Say, Sheet


def draw_issuing(sheet: Sheet, view: View, size: Size) -> None:
    """The hall was asked."""
    it = page(sheet, view, size, actions=False)
    theme = sheet.theme
    head(it, view.words("issuing.sentence"), view.words("issuing.more"))
    sheet.surface(it.content, "card", border="line")
    inside = it.content.inset(theme.margin)
    ring = inside.middle(inside.w, min(inside.h, 560))
    if view.item:
        ring, name = ring.cut_bottom(theme.title * 2, theme.gap)
        sheet.text(name, view.name(view.item), "tile", align="center", bold=True)
    sheet.add(
        BusyRing,
        ring.middle(min(ring.h, 300), min(ring.h, 300)),
        stroke=sheet.px(theme.stroke * 3),
        loop_s=theme.loop_s,
        colours=(sheet.ink("primary"), sheet.ink("primary_pale")),
        frames_per_s=theme.frames_per_s,
    )


def draw_printing(sheet: Sheet, view: View, size: Size) -> None:
    """The slip is on its way; the number is already there."""
    it = page(sheet, view, size, actions=False)
    theme, ticket = sheet.theme, view.visit.ticket
    head(it, view.words("printing.sentence"), view.words("printing.more"))
    sheet.surface(it.content, "card", border="line")
    inside = it.content.inset(theme.margin, theme.gap)
    picture = inside
    if ticket:
        upper, picture = inside.cut_top(min(264, inside.h * 0.34), theme.gap)
        label = Say(view.words("ticket.yours"), "body", "ink_soft")
        sheet.stack(upper, label, Say(ticket.number, "display", bold=True), align="center", gap=-8)
    sheet.add(
        PaperSlot,
        picture,
        colours=(sheet.ink("primary"), sheet.ink("card"), sheet.ink("primary_pale")),
        loop_s=theme.loop_s,
        frames_per_s=theme.frames_per_s,
    )
