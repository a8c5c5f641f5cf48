"""The simulated printer without its cable: bytes go in, time passes, paper and answers come out.

It has no thread and no port, so that a test can play every fault at every byte without waiting.
`EscposSimulator` puts it behind a port and gives it the time.
"""

import re
import time
from collections.abc import Callable

from drivers.sim.escpos_printed import CutMark, Eject, Printed, Raster, TextLine
from drivers.sim.escpos_stream import Interpreter

XON, XOFF = b"\x11", b"\x13"
ROOM = 0.25  # of the buffer: so full it may be when it says go on
REALTIME = re.compile(rb"\x10[\x04\x05].", re.DOTALL)
COUNTDOWNS = (
    "out_at_byte",
    "cover_at_byte",
    "drop_at_byte",
    "dead_at_byte",
    "reset_at_byte",
    "hang_at_byte",
)


class Machine:
    """State of the printer; the attributes that `drivers/sim/escpos.py` lists are its faults.

    `send` gets its answers, `break_connection` is called when the connection is to break, `now`
    tells the time in seconds.
    """

    def __init__(
        self,
        *,
        columns: int = 48,
        chinese_at_power_on: bool = True,
        font: str = "gb18030",
        charset: str = "gb",
        presenter: str = "none",
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.columns = columns
        self.presenter = presenter
        self.near_end = self.paper_out = self.cover_open = self.jam_at_cut = False
        self.unrecoverable = self.hot = self.silent = self.no_gs_r = self.jammed = False
        self.paper_jam = self.ticket_waiting = self.overrun = self.xonxoff = False
        self.keeps_half_commands = False
        self.out_at_byte: int | None = None
        self.out_at_line: int | None = None
        self.cover_at_byte: int | None = None
        self.dead_at_byte: int | None = None
        self.drop_at_byte: int | None = None
        self.reset_at_byte: int | None = None
        self.hang_at_byte: int | None = None
        self.lose_in_picture = 0
        self.bytes_per_s: float | None = None
        self.buffer_size = 4096
        self.xoff_at = 0.75  # of the buffer: so full it is when it says stop
        self.boot_s = 0.5
        self.garbage = ""
        self.late_ms = 0.0
        self.asb = 0
        self.restarts = 0
        self.overflowed = 0
        self._now = now
        self._settings = (columns, chinese_at_power_on, font, charset)
        self._interpreter = self._fresh([])
        self._buffer = bytearray()
        self._realtime = b""
        self._told = b""
        self._stopped_host = False
        self._booted_at: float | None = None
        self._paced_at = 0.0

    def send(self, answer: bytes) -> None:
        """Hand an answer to the cable."""
        raise NotImplementedError

    def break_connection(self) -> None:
        """Break the cable's connection."""
        raise NotImplementedError

    @property
    def items(self) -> list[Printed]:
        """What is on paper."""
        return self._interpreter.items

    @property
    def buffered(self) -> int:
        """Bytes that wait to be printed."""
        return len(self._buffer)

    @property
    def full(self) -> bool:
        """Whether it takes no more bytes (hardware flow control, a full socket)."""
        endless = self.overrun or self.xonxoff
        return not endless and len(self._buffer) >= self.buffer_size

    @property
    def offline(self) -> bool:
        """Whether it has stopped printing."""
        return self.paper_out or self.cover_open or self.error

    @property
    def error(self) -> bool:
        """Whether something is broken, stuck or too hot."""
        return self.jammed or self.paper_jam or self.unrecoverable or self.hot

    def load(self) -> None:
        """A new roll, the cover closed; printing goes on with what the buffer holds."""
        self.paper_out = self.near_end = self.cover_open = self.paper_jam = False
        self.out_at_byte = self.out_at_line = self.cover_at_byte = None

    def restart(self) -> None:
        """Off and on: buffers and settings are gone, the paper stays, and it takes `boot_s`."""
        self._buffer.clear()
        self._interpreter = self._fresh(self._interpreter.items)
        self._realtime = self._told = b""
        self.asb = 0
        self.unrecoverable = self.jammed = self._stopped_host = False
        self.dead_at_byte = self.hang_at_byte = None
        self.restarts += 1
        self._booted_at = self._now() + self.boot_s

    def take(self, data: bytes) -> None:
        """Receive: realtime commands act now, wherever they stand; all go to the buffer."""
        if self._away():
            return
        before = self._realtime  # the beginning of a realtime command may have come earlier
        stored = 0
        for found in REALTIME.finditer(before + data):
            end = found.end() - len(before)
            self._store(data[stored:end])
            stored = end
            self._obey_realtime(found[0])
        self._store(data[stored:])
        self._realtime = (before + data)[-2:] if stored < len(data) or not data else b""

    def work(self) -> None:
        """Print what there is and what the time since the last call allows."""
        now = self._now()
        allowed = len(self._buffer)
        if self.bytes_per_s:
            allowed = min(allowed, int((now - self._paced_at) * self.bytes_per_s))
        if allowed or not self._buffer:
            self._paced_at = now
        if self._away():
            return
        self._tell_changes()
        while allowed > 0 and self._buffer and not self.offline:
            if self._strikes():
                break
            count = min(allowed, len(self._buffer), self._interpreter.wants, self._left())
            allowed -= count
            self._print(count)
        self._let_go_on()
        self._tell_changes()

    def _fresh(self, items: list[Printed]) -> Interpreter:
        columns, chinese, font, charset = self._settings
        return Interpreter(columns, chinese, font, charset, items)

    def _away(self) -> bool:
        """Dead, or not yet up again."""
        if self._booted_at is not None and self._now() >= self._booted_at:
            self._booted_at = None
            self.send(bytes.fromhex(self.garbage))
        return self.dead_at_byte == 0 or self._booted_at is not None

    def _store(self, data: bytes) -> None:
        room = max(0, self.buffer_size - len(self._buffer))
        if (self.overrun or self.xonxoff) and len(data) > room:
            self.overflowed += len(data) - room
            data = data[:room]
        self._buffer += data
        if self.xonxoff and not self._stopped_host:
            self._stopped_host = len(self._buffer) >= self.xoff_at * self.buffer_size
            if self._stopped_host:
                self.send(XOFF)

    def _let_go_on(self) -> None:
        if self._stopped_host and len(self._buffer) <= ROOM * self.buffer_size:
            self._stopped_host = False
            self.send(XON)

    def _left(self) -> int:
        """Bytes until the next fault strikes."""
        limits = [n for n in (getattr(self, name) for name in COUNTDOWNS) if n is not None]
        return min(limits, default=1 << 30)

    def _strikes(self) -> bool:
        """Play the faults that come before the next byte; whether printing stops here."""
        due = [name for name in COUNTDOWNS if getattr(self, name) == 0]
        for name in due:
            if name not in ("dead_at_byte", "hang_at_byte"):
                setattr(self, name, None)
        if "out_at_byte" in due:
            self.paper_out = True
        if "cover_at_byte" in due:
            self.cover_open = True
        if "reset_at_byte" in due:
            self.restart()
        if "drop_at_byte" in due:
            self.break_connection()
        return bool(due)

    def _print(self, count: int) -> None:
        for name in COUNTDOWNS:
            left = getattr(self, name)
            if left is not None:
                setattr(self, name, left - count)
        data = bytes(self._buffer[:count])
        del self._buffer[:count]
        if self.lose_in_picture and self._interpreter.in_picture:
            lost = min(self.lose_in_picture, count)
            self.lose_in_picture -= lost
            data = data[lost:]
        before = len(self.items)
        self._interpreter.take(data)
        for item in self.items[before:]:
            self._came_out(item)
        for command in self._interpreter.replies:
            self._answer(command)
        self._interpreter.replies.clear()

    def _came_out(self, item: Printed) -> None:
        if isinstance(item, TextLine | Raster) and self.out_at_line is not None:
            self.paper_out = self.out_at_line == 0
            self.out_at_line = None if self.paper_out else self.out_at_line - 1
        if isinstance(item, CutMark):
            self.ticket_waiting = self.presenter != "none"
            if self.jam_at_cut:
                self.jam_at_cut = False
                self.jammed = True
                self.items.remove(item)
        if isinstance(item, Eject):
            self.ticket_waiting = item.n in (3, 32)

    def _obey_realtime(self, last: bytes) -> None:
        if last[1] == 0x04 and 1 <= last[2] <= 4:
            self._reply(bytes([self._status(last[2])]))
        elif last[1:] == b"\x04\x14" and self.presenter == "custom":
            self._reply(self._full_status())
        elif last[1] == 0x05 and last[2] in (1, 2):
            self.jammed = False
            if last[2] == 2:
                self._buffer.clear()
                if not self.keeps_half_commands:
                    self._interpreter.clear()

    def _status(self, n: int) -> int:
        match n:
            case 1:
                return 0x12 | (0x08 if self.offline else 0)
            case 2:
                cause = (0x04 if self.cover_open else 0) | (0x20 if self.paper_out else 0)
                return 0x12 | cause | (0x40 if self.error else 0)
            case 3:
                error = (0x08 if self.jammed else 0) | (0x04 if self.paper_jam else 0)
                error |= 0x20 if self.unrecoverable else 0
                return 0x12 | error | (0x40 if self.hot else 0)
            case _:
                near = 0x0C if self.near_end or self.paper_out else 0
                if self.presenter == "citizen":  # one bit each for the paper end and the presenter
                    ticket = 0x40 if self.ticket_waiting else 0
                    return 0x12 | near | (0x20 if self.paper_out else 0) | ticket
                return 0x12 | near | (0x60 if self.paper_out else 0)

    def _full_status(self) -> bytes:
        paper = (0x01 if self.paper_out else 0) | (0x04 if self.near_end or self.paper_out else 0)
        paper |= 0x20 if self.ticket_waiting else 0
        return bytes((0x10, 0x0F, paper, 0x02 if self.cover_open else 0, 0, 0))

    def _asb_block(self) -> bytes:
        first = 0x10 | (0x08 if self.offline else 0) | (0x20 if self.cover_open else 0)
        second = (0x08 if self.jammed else 0) | (0x20 if self.unrecoverable else 0)
        second |= (0x40 if self.hot else 0) | (0x04 if self.paper_jam else 0)
        end = 0x04 if self.presenter == "citizen" else 0x0C
        third = (0x03 if self.near_end or self.paper_out else 0) | (end if self.paper_out else 0)
        return bytes((first, second, third, 0))

    def _answer(self, command: bytes) -> None:
        kind, n = command[1], command[2]
        if kind == 0x72 and not self.no_gs_r:
            near = 0x03 if self.near_end else 0
            self._reply(bytes([near if n in (1, 49) else 0]))
        elif kind == 0x49:
            self._reply(b"\x5fSIM-80\x00" if n >= 65 else b"\x20")
        elif kind == 0x61:
            self.asb = n
            self._told = b""
            self._tell_changes()

    def _tell_changes(self) -> None:
        block = self._asb_block()
        if self.asb and block != self._told:
            self._told = block
            self._reply(block)

    def _reply(self, answer: bytes) -> None:
        if not self.silent and self.dead_at_byte != 0:
            if self.late_ms:
                time.sleep(self.late_ms / 1000)
            self.send(answer)
