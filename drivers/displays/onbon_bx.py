"""Onbon (仰邦) BX-5K and BX-6K LED cards: text in a dynamic area, over TCP or a serial line.

    [[nodes.peripherals]]
    id = "panel-3"
    driver = "onbon_bx"
    options = { host = "192.168.100.1", tcp_port = 5005, generation = "6k", area = "0,0,64,16" }
    # or { port = "/dev/ttyUSB0", baud = 57600, generation = "5k" }

Manuals: onbonlab/BX-K protocol appendix and onbonlab/bx.k.java; framing in `onbon_bx_frame.py`.
The graphic cards BX-5E and BX-6E speak another, unpublished format.

Text goes out as the vendor's own software sends it. What fits the area is static. What does not
goes with single line *off* and mode "quick", so that the card itself breaks it into pages of the
area's size and turns them, each held `hold_s`. Single line *on* would make one long strip that can
only be cut off or scroll.
"""

import struct
import time
import unicodedata
from typing import Literal, Self

import structlog
from pydantic import BaseModel, ConfigDict, Field, model_validator

from drivers.displays.onbon_bx_frame import Address, Answer, AnswerStream, request
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import DeviceStatus, DriverSpec, Kind, ShowResult
from drivers.status import State
from drivers.transports import SerialOptions, TcpOptions, Transport, open_transport

log = structlog.get_logger()

PING = (0xA2, 0x00)
DYNAMIC_AREA = (0xA3, 0x06)
STATIC, QUICK = 0x01, 0x02
YES, NO = 0x01, 0x02
GLYPH = 16  # pixels: a Chinese character is a square of these, a Latin one half as wide
TEXT_LIMIT = 1000  # bytes; a window's call has two dozen
MISSING = "〓"
# The card takes a backslash as the start of a colour or line command.
LOOKALIKES = str.maketrans({"\\": "＼", "\u00a5": "￥", "\u2022": "·", "\u2212": "-"})
SLICE_S = 0.1
UNCONFIRMED = "Sent, but the panel did not confirm it: look whether it shows the text."


class OnbonOptions(BaseModel):
    """Options of an `onbon_bx` panel: exactly one of `host` or `port` says where it is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str | None = Field(default=None, description="Address of the card")
    tcp_port: int = Field(default=5005, ge=1, le=65535, description="TCP port, with host")
    connect_timeout_s: float = Field(default=3.0, gt=0, le=60, description="To get a connection")
    port: str | None = Field(default=None, description="Serial device, e.g. /dev/ttyUSB0")
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
    screen: int = Field(default=0xFFFE, ge=0, le=0xFFFF, description="Screen number; 65534 any")
    device_type: int = Field(default=0xFE, ge=0, le=0xFF, description="Card type; 254 any")
    run_mode: int = Field(default=0, ge=0, le=5, description="0 loop, 1 hold last, 4 once …")
    run_timeout_s: int = Field(default=5, ge=0, le=0xFFFF, description="For run modes 2 and 3")
    speed: int = Field(default=0, ge=0, le=63, description="Of the turning; 0 is fastest")
    hold_s: float = Field(default=4.0, ge=0, le=127.5, description="A page stays, in 0.5 s steps")
    charset: Literal["gb2312", "gbk"] = Field(
        default="gb2312", description="What the card's font has; other characters show as 〓"
    )
    reply: bool = Field(default=True, description="False on RS-485 broadcast, where none comes")
    reply_timeout_s: float = Field(default=1.0, gt=0, le=30, description="Frame to its answer")
    write_timeout_s: float = Field(default=3.0, gt=0, le=60, description="Blocked line, per frame")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.host is None) == (self.port is None):
            raise ValueError("give exactly one of host (with tcp_port) or port")
        x, _, width, height = self.rectangle()
        if width < 8 or height < 8:
            raise ValueError("area: width and height must be at least 8 pixels")
        if self.generation == "5k" and (x % 8 or width % 8):
            raise ValueError("area: x and width of a 5k card are multiples of 8 pixels")
        return self

    def rectangle(self) -> tuple[int, int, int, int]:
        """The area as x, y, width, height in pixels."""
        x, y, width, height = (int(part) for part in self.area.split(","))
        return x, y, width, height

    def place(self) -> SerialOptions | TcpOptions:
        """The transport's part of the options."""
        if self.port is not None:
            return SerialOptions(port=self.port, baud=self.baud)
        return TcpOptions(
            host=self.host or "",
            tcp_port=self.tcp_port,
            connect_timeout_s=self.connect_timeout_s,
        )


