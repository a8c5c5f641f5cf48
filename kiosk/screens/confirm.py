"""Look once more before a number is taken."""

from kiosk.flow.events import Press as Button
from kiosk.screens.choose import pictogram
from kiosk.screens.page import Size, head, notice, page, roundel
from kiosk.screens.view import View
from kiosk.widgets.box import Box
from kiosk.widgets.sheet import Say, Sheet


def draw(sheet: Sheet, view: View, size: Size) -> None:
    """The item, where it queues, how long that may take, for whom."""
    it = page(sheet, view, size)
    words, theme = view.words, sheet.theme
    head(it, words("confirm.sentence"), words("confirm.more"))
    content = it.content
    if view.queue and not view.queue.is_open:
        place, content = content.cut_top(theme.target, theme.gap)
        notice(sheet, place, words("confirm.paused"))
    facts = _facts(view)
    columns = 2 if it.is_landscape else 1
    rows = -(-len(facts) // columns)
    row_h = theme.target * 1.2
    card = content.cut_top(min(content.h, theme.button * 2.6 + row_h * rows))[0]
    sheet.surface(card, "card", border="line")
    item, rest = card.inset(theme.margin * 0.75, theme.gap * 0.75).cut_top(
        card.h - row_h * rows - theme.gap * 1.5, 0
    )
    _item(sheet, view, item)
    for fact, cell in zip(facts, rest.grid(columns, rows, 0), strict=False):
        sheet.rule(cell)
        _fact(sheet, cell, fact, stacked=it.is_landscape)
    it.primary(words("confirm.take"), Button.CONFIRM, "check")
    it.way_out(words("confirm.change"), Button.BACK, "arrow-left")


def _item(sheet: Sheet, view: View, box: Box) -> None:
    item = view.item
    if item is None:
        return
    side = min(160, box.h * 0.9)
    mark, text = box.cut_left(side, sheet.theme.gap)
    roundel(sheet, mark.middle(side, side), pictogram(item.domain_id), ("primary_pale", "primary"))
    entries = [Say(view.name(item), "heading", bold=True)]
    domain = view.menu.domain(item.domain_id)
    if domain:
        entries.append(Say(view.name(domain), "hint", "ink_soft"))
    sheet.stack(text, *entries)


def _facts(view: View) -> list[tuple[str, str]]:
    words, queue, person = view.words, view.queue, view.visit.person
    facts = []
    if queue:
        facts.append((words("confirm.queue"), view.name(queue)))
        ahead = words.count("people", queue.waiting)
        facts.append((words("confirm.ahead"), ahead))
        wait = queue.estimate_minutes if queue.is_open else None  # nobody knows before it opens
        facts.append((words("confirm.wait"), view.wait(wait)))
    name = person.masked_name if person else words("confirm.nobody")
    facts.append((words("confirm.who"), name))
    return facts


def _fact(sheet: Sheet, cell: Box, fact: tuple[str, str], *, stacked: bool) -> None:
    label, value = fact
    if stacked:
        inside = Box(cell.x, cell.y, cell.w - sheet.theme.gap, cell.h)
        sheet.stack(inside, Say(label, "hint", "ink_soft"), Say(value, "body", bold=True), gap=-4)
        return
    left, right = cell.cut_left(cell.w * 0.36, sheet.theme.gap)
    sheet.text(left, label, "body", "ink_soft")
    sheet.text(right, value, "lead", align="right", bold=True)
