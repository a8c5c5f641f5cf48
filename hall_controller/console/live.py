"""Hands the newest `HallView` from the hall loop's thread to the web's event loop.

However fast the hall changes, the web draws at most ten pictures a second: a picture in between is
simply replaced by the next one.
"""

import asyncio
from collections.abc import Callable

import structlog

from hall_controller.views import HallFeed, HallView

log = structlog.get_logger()

GAP_S = 0.1


class LiveView:
    """The newest picture on the event loop. Everything here but `_hand_over` runs on that loop."""

    def __init__(self, feed: HallFeed, *, gap_s: float = GAP_S) -> None:
        self._feed = feed
        self._gap_s = gap_s
        self._listeners: list[Callable[[HallView], None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._changed = asyncio.Event()
        self._told_at = 0.0
        self._unsubscribe: Callable[[], None] = lambda: None
        self.closed = False

    @property
    def current(self) -> HallView:
        """The newest picture."""
        return self._feed.current

    def open(self) -> None:
        """Start listening to the hall; call it on the event loop."""
        self._loop = asyncio.get_running_loop()
        self._unsubscribe = self._feed.subscribe(self._hand_over)

    def close(self) -> None:
        """Stop listening and let everyone who waits go."""
        self.closed = True
        self._unsubscribe()
        if self._timer is not None:
            self._timer.cancel()
        self._changed.set()

    def listen(self, listener: Callable[[HallView], None]) -> Callable[[], None]:
        """Call `listener` with new pictures until the returned function is called."""
        self._listeners.append(listener)

        def cancel() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return cancel

    @property
    def listeners(self) -> int:
        """How many listen now."""
        return len(self._listeners)

    async def wait(self, timeout_s: float) -> bool:
        """Wait for a newer picture or the end; False when the time ran out first."""
        try:
            await asyncio.wait_for(self._changed.wait(), timeout_s)
        except TimeoutError:
            return False
        return True

    async def newer_than(self, revision: int, timeout_s: float) -> None:
        """Wait until there is a picture after `revision`, or the time is over."""
        ends = asyncio.get_running_loop().time() + timeout_s
        while self.current.revision <= revision and not self.closed:
            left = ends - asyncio.get_running_loop().time()
            if left <= 0 or not await self.wait(left):
                return

    def _hand_over(self, _view: HallView) -> None:
        if self._loop is None or self._loop.is_closed():
            return
        self._loop.call_soon_threadsafe(self._schedule)

    def _schedule(self) -> None:
        if self._timer is not None or self.closed or self._loop is None:
            return
        due = max(self._told_at + self._gap_s, self._loop.time())
        self._timer = self._loop.call_at(due, self._tell)

    def _tell(self) -> None:
        assert self._loop is not None
        self._timer = None
        self._told_at = self._loop.time()
        waiting, self._changed = self._changed, asyncio.Event()
        waiting.set()
        view = self.current
        for listener in tuple(self._listeners):
            try:
                listener(view)
            except Exception:
                # One broken page must not stop the others from being told.
                log.exception("console.listener_failed")
