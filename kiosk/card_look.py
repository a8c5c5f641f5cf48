"""Looking for a card at several readers at once, of which one may hang."""

import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import structlog

from drivers.errors import PeripheralError
from drivers.interfaces import IdentityCard
from kiosk.cards import notice_for, notice_of, person_of
from kiosk.flow.events import CardFailed, CardRead, Event
from kiosk.flow.visit import CardNotice

READ_S = 2.0  # one look for a card; the driver tells of a card lifted too early at its end
GRACE_S = 4.0  # a card found at the very end is read, with a repetition after the module's silence
LATE_S = READ_S + GRACE_S
_NO_CARD_HERE = (None, CardNotice.READER_GONE)
_log = structlog.get_logger()

Post = Callable[[Event], None]


class Reader:
    """A card reader's owner, and since when it has been asked without having answered."""

    def __init__(self, owner: Any) -> None:
        self.owner = owner
        self._asked: dict[object, float] = {}

    @property
    def hangs(self) -> bool:
        """Whether a look at it goes on that should have ended long ago."""
        oldest = min(tuple(self._asked.values()), default=time.monotonic())
        return time.monotonic() - oldest >= LATE_S

    def look(self, done: Callable[[IdentityCard | PeripheralError], None]) -> Any:
        """Submit one look; `done` gets its end on the owner's thread."""
        look = object()
        self._asked[look] = time.monotonic()

        def ended(result: IdentityCard | PeripheralError) -> None:
            del self._asked[look]
            done(result)

        return self.owner.submit(_read_card, ended)


class Look:
    """One look for a card at several readers: what happens to a card at one of them ends it.

    That is a card read, or one that could not be. Readers without a card, or that do not work, are
    told of only when all of them have ended so; as out of order, when all of them are. A reader
    that has not ended after LATE_S is taken for out of order: the look ends without it, and
    `on_late` is called before, on a thread of the look's own.
    """

    def __init__(
        self, session: str, post: Post, readers: Sequence[Reader], on_late: Callable[[], None]
    ) -> None:
        self._session = session
        self._post = post
        self._on_late = on_late
        self._left = set(readers)
        self._some_work = False
        self._ended = False
        self._lock = threading.Lock()
        self._jobs: list[Any] = []
        self._timer = threading.Timer(LATE_S, self._late)
        self._timer.daemon = True
        for reader in readers:
            self._jobs.append(reader.look(partial(self._done, reader)))
        self._timer.start()
        if self._ended:  # before all had begun
            self._cancel()

    def stop(self) -> None:
        """Post nothing any more; the readers stop waiting."""
        with self._lock:
            self._ended = True
        self._cancel()

    def _done(self, reader: Reader, result: IdentityCard | PeripheralError) -> None:
        """One reader has ended. On that reader's thread."""
        event = _card_event(self._session, result)
        with self._lock:
            if self._ended:
                return
            self._left.discard(reader)
            if isinstance(event, CardFailed) and event.notice in _NO_CARD_HERE:
                self._some_work = self._some_work or event.notice is None
                if self._left:
                    return
                event = self._no_card()
            self._ended = True
        if isinstance(event, CardFailed) and event.notice and isinstance(result, PeripheralError):
            _log.info("kiosk.card_failed", reason=result.reason.value)
        self._post(event)
        self._cancel()

    def _late(self) -> None:
        """Whoever is left hangs. On the timer's thread."""
        with self._lock:
            if self._ended:
                return
            self._ended = True
        _log.warning("kiosk.reader_hangs", ids=sorted(reader.owner.id for reader in self._left))
        self._cancel()
        self._on_late()
        self._post(self._no_card())

    def _no_card(self) -> CardFailed:
        return CardFailed(self._session, None if self._some_work else CardNotice.READER_GONE)

    def _cancel(self) -> None:
        self._timer.cancel()
        for job in tuple(self._jobs):
            job.cancel()


def _read_card(device: Any, cancelled: Callable[[], bool]) -> IdentityCard:
    card: IdentityCard = device.read(READ_S, cancelled)
    return card


def _card_event(session: str, result: IdentityCard | PeripheralError) -> Event:
    if isinstance(result, PeripheralError):
        return CardFailed(session, notice_for(result.reason))
    notice = notice_of(result)
    return CardRead(session, None if notice else person_of(result), notice)
