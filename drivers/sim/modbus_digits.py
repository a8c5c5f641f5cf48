"""Simulated Modbus RTU digit displays: registers, exceptions, broadcasts, several on one line.

Written from the protocol alone. A frame with a wrong CRC or for another address is ignored.

    hall-devices sim modbus_digits --option link=/tmp/line --option addresses=1,2,3
"""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from drivers.sim.base import Simulator
from drivers.sim.faults import Limits
from drivers.sim.ports import Port, PtyPort, TcpPort

VALUE, TEXT, TEXT_END, COUNTER = 0x88, 0x70, 0x80, 0x1D
BUFFER_LIMIT, ASCII_LIMIT = 1024, 40
SILENCE_S = 0.1  # far longer than 3.5 characters: a PTY has no speed
BAD_FUNCTION, BAD_REGISTER, BAD_VALUE = 1, 2, 3


@dataclass(slots=True)
class Digits:
    """One display: its registers and what its digits show. `since`: when that changed."""

    shown: str = ""
    value: int = 0
    text: bytearray = field(default_factory=lambda: bytearray(2 * (TEXT_END - TEXT)))
    counter: int = 0
    since: float = field(default_factory=time.monotonic)


class ModbusSimulator(Simulator):
    """One display or several at a PTY, or at a TCP port with `tcp_port`.

    Faults: `silent` (does as told, answers nothing), `exception` (that code instead of doing it),
    `delay_s`, `garble` (answers with a wrong CRC), `drop` (breaks the line at the next frame,
    once), `echo` (the adapter returns what the driver sends). With `only` they concern that one
    address. `damaged` counts bytes that belonged to no frame.
    """

    name = "modbus_digits"
    faults: ClassVar[tuple[str, ...]] = (
        "silent", "exception", "delay_s", "garble", "drop", "echo", "only",
    )  # fmt: skip
    limits: ClassVar[dict[str, Limits]] = {"exception": (0, 255), "only": (0, 247)}

    def __init__(
        self,
        *,
        link: str | Path | None = None,
        tcp_port: int | None = None,
        address: int = 1,
        addresses: str | int = "",
    ) -> None:
        port: Port = PtyPort(link) if tcp_port is None else TcpPort(tcp_port)
        super().__init__(port)
        numbers = [int(number) for number in str(addresses).split(",") if number] or [address]
        self.displays = {number: Digits() for number in numbers}
        self.silent = False
        self.exception = 0
        self.delay_s = 0.0
        self.garble = False
        self.drop = False
        self.echo = False
        self.only = 0
        self.damaged = 0
        self._buffer = bytearray()
        self._last_at = 0.0

    @property
    def state(self) -> Digits:
        """The only display, or the first of several."""
        return next(iter(self.displays.values()))

    def connected(self) -> None:
        """A new connection begins outside any frame."""
        self._buffer.clear()

    def handle(self, data: bytes) -> None:
        """See `Simulator.handle`."""
        if self.echo:
            self.port.send(data)
        now = time.monotonic()
        if now - self._last_at > SILENCE_S:
            self.damaged += len(self._buffer)
            self._buffer.clear()  # silence ends a frame, whole or not
        self._last_at = now
        self._buffer += data
        while self._buffer:
            length = self._frame_at_start()
            if length is None:
                break
            if length == 0:
                del self._buffer[0]
                self.damaged += 1
                continue
            frame = bytes(self._buffer[:length])
            del self._buffer[:length]
            self._take(frame)
        del self._buffer[:-BUFFER_LIMIT]

    def _frame_at_start(self) -> int | None:
        """Length of the frame that the buffer begins with; 0 none, None not all of it is there."""
        held = self._buffer
        if held[:1] == b"$":
            return held.find(b"#") + 1 or (None if len(held) < ASCII_LIMIT else 0)
        length = 9 + held[6] if held[1:2] == b"\x10" and len(held) > 6 else 8
        if len(held) < length:
            return None
        return 0 if _crc(held[:length]) else length

    def _take(self, frame: bytes) -> None:
        if self.drop:
            self.drop = False
            self._buffer.clear()
            self.port.drop()
            return
        if frame[:1] == b"$":
            self._ascii(frame[1:-1].decode("latin-1"))
            return
        for address, display in self.displays.items():
            if frame[0] in (0, address):
                error = self._fault(address, "exception") or _obey(display, frame[1:-2])
                if frame[0]:
                    self._answer(address, frame, error)

    def _answer(self, address: int, frame: bytes, error: int) -> None:
        if self._fault(address, "silent"):
            return
        if error:
            reply = bytes((address, frame[1] + 128, error))
        elif frame[1] == 3:
            reply = frame[:2] + bytes((2,)) + self.displays[address].counter.to_bytes(2, "big")
        else:
            reply = frame[:6]
        time.sleep(self._fault(address, "delay_s"))
        crc = _crc(reply) ^ (0x0101 if self._fault(address, "garble") else 0)
        self.port.send(reply + bytes((crc % 256, crc // 256)))

    def _ascii(self, words: str) -> None:
        number, _, text = words.partition(",")
        display = self.displays.get(int(number) if number.isascii() and number.isdigit() else -1)
        if display is not None:
            _show(display, text)

    def _fault(self, address: int, name: str) -> Any:
        """The fault's value as far as it concerns that address."""
        return getattr(self, name) if self.only in (0, address) else 0


def _obey(display: Digits, request: bytes) -> int:
    """Do what function and data say; the exception, 0 for none."""
    register = request[1] * 256 + request[2]
    count = request[3] * 256 + request[4]
    match request[0]:
        case 3 if (register, count) == (COUNTER, 1):
            display.counter += 1
        case 6 if register == VALUE:
            display.value = count
            _show(display, str(count))
        case 16 if register >= TEXT and register + count <= TEXT_END:
            return _write_text(display, 2 * (register - TEXT), request[6:], 2 * count)
        case 3 | 6 | 16:
            return BAD_REGISTER
        case _:
            return BAD_FUNCTION
    return 0


def _write_text(display: Digits, at: int, data: bytes, length: int) -> int:
    if not data or len(data) != length:
        return BAD_VALUE
    display.text[at : at + length] = data
    _show(display, display.text.rstrip(b"\0").decode("latin-1"))
    return 0


def _show(display: Digits, text: str) -> None:
    display.shown = text
    display.since = time.monotonic()


def _crc(data: bytes | bytearray) -> int:
    """CRC-16/Modbus bit by bit, least significant first; 0 over a frame with its own CRC."""
    crc = 0xFFFF
    for byte in data:
        for bit in range(8):
            low = (crc ^ byte >> bit) & 1
            crc >>= 1
            if low:
                crc ^= 0xA001
    return crc


SIMULATOR = ModbusSimulator
