"""What the public may see: of a queue on the board, of a call at its window. No persons."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from hall_controller.core.days import business_day
from hall_controller.core.rules import HallRules, QueueRule, WindowRule
from hall_controller.core.state import Call, HallState
from hall_controller.core.tickets import TicketState
from hall_controller.core.waiting import estimate_minutes
from hall_controller.core.windows import WindowState

CALLS_SHOWN = 12


@dataclass(frozen=True, slots=True)
class CallShown:
    """One call as the public may see it."""

    call_id: str
    number: str
    queue: str
    window: str
    window_name: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class QueueBoard:
    """One queue. `estimate_minutes` is for who would take a number now."""

    queue: str
    name: str
    name_en: str
    is_open: bool
    waiting: int
    estimate_minutes: int | None
    calls: tuple[CallShown, ...]  # newest first


@dataclass(frozen=True, slots=True)
class WindowBoard:
    """What a window shows: closed | idle | calling | serving | paused."""

    window: str
    name: str
    shows: str
    call_id: str | None
    number: str | None
    reason: str


def queue_board(state: HallState, rules: HallRules, queue: QueueRule, now_ms: int) -> QueueBoard:
    """The board of one queue; it is open while a window that serves it is not closed."""
    waiting = len(state.line(queue.id, business_day(now_ms), TicketState.WAITING))
    return QueueBoard(
        queue=queue.id,
        name=queue.name,
        name_en=queue.name_en,
        is_open=any(
            queue.id in window.queues and state.window(window.id).state is not WindowState.CLOSED
            for window in rules.windows
        ),
        waiting=waiting,
        estimate_minutes=estimate_minutes(state, rules, queue.id, waiting, now_ms),
        calls=shown_calls(state, rules, now_ms, queue_id=queue.id),
    )


def window_board(state: HallState, rule: WindowRule) -> WindowBoard:
    """What one window shows. A recall gives a new `call_id`, so sound may follow its change."""
    window = state.window(rule.id)
    ticket = state.tickets.get(window.ticket_id or "")
    return WindowBoard(
        window=rule.id,
        name=rule.name,
        shows=window.state,
        call_id=ticket.call_id if ticket is not None else None,
        number=ticket.number if ticket is not None else None,
        reason=window.reason,
    )


def shown_calls(
    state: HallState, rules: HallRules, now_ms: int, *, queue_id: str | None = None
) -> tuple[CallShown, ...]:
    """Today's last calls of one queue or of all, newest first, each ticket once."""
    newest = _newest_of_each_ticket(state, business_day(now_ms))
    chosen = (call for call in newest if queue_id in (None, call.queue))
    return tuple(_shown(rules, call) for call in islice(chosen, CALLS_SHOWN))


def _newest_of_each_ticket(state: HallState, day: str) -> Iterator[Call]:
    seen: set[str] = set()
    for call in reversed(state.calls):
        if call.ticket_id not in seen and business_day(call.at_ms) == day:
            seen.add(call.ticket_id)
            yield call


def _shown(rules: HallRules, call: Call) -> CallShown:
    rule = rules.window_by_id.get(call.window)
    return CallShown(
        call_id=call.call_id,
        number=call.number,
        queue=call.queue,
        window=call.window,
        window_name=rule.name if rule is not None else call.window,
        at_ms=call.at_ms,
    )
