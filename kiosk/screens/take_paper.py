"""The number: large, with the service, who is ahead, how long, where to sit and look."""

from kiosk.flow.events import Press as Button
from kiosk.screens.page import Page, Size, head, page
from kiosk.screens.view import View
from kiosk.widgets.box import Box
from kiosk.widgets.ring import CountRing
from kiosk.widgets.sheet import Say, Sheet


def draw(sheet: Sheet, view: View, size: Size) -> None:
    """Stays until the paper is taken or the time is up; the flow decides which."""
    it = page(sheet, view, size)
    rest = head(it, view.words("take.sentence"), view.words("take.more"))
    ticket = view.visit.ticket
    if ticket is None:
        return
    theme, words = sheet.theme, view.words
    sheet.surface(it.content, "card", border="line")
    inside = it.content.inset(theme.margin, theme.grid * (2 if it.is_landscape else 6))
    if it.is_landscape:
        sit = rest.cut_top(0, theme.gap)[1]
        sit = sit.cut_top(min(sit.h, theme.button * 1.9))[0]
    else:
        inside, sit = inside.cut_bottom(theme.button * 1.4, theme.gap)
    _sit(sheet, view, sit)
    inside, facts = inside.cut_bottom(min(inside.h * 0.3, 200), theme.grid)
    sheet.rule(facts)
    ahead, wait = facts.inset(0, theme.grid).columns(2, theme.gap)
    _fact(sheet, ahead, words("ticket.ahead"), words.count("people", ticket.people_ahead))
    is_open = view.queue is None or view.queue.is_open
    estimate = ticket.estimate_minutes if is_open else None  # nobody knows before it opens
    _fact(sheet, wait, words("ticket.wait"), view.wait(estimate))
    big_number(sheet, view, inside)
    _ring(it)
    it.primary(words("take.done"), Button.DONE, "check")


def big_number(sheet: Sheet, view: View, box: Box) -> None:
    """The ticket's number as large as can be, the service under it."""
    ticket, item = view.visit.ticket, view.item
    if ticket is None:
        return
    entries = [Say(ticket.number, "number", "primary", bold=True)]
    if item:
        entries.append(Say(view.name(item), "lead", bold=True))
    sheet.stack(box, *entries, align="center", gap=-sheet.theme.gap)


def _fact(sheet: Sheet, box: Box, label: str, value: str) -> None:
    sheet.stack(
        box, Say(label, "body", "ink_soft"), Say(value, "tile", bold=True), align="center", gap=-4
    )


def _sit(sheet: Sheet, view: View, box: Box) -> None:
    sheet.surface(box, "primary_pale")
    mark, text = box.inset(sheet.theme.gap, 8).cut_left(72, sheet.theme.gap)
    sheet.icon(mark.middle(72, 72), "seat-recline-normal", "primary")
    sheet.text(text, view.words("take.sit"), "body")


def _ring(page: Page) -> None:
    sheet, view, theme = page.sheet, page.view, page.sheet.theme
    shown_s = (view.visit.now_ms - view.visit.entered_ms) / 1000
    ring, text = page.low_left.cut_left(page.low_left.h, theme.gap / 2)
    sheet.add(
        CountRing,
        ring,
        left_s=max(0.0, view.ticket_shown_s - shown_s),
        total_s=view.ticket_shown_s,
        font=sheet.bold_font,
        type_size=sheet.px(theme.lead),
        stroke=sheet.px(theme.stroke * 2),
        colours=(sheet.ink("primary"), sheet.ink("line"), sheet.ink("ink")),
    )
    sheet.text(text, view.words("take.countdown"), "hint", "ink_soft")
