"""Bar and QR code scanner on a serial line: RS-232, or USB in CDC (virtual COM) mode.

    [[kiosks.peripherals]]
    id = "scanner"
    driver = "serial_scanner"
    options = { port = "/dev/ttyACM0", trigger = "gm65" }
    # or { port = "/dev/ttyUSB0", baud = 115200, suffix = "crlf", aim = true }

Manuals: Honeywell/Metrologic, Newland, Hamlet HBCS2D100 (GM65), Vguang, Datalogic; commands and
their sources stand in `serial_scanner_makers.py`. 9600 8N1 unless the scanner was set otherwise
(CDC ignores the speed). A code is its bytes and a suffix, usually CR; nothing is escaped, nothing
has a checksum. Set the scanner to *serial trigger* (command) mode when `trigger` is given: it then
stays dark until `read` is asked. Without a trigger it reads all the time; codes that came before
`read` are dropped, and of two codes that come together the second. With suffix none a silence of
`idle_s` ends a code, but inside a character of several bytes only one of half a second.
"""

import time

from pydantic import BaseModel, ConfigDict, Field

from drivers.errors import PeripheralError, Reason
from drivers.interfaces import Belief, Cancelled, DeviceStatus, DriverSpec, Kind, ScannedCode
from drivers.saying import saying
from drivers.scanners.code_text import LONGEST, Charset, Rules
from drivers.scanners.serial_scanner_codes import SerialCodes
from drivers.scanners.serial_scanner_makers import Answer, Trigger, maker
from drivers.scanners.serial_scanner_mask import mask
from drivers.scanners.waiting import LOOK_S, Repeats, sweep, wait
from drivers.status import State
from drivers.transports import SerialOptions, Transport, open_transport

SUFFIXES = {"cr": b"\r", "lf": b"\n", "crlf": b"\r\n", "tab": b"\t", "none": b""}
WRITE_S = 1.0
PROBE_ANSWER_S = 0.3
DARK_ANSWER_S = 0.3  # for the answer to the stop command, which nothing depends on


class SerialScannerOptions(BaseModel):
    """Options of the driver `serial_scanner`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    port: str = Field(min_length=1, description="Device path, e.g. /dev/ttyACM0")
    baud: int = Field(default=9600, ge=300, le=4_000_000, description="Bits per second")
    trigger: Trigger = Field(
        default="none",
        description="none (reads all the time), honeywell, newland, gm65, hhp4410, cipherlab, "
        "vguang",
    )
    checked: bool = Field(default=True, description="gm65: false sends AB CD instead of the CRC")
    suffix: str = Field(
        default="cr", pattern="^(cr|lf|crlf|tab|none)$", description="cr, lf, crlf, tab or none"
    )
    prefix: str = Field(
        default="",
        pattern=r"^([0-9A-Fa-f]{2} ?)*$",
        description="Bytes before each code in hex, e.g. 02",
    )
    aim: bool = Field(default=False, description="The scanner sends the AIM identifier, e.g. ]Q1")
    charset: Charset = Field(default="auto", description="auto, utf-8 or gb18030")
    longest: int = Field(default=LONGEST, ge=1, le=7089, description="Bytes of the longest code")
    idle_s: float = Field(
        default=0.08, gt=0, le=1, description="Silence that ends a code, with suffix none"
    )
    reread_s: float = Field(
        default=1.0, ge=0, le=60, description="Without trigger: a code away for less is the same"
    )
    relight_s: float = Field(
        default=4.0, ge=0, le=600, description="Triggers again so often while waiting; 0 never"
    )
    answer_timeout_s: float = Field(default=0.5, gt=0, le=10, description="Command to its answer")

    def place(self) -> SerialOptions:
        """The transport's part of the options."""
        return SerialOptions(port=self.port, baud=self.baud)


def open_scanner(options: SerialScannerOptions) -> "SerialScanner":
    """Open the port. Raises NO_DEVICE or BUSY. A scanner that is silent shows in `status`."""
    return SerialScanner(open_transport(options.place()), options)


