"""What a scan finds: a place where something is attached, and a belief about it."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Medium(StrEnum):
    """How something is attached."""

    SERIAL = "serial"
    USB = "usb"
    PCSC = "pcsc"
    INPUT = "input"
    CUPS = "cups"
    TCP = "tcp"


@dataclass(frozen=True, slots=True)
class Found:
    """One place. `driver` is None where nothing of ours fits or nothing is believed.

    `sure` only when the peripheral itself said so, or the system did. `options` make the driver
    find it again. `untouched` tells why nobody asked: who has the port, or the settings name it.
    """

    medium: Medium
    place: str
    why: str
    driver: str | None = None
    sure: bool = False
    options: dict[str, Any] = field(default_factory=dict)
    untouched: str = ""
