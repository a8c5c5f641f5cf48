"""A ticket (号票) and how it may move from state to state."""

from enum import StrEnum

import msgspec

from hall_controller.core import refusals
from hall_controller.core.refusals import RuleError


class TicketState(StrEnum):
    """Where a ticket is on its way."""

    WAITING = "waiting"  # issued, not called yet
    CALLED = "called"  # shown at a window, the citizen has not come yet
    SERVING = "serving"  # the citizen stands at the window
    FINISHED = "finished"
    MISSED = "missed"  # nobody came (过号); may be called again
    WITHDRAWN = "withdrawn"  # the citizen left; never called


_MOVES = {
    TicketState.WAITING: {TicketState.CALLED, TicketState.WITHDRAWN},
    TicketState.CALLED: {
        TicketState.SERVING,
        TicketState.FINISHED,
        TicketState.MISSED,
        TicketState.WITHDRAWN,
    },
    TicketState.SERVING: {TicketState.FINISHED},
    TicketState.MISSED: {TicketState.CALLED, TicketState.WITHDRAWN},
    TicketState.FINISHED: set(),
    TicketState.WITHDRAWN: set(),
}
_UNDOES = {
    TicketState.MISSED: {TicketState.CALLED},
    TicketState.FINISHED: {TicketState.CALLED, TicketState.SERVING},
}
AT_A_WINDOW = frozenset({TicketState.CALLED, TicketState.SERVING})


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """One ticket. A change makes a new one, so whoever holds a ticket holds a fixed picture.

    `window`, `call_id` and the times of the last call stay when the ticket is missed or finished.
    """

    ticket_id: str
    queue: str
    business_day: str
    sequence: int
    number: str
    terminal: str
    issued_ms: int
    item_id: str | None = None
    person_id: str | None = None
    request_id: str | None = None  # the request that it answers
    state: TicketState = TicketState.WAITING
    print_outcome: str | None = None
    window: str | None = None
    call_id: str | None = None
    call_times: int = 0  # calls since it last left the line
    called_ms: int | None = None  # the newest call
    served_ms: int | None = None
    ended_ms: int | None = None  # finished or missed


def transition(ticket: Ticket, to: TicketState, *, undo: bool = False) -> TicketState:
    """`to`, if `ticket` may move there; raises RuleError WRONG_STATE that names both states."""
    if to in (_UNDOES if undo else _MOVES).get(ticket.state, ()):
        return to
    way = "back " if undo else ""
    raise RuleError(
        refusals.WRONG_STATE, f"ticket {ticket.number} cannot go {way}from {ticket.state} to {to}"
    )
