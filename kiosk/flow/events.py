"""What may happen to a visit. Results carry the `session` (`Visit.id`) that they belong to."""

from dataclasses import dataclass
from enum import StrEnum

from kiosk.flow.visit import CardNotice, Cards, Person, QueueFacts, Ticket


class Press(StrEnum):
    """What can be pressed, beside the tiles of domains and items."""

    TOUCH = "touch"  # anywhere that does nothing by itself
    TAKE_NUMBER = "take_number"  # 刷身份证取号
    NO_CARD = "no_card"  # 没带身份证
    BACK = "back"
    HOME = "home"
    HELP = "help"
    LANGUAGE = "language"
    CONFIRM = "confirm"
    PAGE_NEXT = "page_next"
    PAGE_PREV = "page_prev"
    CONTINUE = "continue"  # 继续: extend the time
    RETRY = "retry"
    REPRINT = "reprint"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button was pressed."""

    press: Press


@dataclass(frozen=True, slots=True)
class ChoseDomain:
    """A domain's tile was pressed."""

    domain_id: str


@dataclass(frozen=True, slots=True)
class ChoseItem:
    """An item's tile was pressed."""

    item_id: str


@dataclass(frozen=True, slots=True)
class CardRead:
    """A card was read. With a `notice` it is not good to go on with, and `person` is None."""

    session: str
    person: Person | None
    notice: CardNotice | None = None


@dataclass(frozen=True, slots=True)
class CardFailed:
    """The read ended without a card. `notice` is None when nothing needs saying (none laid)."""

    session: str
    notice: CardNotice | None


@dataclass(frozen=True, slots=True)
class HallReplied:
    """The hall answered the request `tag`: a ticket, or a refusal by the bus's word for it."""

    tag: str
    ticket: Ticket | None
    refusal: str | None = None


class PrintOutcome(StrEnum):
    """How a print job ended, in the drivers' words."""

    PRINTED = "printed"
    NOT_PRINTED = "not_printed"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Printed:
    """The printer is done with a ticket's slip. `reason` in the drivers' words."""

    session: str
    ticket_id: str
    outcome: PrintOutcome
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class HallContact:
    """The hall can be asked, or not: the line went down, or the controller left or was lost."""

    up: bool


@dataclass(frozen=True, slots=True)
class BoardChanged:
    """The public board's newest word on one queue."""

    queue: QueueFacts


@dataclass(frozen=True, slots=True)
class DevicesChanged:
    """Whether a reader and the printer can work now, and which cards can be read."""

    reader_works: bool
    printer_works: bool
    cards: Cards = Cards.IDENTITY


@dataclass(frozen=True, slots=True)
class Tick:
    """The time, at least once a second and before every touch.

    `jumped_ms`: by how much the clock was set since the last tick, beside the time that passed.
    """

    now_ms: int
    jumped_ms: int = 0


Touch = Pressed | ChoseDomain | ChoseItem
Event = (
    Touch
    | CardRead
    | CardFailed
    | HallReplied
    | Printed
    | HallContact
    | BoardChanged
    | DevicesChanged
    | Tick
)
