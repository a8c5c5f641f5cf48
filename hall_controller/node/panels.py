"""One panel: always on its way to the newest text, never through old ones."""

import time
from collections.abc import Callable

import structlog

from drivers.errors import PeripheralError, Reason
from drivers.interfaces import Cancelled, Display, ShowResult
from drivers.lifecycle import Owner
from drivers.status import PeripheralHealth, State

FIRST_RETRY_S, LONGEST_RETRY_S = 0.2, 10.0
_REACHABLE = frozenset({State.ONLINE, State.BUSY, State.OFFLINE})

_log = structlog.get_logger()


class Panel:
    """Brings `owner`'s display to the text that was wanted last, and keeps at it.

    One thread uses it: `post` runs what the owner's thread has to say there. While a text is being
    sent, newer ones replace each other; a failure is tried again with growing pauses.
    """

    def __init__(self, owner: Owner, post: Callable[[Callable[[], None]], None]) -> None:
        self._owner = owner
        self._post = post
        self._wanted: str | None = None  # nothing heard yet: leave the display as it is
        self._shown: str | None = None  # None: not known
        self._sending = False
        self._reachable = False
        self._retry_s = FIRST_RETRY_S
        self._retry_at = 0.0
        self._trouble: str | None = None

    def want(self, text: str) -> None:
        """Show `text` from now on."""
        if text != self._wanted:
            self._wanted = text
            self._retry_s, self._retry_at = FIRST_RETRY_S, 0.0
        self.tick()

    def tick(self) -> None:
        """Send what is wanted and not shown yet, if it is time."""
        if self._sending or self._wanted in (None, self._shown):
            return
        if time.monotonic() >= self._retry_at:
            self._send(self._wanted)

    def heard(self, health: PeripheralHealth) -> None:
        """The display came or went. One that comes back may have lost power: it is drawn anew."""
        reachable = health.state in _REACHABLE
        if reachable != self._reachable:
            self._reachable = reachable
            self._shown = None
            self._retry_s, self._retry_at = FIRST_RETRY_S, 0.0
            self.tick()

    def _send(self, text: str | None) -> None:
        assert text is not None
        self._sending = True

        def show(display: Display, _cancelled: Cancelled) -> ShowResult:
            return display.show(text)

        def done(result: ShowResult | PeripheralError) -> None:
            self._post(lambda: self._done(text, result))

        self._owner.submit(show, done)

    def _done(self, text: str, result: ShowResult | PeripheralError) -> None:
        self._sending = False
        if isinstance(result, ShowResult) and result.ok:
            self._shown, self._trouble = text, None
            self._retry_s, self._retry_at = FIRST_RETRY_S, 0.0
        else:
            self._shown = None  # half a frame may have arrived
            self._retry_at = time.monotonic() + self._retry_s
            self._retry_s = min(self._retry_s * 2, LONGEST_RETRY_S)
            self._complain(str(result.reason))
        self.tick()

    def _complain(self, trouble: str) -> None:
        """Once for each new trouble, not at each try."""
        if trouble not in (self._trouble, Reason.CANCELLED):
            self._trouble = trouble
            _log.warning("node.panel_failed", panel=self._owner.id, reason=trouble)
