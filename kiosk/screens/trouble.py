"""What happened, what it means for you, what to do now. The number, if there is one, is largest."""

from kiosk.flow.events import Press as Button
from kiosk.flow.visit import Trouble, Visit
from kiosk.screens.page import Page, Size, head, page
from kiosk.screens.take_paper import big_number
from kiosk.screens.view import View
from kiosk.widgets.box import Box
from kiosk.widgets.sheet import Say, Sheet

_PAPER = ("paper_out", "cover_open")


def draw(sheet: Sheet, view: View, size: Size) -> None:
    """Words are chosen by the kind of trouble."""
    it = page(sheet, view, size)
    trouble = view.visit.trouble or Trouble.REFUSED
    rest = head(it, view.words(f"trouble.{trouble}.sentence"))
    content, theme = it.content, sheet.theme
    if view.visit.ticket:
        if it.is_landscape:
            number = rest.cut_top(0, theme.grid * 2)[1]
        else:
            number, content = content.cut_top(content.h * 0.34, theme.gap)
        sheet.surface(number, "card", border="line")
        big_number(sheet, view, number.inset(theme.gap, theme.grid))
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
    theme = sheet.theme
    height = min(box.h, 3 * 240)
    cells = box.cut_top(height)[0].rows(3, theme.grid * 2)
    for (icon, tone, label, text), row in zip(rows, cells, strict=True):
        sheet.surface(row, f"{tone}_pale")
        mark, said = row.inset(theme.gap, theme.grid).cut_left(64, theme.gap)
        sheet.icon(mark.middle(64, 64), icon, tone)
        sheet.stack(said, Say(words(label), "hint", tone, bold=True), Say(text, "body"), gap=0)


def _detail(visit: Visit) -> str:
    if visit.trouble is not Trouble.NOT_PRINTED:
        return ""
    reason = visit.print_reason
    return f".{reason}" if reason in _PAPER else ""


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
