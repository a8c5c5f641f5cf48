"""Ctrl-C and SIGTERM while something is printed: it is given up, and its outcome still told."""

import signal
import time
from concurrent.futures import Future, wait
from typing import Any, Self, TypeVar

from drivers import bounded

T = TypeVar("T")
SIGNALS = (signal.SIGINT, signal.SIGTERM)
LOOK_S = 0.1


class Interrupt:
    """Around work that may be interrupted: the first signal sets `came` and leaves it `grace_s`.

    After that, at the second signal, and at the first one without a grace, KeyboardInterrupt is
    raised in the main thread. A signal that is ignored (a job in the background) stays so.
    """

    def __init__(self, grace_s: float) -> None:
        self.came = False
        self._grace_s = grace_s
        self._end = float("inf")
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        heeded = [one for one in SIGNALS if signal.getsignal(one) is not signal.SIG_IGN]
        self._before = {one: signal.signal(one, self._handle) for one in heeded}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def outcome(self, future: "Future[T]", limit_s: float) -> T:
        """See `bounded.outcome`; raises KeyboardInterrupt when the grace is over."""
        end = time.monotonic() + limit_s
        while not future.done() and time.monotonic() < min(end, self._end):
            # A handler must not wake this thread by an event or a future: their locks may be held.
            wait([future], LOOK_S)
        if self.came and not future.done():
            raise KeyboardInterrupt
        return bounded.outcome(future, 0)

    def _handle(self, *_: object) -> None:
        at_once = self.came or not self._grace_s
        self.came = True
        if at_once:
            raise KeyboardInterrupt
        self._end = time.monotonic() + self._grace_s
