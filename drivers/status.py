"""One status vocabulary for all peripherals (the idea is XFS4IoT's common status)."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a peripheral is."""

    STARTING = "starting"
    ONLINE = "online"
    BUSY = "busy"
    OFFLINE = "offline"  # there, but cannot work now (paper, cover)
    NO_DEVICE = "no_device"  # unplugged, or never found
    HARDWARE_ERROR = "hardware_error"
    STOPPED = "stopped"  # closed on purpose


class Paper(StrEnum):
    """Paper of a printer."""

    OK = "ok"
    LOW = "low"
    OUT = "out"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PeripheralHealth:
    """What a peripheral says of itself. `since_ms` is when `state` began, epoch milliseconds."""

    id: str
    driver: str
    state: State
    paper: Paper | None = None
    cover_open: bool | None = None
    firmware: str | None = None
    detail: str = ""
    since_ms: int = 0