class OnbonPanel:
    """A `Display`. The connection stays open; one that broke is opened anew once a call."""

    def __init__(self, options: OnbonOptions) -> None:
        self._options = options
        self._address = Address(options.screen, options.device_type)
        self._stream = AnswerStream()
        self._transport: Transport | None = open_transport(options.place())

    def status(self) -> DeviceStatus:
        """See `Device.status`. Answered to a ping, so it is there."""
        if not self._options.reply:
            return DeviceStatus(State.ONLINE, detail="gives no answers")
        try:
            answer = self._exchange(request(self._address, *PING))
        except PeripheralError as error:
            if error.reason not in (Reason.SILENT, Reason.GARBLED):
                raise
            return DeviceStatus(State.OFFLINE, detail=error.detail)
        return DeviceStatus(State.ONLINE, detail=answer.word if answer and answer.refused else "")

    def show(self, text: str) -> ShowResult:
        """See `Display.show`."""
        shown = presentable(text, self._options.charset)
        payload = text_payload(shown, self._options) if shown else clear_payload(self._options)
        frame = request(self._address, *DYNAMIC_AREA, payload, reply=self._options.reply)
        try:
            answer = self._exchange(frame)
        except PeripheralError as error:
            if error.reason not in (Reason.SILENT, Reason.GARBLED):
                raise
            return ShowResult(False, shown, Reason.UNCONFIRMED.value, UNCONFIRMED)
        if answer is None:
            return ShowResult(True, shown, Reason.UNCONFIRMED.value, "Sent; replies are off.")
        if answer.refused or answer.error:
            advice = f"The panel refused: {answer.word} (code {answer.error})."
            return ShowResult(False, shown, Reason.REJECTED.value, advice)
        missing = "" if MISSING in text else shown.count(MISSING) * MISSING
        advice = "Characters not in the panel's font are shown as 〓." if missing else ""
        return ShowResult(True, shown, advice=advice)

    def close(self) -> None:
        """See `Device.close`."""
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.close()

    def _exchange(self, frame: bytes) -> Answer | None:
        """Send, and wait for the answer (None where replies are off). A lost line is tried again.

        Sending twice is harmless: the second replaces the first.
        """
        try:
            return self._exchange_once(frame)
        except PeripheralError as error:
            self.close()
            if error.reason is not Reason.LOST:
                raise
            log.info("panel connection lost, opening it anew", detail=error.detail)
        try:
            return self._exchange_once(frame)
        except PeripheralError:
            self.close()
            raise

    def _exchange_once(self, frame: bytes) -> Answer | None:
        if self._transport is None:
            self._transport = open_transport(self._options.place())
        self._stream.forget()
        while self._transport.read(4096, 0.0):
            pass  # answers that came too late for an earlier request
        self._transport.write(frame, self._options.write_timeout_s)
        return self._answer(self._transport) if self._options.reply else None

    def _answer(self, transport: Transport) -> Answer:
        end = time.monotonic() + self._options.reply_timeout_s
        damaged = False
        while (left := end - time.monotonic()) > 0:
            for answer in self._stream.feed(transport.read(512, min(left, SLICE_S))):
                if answer is not None:
                    return answer
                damaged = True
        if damaged:
            raise PeripheralError(Reason.GARBLED, "the panel's answer was damaged")
        raise PeripheralError(Reason.SILENT, "the panel did not answer")


def presentable(text: str, charset: Literal["gb2312", "gbk"]) -> str:
    """`text` with what the card cannot show replaced: look-alikes where there are, else 〓."""
    hidden = {"Cc", "Cf"}
    spaced = (" " if unicodedata.category(c) in hidden else c for c in text)
    one_line = " ".join("".join(spaced).split())
    kept = "".join(c if _code(c, charset) else MISSING for c in one_line.translate(LOOKALIKES))
    while len(encode(kept)) > TEXT_LIMIT:
        kept = kept[:-1]
    return kept


def encode(text: str) -> bytes:
    """Bytes of text that `presentable` passed. GB18030's two-byte codes hold GB2312 and GBK."""
    return text.encode("gb18030")


def text_payload(text: str, options: OnbonOptions) -> bytes:
    """Payload of A3 06: delete none, one area with `text`.

    It is static when it fits the area, on as many lines as that has.
    """
    x, y, width, height = options.rectangle()
    data = encode(text)
    rows = rows_of(text, width)
    fits = rows <= max(1, height // GLYPH)
    unit = 8 if options.generation == "5k" else 1
    area = struct.pack(
        "<BHHHHBBBHBBBBBBBBBI",
        0x00,  # dynamic area
        x // unit,
        y,
        width // unit,
        height,
        options.area_id,
        0,  # line spacing
        options.run_mode,
        options.run_timeout_s,
        0,  # no sound
        0,  # no extension
        0,  # alignment
        YES if rows == 1 else NO,  # single line
        0x01,  # new line, as the vendor sends it
        STATIC if fits else QUICK,
        0,  # exit mode
        options.speed,
        round(options.hold_s * 2),
        len(data),
    )
    return b"\x00\x01" + struct.pack("<H", len(area) + len(data)) + area + data


def rows_of(text: str, width: int) -> int:
    """Lines that `text` takes, broken where a line of `width` pixels is full."""
    rows, used = 1, 0
    for c in text:
        wide = GLYPH * len(encode(c)) // 2
        if used and used + wide > width:
            rows, used = rows + 1, 0
        used += wide
    return rows


def clear_payload(options: OnbonOptions) -> bytes:
    """Payload of A3 06 that deletes our area and adds none: other areas of the card stay."""
    return bytes([0x01, options.area_id, 0x00])


def _code(c: str, charset: Literal["gb2312", "gbk"]) -> bytes:
    """The card's code for `c`, empty when its font has none."""
    try:
        code = c.encode("gb18030")
    except UnicodeEncodeError:  # half a surrogate pair
        return b""
    if len(code) > 2 or "\ue000" <= c <= "\uf8ff":
        return b""
    gb2312 = len(code) == 1 or (0xA1 <= code[0] <= 0xF7 and code[1] >= 0xA1)
    return code if charset == "gbk" or gb2312 else b""


SPEC: DriverSpec = DriverSpec(
    name="onbon_bx",
    kind=Kind.DISPLAY,
    title="Onbon BX-5K / BX-6K LED panel",
    options=OnbonOptions,
    open=OnbonPanel,
)
