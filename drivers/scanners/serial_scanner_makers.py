"""How the makers' scanners are lit and darkened over the serial line, and what they answer.

    maker              start                       stop                        answer
    Honeywell          16 54 0D                    16 55 0D                    none
    Newland 2D         1B 31                       1B 30                       06
    GM65, Newland 1D   7E 00 08 01 00 02 01 02 DA  7E 00 08 01 00 02 02 32 B9  02 00 00 01 00 33 31
    HHP 4410           12                          14                          none
    CipherLab          E                           D                           none
    Vguang             55 AA 05 01 00 00 FB        55 AA 05 01 00 01 FA        none

GM65 registers: 7E 00 | type 07 read, 08 write | count | address 2 | data | CRC, and in answer
02 00 | status | count | data | CRC; CRC-16/XMODEM over what follows the first two bytes, or AB CD
for "do not check". A Newland 2D answers 06 to a ping 3F.

Sources: Honeywell/Metrologic serial trigger commands; Newland unified setting; Hamlet HBCS2D100
(GM65) manual, p. 39 and 50; Vguang serial protocol.
"""

from binascii import crc_hqx
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Trigger = Literal["none", "honeywell", "newland", "gm65", "hhp4410", "cipherlab", "vguang"]
ACK, NAK, ENQ = b"\x06", b"\x15", b"\x05"
UNCHECKED = b"\xab\xcd"
READ_REGISTER, WRITE_REGISTER = 0x07, 0x08
TRIGGER, SPEED = 0x0002, 0x002A  # registers


@dataclass(frozen=True, slots=True)
class Answer:
    """What a scanner answered to a command: `size` bytes on the wire."""

    size: int
    ok: bool = True
    data: bytes = b""


class IncompleteError(Exception):
    """Bytes that may become an answer when more come."""


AnswerFinder = Callable[[bytes], Answer | None]  # None: the bytes begin with no answer


@dataclass(frozen=True, slots=True)
class Maker:
    """Commands of one make. `ask` has an answer whenever the scanner works; empty where none."""

    start: bytes = b""
    stop: bytes = b""
    ask: bytes = b""
    answer_in: AnswerFinder | None = None


def maker(trigger: Trigger, checked: bool = True) -> Maker:
    """The commands for `trigger`; with `checked` false, GM65 frames carry AB CD for their CRC."""
    if trigger == "gm65":
        return Maker(
            start=register_frame(WRITE_REGISTER, TRIGGER, 1, checked),
            stop=register_frame(WRITE_REGISTER, TRIGGER, 2, checked),
            ask=register_frame(READ_REGISTER, SPEED, 2, checked),
            answer_in=register_answer,
        )
    return _MAKERS[trigger]


def register_frame(kind: int, register: int, value: int, checked: bool = True) -> bytes:
    """Write one byte to a GM65 register, or read `value` bytes from it on."""
    body = bytes([kind, 1]) + register.to_bytes(2, "big") + bytes([value])
    return b"\x7e\x00" + body + (crc_hqx(body, 0).to_bytes(2, "big") if checked else UNCHECKED)


def register_answer(data: bytes) -> Answer | None:
    """The GM65 answer that `data` begins with; `ok` false on a refusal or a wrong CRC."""
    if not data or data[:2] not in (b"\x02", b"\x02\x00"):
        return None
    if len(data) < 4 or len(data) < data[3] + 6:
        raise IncompleteError
    end = 4 + data[3]
    body, crc = data[2:end], data[end : end + 2]
    ok = data[2] == 0 and crc in (crc_hqx(body, 0).to_bytes(2, "big"), UNCHECKED)
    return Answer(end + 2, ok, body[2:])


def ack_byte(data: bytes) -> Answer | None:
    """The single 06 of a Newland 2D; 15 or 05 is a refusal."""
    return Answer(1, ok=data[:1] == ACK) if data[:1] in (ACK, NAK, ENQ) else None


_MAKERS: dict[Trigger, Maker] = {
    "none": Maker(),
    "honeywell": Maker(b"\x16\x54\x0d", b"\x16\x55\x0d"),
    "newland": Maker(b"\x1b\x31", b"\x1b\x30", b"\x3f", ack_byte),
    "hhp4410": Maker(b"\x12", b"\x14"),
    "cipherlab": Maker(b"E", b"D"),
    "vguang": Maker(b"\x55\xaa\x05\x01\x00\x00\xfb", b"\x55\xaa\x05\x01\x00\x01\xfa"),
}
