"""A fuzz target, and what targets share: cutting inputs, a peripheral by script, measuring."""

import atexit
import shutil
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from drivers.errors import PeripheralError, Reason

TODAY = date(2026, 11, 24)
# For drivers that wait by the clock: a script never lets them, a busy machine may.
PATIENCE_S = 60.0
LOOK_BYTES = 64


@dataclass(frozen=True, slots=True)
class Target:
    """A parser of bytes from a device. `longest` bounds its inputs where long ones are slow."""

    name: str
    run: Callable[[bytes], None]
    seeds: tuple[bytes, ...]
    longest: int = 8192


class Script:
    """A `Transport`: asked once, the peripheral says its pieces; then it is unplugged, or silent.

    Nothing comes before the first question, nor to a read that does not wait: drivers drop that.
    """

    sensitive = False
    can_read = True

    def __init__(self, parts: Iterable[bytes], *, silent: bool = False) -> None:
        self._parts = deque(part for part in parts if part)
        self._silent = silent
        self.written = 0

    def write(self, data: bytes, deadline_s: float) -> None:
        """See `Transport.write`."""
        self.written += len(data)

    def read(self, limit: int, timeout_s: float) -> bytes:
        """See `Transport.read`."""
        if not self.written or timeout_s <= 0:
            return b""
        if not self._parts:
            if self._silent:
                return b""
            raise PeripheralError(Reason.LOST, "unplugged")
        part = self._parts.popleft()
        if len(part) > limit:
            self._parts.appendleft(part[limit:])
        return part[:limit]

    def close(self) -> None:
        """See `Transport.close`."""


def pieces(data: bytes) -> list[bytes]:
    """`data` without its first byte, cut into pieces of that many bytes (0: whole)."""
    if not data:
        return []
    size = data[0] or len(data)
    return [data[at : at + size] for at in range(1, len(data), size)]


def same_however_cut(parse: Callable[[Sequence[bytes]], list[str]], data: bytes) -> list[str]:
    """What `parse` tells of the pieces, which must be what it tells of the whole."""
    told = parse(pieces(data))
    whole = parse([data[1:]])
    if told != whole:
        raise AssertionError(f"cut: {told}, whole: {whole}")
    return told


@contextmanager
def refusing(*reasons: Reason) -> Iterator[None]:
    """The block may be refused for these reasons (none given: any); all else is a finding."""
    try:
        yield
    except PeripheralError as e:
        if reasons and e.reason not in reasons:
            raise


def watched(parser: object, parts: Iterable[bytes], limit: int) -> Iterator[bytes]:
    """The parts, one by one; `parser` never holds more than `limit` bytes in its attributes.

    Looked at after every 64 bytes, because looking takes longer than parsing.
    """
    unseen = 0
    for part in parts:
        yield part
        unseen += len(part)
        if unseen >= LOOK_BYTES:
            check_held(parser, limit)
            unseen = 0
    check_held(parser, limit)


def check_held(parser: object, limit: int) -> None:
    """Raise AssertionError when a parser holds more than `limit` bytes or characters."""
    held = sum(map(_size, vars(parser).values()))
    assert held <= limit, f"{type(parser).__name__} holds {held} bytes"


def crc16(data: bytes, crc: int) -> int:
    """CRC-16 with A001, begun with `crc`: FFFF for Modbus, 0 for ARC. Not the drivers' own way."""
    for byte in data:
        low = (crc ^ byte) & 0xFF
        odd = 0xC001 * (low.bit_count() & 1)
        crc = crc >> 8 ^ low << 6 ^ low << 7 ^ odd
    return crc


@cache
def folder() -> Path:
    """A folder of this process."""
    place = tempfile.mkdtemp(prefix="hall-fuzz-")
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    return Path(place)


def hexed(text: str) -> bytes:
    """Bytes as the protocol sheets write them."""
    return bytes.fromhex(text)


def _size(value: Any) -> int:
    if isinstance(value, bytes | bytearray | str):
        return len(value)
    if isinstance(value, list | tuple | set | frozenset | deque):
        return len(value) + sum(map(_size, value))
    return 0
