"""How many are ahead of a ticket, and how long that may take."""

from collections.abc import Sequence
from itertools import islice
from math import ceil

from hall_controller.core.days import business_day
from hall_controller.core.rules import HallRules, WindowRule
from hall_controller.core.state import HallState
from hall_controller.core.tickets import Ticket, TicketState
from hall_controller.core.windows import WindowState

MEASURED_ENOUGH = 5  # services, before their mean is believed
RECENT = 20  # services that count
MINUTE_MS = 60_000

_AT_WORK = frozenset({WindowState.IDLE, WindowState.CALLING, WindowState.SERVING})


def people_ahead(state: HallState, ticket: Ticket) -> int:
    """How many of its queue and day are called before `ticket`; 0 when it does not wait."""
    line = state.line(ticket.queue, ticket.business_day, TicketState.WAITING)
    if ticket.ticket_id not in line:
        return 0
    if next(reversed(line)) == ticket.ticket_id:  # the usual question, about a new ticket
        return len(line) - 1
    return sum(1 for other in line.values() if other.sequence < ticket.sequence)


def estimate_minutes(
    state: HallState, rules: HallRules, queue_id: str, ahead: int, now_ms: int
) -> int | None:
    """Minutes, rounded up, until who has `ahead` people before them is called.

    None only when no window serves the queue. With all of those closed or paused, as before the
    hall opens, the estimate is that of all of them at work.
    """
    serving = [window for window in rules.windows if queue_id in window.queues]
    at_work = [window for window in serving if state.window(window.id).state in _AT_WORK]
    windows = at_work or serving
    if not windows:
        return None
    day = business_day(now_ms)
    own_ms = ahead * mean_service_ms(state, rules, queue_id, day)
    shares = sum(_share(state, rules, window, queue_id, day) for window in windows)
    # Another queue takes its share only until it is empty: together they bound the wait.
    all_ms = own_ms + _others_ms(state, rules, windows, queue_id, day)
    return ceil(min(own_ms / shares, all_ms / len(windows)) / MINUTE_MS)


def _others_ms(
    state: HallState, rules: HallRules, windows: Sequence[WindowRule], queue_id: str, day: str
) -> float:
    """Work that waits in the other queues of these windows."""
    others = {queue for window in windows for queue in window.queues} - {queue_id}
    return sum(
        len(state.line(queue, day, TicketState.WAITING)) * mean_service_ms(state, rules, queue, day)
        for queue in others
    )


def mean_service_ms(state: HallState, rules: HallRules, queue_id: str, day: str) -> float:
    """Mean of the day's last services in this queue; the default until enough were measured."""
    finished = state.line(queue_id, day, TicketState.FINISHED).values()
    recent = [_service_ms(ticket) for ticket in islice(reversed(finished), RECENT)]
    if len(recent) < MEASURED_ENOUGH:
        return rules.default_service_ms
    return sum(recent) / len(recent)


def _service_ms(ticket: Ticket) -> int:
    begun = ticket.served_ms if ticket.served_ms is not None else ticket.called_ms
    return max((ticket.ended_ms or 0) - (begun or 0), 0)


def _share(
    state: HallState, rules: HallRules, window: WindowRule, queue_id: str, day: str
) -> float:
    """The part of `window` that is left to this queue by others with somebody waiting."""
    weights = {queue.id: queue.weight for queue in rules.queues if queue.id in window.queues}
    busy = sum(
        weight
        for other, weight in weights.items()
        if other == queue_id or state.line(other, day, TicketState.WAITING)
    )
    return weights.get(queue_id, 0) / busy if busy else 0.0
