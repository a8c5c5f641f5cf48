"""A clerk's acts at a window: open, pause, call, serve, miss, finish, undo, close."""

from hall_controller import commands, facts
from hall_controller.commands import Role
from hall_controller.core import refusals, tickets, windows
from hall_controller.core.answers import Case, Decision, done
from hall_controller.core.calling import next_ticket
from hall_controller.core.days import business_day
from hall_controller.core.refusals import RuleError
from hall_controller.core.rules import WindowRule
from hall_controller.core.tickets import Ticket, TicketState
from hall_controller.core.undoing import undoable
from hall_controller.core.windows import Window, WindowState


def open_window(case: Case, act: commands.OpenWindow) -> Decision:
    """Sign in. Again by the same clerk is done already; a second clerk must say `take_over`."""
    _rule(case, act.window)
    window, clerk = case.state.window(act.window), case.actor.id
    if window.clerk == clerk:
        return done()
    if window.clerk is not None and not act.take_over:
        raise RuleError(refusals.WRONG_STATE, f"another clerk is at window {window.id}")
    for other in case.state.windows.values():
        if other.clerk == clerk and case.actor.role is Role.CLERK:
            raise RuleError(refusals.WRONG_STATE, f"signed in at window {other.id} already")
    if window.clerk is None:
        return done(facts.WindowOpened(window=window.id, clerk=clerk, at_ms=case.now_ms))
    return done(
        facts.WindowTakenOver(
            window=window.id, clerk=clerk, left_by=window.clerk, at_ms=case.now_ms
        )
    )


def close_window(case: Case, act: commands.CloseWindow) -> Decision:
    """Sign out; a ticket called or served here must be ended first."""
    window = _staffed(case, act.window)
    windows.transition(window, WindowState.CLOSED)
    return done(facts.WindowClosed(window=window.id, at_ms=case.now_ms))


def pause_window(case: Case, act: commands.PauseWindow) -> Decision:
    """Show a pause, or another reason for it."""
    window = _staffed(case, act.window)
    windows.transition(window, WindowState.PAUSED)
    return done(facts.WindowPaused(window=window.id, reason=act.reason, at_ms=case.now_ms))


def resume_window(case: Case, act: commands.ResumeWindow) -> Decision:
    """End the pause."""
    window = _staffed(case, act.window)
    _require(window, WindowState.PAUSED)
    return done(facts.WindowResumed(window=window.id, at_ms=case.now_ms))


def call_next(case: Case, act: commands.CallNext) -> Decision:
    """Call by policy or by ticket id; who is being served here is finished first."""
    window = _staffed(case, act.window)
    _require(window, WindowState.IDLE, WindowState.SERVING)
    rule = _rule(case, act.window)
    if act.ticket_id is not None:
        ticket: Ticket | None = _chosen(case, rule, act.ticket_id)
    else:
        ticket = next_ticket(case.state, case.rules, rule, case.now_ms)
    if ticket is None:
        raise RuleError(refusals.NOTHING_WAITING, f"nobody waits for {rule.name}")
    first = _finish(case, window) if window.state is WindowState.SERVING else ()
    return done(*first, _call(case, window, ticket, times=1), ticket_id=ticket.ticket_id)


def recall(case: Case, act: commands.Recall) -> Decision:
    """Call the same ticket once more (重呼), under a new call id."""
    window = _staffed(case, act.window)
    _require(window, WindowState.CALLING)
    ticket = _at(case, window)
    fact = _call(case, window, ticket, times=ticket.call_times + 1)
    return done(fact, ticket_id=ticket.ticket_id)


def start_serving(case: Case, act: commands.StartServing) -> Decision:
    """The citizen has come."""
    window = _staffed(case, act.window)
    windows.transition(window, WindowState.SERVING)
    ticket = _at(case, window)
    tickets.transition(ticket, TicketState.SERVING)
    fact = facts.TicketServed(ticket_id=ticket.ticket_id, window=window.id, at_ms=case.now_ms)
    return done(fact, ticket_id=ticket.ticket_id)


