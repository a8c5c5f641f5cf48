"""Calling policy (叫号): which ticket a window gets next.

1. Aging bound: when the oldest ticket waiting in any of the window's queues is older than
   `max_wait_ms`, it is called, whatever the weights say. Nobody waits for ever.
2. Otherwise the queue that is furthest below its share: of the window's last calls, each queue
   with somebody waiting should have had its weight's part. Ties go to the window's preference.

Within a queue tickets are called in the order of their numbers. See docs/decisions/0003.
"""

from itertools import islice

from hall_controller.core.days import business_day
from hall_controller.core.rules import HallRules, WindowRule
from hall_controller.core.state import HallState
from hall_controller.core.tickets import Ticket, TicketState


def next_ticket(
    state: HallState, rules: HallRules, window: WindowRule, now_ms: int
) -> Ticket | None:
    """The ticket to call at `window`, or None when nobody of today waits for it."""
    day = business_day(now_ms)
    lines = (state.line(queue, day, TicketState.WAITING) for queue in window.queues)
    heads = [next(iter(line.values())) for line in lines if line]
    if not heads:
        return None
    oldest = min(heads, key=lambda ticket: ticket.issued_ms)
    if now_ms - oldest.issued_ms > rules.max_wait_ms:
        return oldest
    recent = _recent_queues(state, rules, window)
    return min(heads, key=lambda head: (recent.count(head.queue) + 1) / _weight(rules, head.queue))


def _recent_queues(state: HallState, rules: HallRules, window: WindowRule) -> list[str]:
    """Queues of the window's last calls, one less than a full round of its weights."""
    calls = (call for call in reversed(state.calls) if call.window == window.id)
    firsts = (call.queue for call in calls if call.times == 1)
    round_length = sum(_weight(rules, queue) for queue in window.queues)
    return list(islice(firsts, max(round_length - 1, 0)))


def _weight(rules: HallRules, queue_id: str) -> int:
    queue = rules.queue_by_id.get(queue_id)
    return max(queue.weight, 1) if queue is not None else 1
