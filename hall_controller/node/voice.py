"""Which calls are said aloud: each new one once, in order, never what was retained.

The window's topic is retained, so that a display can draw it at any time. Sound follows a *change*
of its call id instead (a recall has a new one): what the broker replays at a connection is only
noted, and so is a call that an undo brings back.
"""

import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import structlog

from bus.messages import WindowShows, WindowState
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import Announcement, Cancelled, SayResult, Speaker
from drivers.lifecycle import Owner

CALLS_REMEMBERED = 1000

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Mouth:
    """A speaker and the windows that it announces; None: all. `max_age_s`: see `Voice`."""

    owner: Owner
    windows: frozenset[str] | None = None
    max_age_s: float = 60.0


class Voice:
    """Gives calls to the speakers. One thread uses it.

    A speaker's owner says them one after the other. A call that waited longer than the speaker's
    `max_age_s` behind others, or that was that old when it was published (the hall was restarted),
    is not said any more: whoever was called has seen the displays.
    """

    def __init__(self, mouths: Iterable[Mouth]) -> None:
        self._mouths = tuple(mouths)
        self._known: OrderedDict[str, None] = OrderedDict()  # call ids, oldest first
        self._trouble: dict[str, str] = {}  # by speaker, as it stands in the log

    @property
    def windows(self) -> frozenset[str] | None:
        """The windows that must be heard of; None: all of the site."""
        wanted = [mouth.windows for mouth in self._mouths]
        if None in wanted:
            return None
        return frozenset().union(*(windows for windows in wanted if windows is not None))

    def heard(self, state: WindowState, *, retained: bool) -> None:
        """A window shows `state` now; `retained` when that is no news."""
        call = state.call_id
        if call is None or call in self._known:
            return
        self._known[call] = None
        if len(self._known) > CALLS_REMEMBERED:
            self._known.popitem(last=False)
        if retained or state.shows is not WindowShows.CALLING or not state.number:
            return
        announcement = Announcement(state.number, state.name)
        age_s = age_at_publication_s(state)
        for mouth in self._mouths:
            if mouth.windows is not None and state.window not in mouth.windows:
                continue
            if age_s > mouth.max_age_s:
                _log.info("node.call_too_old", speaker=mouth.owner.id, window=state.window)
            else:
                self._say(mouth, announcement, state.window)

    def _say(self, mouth: Mouth, announcement: Announcement, window: str) -> None:
        end = time.monotonic() + mouth.max_age_s

        def say(speaker: Speaker, cancelled: Cancelled) -> SayResult | None:
            if time.monotonic() > end:
                return None
            return speaker.say(announcement, cancelled)

        mouth.owner.submit(say, self._told(mouth.owner.id, window))

    def _told(
        self, speaker: str, window: str
    ) -> Callable[[SayResult | PeripheralError | None], None]:
        """What to do with the outcome: one line in the log for each new trouble. On any thread."""

        def done(result: SayResult | PeripheralError | None) -> None:
            if result is None:
                _log.info("node.call_too_old", speaker=speaker, window=window)
                return
            good = isinstance(result, SayResult) and result.ok
            trouble = "" if good else str(result.reason)
            if trouble != Reason.CANCELLED and trouble != self._trouble.get(speaker, ""):
                self._trouble[speaker] = trouble
                if trouble:
                    _log.warning("node.speaker_failed", speaker=speaker, reason=trouble)

        return done


def age_at_publication_s(state: WindowState) -> float:
    """How old the call was when its window was published, 0 when its id does not tell.

    Both times are the controller's, so that the clock of this machine does not matter: the id is
    a UUIDv7, whose first 48 bits are milliseconds.
    """
    try:
        call = uuid.UUID(state.call_id or "")
    except ValueError:
        return 0.0
    return max(0.0, (state.at_ms - (call.int >> 80)) / 1000) if call.version == 7 else 0.0
