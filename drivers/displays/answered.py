"""What it means for a text that no good answer comes, or that the line takes nothing."""

import time

from drivers.errors import PeripheralError, Reason
from drivers.interfaces import DeviceStatus, ShowResult
from drivers.status import State


class UnansweredError(PeripheralError):
    """All of a message went out, and no good answer came: SILENT or GARBLED."""


class Late:
    """The answer that may still come to a message which got none: the next one must not get it.

    Answers do not name what they answer. `wait` lets as much time pass again as the first wait
    took; what came until then is dropped as the next turn on the line begins.
    """

    def __init__(self, span_s: float) -> None:
        self._span_s = span_s
        self._over = 0.0

    def expect(self) -> None:
        """No answer came in time."""
        self._over = time.monotonic() + self._span_s

    def wait(self) -> None:
        """Until no late answer is to be feared any more. Not within a turn: others may speak."""
        time.sleep(max(0.0, self._over - time.monotonic()))


def offline(error: PeripheralError) -> DeviceStatus:
    """The status of a display that does not answer, or takes nothing. Raises any other `error`."""
    if error.reason not in (Reason.SILENT, Reason.GARBLED):
        raise error
    return DeviceStatus(State.OFFLINE, detail=error.detail)


def unconfirmed(error: PeripheralError, shown: str, advice: str) -> ShowResult:
    """The result for a text that nobody confirmed. Raises any `error` but those of silence."""
    if isinstance(error, UnansweredError):
        return ShowResult(False, shown, Reason.UNCONFIRMED.value, advice)
    return not_taken(error)


def not_taken(error: PeripheralError) -> ShowResult:
    """The result for a text that the line did not take whole. Raises any other `error`."""
    if error.reason is not Reason.SILENT:
        raise error
    return ShowResult(False, "", error.reason.value, error.advice)
