"""Resident ID card reader with an SDT / SAM_V module on a serial line.

    [[kiosks.peripherals]]
    id = "reader"
    driver = "sdt_reader"
    options = { port = "/dev/ttyUSB0" }

Manuals: SAM_V serial protocol; SDT API (GA/T 467-2019 readers). 8 data bits, no parity, 1 stop bit,
115200 baud unless the module was set otherwise. Framing stands in `sdt_frames.py`, the card's text
in `sdt_text.py`. One visit of a card is find (20 01) -> 9F, select (20 02) -> 90, then read (30 01)
-> 90 with text and photo. After a read the module answers 80 to find until the card was lifted.

Readers that are real USB devices (VID 0400) do not show this byte stream: only RS-232 and
USB-serial ones work.
"""

import contextlib
import struct
import time
from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator

from drivers.cards.sdt_frames import Answer, Command
from drivers.cards.sdt_line import LOOK_S, SdtLine
from drivers.cards.sdt_status import FOUND, Again, SdtError, check
from drivers.cards.sdt_text import decode, text_block
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import Cancelled, DeviceStatus, DriverSpec, IdentityCard, Kind
from drivers.status import State
from drivers.transports import SerialOptions, Transport, open_transport

SPEEDS = (115200, 57600, 38400, 19200, 9600)
FAULT_TRIES = 3  # a module that is still starting also says that its self test failed
REFUSED_S = 3.0  # a card refused for so long will not be accepted by waiting
HALL_TIME = ZoneInfo("Asia/Shanghai")


