"""Onbon (仰邦) BX-5K and BX-6K LED cards: text in a dynamic area, over TCP or a serial line.

    [[nodes.peripherals]]
    id = "panel-3"
    driver = "onbon_bx"
    options = { host = "192.168.100.1", tcp_port = 5005, generation = "6k", area = "0,0,64,16" }
    # or { port = "/dev/ttyUSB0", baud = 57600, generation = "5k" }
    # or { port = "/dev/ttyUSB0", screen = 2, generation = "5k" }: one of several on RS-485

Manuals: onbonlab/BX-K protocol appendix and onbonlab/bx.k.java; framing in `onbon_bx_frame.py`,
what is shown in `onbon_bx_text.py`. The graphic cards BX-5E and BX-6E speak another, unpublished
format.

Several panels on one RS-485 line have the same `port` and a `screen` number each. An answer counts
only when it comes from that screen, over TCP too, and goes to us (host 8000). Screen 65534 means
whoever hears it: with more than one panel on the line the answers collide, so give `reply = false`
with it.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from typing import ClassVar, Literal, Self
from zoneinfo import ZoneInfo

import structlog
from pydantic import Field, model_validator

from drivers.displays.answered import (
    Late,
    UnansweredError,
    not_taken,
    offline,
    unconfirmed,
)
from drivers.displays.connection import Connection
from drivers.displays.mute import NO_ANSWERS, look
from drivers.displays.onbon_bx_frame import HOST, Address, Answer, AnswerStream, request
from drivers.displays.onbon_bx_text import (
    Area,
    Charset,
    brightness_payload,
    clear_payload,
    clock_payload,
    presentable,
    text_payload,
)
from drivers.displays.place import PlaceOptions
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import Belief, DeviceStatus, DriverSpec, Kind, ShowResult
from drivers.saying import saying, together
from drivers.status import State
from drivers.transports import Transport
from drivers.transports.shared import Line

log = structlog.get_logger()

HALL_TIME = ZoneInfo("Asia/Shanghai")
PING = (0xA2, 0x00)
SET_CLOCK = (0xA2, 0x03)
POWER = (0xA3, 0x00)
BRIGHTNESS = (0xA3, 0x02)
DYNAMIC_AREA = (0xA3, 0x06)
ANYBODY, ANY_TYPE = 0xFFFE, 0xFE
CARD_BUSY, CHECKSUM_ERROR = 3, 5
PASSING = (CARD_BUSY, CHECKSUM_ERROR)  # the same frame may be taken a moment later
GAP_S = 0.005  # silence between frames; cards turn the line around within this
SLICE_S = 0.1
UNCONFIRMED = saying("Sent, but the panel did not confirm it: look whether it shows the text.")
NOT_SENT = saying(
    "It did not answer to the options power, brightness or set_clock, so the text was not sent: "
    "check its power and wires, or leave them out."
)
SPEEDS = (57600, 9600)


class OnbonOptions(PlaceOptions):
    """Options of an `onbon_bx` panel: exactly one of `host` or `port` says where it is."""

    # Two areas of one card are two displays.
    told_apart_by: ClassVar[Mapping[str, object] | None] = {
        "screen": ANYBODY, "device_type": ANY_TYPE, "area_id": None,
    }  # fmt: skip

    tcp_port: int = Field(default=5005, ge=1, le=65535, description="TCP port, with host")
    baud: int = Field(default=57600, ge=50, le=4_000_000, description="Bits per second")
    generation: Literal["5k", "6k"] = Field(
        default="6k", description="5k cards count X and width in units of 8 pixels"
    )
    area: str = Field(
        default="0,0,64,16",
        pattern=r"^\d{1,4},\d{1,4},\d{1,4},\d{1,4}$",
        description="x,y,width,height in pixels",
    )
    area_id: int = Field(default=0, ge=0, le=254, description="Number of the dynamic area")
    screen: int = Field(
        default=ANYBODY, ge=0, le=0xFFFF, description="Screen number, its address; 65534 any"
    )
    device_type: int = Field(default=ANY_TYPE, ge=0, le=0xFF, description="Card type; 254 any")
    run_mode: int = Field(default=0, ge=0, le=5, description="0 loop, 1 hold last, 4 once …")
    run_timeout_s: int = Field(default=5, ge=0, le=0xFFFF, description="For run modes 2 and 3")
    speed: int = Field(default=0, ge=0, le=63, description="Of the turning; 0 is fastest")
    hold_s: float = Field(default=4.0, ge=0, le=127.5, description="A page stays, in 0.5 s steps")
    charset: Charset = Field(
        default="gb2312", description="What the card's font has; other characters show as 〓"
    )
    power: Literal["on", "off"] | None = Field(
        default=None, description="Switch the screen so before the first text"
    )
    brightness: int | None = Field(
        default=None, ge=0, le=15, description="Set it before the first text; 15 is brightest"
    )
    set_clock: bool = Field(
        default=False, description="Set the card's clock to China's time before the first text"
    )
    reply: bool = Field(default=True, description="False on RS-485 broadcast, where none comes")
    reply_timeout_s: float = Field(default=1.0, gt=0, le=30, description="Frame to its answer")
    busy_timeout_s: float = Field(
        default=2.0, ge=0, le=10, description="How long a busy card is asked again"
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        area = self.rectangle()
        if area.width < 8 or area.height < 8:
            raise ValueError(saying("area: width and height must be at least 8 pixels"))
        if area.x % area.unit or area.width % area.unit:
            why = saying("area: x and width of a 5k card are multiples of 8 pixels")
            raise ValueError(why)
        return self

    def rectangle(self) -> Area:
        """The dynamic area, in pixels."""
        x, y, width, height = (int(part) for part in self.area.split(","))
        unit = 8 if self.generation == "5k" else 1
        return Area(
            self.area_id, x, y, width, height, unit,
            self.run_mode, self.run_timeout_s, self.speed, self.hold_s,
        )  # fmt: skip


class OnbonPanel:
    """A `Display`."""

    def __init__(self, options: OnbonOptions) -> None:
        self._options = options
        self._address = Address(options.screen, options.device_type)
        self._connection = Connection(options)
        self._late = Late(options.reply_timeout_s)
        self._prepared = 0  # `opened` of the connection, when it was

    def status(self) -> DeviceStatus:
        """See `Device.status`. Answered to a ping, so it is there."""
        if not self._options.reply:
            self._connection.call(look)
            return DeviceStatus(State.ONLINE, detail=NO_ANSWERS)
        try:
            answer = self._exchange(self._request(PING))
        except PeripheralError as error:
            return offline(error)
        return DeviceStatus(State.ONLINE, detail=answer.word if answer and answer.refused else "")

    def show(self, text: str) -> ShowResult:
        """See `Display.show`. What the card refused is not shown: `shown` is empty then."""
        found = presentable(text, self._options.charset)
        shown, area = found.text, self._options.rectangle()
        payload = text_payload(shown, area) if shown else clear_payload(area.id)
        try:
            self._prepare()
        except UnansweredError as error:
            return ShowResult(False, "", error.reason.value, NOT_SENT)
        except PeripheralError as error:
            return not_taken(error)
        try:
            answer = self._persist(self._request(DYNAMIC_AREA, payload))
        except PeripheralError as error:
            return unconfirmed(error, shown, UNCONFIRMED)
        if answer is None:
            advice = together(saying("Sent; replies are off."), found.advice)
            return ShowResult(True, shown, Reason.UNCONFIRMED.value, advice)
        if answer.refused or answer.error:
            refused = saying(
                "The panel refused: {word} (code {code}).", word=answer.word, code=answer.error
            )
            advice = together(refused, answer.what_to_do)
            busy = answer.error == CARD_BUSY
            reason = Reason.BUSY if busy else Reason.REJECTED
            return ShowResult(False, "", reason.value, advice)
        return ShowResult(True, shown, advice=found.advice)

    def close(self) -> None:
        """See `Device.close`."""
        self._connection.close()

    def _prepare(self) -> None:
        """Send once what the options ask to be set; what the card refuses is only logged."""
        if self._prepared == self._connection.opened:
            return
        for command, payload in self._settings():
            answer = self._persist(self._request(command, payload))
            if answer is not None and answer.refused:
                log.warning("panel.setting_refused", command=command[1], word=answer.word)
        self._prepared = self._connection.opened

    def _settings(self) -> Iterator[tuple[tuple[int, int], bytes]]:
        if self._options.power is not None:
            yield POWER, b"\x01" if self._options.power == "on" else b"\x02"
        if self._options.brightness is not None:
            yield BRIGHTNESS, brightness_payload(self._options.brightness)
        if self._options.set_clock:
            yield SET_CLOCK, clock_payload(datetime.now(HALL_TIME))

    def _request(self, command: tuple[int, int], payload: bytes = b"") -> bytes:
        return request(self._address, *command, payload, reply=self._options.reply)

    def _persist(self, frame: bytes) -> Answer | None:
        """Exchange, again with growing pauses while the card is busy or heard it damaged."""
        end = time.monotonic() + self._options.busy_timeout_s
        pause_s = 0.05
        while True:
            answer = self._exchange(frame)
            passing = answer is not None and answer.error in PASSING
            if not passing or time.monotonic() + pause_s > end:
                return answer
            time.sleep(pause_s)
            pause_s *= 2

    def _exchange(self, frame: bytes) -> Answer | None:
        """Send, and wait for the answer (None where replies are off)."""
        self._late.wait()
        try:
            return self._connection.call(lambda line: self._exchange_once(line, frame))
        except PeripheralError:
            # A fresh connection next time: the best a card that got stuck in a frame can be given.
            # A serial line stays: closing it would disturb others on it.
            if self._options.host is not None:
                self._connection.close()
            else:
                self._late.expect()
            raise

    def _exchange_once(self, line: Line, frame: bytes) -> Answer | None:
        with line.turn(GAP_S) as wire:
            wire.write(frame, self._options.write_timeout_s)
            if not self._options.reply:
                return None
            end = max(wire.sent_by, time.monotonic()) + self._options.reply_timeout_s
            return wait_for_answer(wire, end, self._sender())

    def _sender(self) -> int | None:
        """From which screen an answer must come; None from any."""
        return None if self._options.screen >= ANYBODY else self._options.screen


def wait_for_answer(transport: Transport, end: float, screen: int | None = None) -> Answer:
    """The next answer to us (of that screen). Raises SILENT or GARBLED at `end` (monotonic)."""
    stream = AnswerStream()
    damaged = False
    while (left := end - time.monotonic()) > 0:
        for answer in stream.feed(transport.read(512, min(left, SLICE_S))):
            if answer is None:
                damaged = True
            elif answer.host == HOST and screen in (None, answer.screen):
                return answer
    if damaged:
        raise UnansweredError(Reason.GARBLED, saying("the panel's answer was damaged"))
    raise UnansweredError(Reason.SILENT, saying("the panel did not answer"))


def probe(transport: Transport) -> Belief | None:
    """Ping whoever hears it. On a line with several cards the answers may collide: no belief."""
    transport.write(request(Address(ANYBODY, ANY_TYPE), *PING), 1.0)
    with suppress(PeripheralError):
        answer = wait_for_answer(transport, time.monotonic() + 1.0)
        found = {"screen": answer.screen}
        why = saying("screen {screen} answered an Onbon ping", screen=answer.screen)
        return Belief(why, options=found)
    return None


SPEC: DriverSpec = DriverSpec(
    name="onbon_bx",
    kind=Kind.DISPLAY,
    title="Onbon BX-5K / BX-6K LED panel",
    options=OnbonOptions,
    open=OnbonPanel,
    probe=probe,
    speeds=SPEEDS,
)
