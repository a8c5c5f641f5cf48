"""Thermal ticket printers with ESC/POS commands and a Chinese font, through python-escpos.

    [[kiosks.peripherals]]
    id = "printer"
    driver = "escpos"
    options = { port = "/dev/ttyS0", baud = 19200, columns = 48 }
    # or { host = "192.168.1.87", tcp_port = 9100 }, or { file = "/dev/usb/lp0" }
    # or { usb = "0416:5011", columns = 32, cut = "none" }
    # a font that lacks characters: { port = "/dev/ttyS0", charset = "gb2312", missing = "raster" }
    # no Chinese font at all: { host = "192.168.1.87", text = "raster", qr = "raster" }
    # a serial printer that overruns: { port = "/dev/ttyS0", flow = "xonxoff" }
    # or without any flow control: { port = "/dev/ttyS0", pace = 700 }
    # in a kiosk with a presenter: { port = "/dev/ttyS0", presenter = "custom", cut = "full" }

Manuals: Epson TM-U220A pp. 54-83 and Citizen CT-S2000 (status), Sureprint SP91 p. 66 and SPRT
SP-series pp. 45-48 (Chinese mode), Citizen PPU-700 pp. 57-61 and 121, PPU-231II p. 78 and Custom
KPM210 pp. 36 and 76 (presenters). Framing: none; commands are byte sequences in the stream. The
way of a job stands at the top of `escpos_printer.py`.
"""

from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    model_validator,
)

from drivers.errors import PeripheralError, Reason
from drivers.interfaces import Belief, DriverSpec, Kind
from drivers.papers.raster import draw_text, find_font
from drivers.printers.escpos_status import AnswerStream, Realtime
from drivers.printers.escpos_traits import Charset, Knife, Look, Manner, Presenter
from drivers.saying import saying
from drivers.transports import (
    FileOptions,
    SerialOptions,
    TcpOptions,
    Transport,
    UsbOptions,
    open_transport,
)
from drivers.transports.paced import PacedTransport
from drivers.transports.serial import Flow
from drivers.transports.unfinished import unfinished_at

if TYPE_CHECKING:
    from drivers.printers.escpos_printer import EscposPrinter

PROBE_S = 0.5
EJECT = b"\x1d\x65\x05"  # Custom's presenters hold a cut ticket until they are told


def _hex(value: str) -> str:
    bytes.fromhex(value)
    return value


Hex = Annotated[
    str,
    AfterValidator(_hex),
    WithJsonSchema({"type": "string", "pattern": "^([0-9A-Fa-f]{2} ?)*$"}),
]


def _number(value: Any) -> Any:
    """The command line gives words."""
    return int(value) if isinstance(value, str) and value.isdecimal() else value


