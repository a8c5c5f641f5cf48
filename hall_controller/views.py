"""What the web may see of the hall: an immutable picture, made anew after each commit.

The hall loop publishes a `HallView`; the console and the board read it from any thread and never
touch the live state.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TicketView:
    """One live ticket as staff see it. `person` is the masked name, or None without a card."""

    ticket_id: str
    number: str
    queue: str
    state: str  # waiting | called | serving | missed | finished
    item_id: str | None
    item_name: str
    person: str | None
    issued_ms: int
    print_outcome: str | None = None  # printed | not_printed | unsure, once reported
    window: str | None = None
    call_id: str | None = None
    call_times: int = 0
    called_ms: int | None = None
    served_ms: int | None = None


@dataclass(frozen=True, slots=True)
class QueueView:
    """One queue: its waiting tickets in the order in which they would be called."""

    id: str
    name: str
    name_en: str
    waiting: tuple[TicketView, ...]
    missed: tuple[TicketView, ...]
    estimate_minutes: int | None
    issued_today: int
    finished_today: int


@dataclass(frozen=True, slots=True)
class WindowView:
    """One window. `undo_until_ms` is set while the last act can be taken back."""

    id: str
    name: str
    queues: tuple[str, ...]
    shows: str  # closed | idle | calling | serving | paused
    clerk: str | None
    ticket: TicketView | None
    reason: str = ""
    since_ms: int = 0
    undo_until_ms: int | None = None
    undo_act: str | None = None  # missed | finished


@dataclass(frozen=True, slots=True)
class CallView:
    """One call for the board."""

    call_id: str
    number: str
    window: str
    window_name: str
    queue: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class PeripheralView:
    """A peripheral as the controller last heard of it."""

    id: str
    driver: str
    state: str
    paper: str | None
    cover_open: bool | None
    detail: str
    since_ms: int


@dataclass(frozen=True, slots=True)
class TerminalView:
    """A terminal, its presence and peripherals.

    `skew_ms` is how far its clock is ahead of the hall's, as its last request showed (± 2 s).
    """

    id: str
    state: str
    since_ms: int
    software: str
    peripherals: tuple[PeripheralView, ...]
    skew_ms: int = 0


@dataclass(frozen=True, slots=True)
class HallView:
    """Everything the web shows, at one moment. `revision` grows by one with each change."""

    revision: int
    at_ms: int
    site: str
    hall_name: str
    queues: tuple[QueueView, ...]
    windows: tuple[WindowView, ...]
    calls: tuple[CallView, ...]  # newest first, at most 12
    terminals: tuple[TerminalView, ...]
    notices: tuple[str, ...] = ()
    bus_connected: bool = True
    undo_ms: int = 5_000  # how long a window's last act can be taken back


@dataclass(slots=True)
class HallFeed:
    """Hands the newest `HallView` from the hall loop to any number of readers.

    Listeners are called on the loop's thread and must only hand over (for instance with
    `loop.call_soon_threadsafe`).
    """

    _view: HallView
    _listeners: list[Callable[[HallView], None]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def current(self) -> HallView:
        """The newest picture."""
        return self._view

    def publish(self, view: HallView) -> None:
        """Replace the picture and tell every listener."""
        with self._lock:
            self._view = view
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener(view)

    def subscribe(self, listener: Callable[[HallView], None]) -> Callable[[], None]:
        """Call `listener` with each new picture; returns what ends the subscription."""
        with self._lock:
            self._listeners.append(listener)

        def cancel() -> None:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return cancel
