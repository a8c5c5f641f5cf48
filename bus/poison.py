"""Messages that nobody can use: counted, and the last few kept for whoever asks why."""

import threading
from collections import Counter, deque
from dataclasses import dataclass

import structlog

from bus.errors import BusError

KEPT = 32

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Poison:
    """One unusable message, without its payload (docs/decisions/0005)."""

    topic: str
    length: int
    reason: str
    detail: str


class PoisonBox:
    """Counts by reason and keeps the last `KEPT`. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._last: deque[Poison] = deque(maxlen=KEPT)

    def add(self, topic: str, payload: bytes, error: BusError) -> None:
        """Remember that `payload` on `topic` failed with `error`. The caller acknowledges it."""
        poison = Poison(topic[:200], len(payload), error.reason.value, error.detail[:200])
        with self._lock:
            self._counts[poison.reason] += 1
            self._last.append(poison)
        _log.warning("bus.poison", topic=poison.topic, length=poison.length, reason=poison.reason)

    @property
    def counts(self) -> dict[str, int]:
        """How many so far, by reason."""
        with self._lock:
            return dict(self._counts)

    @property
    def last(self) -> tuple[Poison, ...]:
        """The last few, oldest first."""
        with self._lock:
            return tuple(self._last)
