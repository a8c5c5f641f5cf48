"""What the shell has to do after a step. It does so in order, without deciding anything."""

from dataclasses import dataclass
from enum import StrEnum

from kiosk.flow.events import PrintOutcome
from kiosk.flow.visit import Person, Ticket


@dataclass(frozen=True, slots=True)
class StartReading:
    """Wait for a card; the result comes as CardRead or CardFailed of `session`."""

    session: str


@dataclass(frozen=True, slots=True)
class StopReading:
    """Nobody waits for a card any more."""


@dataclass(frozen=True, slots=True)
class AskTicket:
    """Ask the hall for a number; the answer comes as HallReplied with `tag`."""

    tag: str
    queue_id: str
    item_id: str
    person: Person | None


@dataclass(frozen=True, slots=True)
class WithdrawRequest:
    """The citizen left while request `tag` was under way: withdraw it, durably."""

    tag: str


@dataclass(frozen=True, slots=True)
class Print:
    """Print the slip of `ticket`; the result comes as Printed of `session`."""

    session: str
    ticket: Ticket
    service: str


@dataclass(frozen=True, slots=True)
class ReportPrint:
    """Tell the hall how the slip came out."""

    ticket_id: str
    outcome: PrintOutcome


class Raised(StrEnum):
    """What the flow itself tells the hall, in the bus's words."""

    HELP_PRESSED = "help_pressed"
    CARD_ERROR = "card_error"
    PRINT_UNSURE = "print_unsure"


@dataclass(frozen=True, slots=True)
class RaiseEvent:
    """Tell the hall that something happened; `detail` holds nothing personal."""

    kind: Raised
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Wipe:
    """The visit ended: forget everything of it that is outside `Visit` (texts, clipboard)."""


Effect = (
    StartReading
    | StopReading
    | AskTicket
    | WithdrawRequest
    | Print
    | ReportPrint
    | RaiseEvent
    | Wipe
)
