"""What a clerk may press now, and why not: read off the picture, so that it shows before a press.

The core alone refuses; a test holds this table against it, state by state.
"""

from dataclasses import dataclass
from enum import StrEnum

from hall_controller import commands
from hall_controller.views import HallView, WindowView


class Press(StrEnum):
    """Everything that can be pressed. The words are the page's `data-act` and `data-testid`."""

    CALL_NEXT = "call-next"
    RECALL = "recall"
    MISSED = "missed"
    FINISH = "finish"
    SERVE = "serve"
    PAUSE = "pause"  # or resume
    UNDO = "undo"
    CALL_MISSED = "call-missed"  # needs the ticket id


KEYS = {
    Press.CALL_NEXT: "F1",
    Press.RECALL: "F2",
    Press.MISSED: "F3",
    Press.FINISH: "F4",
    Press.PAUSE: "F6",
    Press.SERVE: "F7",
    Press.UNDO: "Ctrl+Z",
}
ICONS = {
    Press.CALL_NEXT: "campaign",
    Press.RECALL: "replay",
    Press.MISSED: "person_off",
    Press.FINISH: "check_circle",
    Press.PAUSE: "pause_circle",
    Press.SERVE: "how_to_reg",
    Press.UNDO: "undo",
}


@dataclass(frozen=True, slots=True)
class Button:
    """How one press looks now. `why_not` is the text key of the reason, None when it may be."""

    press: Press
    label: str
    icon: str
    why_not: str | None
    primary: bool = False


def find_window(view: HallView, window_id: str) -> WindowView | None:
    """The window in the picture."""
    return next((w for w in view.windows if w.id == window_id), None)


def waiting_count(view: HallView, window: WindowView) -> int:
    """How many wait in the queues of `window`."""
    return sum(len(q.waiting) for q in view.queues if q.id in window.queues)


def why_not(press: Press, window: WindowView, waiting: int, now_ms: int) -> str | None:
    """The text key of the reason against `press`, or None."""
    if window.shows == "closed":
        return "why.closed"
    match press:
        case Press.CALL_NEXT | Press.CALL_MISSED:
            if window.shows == "calling":
                return "why.still_called"
            if window.shows == "paused":
                return "why.paused"
            nobody = press is Press.CALL_NEXT and waiting == 0
            return "why.nothing_waiting" if nobody else None
        case Press.FINISH:
            return None if window.shows in ("calling", "serving") else "why.no_ticket"
        case Press.RECALL | Press.MISSED | Press.SERVE:
            if window.shows == "calling":
                return None
            return "why.not_calling" if window.shows == "serving" else "why.no_ticket"
        case Press.PAUSE:
            return "why.has_ticket" if window.shows in ("calling", "serving") else None
        case Press.UNDO:
            open_ = window.undo_until_ms is not None and now_ms < window.undo_until_ms
            return None if open_ else "why.nothing_to_undo"


def next_press(window: WindowView, waiting: int) -> Press | None:
    """The one sensible thing to press next."""
    match window.shows:
        case "idle":
            return Press.CALL_NEXT if waiting else None
        case "calling":
            return Press.SERVE
        case "serving":
            return Press.FINISH
        case "paused":
            return Press.PAUSE
        case _:
            return None


BAR = (
    Press.CALL_NEXT,
    Press.RECALL,
    Press.MISSED,
    Press.SERVE,
    Press.FINISH,
    Press.PAUSE,
)


def buttons(window: WindowView, waiting: int, now_ms: int) -> tuple[Button, ...]:
    """The action bar, left to right."""
    first = next_press(window, waiting)
    return tuple(
        Button(
            press=press,
            label=_label(press, window),
            icon=_icon(press, window),
            why_not=why_not(press, window, waiting, now_ms),
            primary=press is first,
        )
        for press in BAR
    )


def act_for(press: Press, window: WindowView, ticket_id: str | None) -> commands.Act:
    """What to ask of the hall for `press` at `window`."""
    match press:
        case Press.CALL_NEXT:
            return commands.CallNext(window=window.id)
        case Press.CALL_MISSED:
            return commands.CallNext(window=window.id, ticket_id=ticket_id)
        case Press.RECALL:
            return commands.Recall(window=window.id)
        case Press.MISSED:
            return commands.MarkMissed(window=window.id)
        case Press.FINISH:
            return commands.Finish(window=window.id)
        case Press.SERVE:
            return commands.StartServing(window=window.id)
        case Press.UNDO:
            return commands.Undo(window=window.id)
        case Press.PAUSE if window.shows == "paused":
            return commands.ResumeWindow(window=window.id)
        case Press.PAUSE:
            return commands.PauseWindow(window=window.id)


def _label(press: Press, window: WindowView) -> str:
    if press is Press.CALL_NEXT and window.shows == "serving":
        return "act.finish-call"
    if press is Press.PAUSE and window.shows == "paused":
        return "act.resume"
    return f"act.{press}"


def _icon(press: Press, window: WindowView) -> str:
    resuming = press is Press.PAUSE and window.shows == "paused"
    return "play_circle" if resuming else ICONS[press]
