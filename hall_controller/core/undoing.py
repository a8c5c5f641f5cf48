"""Undo: a window's last *missed* or *finished* may be taken back for some seconds."""

from hall_controller.core.rules import HallRules
from hall_controller.core.state import HallState
from hall_controller.core.tickets import Ticket
from hall_controller.core.windows import Window


def undoable(state: HallState, rules: HallRules, window: Window, now_ms: int) -> Ticket | None:
    """The ticket of the window's last act while that may be undone.

    Not after the undo time, and not when the ticket has gone on (called elsewhere, withdrawn).
    Calling another ticket, pausing and closing clear the window's `last_act` themselves.
    """
    act = window.last_act
    if act is None or now_ms - act.at_ms > rules.undo_ms:
        return None
    ticket = state.tickets.get(act.ticket_id)
    if ticket is None or ticket.state != act.act or ticket.window != window.id:
        return None
    return ticket
