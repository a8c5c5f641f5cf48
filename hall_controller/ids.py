"""Fresh ids: UUIDv7, in rising order within one process, so that rows sort as they were made."""

import os
import threading
import time
import uuid
from collections.abc import Callable


class IdMaker:
    """Makes UUIDv7 (RFC 9562, 5.7): 48 bits of milliseconds, then a counter, then chance."""

    def __init__(self, clock: Callable[[], int] | None = None) -> None:
        self._clock = clock or (lambda: time.time_ns() // 1_000_000)
        self._lock = threading.Lock()
        self._last = 0  # milliseconds and 12-bit counter in one number

    def __call__(self) -> str:
        """The next id, as 36 characters."""
        with self._lock:
            self._last = max(self._clock() << 12, self._last + 1)
            stamp = self._last
        chance = int.from_bytes(os.urandom(8), "big") >> 2
        value = (stamp >> 12) << 80 | 0x7 << 76 | (stamp & 0xFFF) << 64 | 0b10 << 62 | chance
        return str(uuid.UUID(int=value))
