"""One citizen at the screen: everything that the screens draw, and nothing else.

A `Visit` never changes; `step` makes the next one. It is all that a screen may look at, together
with the `Menu`. Times are epoch milliseconds; when the clock is set, they are set with it.
"""

from dataclasses import dataclass
from enum import StrEnum

TILES_A_PAGE = 6


class Screen(StrEnum):
    """What stands on the screen."""

    IDLE = "idle"  # nobody there: hall, queues, notices; the first touch only wakes
    HOME = "home"
    IDENTIFY = "identify"  # lay the card on the reader, or go on without one
    DOMAINS = "domains"
    ITEMS = "items"
    CONFIRM = "confirm"
    ISSUING = "issuing"  # the hall was asked
    PRINTING = "printing"
    TAKE_PAPER = "take_paper"
    TROUBLE = "trouble"


class Language(StrEnum):
    """Language of this visit."""

    ZH = "zh"
    EN = "en"


class Trouble(StrEnum):
    """Why `Screen.TROUBLE` is shown. Words are chosen by it."""

    HALL_UNREACHABLE = "hall_unreachable"  # no line, or no answer in time; retry or leave
    QUEUE_FULL = "queue_full"  # no more numbers today
    REFUSED = "refused"  # the hall said no; `retry_helps` tells whether to try again
    NOT_PRINTED = "not_printed"  # the number is valid, no paper came out
    PRINT_UNSURE = "print_unsure"  # the number is valid, perhaps there is paper


class CardNotice(StrEnum):
    """What to say kindly on `Screen.IDENTIFY` after a card did not work."""

    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    CHECK_DIGIT = "check_digit"
    LIFTED = "lifted"  # taken away before it was read
    UNREADABLE = "unreadable"  # worn, damaged or garbled
    UNSUPPORTED = "unsupported"  # a kind of card that this reader does not know
    READER_GONE = "reader_gone"  # the reader does not work now


class Cards(StrEnum):
    """Which cards can be read here. Words and pictures are chosen by it."""

    IDENTITY = "identity"  # 身份证, laid on the reader
    SOCIAL_SECURITY = "social_security"  # 社保卡, put in
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Person:
    """What is kept of a card during the visit: the masked name to show, the record to seal.

    Personal: dropped when the visit ends; `repr` shows nothing.
    """

    masked_name: str
    record: bytes

    def __repr__(self) -> str:
        return "<Person, withheld>"


@dataclass(frozen=True, slots=True)
class Ticket:
    """The number (号票) that the hall gave."""

    ticket_id: str
    number: str
    queue_id: str
    business_day: str
    people_ahead: int
    estimate_minutes: int | None
    issued_ms: int


@dataclass(frozen=True, slots=True)
class QueueFacts:
    """A queue as the public board has it."""

    id: str
    name: str
    name_en: str = ""
    is_open: bool = True
    waiting: int = 0
    estimate_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class HallFacts:
    """What is known of the hall; outlives visits. `queues` is empty until the board was heard."""

    name: str
    name_en: str = ""
    contact: str = ""
    notices: tuple[str, ...] = ()
    connected: bool = False
    queues: tuple[QueueFacts, ...] = ()
    reader_works: bool = True
    printer_works: bool = True
    cards: Cards = Cards.IDENTITY

    def queue(self, queue_id: str | None) -> QueueFacts | None:
        """The queue of that id, or None when the board has not told of it yet."""
        return next((queue for queue in self.queues if queue.id == queue_id), None)


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit. `serial` numbers the visits of one `run` of the program; results carry `id`."""

    run: str
    serial: int
    hall: HallFacts
    screen: Screen = Screen.HOME
    language: Language = Language.ZH
    page: int = 0  # of DOMAINS and ITEMS, from 0
    person: Person | None = None
    card_notice: CardNotice | None = None
    through_identify: bool = False  # where BACK leads from DOMAINS
    domain_id: str | None = None
    item_id: str | None = None
    queue_id: str | None = None
    attempts: int = 0
    pending: str | None = None  # tag of the request that the hall has not answered yet
    ticket: Ticket | None = None
    print_under_way: bool = False
    print_reason: str | None = None  # drivers' word: paper_out, cover_open, unconfirmed …
    trouble: Trouble | None = None
    retry_helps: bool = False
    help_called: bool = False  # show "a helper was called" until the next touch
    reading: bool = False  # a read of the card reader is under way
    countdown_s: int | None = None  # seconds left, while the countdown is shown
    extensions: int = 0
    now_ms: int = 0
    touched_ms: int = 0
    entered_ms: int = 0  # when this screen came
    limit_ms: int = 0  # end of the longest visit; 0: no visit under way

    @property
    def id(self) -> str:
        """Tag of everything that is done for this visit; results of another one are dropped."""
        return f"{self.run}-{self.serial}"

    @property
    def can_reprint(self) -> bool:
        """Whether REPRINT is offered: a number whose slip did not surely come out."""
        return (
            self.screen is Screen.TROUBLE
            and self.trouble in (Trouble.NOT_PRINTED, Trouble.PRINT_UNSURE)
            and not self.print_under_way
        )
