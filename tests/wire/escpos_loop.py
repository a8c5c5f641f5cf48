"""The driver and the printer in one process, with a clock that only they move: no time is waited.

The simulator's machine stands behind a transport; whoever reads without an answer makes the time
pass. What lies on its paper is the judge of what the driver claims.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from drivers.errors import PeripheralError, Reason
from drivers.interfaces import PrintOutcome
from drivers.papers.slip import Slip
from drivers.printers.escpos import EscposOptions
from drivers.printers.escpos_printer import EscposPrinter
from drivers.sim.escpos_machine import Machine
from drivers.sim.escpos_printed import CutMark, Feed, Printed, TextLine

SHORT = Slip.model_validate(
    {
        "hall": "冷水镇",
        "number": "A1",
        "service": "社保",
        "waiting": 0,
        "issued_at": "2026-11-24T09:30:00+08:00",
        "qr": "A1",
    }
)


class LoopPrinter(Machine):
    """A printer and its cable. `plugged` false: nobody can connect."""

    def __init__(self, **options: Any) -> None:
        self.time = 0.0
        self.answers = bytearray()
        self.plugged = True
        self.connection = 0
        self.byte_s = 0.0  # how long a byte takes on the line
        self.heard = bytearray()
        super().__init__(now=lambda: self.time, **options)

    def send(self, answer: bytes) -> None:
        self.answers += answer

    def break_connection(self) -> None:
        self.connection += 1
        self.answers.clear()

    def connect(self) -> "LoopTransport":
        if not self.plugged:
            raise PeripheralError(Reason.NO_DEVICE, "no such printer", sent=False)
        self.connection += 1
        self.answers.clear()
        return LoopTransport(self)

    def pass_time(self, seconds: float) -> None:
        """Let it work while the time goes on."""
        end = self.time + max(seconds, 1e-3)
        self.work()
        while self.time < end - 1e-9:
            self.time = min(end, self.time + 0.05)
            self.work()


class LoopTransport:
    """A `Transport` straight into a `LoopPrinter`."""

    sensitive = False
    can_read = True

    def __init__(self, printer: LoopPrinter) -> None:
        self.written = 0
        self._printer = printer
        self._connection = printer.connection

    def write(self, data: bytes, deadline_s: float) -> None:
        """Whole commands go at once; a full printer takes what it has room for."""
        printer = self._printer
        self._check(sent=False)
        end = printer.time + deadline_s
        begun = self.written
        while data:
            room = len(data)
            if not (printer.overrun or printer.xonxoff):
                room = max(0, printer.buffer_size - printer.buffered)
            part, data = data[:room], data[room:]
            self.written += len(part)
            printer.heard += part
            for piece in self._pieces(part):
                printer.take(piece)
                printer.pass_time(len(piece) * printer.byte_s) if printer.byte_s else printer.work()
            self._check(sent=True)
            if data and not part:
                if printer.time >= end:
                    detail = f"took {self.written - begun} bytes"
                    raise PeripheralError(Reason.SILENT, detail, sent=self.written > begun)
                printer.pass_time(0.05)

    def read(self, limit: int, timeout_s: float) -> bytes:
        printer = self._printer
        self._check(sent=True)
        if not printer.answers:
            printer.pass_time(timeout_s)
        self._check(sent=True)
        data = bytes(printer.answers[:limit])
        del printer.answers[:limit]
        return data

    def close(self) -> None:
        self._connection = -1

    def _pieces(self, data: bytes) -> list[bytes]:
        size = 16 if self._printer.byte_s else max(1, len(data))
        return [data[at : at + size] for at in range(0, len(data), size)]

    def _check(self, *, sent: bool) -> None:
        if self._connection != self._printer.connection or not self._printer.plugged:
            raise PeripheralError(Reason.LOST, "lost the printer", sent=sent)


def driver_of(printer: LoopPrinter, **options: Any) -> EscposPrinter:
    """The real driver at the printer; `host` only names it."""
    told = EscposOptions.model_validate({"host": "loop", **options})
    return EscposPrinter(told.look(), told.manner(), printer.connect, now=lambda: printer.time)


def slips_on(items: Sequence[Printed]) -> list[tuple[Printed, ...]]:
    """The pieces of paper between cuts, each with its cut; a last one without, if there is one."""
    pieces: list[list[Printed]] = [[]]
    for item in items:
        pieces[-1].append(item)
        if isinstance(item, CutMark):
            pieces.append([])
    return [tuple(piece) for piece in pieces if piece]


def is_blank(piece: Sequence[Printed]) -> bool:
    """Whether nothing but white paper is on it."""
    return all(
        isinstance(item, Feed | CutMark) or (isinstance(item, TextLine) and not item.text.strip())
        for item in piece
    )


@cache
def undisturbed(slip: Slip, **options: Any) -> tuple[tuple[Printed, ...], int]:
    """The whole slip as it comes out, and how many bytes the printer hears for it."""
    printer = LoopPrinter(columns=options.get("columns", 48))
    result = driver_of(printer, **options).print_slip(slip)
    assert result.outcome.value == "printed", result
    (piece,) = slips_on(printer.items)
    return piece, len(printer.heard)


RARE = SHORT.model_copy(update={"service": "㐀"})  # in no printer's font, in ours
VARIANTS: dict[str, dict[str, Any]] = {
    "native": {},
    "qr-raster": {"qr": "raster", "qr_module": 2},
    "rare-glyph": {"missing": "raster"},
}


def slip_of(options: dict[str, Any]) -> Slip:
    """The slip that shows what the options are about."""
    return RARE if options.get("missing") == "raster" else SHORT


def load(printer: LoopPrinter) -> None:
    printer.load()


def power_on(printer: LoopPrinter) -> None:
    printer.restart()
    printer.pass_time(1)


def nothing(printer: LoopPrinter) -> None:
    printer.pass_time(1)


FAULTS: dict[str, Callable[[LoopPrinter], None]] = {
    "out_at_byte": load,
    "cover_at_byte": load,
    "dead_at_byte": power_on,
    "reset_at_byte": nothing,
    "drop_at_byte": nothing,
}


LONGEST_S = 20.0  # that a citizen waits for a printer that does not come to an end


def play(
    fault: str,
    at: int,
    *,
    baud: int | None = None,
    garbage: str = "",
    boot_s: float = 0.5,
    **options: Any,
) -> PrintOutcome:
    """One job with the fault, then what a hand does, then the next job; the paper is the judge.

    With `baud` the bytes take their time, as on a serial line. `garbage` and `boot_s`: see the
    simulator.
    """
    slip = slip_of(options)
    if baud:
        options |= {"port": "loop", "host": None, "baud": baud}
    whole, _ = undisturbed(slip, **options)
    printer = LoopPrinter(columns=options.get("columns", 48))
    printer.byte_s = 10 / baud if baud else 0.0
    printer.garbage, printer.boot_s = garbage, boot_s
    driver = driver_of(printer, **options)
    setattr(printer, fault, at)
    begun = printer.time
    result = driver.print_slip(slip)
    pieces = slips_on(printer.items)
    where = f"{fault} {at} {garbage} {options}: {result}"
    assert printer.time - begun < LONGEST_S, f"{printer.time - begun:.1f} s, {where}"
    if result.outcome is PrintOutcome.PRINTED:
        assert pieces == [whole], f"false printed, {where}"
    if result.outcome is PrintOutcome.NOT_PRINTED:
        assert is_blank(printer.items), f"false not_printed, {where}"
    setattr(printer, fault, None)
    FAULTS[fault](printer)
    printer.pass_time(1)
    came_out = len(printer.items)
    again = driver.print_slip(slip)
    assert again.outcome is PrintOutcome.PRINTED, f"not mended, {where}; {again}"
    *old, last = slips_on(printer.items)
    assert last == whole, f"something of an old slip on a new one, {where}"
    if fault in ("out_at_byte", "cover_at_byte"):
        new = slips_on(printer.items[came_out:])
        assert all(is_blank(piece) for piece in new[:-1]), f"an old slip on the new roll, {where}"
    assert sum(piece == whole for piece in old) <= (result.outcome is not PrintOutcome.NOT_PRINTED)
    return result.outcome
