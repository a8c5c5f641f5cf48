"""Brings results from the bus thread and the owner threads to Kivy's thread."""

from collections import deque
from collections.abc import Callable, Iterator

from kiosk.flow.events import Event


class Mailbox:
    """A queue of events. `put` from any thread; `drain` on Kivy's thread alone."""

    def __init__(self) -> None:
        self._events: deque[Event] = deque()  # append and popleft are atomic
        self._ring: Callable[[], object] = lambda: None

    def on_post(self, ring: Callable[[], object]) -> None:
        """`ring` is called after each `put`, on the thread that puts; it must not block."""
        self._ring = ring
        if self._events:
            ring()

    def put(self, event: Event) -> None:
        """Leave an event for Kivy's thread."""
        self._events.append(event)
        self._ring()

    def drain(self) -> Iterator[Event]:
        """Take what has come, oldest first; what comes meanwhile waits for the next time."""
        for _ in range(len(self._events)):
            yield self._events.popleft()