class SdtOptions(BaseModel):
    """Options of the driver `sdt_reader`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    port: str = Field(min_length=1, description="Device path, e.g. /dev/ttyUSB0")
    baud: int = Field(default=115200, description="115200, 57600, 38400, 19200 or 9600")
    status_timeout_s: float = Field(default=0.5, gt=0, le=10, description="SAM status and SAM ID")
    answer_timeout_s: float = Field(default=1.0, gt=0, le=10, description="Find and select")
    read_timeout_s: float = Field(default=3.0, gt=0, le=30, description="First byte of the card")
    gap_s: float = Field(default=0.8, gt=0, le=10, description="Longest silence inside an answer")
    poll_s: float = Field(default=0.2, gt=0, le=10, description="Pause between two finds")
    retries: int = Field(default=2, ge=0, le=10, description="After silence or a broken answer")

    @field_validator("baud")
    @classmethod
    def _known_speed(cls, baud: int) -> int:
        if baud not in SPEEDS:
            raise ValueError(f"the module knows only {', '.join(map(str, SPEEDS))}")
        return baud


def open_reader(options: SdtOptions) -> "SdtReader":
    """Open the port and ask the module how it is.

    Raises NO_DEVICE, BUSY or READER_FAULT. Silence is no failure here: a module needs 1.5 s to
    start, `status` tells of one that stays silent, and `read` asks anew.
    """
    transport = open_transport(SerialOptions(port=options.port, baud=options.baud))
    reader = SdtReader(transport, options)
    try:
        reader.greet()
    except PeripheralError:
        reader.close()
        raise
    return reader


class SdtReader:
    """A `CardReader`."""

    def __init__(self, transport: Transport, options: SdtOptions) -> None:
        self._line = SdtLine(transport, options.gap_s)
        self._options = options
        self._sam_id: str | None = None

    def greet(self) -> None:
        """Raise READER_FAULT when the module says, and goes on to say, that it cannot work."""
        for tries_left in reversed(range(FAULT_TRIES)):
            fault = self._fault()
            if fault is None or fault.reason is not Reason.READER_FAULT:
                return
            if not tries_left:
                raise fault
            time.sleep(self._options.status_timeout_s)

    def status(self) -> DeviceStatus:
        """See `Device.status`."""
        fault = self._fault()
        if fault is None or fault.reason is Reason.REJECTED:
            return DeviceStatus(State.ONLINE, firmware=self._identify())
        broken = fault.reason is Reason.READER_FAULT
        return DeviceStatus(State.HARDWARE_ERROR if broken else State.OFFLINE, detail=fault.detail)

    def read(self, timeout_s: float, cancelled: Cancelled) -> IdentityCard:
        """See `CardReader.read`. A card found in time is read to its end even past `timeout_s`."""
        return self._wait_for_card(time.monotonic() + timeout_s, cancelled)

    def close(self) -> None:
        """See `Device.close`."""
        self._line.transport.close()

    def _wait_for_card(self, end: float, cancelled: Cancelled) -> IdentityCard:
        trouble = PeripheralError(
            Reason.NO_CARD,
            "no card was laid on the reader",
            advice="Lay the card on the reader. Lift one that lies there and lay it again.",
        )
        refused_until = float("inf")
        while True:
            if self._ask(Command.FIND, end, cancelled).status == FOUND:
                try:
                    return self._read_found(end, cancelled)
                except SdtError as e:
                    if e.again is not Again.CARD or time.monotonic() > refused_until:
                        raise
                    trouble = e
                    if e.reason is Reason.CARD_REFUSED:
                        refused_until = min(refused_until, time.monotonic() + REFUSED_S)
            if time.monotonic() >= end:
                raise trouble
            _pause(min(self._options.poll_s, end - time.monotonic()), cancelled)

    def _read_found(self, end: float, cancelled: Cancelled) -> IdentityCard:
        self._ask(Command.SELECT, end, cancelled)
        answer = self._ask(Command.READ, end, cancelled)
        return decode(text_block(answer.data), datetime.now(HALL_TIME).date())

    def _ask(self, command: Command, end: float, cancelled: Cancelled) -> Answer:
        """Exchange; repeat after silence or broken bytes, `retries` times, not past `end`."""
        wait_s = self._options.answer_timeout_s
        if command is Command.READ:
            wait_s = self._options.read_timeout_s
        for tries_left in reversed(range(self._options.retries + 1)):
            if command is Command.FIND:
                wait_s = min(wait_s, max(LOOK_S, end - time.monotonic()))
            try:
                return check(command, self._line.exchange(command, wait_s, cancelled))
            except SdtError as e:
                if e.again is not Again.COMMAND or not tries_left or time.monotonic() >= end:
                    raise
                self._line.drain()
        raise AssertionError("the last try returns or raises")

    def _fault(self) -> SdtError | None:
        """How the module says it is: None when well."""
        try:
            wait_s = self._options.status_timeout_s
            check(Command.SAM_STATUS, self._line.exchange(Command.SAM_STATUS, wait_s, _never))
        except SdtError as e:
            return e
        return None

    def _identify(self) -> str | None:
        """The module's serial number as printed on it, asked for until it was told once."""
        if self._sam_id is None:
            wait_s = self._options.status_timeout_s
            with contextlib.suppress(SdtError):
                answer = check(Command.SAM_ID, self._line.exchange(Command.SAM_ID, wait_s, _never))
                self._sam_id = _sam_id(answer.data)
        return self._sam_id


def _sam_id(data: bytes) -> str | None:
    if len(data) != 16:
        return None
    kind, maker, made, serial, lot = struct.unpack("<HHIII", data)
    return f"SAM {kind:02d}.{maker:02d}-{made:08d}-{serial:010d}-{lot:010d}"


def _pause(seconds: float, cancelled: Cancelled) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if cancelled():
            raise PeripheralError(Reason.CANCELLED, "reading was cancelled")
        time.sleep(min(left, LOOK_S))


def _never() -> bool:
    return False


SPEC = DriverSpec(
    name="sdt_reader",
    kind=Kind.CARD_READER,
    title="Resident ID card reader, SDT / SAM_V module on a serial line",
    options=SdtOptions,
    open=open_reader,
)
