"""Thermal ticket printers with ESC/POS commands and a Chinese font, through python-escpos.

    [[kiosks.peripherals]]
    id = "printer"
    driver = "escpos"
    options = { port = "/dev/ttyS0", baud = 19200, columns = 48 }
    # or { host = "192.168.1.87", tcp_port = 9100 }, or { file = "/dev/usb/lp0" }

Manuals: Epson TM-U220A pp. 54-83 and Citizen CT-S2000 (status), Sureprint SP91 p. 66 and SPRT
SP-series pp. 45-48 (Chinese mode). Framing: none; commands are byte sequences in the stream.

A job runs: status (DLE EOT 1, 2, 4), set-up, slip, GS r 1, its answer, status again. Only an
answered GS r with a printer that is well afterwards counts as printed. Once a byte of the slip has
left, everything else is *unsure*: the printer may hold the rest and print it on the next roll,
so the next job first clears its buffers (`10 05 02`, ESC @).
"""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from drivers.errors import PeripheralError, Reason
from drivers.interfaces import DeviceStatus, DriverSpec, Kind, PrintOutcome, PrintResult
from drivers.papers.layout import lay_out
from drivers.papers.slip import Slip
from drivers.printers.escpos_dialogue import Dialogue
from drivers.printers.escpos_status import Condition
from drivers.status import Paper, State
from drivers.transports import FileOptions, SerialOptions, TcpOptions, open_transport

BITS_PER_BYTE = 10  # on a serial line: start, eight data, stop
LOOK = "Look whether the ticket came out whole before printing it again."
ADVICE = {
    Reason.PAPER_OUT: "Load a new roll of paper.",
    Reason.COVER_OPEN: "Close the cover.",
    Reason.PRINTER_FAULT: "Clear the fault at the printer, or switch it off and on.",
}


class EscposOptions(BaseModel):
    """Options of an `escpos` printer: exactly one of `port`, `host` or `file` says where it is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    port: str | None = Field(default=None, description="Serial device, e.g. /dev/ttyS0")
    baud: int = Field(default=9600, ge=50, le=4_000_000, description="Bits per second")
    host: str | None = Field(default=None, description="Address of a network printer")
    tcp_port: int = Field(default=9100, ge=1, le=65535, description="TCP port, with host")
    connect_timeout_s: float = Field(default=3.0, gt=0, le=60, description="To get a connection")
    file: str | None = Field(default=None, description="Device file, written only")
    columns: Literal[48, 32] = Field(default=48, description="48 for 80 mm paper, 32 for 58 mm")
    charset: Literal["gb18030", "gb2312"] = Field(
        default="gb18030", description="What its font has; other characters print as 〓"
    )
    codepage: int | None = Field(default=None, ge=0, le=255, description="ESC t, if it needs one")
    qr: Literal["native", "raster"] = Field(
        default="native", description="Whether the printer or the driver draws the QR code"
    )
    qr_module: int = Field(default=6, ge=2, le=16, description="Dots a QR module, where they fit")
    cut: Literal["partial", "full", "none"] = Field(
        default="partial", description="How the knife cuts; none where it has none"
    )
    status: bool = Field(default=True, description="False for boards without status: never sure")
    reply_timeout_s: float = Field(default=1.0, gt=0, le=30, description="DLE EOT to its answer")
    write_timeout_s: float = Field(default=5.0, gt=0, le=120, description="Blocked line, per chunk")
    confirm_timeout_s: float = Field(default=8.0, gt=0, le=300, description="Slip to GS r answer")

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if sum(place is not None for place in (self.port, self.host, self.file)) != 1:
            raise ValueError("give exactly one of port, host (with tcp_port) or file")
        return self

    def place(self) -> SerialOptions | TcpOptions | FileOptions:
        """The transport's part of the options."""
        if self.port is not None:
            return SerialOptions(port=self.port, baud=self.baud)
        if self.host is not None:
            return TcpOptions(
                host=self.host,
                tcp_port=self.tcp_port,
                connect_timeout_s=self.connect_timeout_s,
            )
        return FileOptions(file=self.file or "")


