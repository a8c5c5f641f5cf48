"""Resident ID card reader with an SDT / SAM_V module on a serial line.

    [[kiosks.peripherals]]
    id = "reader"
    driver = "sdt_reader"
    options = { port = "/dev/ttyUSB0" }
    # or { port = "/dev/ttyUSB0", baud = "auto", newest_address = true, fingerprints = true }

Manuals: SAM_V serial protocol; SDT API (GA/T 467-2019 readers). 8 data bits, no parity, 1 stop bit,
115200 baud unless the module was set otherwise. Framing stands in `sdt_frames.py`, the card's text
in `sdt_layout.py`. One visit of a card is find (20 01) -> 9F, select (20 02) -> 90, then read
(30 01, or 30 10 with fingerprints) -> 90 with text and photo, and the newest address (30 03) when
wanted. Fingerprints and newest address never spoil a read: whatever goes wrong with them, it is
one without. After a read many modules answer 80 to find until the card was lifted; for those that
do not, the driver itself waits for one find without a card.

Readers that are real USB devices (VID 0400) do not show this byte stream: only RS-232 and
USB-serial ones work.
"""

import contextlib
import struct
import time
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from drivers.cards.sdt_frames import Answer, Command
from drivers.cards.sdt_line import LOOK_S, SAM_ID_BYTES, SdtLine
from drivers.cards.sdt_mask import mask
from drivers.cards.sdt_options import SdtOptions
from drivers.cards.sdt_speed import SPEEDS, probe
from drivers.cards.sdt_status import (
    FOUND,
    SELF_TEST_FAILED,
    UNKNOWN_COMMAND,
    Again,
    SdtError,
    check,
)
from drivers.cards.sdt_text import Blocks, address_text, blocks, decode
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import Cancelled, DeviceStatus, DriverSpec, IdentityCard, Kind
from drivers.saying import saying
from drivers.status import State
from drivers.transports import Transport
from drivers.transports.base import one_call

FAULT_TRIES = 3  # a module that is still starting also says that its self test failed
REFUSED_S = 3.0  # a card refused for so long will not be accepted by waiting
HALL_TIME = ZoneInfo("Asia/Shanghai")
OPTIONAL = (Command.READ_PRINTS, Command.NEWEST_ADDRESS)
OVERRUN_S = 4.0  # a card found in time may go on answering for so long after the end
# A first byte is waited for so long after the end: what a module needs, by its manual.
NEEDS_S = {
    Command.SELECT: 0.5,
    Command.READ: 2.0,
    Command.READ_PRINTS: 3.0,
    Command.NEWEST_ADDRESS: 1.5,
}


