"""Ctrl-C, SIGTERM and SIGHUP while something is printed: it is given up, its outcome still told.

SIGHUP is a terminal that is gone; under nohup it is ignored, and the print goes on.
"""

import contextlib
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, wait
from typing import Any, Self, TypeVar

import typer

from drivers import bounded
from drivers.cli.output import complain
from drivers.cli.wording import language
from drivers.words import say

T = TypeVar("T")
SHOW_CURSOR = "\x1b[?25h"
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LOOK_S = 0.1


@contextlib.contextmanager
def interrupt_told(as_json: bool) -> Iterator[None]:
    """Ctrl-C in any command: one line on stderr, and exit status 130."""
    try:
        yield
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second one shall not be told as a crash
        if sys.stderr.isatty():  # a line that moved has hidden the cursor
            print(SHOW_CURSOR, file=sys.stderr)
        complain(say("interrupted", language(as_json=as_json)))
        raise typer.Exit(130) from None


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
