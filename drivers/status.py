"""One status vocabulary for all peripherals (the idea is XFS4IoT's common status)."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from enum import Enum, StrEnum
from typing import Any, Literal


class State(StrEnum):
    """How a peripheral is."""

    STARTING = "starting"
    ONLINE = "online"
    BUSY = "busy"
    OFFLINE = "offline"  # there, but cannot work now (no paper, no answer)
    USER_ERROR = "user_error"  # whoever stands there can put it right (cover open, paper jam)
    NO_DEVICE = "no_device"  # unplugged, or never found
    HARDWARE_ERROR = "hardware_error"
    STOPPED = "stopped"  # closed on purpose


class Paper(StrEnum):
    """Paper of a printer."""

    OK = "ok"
    LOW = "low"
    OUT = "out"
    JAM = "jam"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PeripheralHealth:
    """What a peripheral says of itself. `since_ms` is when `state` began, epoch milliseconds."""

    id: str
    driver: str
    state: State
    paper: Paper | None = None
    cover_open: bool | None = None
    card_present: bool | None = None
    firmware: str | None = None
    detail: str = ""
    since_ms: int = 0

    def plain(self) -> dict[str, Any]:
        """All fields by name, as texts, numbers and truth values, for whoever sends it on."""
        fields = asdict(self) | {"detail": str(self.detail)}  # msgspec takes no saying
        return {
            name: value.value if isinstance(value, Enum) else value
            for name, value in fields.items()
        }


WORKING = frozenset({State.ONLINE, State.BUSY})


def settled(before: PeripheralHealth | None, report: PeripheralHealth) -> PeripheralHealth:
    """The report without what comes and goes with every use of the peripheral.

    Busy (a reader that waits for a card, a panel that is tried again) counts as what it was
    `before`, a card that lies on a reader is left out, and `since_ms` begins with the state that
    others see.
    """
    state = report.state
    if state is State.BUSY:
        state = before.state if before is not None else State.ONLINE
    same = before is not None and before.state is state
    since_ms = before.since_ms if before is not None and same else report.since_ms
    return replace(report, state=state, since_ms=since_ms, card_present=None)


def readiness(states: Iterable[State]) -> Literal["init", "ready", "alert"]:
    """One word for a terminal with peripherals of these states: *ready* when all can be used."""
    states = tuple(states)
    if State.STARTING in states:
        return "init"
    return "ready" if all(state in WORKING for state in states) else "alert"
