"""What happened, what it means for you, what to do now. The number, if there is one, is largest."""

from kiosk.flow.events import Press as Button
from kiosk.flow.visit import Trouble, Visit
from kiosk.screens.page import Page, Size, head, page
from kiosk.screens.take_paper import big_number
from kiosk.screens.view import View
from kiosk.widgets.box import Box
from kiosk.widgets.sheet import Sheet

_PAPER = {"paper_out": "paper_out", "cover_open": "cover_open"}


def draw(sheet: Sheet, view: View, size: Size) -> None:
    """Words are chosen by the kind of trouble."""
    it = page(sheet, view, size)
    trouble = view.visit.trouble or Trouble.REFUSED
    head(it, view.words(f"trouble.{trouble}.sentence"))
    content = it.content
    if view.visit.ticket:
        number, content = content.cut_top(content.h * 0.42, sheet.theme.gap)
        sheet.surface(number, "card", border="line")
        big_number(sheet, view, number.inset(sheet.theme.gap, sheet.theme.grid))
    _rows(sheet, view, trouble, content)
    _buttons(it, view.visit)


def _rows(sheet: Sheet, view: View, trouble: Trouble, box: Box) -> None:
    words, contact = view.words, view.visit.hall.contact
    now = words(f"trouble.{trouble}.now")
    if contact:
        now += words("trouble.contact", contact=contact)
    rows = (
        ("alert", "warn", "trouble.what", words(f"trouble.{trouble}.what{_detail(view.visit)}")),
        ("information-outline", "primary", "trouble.means", words(f"trouble.{trouble}.means")),
        ("hand-pointing-right", "good", "trouble.now", now),
    )
    height = min(box.h, 3 * 240)
    for (icon, tone, label, text), row in zip(
        rows, box.cut_top(height)[0].rows(3, sheet.theme.grid * 2), strict=True
    ):
        ground = "primary_pale" if tone == "primary" else f"{tone}_pale"
        sheet.surface(row, ground)
        mark, words_box = row.inset(sheet.theme.gap, 6).cut_left(64, sheet.theme.gap)
        sheet.icon(mark.middle(64, 64), icon, tone)
        upper, lower = words_box.cut_top(min(52, row.h * 0.3))
        sheet.text(upper, words(label), "hint", tone, bold=True, valign="bottom")
        sheet.text(lower, text, "body", valign="middle")


def _detail(visit: Visit) -> str:
    if visit.trouble is not Trouble.NOT_PRINTED:
        return ""
    reason = _PAPER.get(visit.print_reason or "")
    return f".{reason}" if reason else ""


def _buttons(page: Page, visit: Visit) -> None:
    words = page.view.words
    if visit.retry_helps:
        page.primary(words("trouble.retry"), Button.RETRY, "refresh")
        page.way_out(words("trouble.leave"), Button.HOME, "close")
    elif visit.ticket:
        page.primary(words("trouble.noted"), Button.DONE, "check")
        if visit.can_reprint:
            page.way_out(words("trouble.reprint"), Button.REPRINT, "printer")
    else:
        page.primary(words("trouble.understood"), Button.DONE, "check")
