"""Every message on the wire, as msgspec structs in JSON.

Times are milliseconds since the epoch (`_ms`), UTC. Schema version, request id, reply address and
expiry stand in the payload; MQTT 5 properties only mirror them. No field holds personal data in
clear: a person travels in one `sealed` field (see `sealing.py`), and never in a retained message.
"""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

SCHEMA_VERSION = 1
MAX_PAYLOAD_BYTES = 65_536

Id = Annotated[str, Meta(min_length=1, max_length=64)]
Label = Annotated[str, Meta(max_length=200)]
Millis = Annotated[int, Meta(ge=0)]
Percent = Annotated[int, Meta(ge=0, le=100)]
Count = Annotated[int, Meta(ge=0)]


class Message(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=False):
    """Base of everything published. Unknown fields are ignored, so that newer parts may add."""

    v: Annotated[int, Meta(ge=1)] = SCHEMA_VERSION


class PresenceState(StrEnum):
    """How a terminal (终端) is, as it says itself or as its last will says."""

    INIT = "init"
    READY = "ready"
    ALERT = "alert"
    SLEEPING = "sleeping"
    DISCONNECTED = "disconnected"
    LOST = "lost"  # last will only


class Presence(Message, kw_only=True, frozen=True):
    """Retained. `run_id` names one run of the program, so a restart is seen as one."""

    state: PresenceState
    run_id: Id
    at_ms: Millis = 0
    software: Label = ""


class PeripheralState(Message, kw_only=True, frozen=True):
    """One peripheral (外设) within `Health`; words as in `drivers.status`."""

    id: Id
    driver: Id
    state: Id
    paper: Id | None = None
    cover_open: bool | None = None
    card_present: bool | None = None
    firmware: Label | None = None
    detail: Label = ""
    since_ms: Millis = 0


class Health(Message, kw_only=True, frozen=True):
    """Retained. State of every peripheral of a terminal and the configuration that it runs."""

    at_ms: Millis
    config_version: Label = ""
    peripherals: Annotated[list[PeripheralState], Meta(max_length=64)] = []


class EventKind(StrEnum):
    """What may happen at a terminal that somebody should hear of."""

    CARD_ERROR = "card_error"
    PAPER_LOW = "paper_low"
    PAPER_OUT = "paper_out"
    COVER_OPEN = "cover_open"
    PRINT_UNSURE = "print_unsure"
    HELP_PRESSED = "help_pressed"
    PERIPHERAL_LOST = "peripheral_lost"
    PERIPHERAL_BACK = "peripheral_back"


class Event(Message, kw_only=True, frozen=True):
    """A moment: something that just happened at a terminal."""

    id: Id
    kind: EventKind
    at_ms: Millis
    peripheral: Id | None = None
    detail: Label = ""


class Command(Message, kw_only=True, frozen=True):
    """Do this at most once, not after `expires_ms`. Ids are remembered across restarts."""

    id: Id
    verb: Id
    args: Annotated[dict[str, str], Meta(max_length=32)] = {}
    reply_to: Label
    expires_ms: Millis


class ResultState(StrEnum):
    """How far a command came."""

    ACCEPTED = "accepted"
    PROGRESS = "progress"
    COMPLETED = "completed"
    FAILED = "failed"


class Result(Message, kw_only=True, frozen=True):
    """Answer to a command, by its id."""

    id: Id
    state: ResultState
    percent: Percent | None = None
    detail: Label = ""


class Body(msgspec.Struct, kw_only=True, frozen=True, tag_field="verb"):
    """Base of what a terminal may ask."""


class IssueTicket(Body, tag="issue_ticket", kw_only=True, frozen=True):
    """Allocate one number (取号). `sealed` carries the person, if a card was read."""

    queue: Id
    item_id: Id | None = None
    sealed: Annotated[str, Meta(max_length=4096)] | None = None


class WithdrawTicket(Body, tag="withdraw_ticket", kw_only=True, frozen=True):
    """The citizen left: undo the request `of`, whether or not it was answered, or seen, yet."""

    of: Id


class PrintOutcome(StrEnum):
    """How a print job ended. *Unsure* is never reported as printed."""

    PRINTED = "printed"
    NOT_PRINTED = "not_printed"
    UNSURE = "unsure"


class ReportPrint(Body, tag="report_print", kw_only=True, frozen=True):
    """How the slip of a ticket came out."""

    ticket_id: Id
    outcome: PrintOutcome


class Request(Message, kw_only=True, frozen=True):
    """A terminal asks the owner of `site`. The same id always gets the same answer."""

    id: Id
    reply_to: Label
    sent_ms: Millis
    expires_ms: Millis
    body: IssueTicket | WithdrawTicket | ReportPrint


class Outcome(StrEnum):
    """How a request ended."""

    DONE = "done"
    REFUSED = "refused"


class Refusal(StrEnum):
    """Why the owner refused. Part of the contract: kiosks choose their words by it."""

    EXPIRED = "expired"
    NOT_OWNER = "not_owner"  # this controller does not own the site
    UNKNOWN_QUEUE = "unknown_queue"
    UNKNOWN_TICKET = "unknown_ticket"
    UNKNOWN_WINDOW = "unknown_window"
    WITHDRAWN = "withdrawn"  # the citizen had left before the request arrived
    WRONG_STATE = "wrong_state"  # the ticket or window is not in a state for this
    NOTHING_WAITING = "nothing_waiting"
    NOT_ALLOWED = "not_allowed"  # this actor may not do this
    QUEUE_FULL = "queue_full"
    BAD_REQUEST = "bad_request"
    STORE_FAILED = "store_failed"


class TicketGiven(msgspec.Struct, kw_only=True, frozen=True, tag_field="kind", tag="ticket"):
    """A number that was allocated and is on disk. `estimate_minutes` is None when unknown."""

    ticket_id: Id
    number: Id
    queue: Id
    business_day: Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    people_ahead: Count
    estimate_minutes: Count | None = None
    issued_ms: Millis


class Reply(Message, kw_only=True, frozen=True):
    """The one stored answer to a request; a repeat of the request gets the same again."""

    id: Id
    outcome: Outcome
    refusal: Refusal | None = None
    detail: Label = ""
    ticket: TicketGiven | None = None


class ConfigOffer(Message, kw_only=True, frozen=True):
    """Retained. The configuration a terminal should run and where to fetch it."""

    version: Label
    url: Label
    sha256: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]


class BoardCall(msgspec.Struct, kw_only=True, frozen=True):
    """One call as the public may see it."""

    call_id: Id
    number: Id
    window: Id
    window_name: Label
    at_ms: Millis


class BoardState(Message, kw_only=True, frozen=True):
    """Retained. What the public may see of one queue: last calls, newest first, waiting count."""

    queue: Id
    name: Label
    name_en: Label = ""
    is_open: bool = True
    waiting: Count = 0
    estimate_minutes: Count | None = None
    calls: Annotated[list[BoardCall], Meta(max_length=12)] = []
    at_ms: Millis = 0


class WindowShows(StrEnum):
    """What a window (窗口) shows."""

    CLOSED = "closed"  # nobody signed in
    IDLE = "idle"
    CALLING = "calling"
    SERVING = "serving"
    PAUSED = "paused"


class WindowState(Message, kw_only=True, frozen=True):
    """Retained. The call this window shows now, or its pause. A recall gives a new `call_id`."""

    window: Id
    name: Label
    shows: WindowShows
    call_id: Id | None = None
    number: Id | None = None
    reason: Label = ""
    at_ms: Millis = 0
