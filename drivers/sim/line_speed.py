"""The speed of a simulated serial line: which one the driver set, and how long bytes then take.

A pseudo-terminal carries bytes at once whatever its speed, but remembers what the driver set.
"""

import contextlib
import os
import termios
import time
from collections.abc import Callable, Iterator

SPEEDS = {getattr(termios, f"B{n}"): n for n in (9600, 19200, 38400, 57600, 115200)}
BITS_PER_BYTE = 10  # start, 8 data, stop
PIECE_BYTES = 64


def speed_of(port: str) -> int | None:
    """Bits per second that the driver set on its side, None when it is not one of a module's."""
    with contextlib.suppress(OSError, termios.error):
        fd = os.open(port, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            return SPEEDS.get(termios.tcgetattr(fd)[4])
        finally:
            os.close(fd)
    return None


def send_paced(data: bytes, speed: int, send: Callable[[bytes], None]) -> None:
    """Send no faster than a real line: each piece is there when its last bit would be."""
    begun = time.monotonic()
    for sent, piece in _pieces(data):
        due = begun + sent * BITS_PER_BYTE / speed
        time.sleep(max(0.0, due - time.monotonic()))
        send(piece)


def _pieces(data: bytes) -> Iterator[tuple[int, bytes]]:
    for at in range(0, len(data), PIECE_BYTES):
        piece = data[at : at + PIECE_BYTES]
        yield at + len(piece), piece
