"""Recordings of a serial scanner without what was scanned."""

import re
from collections.abc import Sequence

from drivers.interfaces import Chunk, Direction
from drivers.scanners.code_mask import mask_code
from drivers.scanners.serial_scanner_makers import IncompleteError, register_answer

LONGEST_ANSWER = 300
CODE = re.compile(rb"[^\x00-\x1f]+")


def mask(chunks: Sequence[Chunk]) -> list[Chunk]:
    """Each chunk as it was, with the codes in it made anonymous. Commands and answers stay."""
    stream = mask_stream(b"".join(c.data for c in chunks if c.direction is Direction.IN))
    masked, at = [], 0
    for chunk in chunks:
        data = chunk.data
        if chunk.direction is Direction.IN:
            data = stream[at : at + len(data)]
            at += len(data)
        masked.append(Chunk(chunk.at_ms, chunk.direction, data))
    return masked


def mask_stream(stream: bytes) -> bytes:
    """All that a scanner sent, of the same length. A code ends at any control character."""
    masked = bytearray()
    while (at := len(masked)) < len(stream):
        if size := _answer_size(stream[at : at + LONGEST_ANSWER]):
            masked += stream[at : at + size]
        elif code := CODE.match(stream, at):
            masked += mask_code(code[0])
        else:
            masked.append(stream[at])
    return bytes(masked)


def _answer_size(data: bytes) -> int:
    try:
        answer = register_answer(data)
    except IncompleteError:
        return 0
    return answer.size if answer and answer.ok else 0
