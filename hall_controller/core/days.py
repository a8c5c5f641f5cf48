"""Business days and ticket numbers.

The business day (营业日) is the date in Asia/Shanghai, which has kept UTC+8 without summer time
since 1991; a fixed offset spares the core from reading time zone files.
"""

from datetime import date
from functools import lru_cache

from hall_controller.core.state import HallState
from hall_controller.core.tickets import AT_A_WINDOW

DAY_MS = 86_400_000
SHANGHAI_MS = 8 * 3_600_000
_EPOCH_DAY = date(1970, 1, 1).toordinal()


def business_day(at_ms: int) -> str:
    """ISO date of the business day at `at_ms` (epoch milliseconds, up to the year 9999)."""
    return _iso((at_ms + SHANGHAI_MS) // DAY_MS)


def ticket_number(prefix: str, sequence: int) -> str:
    """As printed and called: `A001`; past 999 with as many digits as it needs."""
    return f"{prefix}{sequence:03d}"


def first_day_kept(at_ms: int) -> str:
    """The oldest business day whose tickets stay in memory: yesterday, because print reports and
    withdrawals may come after midnight."""
    return business_day(at_ms - DAY_MS)


def forget_before(state: HallState, day: str, withdrawn_ms: int = 0) -> None:
    """Forget tickets, counters and persons of days before `day`, except tickets still at a window,
    and withdrawals older than `withdrawn_ms`.

    Housekeeping for the loop when the day has changed; the rows of tickets stay in the store.
    """
    for ticket in tuple(state.tickets.values()):
        if ticket.business_day < day and ticket.state not in AT_A_WINDOW:
            state.drop(ticket.ticket_id)
    for key in [key for key in state.next_sequence if key[1] < day]:
        del state.next_sequence[key]
    wanted = {ticket.person_id for ticket in state.tickets.values()}
    for person_id in state.persons.keys() - wanted:
        del state.persons[person_id]
    for request_id in [id_ for id_, at_ms in state.withdrawn.items() if at_ms < withdrawn_ms]:
        del state.withdrawn[request_id]


@lru_cache(maxsize=8)
def _iso(day: int) -> str:
    return date.fromordinal(_EPOCH_DAY + day).isoformat()
