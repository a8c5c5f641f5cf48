"""What every model of a kind of peripheral can do. Small on purpose.

Every method may raise `PeripheralError`: `LOST` or `NO_DEVICE` when the peripheral was unplugged.
After those two the object is dead: the lifecycle (`lifecycle.py`) closes it and opens a new one.
Methods block, are called from the one owner thread of the peripheral and from no other, and look at
`cancelled` at least every 100 ms where they wait.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Protocol

from pydantic import BaseModel

from drivers.papers.slip import Slip
from drivers.status import Paper, State

Cancelled = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class DeviceStatus:
    """Answer of `Device.status`: `state` is ONLINE, OFFLINE or HARDWARE_ERROR."""

    state: State
    paper: Paper | None = None
    cover_open: bool | None = None
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

    `repr` shows nothing of it. `valid_to` is None and `open_ended` true for 长期.
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

    def __repr__(self) -> str:
        return f"<IdentityCard {self.kind.value}, withheld>"


class CardReader(Device, Protocol):
    """An identity card reader."""

    def read(self, timeout_s: float, cancelled: Cancelled) -> IdentityCard:
        """Wait up to `timeout_s` for a card, read it once.

        Raises NO_CARD when none was laid in time, CANCELLED when `cancelled()` turned true,
        CARD_REMOVED when it was lifted too early, CARD_REFUSED, UNSUPPORTED_CARD, READER_FAULT.
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


class Kind(StrEnum):
    """What a driver drives; decides which interface its device has."""

    CARD_READER = "card_reader"
    TICKET_PRINTER = "ticket_printer"
    DISPLAY = "display"


@dataclass(frozen=True, slots=True)
class DriverSpec:
    """What a driver module offers under the entry point group `yukuai_hall.drivers`.

    `options` validates the driver's part of a configuration entry; `open` opens the port and
    returns the ready device, raising `PeripheralError` (NO_DEVICE, BUSY, SILENT …).
    """

    name: str
    kind: Kind
    title: str
    options: type[BaseModel]
    open: Callable[[Any], Any]
