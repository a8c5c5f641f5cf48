"""Recordings of a keyboard scanner without what was scanned."""

from collections.abc import Sequence

from drivers.interfaces import Chunk
from drivers.scanners.code_mask import mask_ascii
from drivers.scanners.keyboard_scanner_keys import EV_KEY, EVENT, PLAIN

_EV_SYN = 0
_KEY_OF = {c: key for key, c in reversed(PLAIN.items())}
# The key that stands in for each key of a digit or letter; number pads keep their kind.
STAND_INS = {
    key: (82 if key >= 71 else _KEY_OF["0"]) if c.isdigit() else _KEY_OF[chr(mask_ascii(ord(c)))]
    for key, c in PLAIN.items()
    if c.isalnum()
}


def mask(chunks: Sequence[Chunk]) -> list[Chunk]:
    """Each chunk as it was, each digit key become 0 and each letter key A. Shift stays."""
    stream = mask_events(b"".join(chunk.data for chunk in chunks))
    masked, at = [], 0
    for chunk in chunks:
        masked.append(Chunk(chunk.at_ms, chunk.direction, stream[at : at + len(chunk.data)]))
        at += len(chunk.data)
    return masked


def mask_events(stream: bytes) -> bytes:
    """Events of the same number and time. Scan codes and an incomplete event become zeros."""
    whole = len(stream) // EVENT.size * EVENT.size
    events = bytearray()
    for seconds, micros, kind, code, value in EVENT.iter_unpack(stream[:whole]):
        if kind == EV_KEY:
            events += EVENT.pack(seconds, micros, kind, STAND_INS.get(code, code), value)
        else:
            events += EVENT.pack(seconds, micros, kind, code, value if kind == _EV_SYN else 0)
    return bytes(events) + bytes(len(stream) - whole)
