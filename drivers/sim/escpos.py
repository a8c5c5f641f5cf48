"""A simulated ESC/POS printer with a Chinese font, at a TCP port or on a PTY.

    hall-devices sim escpos --option tcp_port=9100
    hall-devices sim escpos --option link=/tmp/printer

It prints from a buffer at its own pace, answers DLE EOT on arrival, GS r in its turn, and sends
automatic status once GS a asks for it. Offline (no paper, cover open, cutter jammed, error) it
stops printing and keeps the rest, as real printers do: after new paper the old ticket goes on,
unless `10 05 02` cleared the buffers. Control lines: `load_paper`, `plug`, `unplug`; faults:

    near_end       the roll is nearly used up
    paper_out      the roll is used up, now
    out_at_byte    it will be, after so many more bytes of print data
    out_at_line    it will be, after so many more printed lines
    cover_open     now
    jam_at_cut     the cutter jams at the next cut (a jam goes with `10 05 01` or `02`)
    unrecoverable  an error that only `power_cycle` clears
    hot            the head is too hot
    dead_at_byte   after so many more bytes it does and says nothing any more
    drop_at_byte   after so many more bytes it breaks the connection
    silent         prints and answers nothing
    no_gs_r        answers DLE EOT, but not GS r
    bytes_per_s    prints no faster (null: at once)
    buffer_size    bytes it takes before it makes the other side wait
    late_ms        pause before an answer
    asb            mask of automatic status, as after GS a
"""

import threading
import time
from pathlib import Path
from typing import ClassVar

from drivers.sim.base import Simulator
from drivers.sim.escpos_stream import CutMark, Interpreter, Printed, TextLine
from drivers.sim.ports import PtyPort, TcpPort

TICK_S = 0.02


