"""What every model of a kind of peripheral can do. Small on purpose.

Every method may raise `PeripheralError`: `LOST` or `NO_DEVICE` when the peripheral was unplugged.
After those two the object is dead: the lifecycle (`lifecycle.py`) closes it and opens a new one.
Methods block, are called from the one owner thread of the peripheral and from no other, and look at
`cancelled` at least every 100 ms where they wait.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel

from drivers.papers.slip import Slip
from drivers.status import Paper, State
from drivers.transports.base import Transport

Cancelled = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class DeviceStatus:
    """Answer of `Device.status`: `state` is ONLINE, OFFLINE, USER_ERROR or HARDWARE_ERROR.

    `card_present` and `cover_open` are None where the peripheral cannot tell.
    """

    state: State
    paper: Paper | None = None
    cover_open: bool | None = None
    card_present: bool | None = None
    firmware: str | None = None
    detail: str = ""


class Device(Protocol):
    """What all peripherals share. Opening happens in the driver's `DriverSpec.open`."""

    def status(self) -> DeviceStatus:
        """Ask the peripheral how it is. Bounded by the driver's time-outs."""

    def close(self) -> None:
        """Give the port back. Never raises; a second call does nothing."""


class CardKind(StrEnum):
    """Kind of identity card."""

    CITIZEN = "citizen"  # 居民身份证
    HMT = "hmt"  # 港澳台居民居住证
    FOREIGN_2017 = "foreign_2017"  # 外国人永久居留身份证
    FOREIGN_2023 = "foreign_2023"
    SOCIAL_SECURITY = "social_security"  # 社会保障卡


class Sex(StrEnum):
    """GB/T 2261.1: 1, 2, 0 and 9."""

    MALE = "male"
    FEMALE = "female"
    UNKNOWN = "unknown"
    UNSTATED = "unstated"


class CardProblem(StrEnum):
    """What is wrong with a card that could be read."""

    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    CHECK_DIGIT = "check_digit"


@dataclass(frozen=True, slots=True)
class IdentityCard:
    """Text of an identity card. Personal: never logged, never published, wiped with the visit.

    `repr` shows nothing of it. `valid_to` is None and `open_ended` true for 长期. What only some
    kinds of card have stands after `problems`. `photo` and `fingerprints` are the bytes as the
    module gave them (1,024 bytes of proprietary WLT; see `cards/photos.py`).
    """

    kind: CardKind
    name: str
    number: str
    sex: Sex
    nation: str | None
    birth: date | None
    address: str | None
    issuer: str | None
    valid_from: date | None
    valid_to: date | None
    open_ended: bool
    name_latin: str | None = None
    problems: tuple[CardProblem, ...] = ()
    nationality: str | None = None  # three letters, of a foreigner's card
    card_number: str | None = None  # of a social security card
    permit_number: str | None = (
        None  # travel permit (通行证) of a Hong Kong, Macau, Taiwan resident
    )
    earlier_number: str | None = None  # link of a 2023 foreigner's card to the 15-digit number
    issue_count: str | None = None  # how often the card was issued or renewed
    newest_address: str | None = None  # told to the card after it was made
    photo: bytes | None = None
    fingerprints: bytes | None = None

    def __repr__(self) -> str:
        return f"<IdentityCard {self.kind.value}, withheld>"


class CardReader(Device, Protocol):
    """An identity card reader."""

    def read(self, timeout_s: float, cancelled: Cancelled) -> IdentityCard:
        """Wait up to `timeout_s` for a card, read it once.

        Raises NO_CARD when none was laid in time, CANCELLED when `cancelled()` turned true,
        CARD_REMOVED when it was lifted too early, CARD_REFUSED, UNSUPPORTED_CARD, READER_FAULT.
        """


@dataclass(frozen=True, slots=True)
class ScannedCode:
    """One bar or QR code. May be personal (health and ID codes): never logged.

    `symbology` and `aim` (e.g. `]Q1`) are None unless the scanner sends the AIM identifier.
    `charset` is how the bytes were understood: ascii, utf-8 or gb18030.
    """

    text: str
    symbology: str | None = None
    aim: str | None = None
    charset: str = "ascii"

    def __repr__(self) -> str:
        return f"<ScannedCode of {len(self.text)} characters, withheld>"


class Scanner(Device, Protocol):
    """A bar and QR code scanner. What it holds is attacker controlled: never run, never a path."""

    def read(self, timeout_s: float, cancelled: Cancelled) -> ScannedCode:
        """Light up where there is a trigger, wait up to `timeout_s` for a code, go dark again.

        Raises NO_CODE, CANCELLED, or REJECTED for a code that is too long, holds control
        characters or is text in no known encoding.
        """


