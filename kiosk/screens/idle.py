"""Nobody is there: the hall, the queues, notices. The first touch only wakes."""

from kiosk.flow.events import Press as Button
from kiosk.flow.events import Pressed
from kiosk.screens.page import Size
from kiosk.screens.queues import queue_rows
from kiosk.screens.view import View
from kiosk.widgets.box import Box
from kiosk.widgets.sheet import Look, Say, Sheet

_WAKE = Look("night", "night", "on_night")
_HINT = "amber"


def draw(sheet: Sheet, view: View, size: Size) -> None:
    """The whole screen is one thing to press."""
    theme = sheet.theme
    inner = sheet.press(size.box, Pressed(Button.TOUCH), _WAKE, corner=0)
    box = size.box.inset(theme.margin)
    box, hint = box.cut_bottom(theme.button, theme.gap)
    _hint(inner, view, hint)
    if size is Size.LANDSCAPE:
        who, what = box.cut_left(box.w * 0.46, theme.margin)
    else:
        who, what = box.cut_top(box.h * 0.44, theme.margin)
    _hall(inner, view, who)
    notices = view.visit.hall.notices[:3]
    if notices:
        what, place = what.cut_bottom(len(notices) * theme.target, theme.gap)
        _notices(inner, notices, place)
    queue_rows(inner, view, what, dark=True)


def _hall(sheet: Sheet, view: View, box: Box) -> None:
    sheet.stack(
        box,
        Say(view.hall_name, "title", "on_night", bold=True),
        Say(view.clock, "display", "on_night"),
        Say(view.date, "body", "on_night_soft"),
        gap=sheet.theme.grid,
    )


def _notices(sheet: Sheet, notices: tuple[str, ...], box: Box) -> None:
    for text, row in zip(notices, box.rows(len(notices), 0), strict=True):
        mark, words = row.cut_left(64, sheet.theme.gap / 2)
        sheet.icon(mark.middle(48, 48), "bullhorn", "amber")
        sheet.text(words, text, "body", "on_night_soft")


def _hint(sheet: Sheet, view: View, box: Box) -> None:
    theme, label = sheet.theme, view.words("idle.touch")
    place = box.middle(sheet.width(label, "tile", bold=True) + theme.button, box.h)
    mark, words = place.cut_left(72, theme.gap)
    sheet.icon(mark.middle(72, 72), "hand-pointing-right", _HINT)
    sheet.text(words, label, "tile", _HINT, bold=True)