class EscposSimulator(Simulator):
    """The printer: a receiving side on the port's thread, a printing side on its own."""

    name = "escpos"
    controls: ClassVar[tuple[str, ...]] = ("plug", "unplug", "load_paper", "power_cycle")
    faults: ClassVar[tuple[str, ...]] = (
        "near_end",
        "paper_out",
        "out_at_byte",
        "out_at_line",
        "cover_open",
        "jam_at_cut",
        "unrecoverable",
        "hot",
        "dead_at_byte",
        "drop_at_byte",
        "silent",
        "no_gs_r",
        "bytes_per_s",
        "buffer_size",
        "late_ms",
        "asb",
    )

    def __init__(
        self,
        *,
        tcp_port: int = 0,
        link: str | Path | None = None,
        pty: bool = False,
        columns: int = 48,
        chinese_at_power_on: bool = True,
    ) -> None:
        super().__init__(PtyPort(link) if pty or link else TcpPort(tcp_port))
        self.columns = columns
        self.near_end = False
        self.paper_out = False
        self.out_at_byte: int | None = None
        self.out_at_line: int | None = None
        self.cover_open = False
        self.jam_at_cut = False
        self.unrecoverable = False
        self.hot = False
        self.dead_at_byte: int | None = None
        self.drop_at_byte: int | None = None
        self.silent = False
        self.no_gs_r = False
        self.bytes_per_s: float | None = None
        self.buffer_size = 4096
        self.late_ms = 0.0
        self.asb = 0
        self.jammed = False
        self._chinese = chinese_at_power_on
        self._interpreter = Interpreter(columns, chinese_at_power_on)
        self._buffer = bytearray()
        self._realtime = bytearray()
        self._told = b""
        self._lock = threading.Condition()
        self._stopped = threading.Event()
        self._printing: threading.Thread | None = None

    def start(self) -> None:
        """See `Simulator.start`."""
        super().start()
        self._printing = threading.Thread(target=self._print, name="sim escpos", daemon=True)
        self._printing.start()

    def stop(self) -> None:
        """See `Simulator.stop`."""
        self._stopped.set()
        super().stop()
        if self._printing is not None:
            self._printing.join()

    def load_paper(self) -> None:
        """Put in a new roll and close the cover; printing goes on with what the buffer holds."""
        with self._lock:
            self.paper_out = self.near_end = self.cover_open = False
            self.out_at_byte = self.out_at_line = None

    def power_cycle(self) -> None:
        """Off and on again: buffers and settings are gone, the paper stays as it is."""
        with self._lock:
            self._buffer.clear()
            self._realtime.clear()
            items = self._interpreter.items
            self._interpreter = Interpreter(self.columns, self._chinese, items)
            self.unrecoverable = self.jammed = self.port.paused = False
            self.dead_at_byte = None

    @property
    def printed(self) -> tuple[Printed, ...]:
        """What came out of the printer since the start."""
        with self._lock:
            return tuple(self._interpreter.items)

    @property
    def paper(self) -> list[str]:
        """The text lines that came out."""
        return [item.text for item in self.printed if isinstance(item, TextLine)]

    @property
    def held(self) -> int:
        """Bytes waiting in the buffer."""
        with self._lock:
            return len(self._buffer)

    def handle(self, data: bytes) -> None:
        """Take bytes: realtime commands act now, wherever they stand; all go to the buffer."""
        with self._lock:
            if self.dead_at_byte == 0:
                return
            for byte in data:
                self._realtime.append(byte)
                del self._realtime[:-3]
                self._buffer.append(byte)
                self._obey_realtime(bytes(self._realtime))
            self.port.paused = len(self._buffer) >= self.buffer_size
            self._lock.notify_all()

    @property
    def offline(self) -> bool:
        """Whether it has stopped printing."""
        return self.paper_out or self.cover_open or self._error

    @property
    def _error(self) -> bool:
        return self.jammed or self.unrecoverable or self.hot

    def _obey_realtime(self, last: bytes) -> None:
        if len(last) == 3 and last[:2] == b"\x10\x04" and 1 <= last[2] <= 4:
            self._send(bytes([self._status(last[2])]))
        elif last in (b"\x10\x05\x01", b"\x10\x05\x02"):
            self.jammed = False
            if last[2] == 2:
                self._buffer.clear()
                self._interpreter.clear()

    def _status(self, n: int) -> int:
        match n:
            case 1:
                return 0x12 | (0x08 if self.offline else 0)
            case 2:
                cause = (0x04 if self.cover_open else 0) | (0x20 if self.paper_out else 0)
                return 0x12 | cause | (0x40 if self._error else 0)
            case 3:
                jam = 0x08 if self.jammed else 0
                return 0x12 | jam | (0x20 if self.unrecoverable else 0) | (0x40 if self.hot else 0)
            case _:
                near = 0x0C if self.near_end or self.paper_out else 0
                return 0x12 | near | (0x60 if self.paper_out else 0)

    def _asb_block(self) -> bytes:
        first = 0x10 | (0x08 if self.offline else 0) | (0x20 if self.cover_open else 0)
        second = (0x08 if self.jammed else 0) | (0x20 if self.unrecoverable else 0)
        second |= 0x40 if self.hot else 0
        third = (0x03 if self.near_end or self.paper_out else 0) | (0x0C if self.paper_out else 0)
        return bytes((first, second, third, 0))

    def _send(self, answer: bytes) -> None:
        if not self.silent and self.dead_at_byte != 0:
            time.sleep(self.late_ms / 1000)
            self.port.send(answer)

    def _print(self) -> None:
        while not self._stopped.is_set():
            with self._lock:
                self._tell_changes()
                if self.offline or self.dead_at_byte == 0 or not self._buffer:
                    self._lock.wait(TICK_S)
                    continue
                drop = self._print_some()
            if drop:  # not under the lock, which the port's thread may be waiting for
                self.port.drop()
            if self.bytes_per_s:
                self._stopped.wait(max(TICK_S, 1 / self.bytes_per_s))

    def _print_some(self) -> bool:
        """Print what there is or the pace allows; whether the connection is to break now."""
        drop = False
        allowed = max(1, int(self.bytes_per_s * TICK_S)) if self.bytes_per_s else len(self._buffer)
        while allowed and self._buffer and not self.offline and self.dead_at_byte != 0:
            allowed -= 1
            if self._countdown("out_at_byte"):
                self.paper_out = True
                break
            if drop := self._countdown("drop_at_byte"):
                break
            self._countdown("dead_at_byte")
            self._print_byte(self._buffer.pop(0))
        self.port.paused = len(self._buffer) >= self.buffer_size
        return drop

    def _countdown(self, name: str) -> bool:
        """Count one byte of print data; whether the fault strikes before it."""
        left: int | None = getattr(self, name)
        if left is None:
            return False
        setattr(self, name, left - 1 if left else None)
        return left == 0

    def _print_byte(self, byte: int) -> None:
        before = len(self._interpreter.items)
        self._interpreter.feed(byte)
        for item in self._interpreter.items[before:]:
            if isinstance(item, TextLine) and self._countdown("out_at_line"):
                self.paper_out = True
            if isinstance(item, CutMark) and self.jam_at_cut:
                self.jam_at_cut = False
                self.jammed = True
                self._interpreter.items.remove(item)
        for command in self._interpreter.replies:
            self._answer(command)
        self._interpreter.replies.clear()

    def _answer(self, command: bytes) -> None:
        kind, n = command[1], command[2]
        if kind == 0x72 and not self.no_gs_r:
            near = 0x03 if self.near_end else 0
            self._send(bytes([near if n in (1, 49) else 0]))
        elif kind == 0x49:
            self._send(b"\x5fSIM-80\x00" if n >= 65 else b"\x20")
        elif kind == 0x61:
            self.asb = n
            self._told = b""

    def _tell_changes(self) -> None:
        block = self._asb_block()
        if self.asb and block != self._told and self.dead_at_byte != 0:
            self._told = block
            self._send(block)


SIMULATOR = EscposSimulator
