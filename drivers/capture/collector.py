"""The tap that keeps what it hears, in memory alone: nothing is on disk before it is masked."""

import threading
import time

from drivers.interfaces import Chunk, Direction

LIMIT = 64 * 1024 * 1024  # bytes; a day of a busy reader


class Collector:
    """A `Tap`. What comes after 64 MiB is counted in `lost` and not kept."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._lock = threading.Lock()
        self._chunks: list[Chunk] = []
        self.bytes_out = self.bytes_in = self.lost = 0

    def sent(self, data: bytes) -> None:
        """See `Tap.sent`."""
        self._add(Direction.OUT, data)

    def received(self, data: bytes) -> None:
        """See `Tap.received`."""
        self._add(Direction.IN, data)

    @property
    def seconds(self) -> float:
        """Since the recording began."""
        return time.monotonic() - self._begun

    @property
    def count(self) -> int:
        """Chunks so far."""
        return len(self._chunks)

    def chunks(self) -> list[Chunk]:
        """All so far."""
        with self._lock:
            return list(self._chunks)

    def _add(self, direction: Direction, data: bytes) -> None:
        with self._lock:
            if self.bytes_in + self.bytes_out + len(data) > LIMIT:
                self.lost += len(data)
                return
            if direction is Direction.OUT:
                self.bytes_out += len(data)
            else:
                self.bytes_in += len(data)
            self._chunks.append(Chunk(int(self.seconds * 1000), direction, bytes(data)))