class EscposPrinter:
    """A `TicketPrinter`. A broken connection is opened anew by the next call."""

    def __init__(self, options: EscposOptions) -> None:
        self._options = options
        self._talk: Dialogue | None = None
        self._leftovers = True  # whoever used the printer before may have broken off half-way
        self._mute = False  # it let a whole job pass without any answer
        self._connect()

    def status(self) -> DeviceStatus:
        """See `Device.status`."""
        talk = self._connect()
        if not self._asks(talk):
            return DeviceStatus(State.ONLINE, Paper.UNKNOWN, detail="gives no status")
        try:
            talk.begin()
            now = talk.condition()
        except PeripheralError:
            self.close()
            raise
        if not now.answered:
            return DeviceStatus(State.OFFLINE, now.paper, detail="no answer to a status request")
        state = State.ONLINE
        if now.reason is not None:
            fault = now.reason is Reason.PRINTER_FAULT
            state = State.HARDWARE_ERROR if fault else State.OFFLINE
        return DeviceStatus(state, now.paper, now.cover_open, detail=now.detail)

    def print_slip(self, slip: Slip) -> PrintResult:
        """See `TicketPrinter.print_slip`."""
        from drivers.printers.escpos_slip import compose, substituted

        lines = lay_out(slip, self._options.columns)
        chunks = compose(lines, self._options)
        before = self._before()
        if before.reason is not None:
            return _result(PrintOutcome.NOT_PRINTED, before)
        sending = self._send(chunks)
        if sending is not None:
            return sending
        result = self._after(before)
        missing = substituted(slip.hall + slip.service + (slip.notice or ""), self._options.charset)
        if not missing:
            return result
        advice = f"{result.advice} Not in the printer's font, printed as 〓: {missing}".strip()
        return PrintResult(result.outcome, result.paper, result.reason, advice)

    def close(self) -> None:
        """See `Device.close`."""
        talk, self._talk = self._talk, None
        if talk is not None:
            talk.transport.close()

    def _connect(self) -> Dialogue:
        if self._talk is None:
            transport = open_transport(self._options.place())
            self._talk = Dialogue(transport, self._options.reply_timeout_s)
        return self._talk

    def _asks(self, talk: Dialogue) -> bool:
        return self._options.status and talk.transport.can_read

    def _before(self) -> Condition:
        """Make the printer ready; nothing of the slip has been sent yet, so one loss is forgiven.

        Raises PeripheralError when no connection can be had.
        """
        try:
            return self._ready(self._connect())
        except PeripheralError as error:
            # Network printers drop idle connections; that shows only now.
            self.close()
            if error.reason not in (Reason.LOST, Reason.SILENT):
                raise
        try:
            return self._ready(self._connect())
        except PeripheralError as error:
            self.close()
            if error.reason not in (Reason.LOST, Reason.SILENT):
                raise
            return Condition(reason=error.reason, detail=error.detail, answered=False)

    def _ready(self, talk: Dialogue) -> Condition:
        if talk.transport.can_read:
            talk.begin()
        if not self._asks(talk):
            return Condition(answered=False)
        now = talk.condition()
        if now.reason is Reason.PRINTER_FAULT and now.recoverable:
            now = talk.recover(now)
        elif now.answered and now.reason is None and self._leftovers:
            talk.clear_buffers()
        return now

    def _send(self, chunks: list[bytes]) -> PrintResult | None:
        """Send the job. None when all of it was taken; a result when the connection failed."""
        talk = self._connect()
        self._leftovers = True
        for index, chunk in enumerate(chunks):
            try:
                talk.transport.write(chunk, self._deadline_s(chunk))
            except PeripheralError as error:
                # A half command may be out: no question may follow it on this connection.
                self.close()
                if index > 1 or (index == 1 and error.sent):
                    return _unsure(error.reason, error.detail)
                why = Condition(reason=error.reason, detail=error.detail)
                return _result(PrintOutcome.NOT_PRINTED, why)
        return None

    def _after(self, before: Condition) -> PrintResult:
        talk = self._connect()
        if not self._asks(talk):
            return _unsure(Reason.UNCONFIRMED, "this printer gives no status")
        try:
            timeout_s = self._options.confirm_timeout_s
            if self._mute and not before.answered:
                timeout_s = min(timeout_s, self._options.reply_timeout_s)
            done, now = talk.await_processed(timeout_s, ask=before.answered)
            self._mute = not (done or before.answered or now.answered)
            if now.reason is not None:
                # Else the rest would come out on the new roll, as someone else's ticket.
                talk.clear_buffers()
                return _unsure(now.reason, now.detail, now.paper)
        except PeripheralError as error:
            self.close()
            return _unsure(error.reason, error.detail)
        if not done or (before.answered and not now.answered):
            if before.answered:
                return _unsure(Reason.UNCONFIRMED, "no answer that the slip was done", now.paper)
            return _unsure(Reason.UNCONFIRMED, "this printer answers no status request", now.paper)
        self._leftovers = False
        advice = "The paper is nearly used up." if now.paper is Paper.LOW else ""
        return PrintResult(PrintOutcome.PRINTED, now.paper, advice=advice)

    def _deadline_s(self, chunk: bytes) -> float:
        deadline = self._options.write_timeout_s
        if self._options.port is not None:
            deadline += len(chunk) * BITS_PER_BYTE / self._options.baud
        return deadline


def _result(outcome: PrintOutcome, why: Condition) -> PrintResult:
    assert why.reason is not None
    advice = f"{why.detail[:1].upper()}{why.detail[1:]}. {ADVICE.get(why.reason, '')}".strip()
    return PrintResult(outcome, why.paper, why.reason.value, advice)


def _unsure(reason: Reason, detail: str, paper: Paper = Paper.UNKNOWN) -> PrintResult:
    result = _result(PrintOutcome.UNSURE, Condition(paper, reason, detail))
    return PrintResult(result.outcome, result.paper, result.reason, f"{result.advice} {LOOK}")


def _open(options: EscposOptions) -> EscposPrinter:
    # The library takes a third of a second to import: at opening, not at the first ticket.
    import drivers.printers.escpos_slip  # noqa: F401

    return EscposPrinter(options)


SPEC: DriverSpec = DriverSpec(
    name="escpos",
    kind=Kind.TICKET_PRINTER,
    title="ESC/POS thermal printer with Chinese font",
    options=EscposOptions,
    open=_open,
)
