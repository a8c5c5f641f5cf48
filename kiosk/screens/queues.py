"""Who is waiting now, queue by queue."""

from kiosk.flow.visit import QueueFacts
from kiosk.screens.view import View
from kiosk.widgets.box import Box
from kiosk.widgets.sheet import Say, Sheet

_LEAST_ROW = 98
_DAY = ("card", "ink", "ink", "ink_soft")
_NIGHT = ("night_soft", "on_night", "amber", "on_night_soft")


def queue_rows(sheet: Sheet, view: View, box: Box, *, dark: bool = False) -> None:
    """One row a queue, as many as fit; the last one sums up those that do not."""
    theme, words = sheet.theme, view.words
    queues = view.visit.hall.queues
    ground, ink, figure, soft = _NIGHT if dark else _DAY
    title, rest = box.cut_top(64, theme.grid)
    sheet.text(title, words("queues.title"), "body", ink, bold=True)
    if not queues:
        key = "queues.unheard" if view.visit.hall.connected else "queues.no_line"
        sheet.text(rest.cut_top(min(120, rest.h))[0], words(key), "body", soft, valign="top")
        return
    gap = theme.grid * 1.5
    room = max(1, int((rest.h + gap) / (_LEAST_ROW + gap)))
    shown = queues if len(queues) <= room else queues[: room - 1]
    rows = rest.rows(min(room, max(len(queues), 4)), gap)
    for queue, row in zip(shown, rows, strict=False):
        sheet.surface(row, ground, border="" if dark else "line")
        _row(sheet, view, queue, row.inset(theme.gap, 6), (ink, figure, soft))
    if len(queues) > room:
        left = sum(queue.waiting for queue in queues[room - 1 :])
        text = words("queues.others", count=len(queues) - room + 1, waiting=left)
        sheet.text(rows[room - 1].inset(theme.gap, 6), text, "body", soft)


def _row(sheet: Sheet, view: View, queue: QueueFacts, box: Box, inks: tuple[str, str, str]) -> None:
    ink, figure, soft = inks
    name, state = box.cut_left(box.w * 0.55, sheet.theme.grid * 2)
    sheet.text(name, view.name(queue), "body", ink)
    if not queue.is_open:
        sheet.text(state, view.words("queues.paused"), "body", soft, align="right")
        return
    sheet.stack(
        state,
        Say(view.words.count("queues.waiting", queue.waiting), "body", figure, bold=True),
        Say(view.wait(queue.estimate_minutes), "hint", soft),
        align="right",
        gap=-8,
    )