class EscposOptions(BaseModel):
    """Options of an `escpos` printer: one of `port`, `host`, `usb` or `file` says where it is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    port: str | None = Field(
        default=None, min_length=1, description="Serial device, e.g. /dev/ttyS0"
    )
    baud: int = Field(default=9600, ge=50, le=4_000_000, description="Bits per second")
    flow: Flow = Field(default="none", description="How a serial printer says that it is full")
    pace: int | None = Field(
        default=None, ge=10, le=1_000_000, description="Send no more bytes a second than this"
    )
    host: str | None = Field(default=None, min_length=1, description="Address of a network printer")
    tcp_port: int = Field(default=9100, ge=1, le=65535, description="TCP port, with host")
    connect_timeout_s: float = Field(default=3.0, gt=0, le=60, description="To get a connection")
    usb: str | None = Field(
        default=None, description="vid:pid of lsusb, e.g. 0416:5011, or vid:pid:serial"
    )
    file: str | None = Field(
        default=None, min_length=1, description="Device file, e.g. /dev/usb/lp0"
    )
    columns: Annotated[Literal[48, 32], BeforeValidator(_number)] = Field(
        default=48, description="48 for 80 mm paper, 32 for 58 mm"
    )
    charset: Charset = Field(
        default="gb18030",
        description="What it is set to, and for gb2312 that its font has no more than that",
    )
    missing: Literal["substitute", "raster"] = Field(
        default="substitute",
        description="A character that its font lacks: 〓, or its whole line as a picture",
    )
    text: Literal["font", "raster"] = Field(
        default="font", description="raster: all of the slip as pictures, for want of a font"
    )
    raster_font: str | None = Field(
        default=None, description="Font file for pictures; by itself it finds Noto Sans CJK"
    )
    codepage: int | None = Field(default=None, ge=0, le=255, description="ESC t, if it needs one")
    after_init: Hex | None = Field(
        default=None, description="Bytes (hex) behind ESC @, e.g. 1C 43 FF"
    )
    qr: Literal["native", "raster"] = Field(
        default="native", description="Whether the printer or the driver draws the QR code"
    )
    qr_module: int = Field(default=6, ge=2, le=16, description="Dots a QR module, where they fit")
    cut: Knife = Field(default="partial", description="How the knife cuts; none where it has none")
    presenter: Presenter = Field(
        default="none", description="Whose presenter holds the cut ticket: Citizen's or Custom's"
    )
    after_cut: Hex | None = Field(
        default=None, description="Bytes (hex) behind the cut; 1D 65 05 (eject) for Custom's"
    )
    status: bool = Field(default=True, description="False for boards without status: never sure")
    asb: Literal["auto", "off"] = Field(
        default="auto", description="Have it tell changes by itself (GS a), where it can"
    )
    watch: bool = Field(default=True, description="Ask it also while it prints; tells a restart")
    reply_timeout_s: float = Field(default=1.0, gt=0, le=30, description="DLE EOT to its answer")
    write_timeout_s: float = Field(default=5.0, gt=0, le=120, description="Not one byte was taken")
    confirm_timeout_s: float = Field(
        default=8.0, gt=0, le=300, description="Slip to GS r answer, once it took all of it"
    )

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if sum(place is not None for place in (self.port, self.host, self.usb, self.file)) != 1:
            raise ValueError(saying("give exactly one of port, host (with tcp_port), usb or file"))
        if self.usb is not None:
            UsbOptions(usb=self.usb)
        return self

    def place(self) -> SerialOptions | TcpOptions | UsbOptions | FileOptions:
        """The transport's part of the options."""
        if self.port is not None:
            return SerialOptions(port=self.port, baud=self.baud, flow=self.flow)
        if self.host is not None:
            return TcpOptions(
                host=self.host,
                tcp_port=self.tcp_port,
                connect_timeout_s=self.connect_timeout_s,
            )
        if self.usb is not None:
            return UsbOptions(usb=self.usb)
        return FileOptions(file=self.file or "")

    def look(self) -> Look:
        """The slip's part of the options. Raises BAD_OPTION for want of a font to draw with."""
        eject = EJECT if self.presenter == "custom" else b""
        return Look(
            columns=self.columns,
            charset=self.charset,
            all_drawn=self.text == "raster",
            font=self._font(),
            codepage=self.codepage,
            after_init=bytes.fromhex(self.after_init or ""),
            native_qr=self.qr == "native" and self.text == "font",
            qr_module=self.qr_module,
            cut=self.cut,
            after_cut=eject if self.after_cut is None else bytes.fromhex(self.after_cut),
            baud=self._line_baud,
        )

    def manner(self) -> Manner:
        """The conversation's part of the options."""
        return Manner(
            status=self.status,
            asb=self.asb == "auto",
            watch=self.watch,
            presenter=self.presenter,
            reply_timeout_s=self.reply_timeout_s,
            write_timeout_s=self.write_timeout_s,
            confirm_timeout_s=self.confirm_timeout_s,
            baud=self._line_baud,
        )

    @property
    def _line_baud(self) -> int | None:
        return None if self.port is None else self.baud

    def _font(self) -> str | None:
        """The font file to draw with; None when nothing of a slip is drawn with one."""
        if self.missing == "substitute" and self.text == "font":
            return None
        font = find_font(self.raster_font)
        if font is None:
            wanted = self.raster_font or saying("no Chinese font is installed")
            raise PeripheralError(
                Reason.BAD_OPTION,
                saying("nothing to draw characters with: {wanted}", wanted=wanted),
                advice=saying(
                    "apt-get install fonts-noto-cjk, or name a font file with raster_font."
                ),
                sent=False,
            )
        return font


def connect(options: EscposOptions) -> Transport:
    """Open the printer's transport. Raises PeripheralError NO_DEVICE, BUSY or BAD_OPTION."""
    transport = open_transport(options.place())
    return transport if options.pace is None else PacedTransport(transport, options.pace)


def probe(transport: Transport) -> Belief | None:
    """Whether an ESC/POS printer answers: DLE EOT 1, then 4, each with one byte of that form."""
    for question in (b"\x10\x04\x01", b"\x10\x04\x04"):
        transport.write(question, PROBE_S)
        heard = transport.read(16, PROBE_S)
        answers = list(AnswerStream().feed(heard))
        if len(heard) != 1 or not isinstance(answers[0] if answers else None, Realtime):
            return None
    return Belief(saying("answers DLE EOT 1 and 4 as ESC/POS printers do"))


def _open(options: EscposOptions) -> "EscposPrinter":
    # The libraries and a font take half a second to load: at opening, not at the first ticket.
    from drivers.printers.escpos_printer import EscposPrinter

    look = options.look()
    if look.font:
        draw_text("号", look.font)
    return EscposPrinter(
        look, options.manner(), lambda: connect(options), lambda: unfinished_at(options.place())
    )


SPEC: DriverSpec = DriverSpec(
    name="escpos",
    kind=Kind.TICKET_PRINTER,
    title="ESC/POS thermal printer with Chinese font",
    options=EscposOptions,
    open=_open,
    probe=probe,
    speeds=(9600, 19200, 38400, 115200),
)
