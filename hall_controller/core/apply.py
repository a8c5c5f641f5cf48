"""How each fact changes the state.

Facts are the truth: nothing is judged here, `decide.py` has done that.
"""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from hall_controller import facts
from hall_controller.core import presence
from hall_controller.core.state import Call, HallState
from hall_controller.core.tickets import AT_A_WINDOW, Ticket, TicketState
from hall_controller.core.windows import LastAct, Window, WindowState


def apply(state: HallState, fact: facts.Fact, request_id: str | None) -> None:
    """Change `state` in place as `fact` says; `request_id` is that of the fact's row.

    Total: raises nothing. A fact about a ticket that is not (or no longer) known changes nothing.
    """
    if isinstance(fact, facts.TicketIssued):
        _issued(state, fact, request_id)
        return
    change = _CHANGES.get(type(fact))
    if change is not None:
        change(state, fact)


def _issued(state: HallState, fact: facts.TicketIssued, request_id: str | None) -> None:
    state.put(
        Ticket(
            ticket_id=fact.ticket_id,
            queue=fact.queue,
            business_day=fact.business_day,
            sequence=fact.sequence,
            number=fact.number,
            terminal=fact.terminal,
            issued_ms=fact.issued_ms,
            item_id=fact.item_id,
            person_id=fact.person_id,
            request_id=request_id,
        )
    )


def _print_reported(state: HallState, fact: facts.TicketPrintReported) -> None:
    ticket = state.tickets.get(fact.ticket_id)
    if ticket is not None:
        state.put(replace(ticket, print_outcome=fact.outcome))


def _ticket_withdrawn(state: HallState, fact: facts.TicketWithdrawn) -> None:
    ticket = state.tickets.get(fact.ticket_id)
    if ticket is None:
        return
    state.put(replace(ticket, state=TicketState.WITHDRAWN))
    window = state.window(ticket.window or "")
    if window.ticket_id == ticket.ticket_id:
        _set_window(state, window.id, WindowState.IDLE, fact.at_ms)


def _request_withdrawn(state: HallState, fact: facts.RequestWithdrawn) -> None:
    state.withdrawn[fact.of] = fact.at_ms


def _called(state: HallState, fact: facts.TicketCalled) -> None:
    ticket = state.tickets.get(fact.ticket_id)
    if ticket is None:
        return
    state.put(
        replace(
            ticket,
            state=TicketState.CALLED,
            window=fact.window,
            call_id=fact.call_id,
            call_times=fact.times,
            called_ms=fact.at_ms,
            served_ms=None,
            ended_ms=None,
        )
    )
    state.calls.append(
        Call(
            call_id=fact.call_id,
            ticket_id=fact.ticket_id,
            number=ticket.number,
            queue=ticket.queue,
            window=fact.window,
            times=fact.times,
            at_ms=fact.at_ms,
        )
    )
    _set_window(state, fact.window, WindowState.CALLING, fact.at_ms, ticket_id=fact.ticket_id)


def _served(state: HallState, fact: facts.TicketServed) -> None:
    ticket = state.tickets.get(fact.ticket_id)
    if ticket is not None:
        state.put(replace(ticket, state=TicketState.SERVING, served_ms=fact.at_ms))
        _set_window(state, fact.window, WindowState.SERVING, fact.at_ms, ticket_id=fact.ticket_id)


def _ended(state: HallState, fact: facts.TicketMissed | facts.TicketFinished) -> None:
    ticket = state.tickets.get(fact.ticket_id)
    if ticket is None:
        return
    to = TicketState.MISSED if isinstance(fact, facts.TicketMissed) else TicketState.FINISHED
    last_act = LastAct(act=to, ticket_id=fact.ticket_id, back_to=ticket.state, at_ms=fact.at_ms)
    state.put(replace(ticket, state=to, ended_ms=fact.at_ms))
    _set_window(state, fact.window, WindowState.IDLE, fact.at_ms, last_act=last_act)


def _undone(state: HallState, fact: facts.ActUndone) -> None:
    ticket = state.tickets.get(fact.ticket_id)
    if ticket is None or fact.back_to not in AT_A_WINDOW:
        return
    back_to = TicketState(fact.back_to)
    state.put(replace(ticket, state=back_to, ended_ms=None))
    shows = WindowState.CALLING if back_to is TicketState.CALLED else WindowState.SERVING
    _set_window(state, fact.window, shows, fact.at_ms, ticket_id=fact.ticket_id)


def _opened(state: HallState, fact: facts.WindowOpened) -> None:
    state.windows[fact.window] = Window(
        id=fact.window, state=WindowState.IDLE, clerk=fact.clerk, since_ms=fact.at_ms
    )


def _closed(state: HallState, fact: facts.WindowClosed) -> None:
    state.windows[fact.window] = Window(id=fact.window, since_ms=fact.at_ms)


def _taken_over(state: HallState, fact: facts.WindowTakenOver) -> None:
    """What the other clerk did last is no longer anybody's to undo."""
    window = state.window(fact.window)
    state.windows[fact.window] = replace(window, clerk=fact.clerk, last_act=None)


def _paused(state: HallState, fact: facts.WindowPaused) -> None:
    _set_window(state, fact.window, WindowState.PAUSED, fact.at_ms, reason=fact.reason)


def _resumed(state: HallState, fact: facts.WindowResumed) -> None:
    _set_window(state, fact.window, WindowState.IDLE, fact.at_ms)


def _set_window(
    state: HallState,
    window_id: str,
    to: WindowState,
    at_ms: int,
    *,
    ticket_id: str | None = None,
    reason: str = "",
    last_act: LastAct | None = None,
) -> None:
    """Everything but the clerk is of the new state only."""
    state.windows[window_id] = Window(
        id=window_id,
        state=to,
        clerk=state.window(window_id).clerk,
        ticket_id=ticket_id,
        reason=reason,
        since_ms=at_ms,
        last_act=last_act,
    )


def _nothing(state: HallState, fact: facts.TerminalEventSeen) -> None:
    """An event is remembered as a fact and changes no state."""


_CHANGES: dict[type[facts.Fact], Callable[[HallState, Any], None]] = {
    facts.TicketPrintReported: _print_reported,
    facts.TicketWithdrawn: _ticket_withdrawn,
    facts.RequestWithdrawn: _request_withdrawn,
    facts.TicketCalled: _called,
    facts.TicketServed: _served,
    facts.TicketMissed: _ended,
    facts.TicketFinished: _ended,
    facts.ActUndone: _undone,
    facts.WindowOpened: _opened,
    facts.WindowClosed: _closed,
    facts.WindowTakenOver: _taken_over,
    facts.WindowPaused: _paused,
    facts.WindowResumed: _resumed,
    facts.TerminalChanged: presence.terminal_changed,
    facts.PeripheralChanged: presence.peripheral_changed,
    facts.TerminalEventSeen: _nothing,
}
