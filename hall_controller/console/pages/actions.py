"""What a clerk may press now, and why not: read off the picture, so that it shows before a press.

The core alone refuses; a test holds this table against it, state by state.
"""

from collections.abc import Callable
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
    CALL_THIS = "call-this"  # a waiting ticket by its id, out of turn
    CALL_MISSED = "call-missed"  # needs the ticket id


CALLS_ONE = (Press.CALL_THIS, Press.CALL_MISSED)

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


_NO_TICKET = dict.fromkeys((Press.RECALL, Press.MISSED, Press.SERVE, Press.FINISH), "why.no_ticket")
_WHY_NOT: dict[str, dict[Press, str]] = {
    "closed": dict.fromkeys(Press, "why.closed"),
    "idle": _NO_TICKET,
    "calling": {
        Press.CALL_NEXT: "why.still_called",
        **dict.fromkeys(CALLS_ONE, "why.still_called"),
        Press.PAUSE: "why.has_ticket",
    },
    "serving": {
        Press.RECALL: "why.not_calling",
        Press.MISSED: "why.not_calling",
        Press.SERVE: "why.not_calling",
        Press.PAUSE: "why.has_ticket",
    },
    "paused": {**_NO_TICKET, **dict.fromkeys((Press.CALL_NEXT, *CALLS_ONE), "why.paused")},
}


def why_not(press: Press, window: WindowView, waiting: int, now_ms: int) -> str | None:
    """The text key of the reason against `press`, or None."""
    reason = _WHY_NOT[window.shows].get(press)
    if reason is None and press is Press.CALL_NEXT and waiting == 0:
        return "why.nothing_waiting"
    if reason is None and press is Press.UNDO:
        until = window.undo_until_ms
        return None if until is not None and now_ms < until else "why.nothing_to_undo"
    return reason


def next_press(window: WindowView, waiting: int) -> Press | None:
    """The one sensible thing to press next."""
    if window.shows == "idle":
        return Press.CALL_NEXT if waiting else None
    return {"calling": Press.SERVE, "serving": Press.FINISH, "paused": Press.PAUSE}.get(
        window.shows
    )


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


_ACTS: dict[Press, Callable[..., commands.Act]] = {
    Press.CALL_NEXT: commands.CallNext,
    Press.RECALL: commands.Recall,
    Press.MISSED: commands.MarkMissed,
    Press.FINISH: commands.Finish,
    Press.SERVE: commands.StartServing,
    Press.PAUSE: commands.PauseWindow,
    Press.UNDO: commands.Undo,
}


def act_for(press: Press, window: WindowView, ticket_id: str | None) -> commands.Act:
    """What to ask of the hall for `press` at `window`."""
    if press in CALLS_ONE:
        return commands.CallNext(window=window.id, ticket_id=ticket_id)
    if press is Press.PAUSE and window.shows == "paused":
        return commands.ResumeWindow(window=window.id)
    return _ACTS[press](window=window.id)


def _label(press: Press, window: WindowView) -> str:
    if press is Press.CALL_NEXT and window.shows == "serving":
        return "act.finish-call"
    if press is Press.PAUSE and window.shows == "paused":
        return "act.resume"
    return f"act.{press}"


def _icon(press: Press, window: WindowView) -> str:
    resuming = press is Press.PAUSE and window.shows == "paused"
    return "play_circle" if resuming else ICONS[press]
