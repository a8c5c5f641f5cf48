"""The marks of one topic with a printer: which are answered, and what pace their answers tell.

A *mark* is GS r 1 (`1D 72 01`) three times behind print data; see `escpos_dialogue.py` for why.
No bytes come or go here: it is told where a mark stands in the stream and when an answer came.
"""

from collections.abc import Callable
from itertools import pairwise

MARK_OF = 3  # GS r in a mark
MARK = MARK_OF * b"\x1d\x72\x01"
SLOWEST = 50  # bytes a second, as long as no pace is known; what is slower has stood still
FEWEST = 256  # bytes that always tell the pace
STEP_S, LONGEST_STEP_S = 12.0, 300.0  # the longest between two GS r answers: before that, and after


class Marks:
    """Those of a topic. `last`: the newest answer. `now` tells the time in seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.begin(0)

    def begin(self, written: int) -> None:
        """A new topic, without any mark, after so many bytes on this connection."""
        self.last: int | None = None
        self._points: list[int] = []  # for each mark the bytes written before it
        self._answers = 0  # so many to each
        self._byte_s = 0.0  # how long the printer takes for a byte, by the last answer
        self._latency_s = 0.0  # the longest from a question to its answer
        self.begin_job(written)

    def begin_job(self, written: int) -> None:
        """The job of this topic begins after so many bytes."""
        self._begun = (self._now(), written)

    def add(self, at: int) -> None:
        """A mark stands behind so many bytes."""
        self._points.append(at)

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._points)

    @property
    def processed(self) -> int:
        """How many have been answered."""
        return self._answers // MARK_OF

    @property
    def done(self) -> bool:
        """Whether all have been answered."""
        return self.processed >= self.count

    def asked(self, seconds: float) -> None:
        """A realtime question had its answer, or none, after so many seconds."""
        self._latency_s = max(self._latency_s, seconds)

    def answer(self, value: int) -> None:
        """One GS r was answered just now.

        The pace is by this answer; a stray one has nothing to tell. Few bytes tell it only where no
        question is open, and without what the cable takes: else a printer that answers late, or
        lost a question, would be waited for like a slow one.
        """
        self.last = value
        self._answers += 1
        if 0 < self.processed <= self.count:
            begun, before = self._begun
            count = self._points[self.processed - 1] - before
            if count >= FEWEST or self.processed == self.count:
                busy_s = max(0.0, self._now() - begun - self._latency_s)
                self._byte_s = min(1 / SLOWEST, busy_s / max(1, count))

    def step_s(self, timeout_s: float) -> float:
        """How long the next answer may take, by the pace and by what lies between marks."""
        points = [self._begun[1], *self._points]
        longest = max((after - before for before, after in pairwise(points)), default=0)
        if self._byte_s:
            return timeout_s + min(LONGEST_STEP_S, 2 * self._byte_s * longest)
        return max(timeout_s, min(STEP_S, longest / SLOWEST))
