"""A recording of a social security card without its holder: the same lengths, fictitious values.

A chunk to the card is one command APDU, a chunk from it one answer with its status word. Whatever
is not known to be harmless is masked: an answer keeps its status word, its tags and lengths.
"""

from collections.abc import Sequence
from dataclasses import replace

from drivers.interfaces import Chunk, Direction

SELECT = 0xA4
HARMLESS = (0x02, 0x03, 0x05, 0x06)  # class and version of the card, its dates
FICTITIOUS = {
    0x07: b"T00000000",
    0x08: b"500000190001010007",  # region and birth of nobody, with its check digit
    0x09: "测试".encode("gb18030"),
    0x0A: b"1",
    0x0B: b"\x01",
    0x0C: b"\x50\x00\x00",
    0x0D: b"\x19\x00\x01\x01",
}


def mask(chunks: Sequence[Chunk]) -> list[Chunk]:
    """The chunks with the personal data of every answer replaced, each as long as before."""
    masked = []
    command = b""
    for chunk in chunks:
        data = chunk.data
        if chunk.direction is Direction.OUT:
            if data[1:2] != b"\xc0":  # GET RESPONSE fetches the answer to what was asked before
                command = data
        elif command[1:2] != bytes([SELECT]):
            data = _record(data[:-2]) + data[-2:] if len(data) > 2 else data
        masked.append(replace(chunk, data=data))
    return masked


def _record(record: bytes) -> bytes:
    tag, value = record[0], record[2:]
    if len(record) < 2 or record[1] != len(value):
        return bytes(len(record))  # part of a record, or something else: nothing of it is kept
    if tag in HARMLESS:
        return record
    return record[:2] + FICTITIOUS.get(tag, b"")[: len(value)].ljust(len(value), b"\0")
