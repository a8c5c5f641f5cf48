"""Look once more before a number is taken."""

from kiosk.flow.events import Press as Button
from kiosk.screens.choose import pictogram
from kiosk.screens.page import Size, head, notice, page, roundel
from kiosk.screens.view import View
from kiosk.widgets.box import Box
from kiosk.widgets.sheet import Sheet


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
    card_h = min(content.h, theme.button * 2.5 + theme.target * len(facts) + theme.margin)
    card = content.cut_top(card_h)[0]
    sheet.surface(card, "card", border="line")
    inside = card.inset(theme.margin * 0.75, theme.gap)
    item, rows = inside.cut_top(inside.h - theme.target * len(facts) - theme.gap, theme.gap)
    _item(sheet, view, item)
    for (label, value), row in zip(facts, rows.rows(len(facts), 0), strict=True):
        sheet.rule(row)
        _fact(sheet, row, label, value)
    it.primary(words("confirm.take"), Button.CONFIRM, "check")
    it.way_out(words("confirm.change"), Button.BACK, "arrow-left")


def _item(sheet: Sheet, view: View, box: Box) -> None:
    item = view.item
    if item is None:
        return
    mark, text = box.cut_left(min(160, box.h), sheet.theme.margin * 0.75)
    roundel(sheet, mark, pictogram(item.domain_id), ("primary_pale", "primary"))
    domain = view.menu.domain(item.domain_id)
    if domain:
        text, small = text.cut_bottom(min(104, text.h * 0.36), 4)
        sheet.text(small, view.name(domain), "hint", "ink_soft", valign="top")
    sheet.text(text, view.name(item), "heading", bold=True, valign="bottom" if domain else "middle")


def _facts(view: View) -> list[tuple[str, str]]:
    words, queue, person = view.words, view.queue, view.visit.person
    facts = []
    if queue:
        facts.append((words("confirm.queue"), view.name(queue)))
        ahead = words.count("people", queue.waiting)
        facts.append((words("confirm.ahead"), ahead))
        facts.append((words("confirm.wait"), view.wait(queue.estimate_minutes)))
    name = person.masked_name if person else words("confirm.nobody")
    facts.append((words("confirm.who"), name))
    return facts


def _fact(sheet: Sheet, row: Box, label: str, value: str) -> None:
    left, right = row.cut_left(row.w * 0.36, sheet.theme.gap)
    sheet.text(left, label, "body", "ink_soft")
    sheet.text(right, value, "body", align="right", bold=True)