class PrintOutcome(StrEnum):
    """How a print job ended; `UNSURE` is never reported as printed."""

    PRINTED = "printed"
    NOT_PRINTED = "not_printed"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class PrintResult:
    """Outcome of one job. `reason` is a `Reason` value unless printed."""

    outcome: PrintOutcome
    paper: Paper
    reason: str | None = None
    advice: str = ""


class TicketPrinter(Device, Protocol):
    """A printer of slips."""

    def print_slip(self, slip: Slip) -> PrintResult:
        """Print one slip and watch it come out.

        Returns NOT_PRINTED only when no byte of the slip can have reached paper, PRINTED only when
        the printer confirmed that it processed all of it and still has paper, else UNSURE. Raises
        only when nothing at all could be sent (NO_DEVICE, BUSY). Never prints twice by itself.
        """


class DocumentPrinter(Device, Protocol):
    """A page printer (A4)."""

    def print_file(self, file: Path, cancelled: Cancelled = lambda: False) -> PrintResult:
        """Print a document (PDF, PNG, JPEG, plain text) and watch the job to its end.

        The outcomes are those of `TicketPrinter.print_slip`; a job that was given up, or that
        `cancelled()` ends, is withdrawn from the queue, so that no page comes out for the next
        citizen. Raises BAD_OPTION, `sent` false, for a file that cannot be printed.
        """


@dataclass(frozen=True, slots=True)
class ShowResult:
    """`shown`: the text as it went to the display, after substitutions."""

    ok: bool
    shown: str
    reason: str | None = None
    advice: str = ""


class Display(Device, Protocol):
    """A queue display at a window."""

    def show(self, text: str) -> ShowResult:
        """Show `text` in the configured area until the next one. Empty text clears the area."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """A call to be heard: ticket number as printed, window as called out (3号窗口)."""

    number: str
    window: str


@dataclass(frozen=True, slots=True)
class SayResult:
    """`said`: the sentences as they were spoken, in order."""

    ok: bool
    said: str
    reason: str | None = None
    advice: str = ""


class Speaker(Device, Protocol):
    """Chime and voice. One announcement at a time; the owner thread queues them."""

    def say(self, announcement: Announcement, cancelled: Cancelled) -> SayResult:
        """Play it to its end. Raises CANCELLED when `cancelled()` turned true meanwhile."""


class Kind(StrEnum):
    """What a driver drives; decides which interface its device has."""

    CARD_READER = "card_reader"
    SCANNER = "scanner"
    TICKET_PRINTER = "ticket_printer"
    DOCUMENT_PRINTER = "document_printer"
    DISPLAY = "display"
    SPEAKER = "speaker"


class Direction(StrEnum):
    """Which way bytes went."""

    OUT = "out"  # to the peripheral
    IN = "in"


@dataclass(frozen=True, slots=True)
class Chunk:
    """Bytes that went over the wire in one piece, `at_ms` after the start of a recording."""

    at_ms: int
    direction: Direction
    data: bytes

    def __repr__(self) -> str:
        return f"<Chunk {self.direction.value} of {len(self.data)} bytes, withheld>"


@dataclass(frozen=True, slots=True)
class Belief:
    """What a driver's `probe` thinks stands at a port. `options` are those that it found out."""

    why: str
    sure: bool = True
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DriverSpec:
    """What a driver module offers under the entry point group `yukuai_hall.drivers`.

    `options` validates the driver's part of a configuration entry; `open` opens the port and
    returns the ready device, raising `PeripheralError` (NO_DEVICE, BUSY, SILENT …). An owner runs
    it on a thread of its own and then uses the device from the owner's thread alone.

    `probe` asks harmless questions over a transport that nobody else uses and says whether its
    model answers; None where there is no such question. `speeds` are tried in order, for a serial
    line. `mask` replaces the personal data of a recording, keeping every length, every chunk's
    size and the checksums right; a driver without one has nothing personal on its wire.
    `reads` are the kinds of card that a card reader takes; none named, identity cards (身份证).
    `test_text` is what a self-test shows on a display: something that it can show.
    """

    name: str
    kind: Kind
    title: str
    options: type[BaseModel]
    open: Callable[[Any], Any]
    probe: Callable[[Transport], Belief | None] | None = None
    speeds: tuple[int, ...] = ()
    mask: Callable[[Sequence[Chunk]], list[Chunk]] | None = None
    reads: tuple[CardKind, ...] = ()
    test_text: str = "测试 A001 3号窗口"
