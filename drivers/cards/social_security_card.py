"""Social security card (社会保障卡) in a PC/SC reader.

    [[kiosks.peripherals]]
    id = "chip"
    driver = "social_security_card"
    options = {}
    # or { reader = "ACS ACR39U" } where more than one reader is plugged in, or { reader = 1 }

Sources: 社会保障卡规范 as public programs read it; ISO 7816-4; pcsc-lite. Every card with a chip
fits into such a reader: only one that knows the social security application is taken. Name, number
and card number are read without a PIN. Commands stand in `social_security_files.py`, the records
in `social_security_records.py`, the way to pcscd in `pcsc_service.py`.

Needs pyscard (extra `pcsc`), pcscd and the reader's driver (libccid for most USB readers).
"""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from drivers.cards.pcsc_reader import STUCK_ADVICE, ChipReader
from drivers.cards.social_security_files import read_values
from drivers.cards.social_security_mask import mask
from drivers.cards.social_security_records import decode
from drivers.interfaces import (
    Cancelled,
    CardKind,
    DeviceStatus,
    DriverSpec,
    IdentityCard,
    Kind,
)
from drivers.status import State
from drivers.transports.places import NamedPlace

HALL_TIME = ZoneInfo("Asia/Shanghai")


class SocialSecurityOptions(BaseModel):
    """Options of the driver `social_security_card`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reader: str | int | None = Field(
        default=None, description="Reader's name, a part of it, or its index from 0; else the first"
    )
    socket: Path | None = Field(
        default=None, description="Socket of pcscd where it is not the system's"
    )
    answer_timeout_s: float = Field(
        default=5.0, gt=0, le=30, description="Longest silence of a card during one command"
    )

    def place(self) -> NamedPlace:
        """Two would take each other's card away."""
        reader = f"PC/SC reader {self.reader or 0}"  # the first, when none is named
        return NamedPlace("reader", f"{reader} of {self.socket}" if self.socket else reader)


def open_reader(options: SocialSecurityOptions) -> "SocialSecurityReader":
    """Find the reader. Raises NO_DEVICE, also when pcscd does not run, or BAD_OPTION."""
    return SocialSecurityReader(
        ChipReader(options.reader, options.socket, options.answer_timeout_s)
    )


class SocialSecurityReader:
    """A `CardReader`."""

    def __init__(self, chip: ChipReader) -> None:
        self._chip = chip

    def status(self) -> DeviceStatus:
        """See `Device.status`."""
        present = self._chip.look().present
        if self._chip.stuck:
            return DeviceStatus(State.OFFLINE, card_present=present, detail=STUCK_ADVICE)
        return DeviceStatus(State.ONLINE, card_present=present)

    def read(self, timeout_s: float, cancelled: Cancelled) -> IdentityCard:
        """See `CardReader.read`. A card put in in time is read on for up to 4.5 s more."""
        return self._chip.visit(
            timeout_s,
            cancelled,
            lambda transmit: decode(read_values(transmit), datetime.now(HALL_TIME).date()),
        )

    def close(self) -> None:
        """See `Device.close`."""
        self._chip.close()


SPEC = DriverSpec(
    name="social_security_card",
    kind=Kind.CARD_READER,
    title="Social security card in a PC/SC reader",
    options=SocialSecurityOptions,
    open=open_reader,
    mask=mask,
    reads=(CardKind.SOCIAL_SECURITY,),
)
