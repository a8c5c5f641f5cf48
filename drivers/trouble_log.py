"""What of a peripheral stands in the log: each new trouble and its end, each bug, and each once."""

import traceback

import structlog

from drivers.status import PeripheralHealth, State

log = structlog.get_logger()

_TROUBLED = frozenset({State.OFFLINE, State.USER_ERROR, State.NO_DEVICE, State.HARDWARE_ERROR})


class TroubleLog:
    """Of one peripheral, on its owner's thread."""

    def __init__(self, id: str, driver: str) -> None:
        self._who = {"id": id, "driver": driver}
        self._noted: tuple[State, str] | None = None  # the trouble that stands in the log
        self._crashes: set[str] = set()  # tracebacks that stand in the log

    def note(self, health: PeripheralHealth) -> None:
        """One line for each new trouble and for its end, not for each try."""
        state, detail = health.state, health.detail
        if state in _TROUBLED and (state, detail) != self._noted:
            self._noted = state, detail
            log.warning("peripheral.trouble", **self._who, state=state.value, detail=detail)
        elif state is State.ONLINE and self._noted is not None:
            self._noted = None
            log.info("peripheral.works", **self._who)

    def crash(self, error: Exception) -> None:
        """A traceback for each programming error, not for each time it happens."""
        where = "".join(traceback.format_tb(error.__traceback__))
        if where not in self._crashes:
            self._crashes.add(where)
            log.error("driver failed", **self._who, exception=as_text(error))


def as_text(error: Exception) -> str:
    """Its traceback without the values of variables, which many a log shows: they are personal."""
    return "".join(traceback.format_exception(error))
