"""What the hall can be asked to do, whoever asks: bus, console or timer.

A command carries who asks and under which id; the core alone refuses. The answer to one request id
is stored and repeated, so a sender may retry for ever.
"""

from enum import StrEnum

import msgspec


class Role(StrEnum):
    """What an actor may do: a terminal asks for tickets, a clerk works a window."""

    TERMINAL = "terminal"
    CLERK = "clerk"
    SYSTEM = "system"


class Actor(msgspec.Struct, frozen=True):
    """Who asks: `kiosk-1` as a terminal, `clerk:li` as a clerk, `system` for timers."""

    role: Role
    id: str


class Act(msgspec.Struct, frozen=True, kw_only=True, tag_field="act"):
    """Base of everything that can be asked."""


class IssueTicket(Act, tag="issue_ticket", kw_only=True, frozen=True):
    """Allocate a number in `queue`. `person` is the opened identity, JSON, or None."""

    queue: str
    item_id: str | None = None
    person: bytes | None = None


class WithdrawRequest(Act, tag="withdraw_request", kw_only=True, frozen=True):
    """Undo request `of`, answered or not; a request that comes later is then refused."""

    of: str


class ReportPrint(Act, tag="report_print", kw_only=True, frozen=True):
    """How the slip came out: `printed`, `not_printed` or `unsure`."""

    ticket_id: str
    outcome: str


class OpenWindow(Act, tag="open_window", kw_only=True, frozen=True):
    """A clerk signs in at a window (窗口).

    `take_over`: also where another clerk left without signing out; what is at the window stays.
    """

    window: str
    take_over: bool = False


class CloseWindow(Act, tag="close_window", kw_only=True, frozen=True):
    """The clerk signs out. A ticket still called or served there must be ended first."""

    window: str


class PauseWindow(Act, tag="pause_window", kw_only=True, frozen=True):
    """Show a pause with its reason."""

    window: str
    reason: str = ""


class ResumeWindow(Act, tag="resume_window", kw_only=True, frozen=True):
    """End the pause."""

    window: str


class CallNext(Act, tag="call_next", kw_only=True, frozen=True):
    """Call (叫号) the next ticket by policy, or `ticket_id` in particular (waiting or missed).

    A ticket still *called* at this window is refused; one being *served* is finished first.
    """

    window: str
    ticket_id: str | None = None


class Recall(Act, tag="recall", kw_only=True, frozen=True):
    """Call the same ticket once more (重呼)."""

    window: str


class StartServing(Act, tag="start_serving", kw_only=True, frozen=True):
    """The citizen has come to the window."""

    window: str


class MarkMissed(Act, tag="mark_missed", kw_only=True, frozen=True):
    """Nobody came (过号)."""

    window: str


class Finish(Act, tag="finish", kw_only=True, frozen=True):
    """The ticket at this window is done."""

    window: str


class Undo(Act, tag="undo", kw_only=True, frozen=True):
    """Take back the window's last *missed* or *finished* while the undo time runs (5 s)."""

    window: str


class TerminalPresence(Act, tag="terminal_presence", kw_only=True, frozen=True):
    """A terminal's retained presence arrived."""

    terminal: str
    state: str
    run_id: str
    software: str = ""


class PeripheralReport(msgspec.Struct, frozen=True, kw_only=True):
    """One peripheral within `TerminalHealth`."""

    id: str
    driver: str
    state: str
    paper: str | None = None
    cover_open: bool | None = None
    detail: str = ""
    since_ms: int = 0


class TerminalHealth(Act, tag="terminal_health", kw_only=True, frozen=True):
    """A terminal's retained health arrived. Only changes of state become facts."""

    terminal: str
    at_ms: int
    peripherals: tuple[PeripheralReport, ...] = ()


class TerminalEvent(Act, tag="terminal_event", kw_only=True, frozen=True):
    """Something happened at a terminal."""

    terminal: str
    event_id: str
    kind: str
    peripheral: str | None = None
    detail: str = ""


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """One thing asked of the hall.

    `request_id` is None for samples (presence, health), which need no stored answer.
    """

    act: Act
    actor: Actor
    site: str
    request_id: str | None
    sent_ms: int
    expires_ms: int | None = None
