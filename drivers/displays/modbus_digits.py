"""Digit displays (数码屏) that speak Modbus RTU, such as armfly LED-485: a few characters.

    [[nodes.peripherals]]
    id = "panel-3"
    driver = "modbus_digits"
    options = { port = "/dev/ttyUSB0", address = 3 }
    # or { port = "/dev/ttyUSB0", address = 4, mode = "number", value_register = 136, digits = 3 }
    # or { host = "192.168.1.72", tcp_port = 502, counter_register = 29 }

Manual: armfly LED-485; frames in `modbus_rtu.py`, 9600 8N1, 3.5 characters of silence before each.
The register map is one vendor's, so registers are options: 0088h takes a number (function 06),
0070h on take characters two by two (function 10), 001Dh counts and is read to see whether it
lives. Address 0 means all displays, which then do not answer. Several displays on one RS-485 line
have the same `port` and an `address` each. Mode "ascii" sends `$001,A001#` instead, which the same
vendor's displays understand without any answer.

What of a text goes to the digits is the rule of `modbus_text.py`. A plain number without leading
zeros goes as a number, the rest as characters, right-aligned; mode "number" sends the figures of
anything (four of those of a number above 65535), mode "text" no number.

The echo of function 06 looks like its answer. So when one is the first that is heard here, the
counter is read: comes that request back, then the adapter echoes, and the number is sent anew with
echoes dropped. Silence shows that nothing echoes, also where a display knows no counter.
"""

import time
from collections.abc import Mapping
from contextlib import suppress
from typing import ClassVar, Literal

from pydantic import Field

from drivers.displays import modbus_rtu as rtu
from drivers.displays.answered import Late, UnansweredError, offline, unconfirmed
from drivers.displays.connection import Connection
from drivers.displays.modbus_text import Keep, digits_of, is_number, number_of
from drivers.displays.mute import NO_ANSWERS, look
from drivers.displays.place import PlaceOptions
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import Belief, DeviceStatus, DriverSpec, Kind, ShowResult
from drivers.saying import Saying, saying, together
from drivers.status import State
from drivers.transports import Transport
from drivers.transports.shared import Line

COUNTER = 0x1D
ALL = 0
SLICE_S = 0.05
TURNAROUND_S = 0.1  # what displays get to do as a broadcast told them
FIRST_PAUSE_S = 0.05  # before a busy display is asked again; doubles
SPEEDS = (9600, 19200, 4800)
UNCONFIRMED = saying(
    "Sent, but the display did not confirm it: check its address, power and wires."
)
TOLD_ECHO = saying("If the adapter returns nothing of what is sent, leave out the option echo.")


class ModbusOptions(PlaceOptions):
    """Options of a `modbus_digits` display."""

    # Behind one address there may be several, each with a register of its own.
    told_apart_by: ClassVar[Mapping[str, object] | None] = {"address": ALL, "value_register": None}

    address: int = Field(default=1, ge=0, le=247, description="Modbus address; 0 all, unanswered")
    mode: Literal["auto", "number", "text", "ascii"] = Field(
        default="auto", description="How a text goes out: as a number, as characters, or $001,…#"
    )
    digits: int = Field(default=4, ge=1, le=16, description="Digits that the display has")
    keep: Keep = Field(
        default="right", description="Which end of a ticket number that is too long is shown"
    )
    value_register: int = Field(default=0x88, ge=0, le=0xFFFF, description="Takes a number")
    text_register: int = Field(default=0x70, ge=0, le=0xFFFF, description="First for characters")
    counter_register: int = Field(default=COUNTER, ge=0, le=0xFFFF, description="Read as status")
    reply_timeout_s: float = Field(default=0.3, gt=0, le=30, description="Frame to its answer")
    retries: int = Field(default=2, ge=0, le=10, description="After no answer, or a busy one")

    @property
    def answers(self) -> bool:
        """Whether a display answers at all."""
        return self.address != ALL and self.mode != "ascii"

    @property
    def gap_s(self) -> float:
        """3.5 characters of 11 bits; 1.75 ms from 19200 on, as the standard says."""
        return max(3.5 * 11 / self.baud, 0.00175)


