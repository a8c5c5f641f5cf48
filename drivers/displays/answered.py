"""What displays have in common that answer: what it means when no good answer comes."""

from drivers.errors import PeripheralError, Reason
from drivers.interfaces import DeviceStatus, ShowResult
from drivers.status import State


class UnansweredError(PeripheralError):
    """All of a message went out, and no good answer came: SILENT or GARBLED."""


def offline(error: PeripheralError) -> DeviceStatus:
    """The status of a display that does not answer, or takes nothing. Raises any other `error`."""
    if error.reason not in (Reason.SILENT, Reason.GARBLED):
        raise error
    return DeviceStatus(State.OFFLINE, detail=error.detail)


def unconfirmed(error: PeripheralError, shown: str, advice: str) -> ShowResult:
    """The result for a text that nobody confirmed; not shown where the line did not take all of it.

    Raises any other `error`.
    """
    if isinstance(error, UnansweredError):
        return ShowResult(False, shown, Reason.UNCONFIRMED.value, advice)
    if error.reason is not Reason.SILENT:
        raise error
    return ShowResult(False, "", error.reason.value, error.advice)
