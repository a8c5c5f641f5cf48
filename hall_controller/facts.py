"""What the hall remembers: typed, past tense, small, without personal data.

A fact is appended in the same transaction that changes the tables and stores the reply. Applying
all facts of a site in order to an empty state gives the state of the tables again.
"""

import msgspec


class Fact(msgspec.Struct, frozen=True, kw_only=True, tag_field="fact"):
    """Base. When, where, by whom and under which request stands in the fact's row, not in here."""


class TicketIssued(Fact, tag="ticket_issued", kw_only=True, frozen=True):
    """A number (号票) was allocated. `person_id` points into the owner's encrypted table."""

    ticket_id: str
    queue: str
    business_day: str
    sequence: int
    number: str
    item_id: str | None = None
    person_id: str | None = None
    terminal: str
    issued_ms: int


class TicketPrintReported(Fact, tag="ticket_print_reported", kw_only=True, frozen=True):
    """How its slip came out."""

    ticket_id: str
    outcome: str


class TicketWithdrawn(Fact, tag="ticket_withdrawn", kw_only=True, frozen=True):
    """The citizen left before being served; it is never called. It frees a window calling it."""

    ticket_id: str
    at_ms: int = 0


class RequestWithdrawn(Fact, tag="request_withdrawn", kw_only=True, frozen=True):
    """A withdrawal overtook its request: should `of` arrive, it is refused."""

    of: str
    at_ms: int


class TicketCalled(Fact, tag="ticket_called", kw_only=True, frozen=True):
    """Called to a window. A recall is a call with a new `call_id` and a higher `times`."""

    ticket_id: str
    window: str
    call_id: str
    times: int
    at_ms: int


class TicketServed(Fact, tag="ticket_served", kw_only=True, frozen=True):
    """The citizen stands at the window."""

    ticket_id: str
    window: str
    at_ms: int


class TicketMissed(Fact, tag="ticket_missed", kw_only=True, frozen=True):
    """Nobody came (过号)."""

    ticket_id: str
    window: str
    at_ms: int


class TicketFinished(Fact, tag="ticket_finished", kw_only=True, frozen=True):
    """Done at the window."""

    ticket_id: str
    window: str
    at_ms: int


class ActUndone(Fact, tag="act_undone", kw_only=True, frozen=True):
    """The window's last act was taken back; the ticket is again what it was before."""

    ticket_id: str
    window: str
    back_to: str
    at_ms: int


class WindowOpened(Fact, tag="window_opened", kw_only=True, frozen=True):
    """A clerk signed in."""

    window: str
    clerk: str
    at_ms: int


class WindowClosed(Fact, tag="window_closed", kw_only=True, frozen=True):
    """The clerk signed out."""

    window: str
    at_ms: int


class WindowTakenOver(Fact, tag="window_taken_over", kw_only=True, frozen=True):
    """`clerk` signed in where `left_by` had not signed out; ticket and state of the window stay."""

    window: str
    clerk: str
    left_by: str
    at_ms: int


class WindowPaused(Fact, tag="window_paused", kw_only=True, frozen=True):
    """The window pauses."""

    window: str
    reason: str
    at_ms: int


class WindowResumed(Fact, tag="window_resumed", kw_only=True, frozen=True):
    """The pause ended."""

    window: str
    at_ms: int


class TerminalChanged(Fact, tag="terminal_changed", kw_only=True, frozen=True):
    """A terminal's presence changed."""

    terminal: str
    state: str
    run_id: str
    software: str = ""
    at_ms: int


class PeripheralChanged(Fact, tag="peripheral_changed", kw_only=True, frozen=True):
    """A peripheral's state, paper or cover changed."""

    terminal: str
    peripheral: str
    driver: str
    state: str
    paper: str | None = None
    cover_open: bool | None = None
    detail: str = ""
    at_ms: int


class TerminalEventSeen(Fact, tag="terminal_event_seen", kw_only=True, frozen=True):
    """An event that a terminal reported."""

    terminal: str
    event_id: str
    kind: str
    peripheral: str | None = None
    detail: str = ""
    at_ms: int
