"""Frames of Onbon BX-5K and BX-6K cards, from the vendor's protocol appendix (onbonlab/BX-K).

    A5 x 8 | destination u16 | source u16 | 00 00 00 | option 00 | check mode | display mode 00
           | device type | version 02 | data length u16 | data | CRC-16/ARC u16 | 5A

Little endian. Between preamble and end A5, A6, 5A and 5B are escaped; length and CRC count the
bytes before escaping. Data of a request: group, command, reply wanted (01 or 02), 00 00, payload;
of an answer: A0, 00 or 01 (refused), error, 00 00.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from drivers.displays.crc16 import crc16
from drivers.saying import Saying, saying

PREAMBLE = b"\xa5" * 8
END = 0x5A
HEADER = struct.Struct("<HH3sBBBBBH")
HOST = 0x8000
VERSION = 0x02
FRAME_LIMIT = 4096  # an answer is a dozen bytes: what grows beyond this is noise

ESCAPES = {0xA5: b"\xa6\x02", 0xA6: b"\xa6\x01", 0x5A: b"\x5b\x02", 0x5B: b"\x5b\x01"}
ORIGINALS = {pair: bytes([byte]) for byte, pair in ESCAPES.items()}

ERRORS = {
    1: saying("no such command group"),
    2: saying("no such command"),
    3: saying("the card is busy"),
    4: saying("out of memory"),
    5: saying("checksum error"),
    6: saying("no such file"),
    7: saying("flash memory failed"),
    8: saying("download failed"),
    9: saying("bad file name"),
    10: saying("bad file type"),
    11: saying("bad file checksum"),
    12: saying("font missing"),
    13: saying("wrong firmware type"),
    14: saying("bad date"),
    15: saying("file exists"),
    16: saying("bad block number"),
}
WRONG_CARD = saying("Check that it is a BX-5K or BX-6K card, and update its firmware.")
RELOAD = saying("Send the panel's files anew with the maker's software.")
REPORT = saying("Ask the panel's maker what this means, and give the code.")
REMEDIES = {
    1: WRONG_CARD,
    2: WRONG_CARD,
    3: saying("Try again later."),
    4: saying("Show a shorter text, or delete areas with the maker's software."),
    5: saying("Check the wires, the option baud and what else is on the line."),
    6: RELOAD,
    7: saying("Switch the panel off and on; if it stays so, replace the card."),
    8: RELOAD,
    9: RELOAD,
    10: RELOAD,
    11: RELOAD,
    12: saying(
        "Load the font with the maker's software, or set the option charset to what it has."
    ),
    13: WRONG_CARD,
    14: saying("Check the clock of this machine."),
    15: RELOAD,
    16: saying("Check the options area, area_id and generation against the panel's size and card."),
}


@dataclass(frozen=True, slots=True)
class Address:
    """To which card: screen number (FFFE any) and device type (FE any)."""

    screen: int
    device_type: int


@dataclass(frozen=True, slots=True)
class Answer:
    """A card's answer: `error` is 0 when it did what was asked, `screen` answers `host`."""

    refused: bool
    error: int
    screen: int = 1
    host: int = HOST

    @property
    def word(self) -> Saying:
        """What the error code means."""
        return ERRORS.get(self.error) or saying("error {code}", code=self.error)

    @property
    def what_to_do(self) -> Saying:
        """One English sentence on what helps against the error."""
        return REMEDIES.get(self.error, REPORT)


def request(
    address: Address, group: int, command: int, payload: bytes = b"", *, reply: bool = True
) -> bytes:
    """One request as it goes on the wire."""
    data = bytes([group, command, 0x01 if reply else 0x02, 0, 0]) + payload
    header = HEADER.pack(
        address.screen, HOST, b"\0\0\0", 0, 0, 0, address.device_type, VERSION, len(data)
    )
    body = header + data
    body += struct.pack("<H", crc16_arc(body))
    return PREAMBLE + b"".join(ESCAPES.get(byte, bytes([byte])) for byte in body) + bytes([END])


def crc16_arc(data: bytes) -> int:
    """CRC-16/ARC: polynomial A001 reflected, initial value 0."""
    return crc16(data, 0)


class AnswerStream:
    """Cuts received bytes into answers. A damaged frame comes out as None."""

    def __init__(self) -> None:
        self._frame = bytearray()

    def feed(self, data: bytes) -> Iterator[Answer | None]:
        """Yield what `data` completes; bytes outside a frame are skipped."""
        for byte in data:
            if byte == PREAMBLE[0]:  # escaping keeps it out of a frame: here one begins
                self._frame[:] = PREAMBLE[:1]
            elif byte == END:
                frame = bytes(self._frame)
                self._frame.clear()
                if frame:
                    yield parse_answer(frame[1:])
            elif self._frame and len(self._frame) < FRAME_LIMIT:
                self._frame.append(byte)


def parse_answer(escaped: bytes) -> Answer | None:
    """An answer from the bytes between preamble and end; None when they are damaged."""
    body = unescape(escaped)
    if body is None or len(body) < HEADER.size + 5 or crc16_arc(body[:-2]) != _u16(body[-2:]):
        return None
    data = body[HEADER.size : -2]
    if _u16(body[HEADER.size - 2 : HEADER.size]) != len(data) or data[0] != 0xA0 or data[1] > 1:
        return None
    return Answer(data[1] == 1, data[2], screen=_u16(body[2:4]), host=_u16(body[:2]))


def unescape(escaped: bytes) -> bytes | None:
    """Undo the escaping; None for a pair that does not exist."""
    out = bytearray()
    at = 0
    while at < len(escaped):
        if escaped[at] not in (0xA6, 0x5B):
            out.append(escaped[at])
            at += 1
            continue
        original = ORIGINALS.get(escaped[at : at + 2])
        if original is None:
            return None
        out += original
        at += 2
    return bytes(out)


def _u16(two: bytes) -> int:
    return int.from_bytes(two, "little")