def open_reader(options: SdtOptions) -> "SdtReader":
    """Open the port and ask the module how it is.

    Raises NO_DEVICE, BUSY or READER_FAULT. Silence at a given speed is no failure here: a module
    needs 1.5 s to start, `status` tells of one that stays silent, and `read` asks anew. With `auto`
    it is SILENT.
    """
    reader = SdtReader(options.open_port(), options)
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
        self._prints = options.fingerprints
        self._must_lift = False  # the card was read and no find since then went without one
        self._may_lie = False  # the card was read; no find means that it lies there, or does not

    def greet(self) -> None:
        """Raise READER_FAULT when the module says, and goes on to say, that it cannot work."""
        fault = self._lasting_fault()
        if fault is not None and self._reset_after(fault):
            fault = self._lasting_fault()
        if fault is not None:
            raise fault

    def status(self) -> DeviceStatus:
        """See `Device.status`. `card_present` is None while a card that was read may lie there."""
        with one_call(self._line.transport):
            return self._ask_status()

    def read(self, timeout_s: float, cancelled: Cancelled) -> IdentityCard:
        """See `CardReader.read`. A card found in time is read on past `timeout_s`, 4 s at most.

        A card that was read is not read again before it was lifted.
        """
        with one_call(self._line.transport):
            return self._wait_for_card(time.monotonic() + timeout_s, cancelled)

    def close(self) -> None:
        """See `Device.close`."""
        self._line.transport.close()

    def _ask_status(self) -> DeviceStatus:
        fault = self._fault()
        if fault is not None and self._reset_after(fault):
            fault = self._fault()
        if fault is None or fault.reason is Reason.REJECTED:
            firmware = self._identify()
            return DeviceStatus(State.ONLINE, firmware=firmware, card_present=self._card_present())
        broken = fault.reason is Reason.READER_FAULT
        return DeviceStatus(State.HARDWARE_ERROR if broken else State.OFFLINE, detail=fault.detail)

    def _wait_for_card(self, end: float, cancelled: Cancelled) -> IdentityCard:
        trouble = PeripheralError(
            Reason.NO_CARD,
            saying("no card was laid on the reader"),
            advice=saying("Lay the card on the reader. Lift one that lies there and lay it again."),
        )
        refused_until = float("inf")
        while True:
            try:
                lies = self._lies(self._ask(Command.FIND, end, cancelled))
                if lies and not self._must_lift:
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

    def _lies(self, found: Answer) -> bool:
        """Whether an answer to find tells of a card; what it says of lifting is remembered."""
        if found.status != FOUND:
            self._must_lift = False
            return False
        self._may_lie = self._must_lift
        return True

    def _read_found(self, end: float, cancelled: Cancelled) -> IdentityCard:
        self._ask(Command.SELECT, end, cancelled)
        read = self._read_blocks(end, cancelled)
        self._must_lift = self._may_lie = True
        card = decode(read.text, datetime.now(HALL_TIME).date())
        newest = self._newest_address(end, cancelled) if self._options.newest_address else None
        return replace(
            card,
            photo=read.photo or None,
            fingerprints=read.prints or None,
            newest_address=newest,
        )

    def _read_blocks(self, end: float, cancelled: Cancelled) -> Blocks:
        if self._prints:
            try:
                answer = self._ask(Command.READ_PRINTS, end, cancelled)
                return blocks(answer.data, prints=True)
            except PeripheralError as e:
                if e.reason in (Reason.CANCELLED, Reason.LOST, Reason.CARD_REMOVED):
                    raise
                if isinstance(e, SdtError) and e.status == UNKNOWN_COMMAND:
                    self._prints = False  # an old module; it will not learn the command
                self._line.drain()
        return blocks(self._ask(Command.READ, end, cancelled).data)

    def _newest_address(self, end: float, cancelled: Cancelled) -> str | None:
        try:
            return address_text(self._ask(Command.NEWEST_ADDRESS, end, cancelled).data)
        except PeripheralError as e:
            if e.reason is Reason.CANCELLED:
                raise
            return None  # the card itself was read

    def _ask(self, command: Command, end: float, cancelled: Cancelled) -> Answer:
        """Exchange; repeat after silence or broken bytes, `retries` times, not past `end`.

        What a read can do without is not asked again after silence.
        """
        usual_s = self._options.answer_timeout_s
        if command in (Command.READ, *OPTIONAL):
            usual_s = self._options.read_timeout_s
        for tries_left in reversed(range(self._options.retries + 1)):
            left = end - time.monotonic()
            wait_s = min(usual_s, max(left, NEEDS_S.get(command, LOOK_S)))
            try:
                return check(
                    command, self._line.exchange(command, wait_s, cancelled, left + OVERRUN_S)
                )
            except SdtError as e:
                in_vain = e.reason is Reason.SILENT and command in OPTIONAL
                if e.again is not Again.COMMAND or in_vain:
                    raise
                if not tries_left or time.monotonic() >= end:
                    raise
                self._line.drain()
        raise AssertionError("the last try returns or raises")

    def _ask_once(self, command: Command) -> Answer:
        """One short question beside a read."""
        return check(
            command, self._line.exchange(command, self._options.status_timeout_s, lambda: False)
        )

    def _lasting_fault(self) -> SdtError | None:
        """A fault that the module told several times in a row; its silence is none."""
        for tries_left in reversed(range(FAULT_TRIES)):
            fault = self._fault()
            if fault is None or fault.reason is not Reason.READER_FAULT:
                return None
            if tries_left:
                time.sleep(self._options.status_timeout_s)
        return fault

    def _fault(self) -> SdtError | None:
        """How the module says it is: None when well."""
        try:
            self._ask_once(Command.SAM_STATUS)
        except SdtError as e:
            return e
        return None

    def _reset_after(self, fault: SdtError) -> bool:
        """Reset a module whose self test failed; whether it took the command."""
        if fault.status != SELF_TEST_FAILED:
            return False
        try:
            self._ask_once(Command.SAM_RESET)
        except SdtError:
            return False
        return True

    def _card_present(self) -> bool | None:
        try:
            lies = self._lies(self._ask_once(Command.FIND))
        except SdtError:
            return None
        return None if self._may_lie and not lies else lies

    def _identify(self) -> str | None:
        """The module's serial number as printed on it, asked for until it was told once."""
        if self._sam_id is None:
            with contextlib.suppress(SdtError):
                self._sam_id = _sam_id(self._ask_once(Command.SAM_ID).data)
        return self._sam_id


def _sam_id(data: bytes) -> str | None:
    if len(data) != SAM_ID_BYTES:
        return None
    kind, maker, made, serial, lot = struct.unpack("<HHIII", data)
    return f"SAM {kind:02d}.{maker:02d}-{made:08d}-{serial:010d}-{lot:010d}"


def _pause(seconds: float, cancelled: Cancelled) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if cancelled():
            raise PeripheralError(Reason.CANCELLED, saying("reading was cancelled"))
        time.sleep(min(left, LOOK_S))


SPEC = DriverSpec(
    name="sdt_reader",
    kind=Kind.CARD_READER,
    title="Resident ID card reader, SDT / SAM_V module on a serial line",
    options=SdtOptions,
    open=open_reader,
    probe=probe,
    speeds=SPEEDS,
    mask=mask,
)