def mark_missed(case: Case, act: commands.MarkMissed) -> Decision:
    """Nobody came (过号)."""
    window = _staffed(case, act.window)
    _require(window, WindowState.CALLING)
    ticket = _at(case, window)
    tickets.transition(ticket, TicketState.MISSED)
    fact = facts.TicketMissed(ticket_id=ticket.ticket_id, window=window.id, at_ms=case.now_ms)
    return done(fact, ticket_id=ticket.ticket_id)


def finish(case: Case, act: commands.Finish) -> Decision:
    """The ticket at this window is done."""
    window = _staffed(case, act.window)
    _require(window, WindowState.CALLING, WindowState.SERVING)
    return done(*_finish(case, window), ticket_id=window.ticket_id)


def undo(case: Case, act: commands.Undo) -> Decision:
    """Take back the window's last act, if it was its last and the undo time still runs."""
    window = _staffed(case, act.window)
    _require(window, WindowState.IDLE)
    ticket = undoable(case.state, case.rules, window, case.now_ms)
    if ticket is None or window.last_act is None:
        raise RuleError(refusals.WRONG_STATE, f"nothing to undo at window {window.id}")
    back_to = tickets.transition(ticket, TicketState(window.last_act.back_to), undo=True)
    fact = facts.ActUndone(
        ticket_id=ticket.ticket_id, window=window.id, back_to=back_to, at_ms=case.now_ms
    )
    return done(fact, ticket_id=ticket.ticket_id)


def _rule(case: Case, window_id: str) -> WindowRule:
    rule = case.rules.window_by_id.get(window_id)
    if rule is None:
        raise RuleError(refusals.UNKNOWN_WINDOW, f"there is no window {window_id!r}")
    return rule


def _staffed(case: Case, window_id: str) -> Window:
    """The window, open, and the actor the clerk who signed in there."""
    _rule(case, window_id)
    window = case.state.window(window_id)
    if window.state is WindowState.CLOSED:
        raise RuleError(refusals.WRONG_STATE, f"window {window_id} is closed")
    if case.actor.role is Role.CLERK and case.actor.id != window.clerk:
        raise RuleError(refusals.NOT_ALLOWED, f"signed in elsewhere than window {window_id}")
    return window


def _require(window: Window, *states: WindowState) -> None:
    if window.state not in states:
        needed = " or ".join(states)
        raise RuleError(refusals.WRONG_STATE, f"window {window.id} is {window.state}, not {needed}")


def _at(case: Case, window: Window) -> Ticket:
    """The ticket called or served at `window`."""
    ticket = case.state.tickets.get(window.ticket_id or "")
    if ticket is None:
        raise RuleError(refusals.UNKNOWN_TICKET, f"no ticket is at window {window.id}")
    return ticket


def _chosen(case: Case, rule: WindowRule, ticket_id: str) -> Ticket:
    """The ticket that the clerk asked for: today's, waiting or missed, of the window's queues."""
    ticket = case.state.tickets.get(ticket_id)
    if ticket is None:
        raise RuleError(refusals.UNKNOWN_TICKET, "there is no such ticket")
    if ticket.queue not in rule.queues:
        raise RuleError(refusals.NOT_ALLOWED, f"{rule.name} does not serve {ticket.queue}")
    if ticket.business_day != business_day(case.now_ms):
        raise RuleError(refusals.WRONG_STATE, f"ticket {ticket.number} is of another day")
    tickets.transition(ticket, TicketState.CALLED)
    return ticket


def _call(case: Case, window: Window, ticket: Ticket, *, times: int) -> facts.TicketCalled:
    return facts.TicketCalled(
        ticket_id=ticket.ticket_id,
        window=window.id,
        call_id=case.new_id(),
        times=times,
        at_ms=case.now_ms,
    )


def _finish(case: Case, window: Window) -> tuple[facts.TicketFinished, ...]:
    ticket = _at(case, window)
    tickets.transition(ticket, TicketState.FINISHED)
    return (facts.TicketFinished(ticket_id=ticket.ticket_id, window=window.id, at_ms=case.now_ms),)
