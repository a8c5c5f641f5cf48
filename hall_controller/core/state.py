"""All that is alive in one hall, in memory. The loop's thread alone touches it.

Only `apply.py` changes it, except `persons`, which the loop fills. Answers to requests are not
here: the store looks them up.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from hall_controller.core.tickets import Ticket, TicketState
from hall_controller.core.windows import Window

CALLS_KEPT = 200  # enough for the board and for every window's share of its queues

Line = tuple[str, str, TicketState]  # queue, business day, state


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One call (叫号) as it went out."""

    call_id: str
    ticket_id: str
    number: str
    queue: str
    window: str
    times: int
    at_ms: int


class Peripheral(msgspec.Struct, frozen=True, kw_only=True):
    """A peripheral (外设) as last reported. `since_ms` is when this was first heard."""

    id: str
    driver: str
    state: str
    paper: str | None = None
    cover_open: bool | None = None
    detail: str = ""
    since_ms: int = 0


class Terminal(msgspec.Struct, frozen=True, kw_only=True):
    """A terminal (终端). `state` is `unknown` until its presence was heard.

    `past_runs` are earlier runs of its program: their last wills come late and mean nothing.
    """

    id: str
    state: str = "unknown"
    run_id: str = ""
    software: str = ""
    since_ms: int = 0
    past_runs: tuple[str, ...] = ()
    peripherals: tuple[Peripheral, ...] = ()


@dataclass(slots=True)
class HallState:
    """One hall. Two states are equal when the same facts were applied to them in order."""

    tickets: dict[str, Ticket] = field(default_factory=dict)  # by ticket id
    next_sequence: dict[tuple[str, str], int] = field(default_factory=dict)  # by queue, day
    windows: dict[str, Window] = field(default_factory=dict)  # those that were ever opened
    terminals: dict[str, Terminal] = field(default_factory=dict)
    calls: deque[Call] = field(default_factory=lambda: deque(maxlen=CALLS_KEPT))  # oldest first
    withdrawn: dict[str, int] = field(default_factory=dict)  # requests not to be honoured → when
    persons: dict[str, str] = field(default_factory=dict, compare=False)  # id → masked name
    _lines: dict[Line, dict[str, Ticket]] = field(default_factory=dict, compare=False)
    _by_request: dict[str, str] = field(default_factory=dict, compare=False)

    @classmethod
    def load(
        cls,
        *,
        tickets: Iterable[Ticket] = (),
        next_sequence: Mapping[tuple[str, str], int] | None = None,
        windows: Iterable[Window] = (),
        terminals: Iterable[Terminal] = (),
        calls: Iterable[Call] = (),
        withdrawn: Mapping[str, int] | None = None,
    ) -> "HallState":
        """State from stored rows: tickets in any order, calls oldest first.

        All tickets of the current business day are needed, ended ones too (they are counted and
        measured), and yesterday's; of older days only those still at a window.
        """
        state = cls()
        for ticket in sorted(tickets, key=lambda t: (t.ended_ms or 0, t.business_day, t.sequence)):
            state.put(ticket)
        for key, sequence in (next_sequence or {}).items():
            state.next_sequence[key] = max(sequence, state.next_sequence.get(key, 1))
        state.windows.update({window.id: window for window in windows})
        state.terminals.update({terminal.id: terminal for terminal in terminals})
        state.calls.extend(calls)
        state.withdrawn.update(withdrawn or {})
        return state

    def put(self, ticket: Ticket) -> None:
        """Add `ticket`, or put it in the place of its older picture."""
        old = self.tickets.get(ticket.ticket_id)
        if old is not None and _line_of(old) != _line_of(ticket):
            del self._lines[_line_of(old)][ticket.ticket_id]
        self.tickets[ticket.ticket_id] = ticket
        self._lines.setdefault(_line_of(ticket), {})[ticket.ticket_id] = ticket
        key = (ticket.queue, ticket.business_day)
        self.next_sequence[key] = max(self.next_sequence.get(key, 1), ticket.sequence + 1)
        if ticket.request_id is not None:
            self._by_request[ticket.request_id] = ticket.ticket_id

    def drop(self, ticket_id: str) -> None:
        """Forget a ticket; its number stays used."""
        ticket = self.tickets.pop(ticket_id, None)
        if ticket is not None:
            del self._lines[_line_of(ticket)][ticket_id]
            self._by_request.pop(ticket.request_id or "", None)

    def line(self, queue: str, day: str, state: TicketState) -> dict[str, Ticket]:
        """Tickets of a queue and day in `state`, to read: waiting by number, others by time."""
        return self._lines.get((queue, day, state), {})

    def of_request(self, request_id: str) -> Ticket | None:
        """The ticket that answered `request_id`, if it is still known."""
        return self.tickets.get(self._by_request.get(request_id, ""))

    def window(self, window_id: str) -> Window:
        """The window; one never opened is closed."""
        return self.windows.get(window_id) or Window(id=window_id)


def _line_of(ticket: Ticket) -> Line:
    return ticket.queue, ticket.business_day, ticket.state
