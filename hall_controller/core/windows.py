"""A window (窗口) and how it may move from state to state."""

from enum import StrEnum

import msgspec

from hall_controller.core import refusals
from hall_controller.core.refusals import RuleError


class WindowState(StrEnum):
    """What a window does; the words are those that it shows."""

    CLOSED = "closed"  # nobody signed in
    IDLE = "idle"
    CALLING = "calling"
    SERVING = "serving"
    PAUSED = "paused"


_MOVES = {
    WindowState.CLOSED: {WindowState.IDLE},
    WindowState.IDLE: {WindowState.CALLING, WindowState.PAUSED, WindowState.CLOSED},
    WindowState.CALLING: {WindowState.CALLING, WindowState.SERVING, WindowState.IDLE},
    WindowState.SERVING: {WindowState.IDLE},
    WindowState.PAUSED: {WindowState.IDLE, WindowState.PAUSED, WindowState.CLOSED},
}


class LastAct(msgspec.Struct, frozen=True, kw_only=True):
    """What the window did last, while it may still be undone."""

    act: str  # missed | finished
    ticket_id: str
    back_to: str  # state of the ticket before
    at_ms: int


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """One window. `ticket_id` is set exactly while it is calling or serving."""

    id: str
    state: WindowState = WindowState.CLOSED
    clerk: str | None = None
    ticket_id: str | None = None
    reason: str = ""  # of a pause
    since_ms: int = 0  # when `state` began
    last_act: LastAct | None = None


def transition(window: Window, to: WindowState) -> WindowState:
    """`to`, if `window` may move there; raises RuleError WRONG_STATE that names both states."""
    if to in _MOVES[window.state]:
        return to
    raise RuleError(
        refusals.WRONG_STATE, f"window {window.id} cannot go from {window.state} to {to}"
    )