class SerialScanner:
    """A `Scanner`. Bytes of codes are never logged, only their lengths."""

    def __init__(self, transport: Transport, options: SerialScannerOptions) -> None:
        transport.sensitive = True
        self._transport = transport
        self._options = options
        self._maker = maker(options.trigger, options.checked)
        rules = Rules(options.charset, options.aim, bytes.fromhex(options.prefix), options.longest)
        self._codes = SerialCodes(SUFFIXES[options.suffix], rules, self._maker.answer_in)
        # A triggered scanner sends a code once for each trigger: none of those is a repeat.
        self._repeats = Repeats(0.0 if self._maker.start else options.reread_s)

    def status(self) -> DeviceStatus:
        """See `Device.status`. Only Newland and GM65 can be asked; others are taken to be well."""
        self._sweep()
        if not self._maker.ask:
            return DeviceStatus(State.ONLINE)
        answer = self._command(self._maker.ask, self._options.answer_timeout_s)
        self._codes.forget()
        if answer is None:
            return DeviceStatus(State.OFFLINE, detail=saying("the scanner does not answer"))
        if not answer.ok:
            damaged = saying("the scanner's answer is damaged or refuses")
            return DeviceStatus(State.OFFLINE, detail=damaged)
        return DeviceStatus(State.ONLINE)

    def read(self, timeout_s: float, cancelled: Cancelled) -> ScannedCode:
        """See `Scanner.read`. Also raises SILENT when the scanner answered no command.

        GARBLED when it refused each command, or sent what is neither an answer nor a code.
        """
        end = time.monotonic() + timeout_s
        self._sweep()
        try:
            code = self._lit(end, cancelled)
        except PeripheralError as e:
            gone = self._darken()
            if gone is None or e.reason is Reason.LOST:
                raise
            gone.sent = e.sent
            raise gone from None
        self._darken()  # gone by now, it was still well enough for this visitor
        return code

    def close(self) -> None:
        """See `Device.close`."""
        self._transport.close()

    def _lit(self, end: float, cancelled: Cancelled) -> ScannedCode:
        options, well, odd = self._options, False, False
        while True:
            # A scanner goes dark by itself after some seconds: it is lit again until `end`.
            part = max(LOOK_S, end - time.monotonic())
            if self._maker.start:
                self._command(self._maker.start, options.answer_timeout_s, cancelled)
                part = min(part, options.relight_s or part)
            try:
                return wait(
                    self._transport,
                    self._codes,
                    self._repeats,
                    part,
                    idle_s=options.idle_s,
                    cancelled=cancelled,
                )
            except PeripheralError as e:
                answer = self._codes.answer  # may have come late, or behind an odd byte
                well |= answer is not None and answer.ok
                odd |= answer is not None and not answer.ok
                if e.reason is Reason.GARBLED:
                    unanswered = odd or self._maker.answer_in is not None
                    raise (_odd() if unanswered and not well else e) from None
                if e.reason is not Reason.NO_CODE:
                    raise
                if end - time.monotonic() < LOOK_S:
                    raise self._why_none(e, well, odd) from None

    def _why_none(self, error: PeripheralError, well: bool, odd: bool) -> PeripheralError:
        """NO_CODE, or what was wrong with the answers: none was good."""
        if self._maker.answer_in is None or well:
            return error
        return _odd() if odd else _deaf()

    def _darken(self) -> PeripheralError | None:
        """Stop; the error when the scanner is gone."""
        try:
            if self._maker.stop:
                self._command(self._maker.stop, DARK_ANSWER_S)
        except PeripheralError as e:
            return e if e.reason is Reason.LOST else None
        finally:
            self._codes.forget()
        return None

    def _command(
        self, command: bytes, wait_s: float, cancelled: Cancelled = lambda: False
    ) -> Answer | None:
        """Send; its answer, or None when it has none or none came. Codes after it are kept."""
        self._codes.await_answer()
        self._transport.write(command, WRITE_S)
        end = time.monotonic() + wait_s
        while self._maker.answer_in and self._codes.answer is None:
            if (left := end - time.monotonic()) <= 0:
                break
            if cancelled():
                raise PeripheralError(Reason.CANCELLED, saying("scanning was cancelled"))
            self._codes.feed(self._transport.read(4096, min(left, LOOK_S)))
        return self._codes.answer

    def _sweep(self) -> None:
        sweep(self._transport, self._codes, self._repeats, self._options.idle_s)


def probe(transport: Transport) -> Belief | None:
    """Ask for the speed register of a GM65, then ping a Newland 2D; others cannot be asked.

    To be asked last of all serial drivers: a printer takes the question for text.
    """
    transport.sensitive = True
    questions: tuple[tuple[Trigger, str, bool], ...] = (
        ("gm65", saying("answers a GM65 register read with a right checksum"), True),
        ("newland", saying("answers 06 to a Newland ping"), False),
    )
    for trigger, why, sure in questions:
        found = maker(trigger)
        codes = SerialCodes(b"\r", Rules(), found.answer_in)
        codes.await_answer()
        transport.write(found.ask, WRITE_S)
        end = time.monotonic() + PROBE_ANSWER_S
        while (left := end - time.monotonic()) > 0:
            codes.feed(transport.read(4096, left))
            if codes.answer is not None and codes.answer.ok:
                return Belief(why, sure, {"trigger": trigger})
    return None


def _deaf() -> PeripheralError:
    return PeripheralError(
        Reason.SILENT,
        saying("the scanner answered no command"),
        advice=saying(
            "Check its power, its cable, the options baud and trigger, and its serial mode."
        ),
    )


def _odd() -> PeripheralError:
    return PeripheralError(
        Reason.GARBLED,
        saying("the scanner refused the command or answered what makes no sense"),
        advice=saying("Set it to serial trigger mode, and check the options trigger and baud."),
    )


SPEC = DriverSpec(
    name="serial_scanner",
    kind=Kind.SCANNER,
    title="Bar and QR code scanner on a serial line (RS-232, USB CDC)",
    options=SerialScannerOptions,
    open=open_scanner,
    probe=probe,
    speeds=(9600, 115200),
    mask=mask,
)
