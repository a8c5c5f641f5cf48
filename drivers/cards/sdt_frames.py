"""Frames of the SDT / SAM_V resident ID card reader.

    request:  AA AA AA 96 69 | Len1 Len2 | CMD PARA | DATA | CHK
    answer:   AA AA AA 96 69 | Len1 Len2 | SW1 SW2 SW3 | DATA | CHK

Len is big endian and counts everything after itself; CHK is the XOR of everything from Len1 on.
Nothing is escaped: a photo may contain the preamble, so an answer is parsed by its length alone.
SW1 SW2 are 00 00 in every answer known, SW3 alone tells the status: other ones are no answer of a
module but broken bytes that an XOR happens to fold to the same.
"""

from dataclasses import dataclass
from enum import Enum
from functools import reduce
from operator import xor

from drivers.saying import saying

PREAMBLE = bytes.fromhex("AA AA AA 96 69")
SW1_SW2 = b"\0\0"
LONGEST = 4096  # the largest known answer has Len 090A


class Command(Enum):
    """CMD and PARA of what this project asks: only commands of which frames are published."""

    SAM_RESET = b"\x10\xff"
    SAM_STATUS = b"\x11\xff"
    SAM_ID = b"\x12\xff"
    FIND = b"\x20\x01"
    SELECT = b"\x20\x02"
    READ = b"\x30\x01"  # text and photo
    READ_PRINTS = b"\x30\x10"  # text, photo and fingerprints; unknown to old modules
    NEWEST_ADDRESS = b"\x30\x03"


@dataclass(frozen=True, slots=True)
class Answer:
    """Status SW3 and data of one answer. Data may be personal: `repr` withholds it."""

    status: int
    data: bytes

    def __repr__(self) -> str:
        return f"<Answer {self.status:02X}, {len(self.data)} bytes>"


class BadFrameError(Exception):
    """A frame with an impossible length, a wrong checksum or SW1 SW2 that no module answers.

    Nothing after it can be trusted.
    """

    def __init__(self, what: str) -> None:
        """`what` is wrong with it, as a short phrase."""
        super().__init__(what)
        self.what = what


def request(command: Command) -> bytes:
    """The complete frame that asks `command`."""
    body = (len(command.value) + 1).to_bytes(2, "big") + command.value
    return PREAMBLE + body + bytes([checksum(body)])


def checksum(body: bytes) -> int:
    """XOR of every byte from Len1 to the byte before CHK."""
    return reduce(xor, body, 0)


class FrameReader:
    """Finds answers in a stream that may begin with garbage and arrive byte by byte."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    @property
    def inside(self) -> bool:
        """Whether a frame has begun and is not complete."""
        return self._buffer.startswith(PREAMBLE)

    def feed(self, data: bytes) -> None:
        """Take bytes as they came; then call `take` until it returns None."""
        self._buffer += data
        self._skip_garbage()

    def take(self) -> Answer | None:
        """The next complete answer, or None while it is not all there.

        Raises BadFrameError and drops all that was received, because after a wrong length or
        checksum the next preamble may be part of a photo.
        """
        if not self.inside or len(self._buffer) < 7:
            return None
        if PREAMBLE.startswith(bytes(self._buffer[5:10])):
            return None  # it may be begun anew
        length = int.from_bytes(self._buffer[5:7], "big")
        if not 4 <= length <= LONGEST:
            self._buffer.clear()
            raise BadFrameError(saying("length {length}", length=length))
        end = 7 + length
        if len(self._buffer) < end:
            return None
        body, given = bytes(self._buffer[5 : end - 1]), self._buffer[end - 1]
        if checksum(body) != given:
            self._buffer.clear()
            raise BadFrameError(saying("checksum"))
        if body[2:4] != SW1_SW2:
            self._buffer.clear()
            raise BadFrameError(saying("SW1 SW2 {given}", given=body[2:4].hex(" ").upper()))
        del self._buffer[:end]
        self._skip_garbage()
        return Answer(body[4], body[5:])

    def _skip_garbage(self) -> None:
        at = self._buffer.find(PREAMBLE)
        if at < 0:
            keep = next(n for n in range(4, -1, -1) if self._buffer.endswith(PREAMBLE[:n]))
            at = len(self._buffer) - keep
        del self._buffer[:at]
        while self._buffer.startswith(2 * PREAMBLE):  # begun anew: AA AA is no length
            del self._buffer[: len(PREAMBLE)]