class ModbusDigits:
    """A `Display`."""

    def __init__(self, options: ModbusOptions) -> None:
        self._options = options
        self._connection = Connection(options)
        self._late = Late(options.reply_timeout_s)
        self._echoes: bool | None = None  # whether the adapter does, once an exchange shows it

    def status(self) -> DeviceStatus:
        """See `Device.status`. Whatever answers to its address is there, an exception included."""
        if not self._options.answers:
            self._connection.call(look)
            return DeviceStatus(State.ONLINE, detail=NO_ANSWERS)
        request = rtu.read_request(self._options.address, self._options.counter_register)
        try:
            reply = self._ask(request)
        except PeripheralError as error:
            return offline(error)
        assert reply is not None
        if reply.exception is not None:
            return DeviceStatus(State.ONLINE, detail=saying("counter: {word}", word=reply.word))
        return DeviceStatus(State.ONLINE)

    def show(self, text: str) -> ShowResult:
        """See `Display.show`. What the display refused is not shown: `shown` is empty then."""
        frame, shown = frame_of(text, self._options)
        advice = "" if shown == text else _only(shown)
        try:
            reply = self._ask(frame)
            if reply is not None and reply.exception is None and self._is_echo():
                reply = self._ask(frame)
        except PeripheralError as error:
            advice = together(UNCONFIRMED, TOLD_ECHO if self._options.echo else "")
            return unconfirmed(error, shown, advice)
        if reply is None:
            advice = together(saying("Sent; no answer comes in this mode."), advice)
            return ShowResult(True, shown, Reason.UNCONFIRMED.value, advice)
        if reply.exception is not None:
            return _refused(reply)
        return ShowResult(True, shown, advice=advice)

    def close(self) -> None:
        """See `Device.close`."""
        self._connection.close()

    def _is_echo(self) -> bool:
        """Whether what looked like an answer was our own number; asked once, see the module."""
        if self._echoes is not None:
            return False
        time.sleep(TURNAROUND_S)  # if it was, a display may only now be answering
        request = rtu.read_request(self._options.address, self._options.counter_register)
        with suppress(PeripheralError):
            self._ask_once(request)
        return bool(self._echoes)

    def _ask(self, request: bytes) -> rtu.Reply | None:
        """Send until it is answered (None where no answer comes). Raises SILENT or GARBLED."""
        self._late.wait()
        unanswered = False
        try:
            for tries_left in range(self._options.retries, -1, -1):
                try:
                    reply = self._ask_once(request)
                except UnansweredError:
                    unanswered = True
                    if not tries_left:
                        raise
                    continue
                if reply is None or reply.exception != rtu.BUSY or not tries_left:
                    return reply
                time.sleep(FIRST_PAUSE_S * 2 ** (self._options.retries - tries_left))
        except PeripheralError as error:
            error.sent = error.sent or unanswered
            raise
        finally:
            if unanswered:
                self._late.expect()
        raise AssertionError("the last try returns or raises")

    def _ask_once(self, request: bytes) -> rtu.Reply | None:
        return self._connection.call(lambda line: self._exchange(line, request))

    def _exchange(self, line: Line, request: bytes) -> rtu.Reply | None:
        with line.turn(self._options.gap_s) as wire:
            wire.echo |= bool(self._echoes)  # the line may have been opened anew since
            wire.write(request, self._options.write_timeout_s)
            now = max(wire.sent_by, time.monotonic())
            if not self._options.answers:
                time.sleep(max(0.0, now + TURNAROUND_S - time.monotonic()))
                return None
            answer = Waiting(request)
            try:
                return answer.wait(wire, now + self._options.reply_timeout_s)
            finally:
                # From now on the echo is dropped: that of function 06 looks like its answer.
                wire.echo |= answer.echoed
                if wire.echo or request[1] != rtu.WRITE:
                    self._echoes = wire.echo


class Waiting:
    """Waits for the answer to one request, and notices an adapter that returns the request."""

    def __init__(self, request: bytes) -> None:
        self._request = request
        self._stream = rtu.ReplyStream()
        self._beginning = b""

    @property
    def echoed(self) -> bool:
        """Whether the request itself came back, where that is no answer."""
        return self._request[1] != rtu.WRITE and self._beginning == self._request

    def wait(self, transport: Transport, end: float) -> rtu.Reply:
        """The answer, before `end` (monotonic). Raises SILENT or GARBLED."""
        while (left := end - time.monotonic()) > 0:
            data = transport.read(512, min(left, SLICE_S))
            self._beginning += data[: len(self._request) - len(self._beginning)]
            for reply in self._stream.feed(data):
                if reply.answers(self._request):
                    return reply
        if self.echoed:
            raise UnansweredError(
                Reason.SILENT,
                saying("only our own bytes came back: the adapter echoes, no display answers"),
            )
        if self._beginning:
            why = saying("the display's answer was damaged or not its own")
            raise UnansweredError(Reason.GARBLED, why)
        raise UnansweredError(Reason.SILENT, saying("the display did not answer"))


def frame_of(text: str, options: ModbusOptions) -> tuple[bytes, str]:
    """The frame that shows `text`, and what of it then stands there; see the module's rule."""
    part = digits_of(text, options.digits, options.keep)
    if options.mode == "number":
        value = number_of(part, options.keep)
        return rtu.write_request(options.address, options.value_register, value), str(value)
    if options.mode == "ascii":
        return f"${options.address:03},{part}#".encode("ascii"), part
    if options.mode == "auto" and is_number(part):
        return rtu.write_request(options.address, options.value_register, int(part)), part
    blanks = " " * (options.digits - len(part.replace(".", "")))
    data = (blanks + part).encode("ascii")
    return rtu.write_text_request(options.address, options.text_register, data), part


def probe(transport: Transport) -> Belief | None:
    """Read the counter of address 1, as displays come from the factory."""
    request = rtu.read_request(1, COUNTER)
    transport.write(request, 1.0)
    with suppress(PeripheralError):
        reply = Waiting(request).wait(transport, time.monotonic() + 0.5)
        why = saying("Modbus address 1 answered its counter")
        if reply.exception is not None:
            why = saying("Modbus address 1 answered an exception")
        return Belief(why, sure=False, options={"address": 1})
    return None


def _refused(reply: rtu.Reply) -> ShowResult:
    refused = saying(
        "The display refused: {word} (code {code}).", word=reply.word, code=reply.exception
    )
    reason = Reason.BUSY if reply.exception == rtu.BUSY else Reason.REJECTED
    return ShowResult(False, "", reason.value, together(refused, reply.what_to_do))


def _only(shown: str) -> Saying:
    if not shown:
        return saying("Of the text this is shown: nothing.")
    return saying("Of the text this is shown: {shown}.", shown=shown)


SPEC: DriverSpec = DriverSpec(
    name="modbus_digits",
    kind=Kind.DISPLAY,
    title="Modbus RTU digit display (armfly LED-485)",
    options=ModbusOptions,
    open=ModbusDigits,
    probe=probe,
    speeds=SPEEDS,
    test_text="8888",  # all segments
)
