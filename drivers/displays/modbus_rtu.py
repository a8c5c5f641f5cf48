"""Modbus RTU frames for a display: three functions out, their answers and exceptions in.

    address | function | data | CRC-16/Modbus, low byte first

03 read registers, 06 write one, 10 write several; an answer with 80 added to the function is an
exception. Frames have no mark at either end: an answer is found by its function's length and CRC.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from drivers.displays.crc16 import crc16
from drivers.saying import Saying, saying

READ, WRITE, WRITE_SEVERAL = 0x03, 0x06, 0x10
REFUSED = 0x80
REFUSALS = (READ | REFUSED, WRITE | REFUSED, WRITE_SEVERAL | REFUSED)
LONGEST = 5 + 255
BUSY = 6
EXCEPTIONS = {
    1: saying("it does not know this function"),
    2: saying("it has no such register"),
    3: saying("it does not accept this value"),
    4: saying("it failed"),
    5: saying("it needs longer for this"),
    BUSY: saying("it is busy"),
    7: saying("it cannot do this"),
    8: saying("its memory is damaged"),
    10: saying("the gateway has no path to it"),
    11: saying("the gateway got no answer from it"),
}
REMEDIES = {
    1: saying('Try the option mode = "text" or "number".'),
    2: saying("Set the options value_register and text_register as its manual says."),
    3: saying("Check the option digits, and that it can show such a text."),
    4: saying("Switch it off and on."),
    5: saying("Try again later."),
    BUSY: saying("Try again later."),
    8: saying("Switch it off and on."),
    10: saying("Check the gateway's settings."),
    11: saying("Check its address, power and wires."),
}
CHECK_OPTIONS = saying("Check the options mode and address against its manual.")


@dataclass(frozen=True, slots=True)
class Reply:
    """One whole answer: `data` is what stands between function and CRC."""

    address: int
    function: int
    data: bytes

    @property
    def exception(self) -> int | None:
        """Its code, when it is one."""
        return self.data[0] if self.function & REFUSED else None

    @property
    def word(self) -> Saying:
        """What its exception means."""
        code = self.exception
        return EXCEPTIONS.get(code or 0) or saying("exception {code}", code=code)

    @property
    def what_to_do(self) -> Saying:
        """One English sentence on what helps against its exception."""
        return REMEDIES.get(self.exception or 0, CHECK_OPTIONS)

    def answers(self, request: bytes) -> bool:
        """Whether it is what `request` asks for: same address, function and, written, the same."""
        if self.address != request[0] or self.function & ~REFUSED != request[1]:
            return False
        if self.exception is not None:
            return True
        if self.function == READ:
            return len(self.data) == 1 + 2 * request[5]
        return self.data == request[2:6]


def read_request(address: int, register: int) -> bytes:
    """Read one register."""
    return _with_crc(struct.pack(">BBHH", address, READ, register, 1))


def write_request(address: int, register: int, value: int) -> bytes:
    """Write a number into one register."""
    return _with_crc(struct.pack(">BBHH", address, WRITE, register, value))


def write_text_request(address: int, register: int, text: bytes) -> bytes:
    """Write text, two characters a register; an odd number is filled up with 00, no character."""
    data = text + bytes(len(text) % 2)
    head = struct.pack(">BBHHB", address, WRITE_SEVERAL, register, len(data) // 2, len(data))
    return _with_crc(head + data)


def crc16_modbus(data: bytes) -> int:
    """CRC-16/Modbus: polynomial A001 reflected, initial value FFFF."""
    return crc16(data, 0xFFFF)


class ReplyStream:
    """Finds answers in received bytes, whatever stands before, between and after them."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> Iterator[Reply]:
        """Yield the answers that `data` completes."""
        for byte in data:
            self._held.append(byte)
            reply = self._last()
            if reply is not None:
                self._held.clear()
                yield reply
        del self._held[:-LONGEST]

    def _last(self) -> Reply | None:
        """The answer that ends with the byte that came last."""
        for length in self._lengths():
            frame = bytes(self._held[-length:])
            if crc16_modbus(frame[:-2]) == frame[-2] | frame[-1] << 8:
                return Reply(frame[0], frame[1], frame[2:-2])
        return None

    def _lengths(self) -> Iterator[int]:
        held = self._held
        if len(held) >= 5 and held[-4] in REFUSALS:
            yield 5
        if len(held) >= 8 and held[-7] in (WRITE, WRITE_SEVERAL):
            yield 8
        first = max(1, len(held) - LONGEST)
        at = held.rfind(READ, first, -5)  # of a reading; the nearest first
        while at > 0:
            count = len(held) - at - 4
            if held[at + 1] == count and count % 2 == 0:
                yield 5 + count
            at = held.rfind(READ, first, at)


def _with_crc(frame: bytes) -> bytes:
    return frame + struct.pack("<H", crc16_modbus(frame))
