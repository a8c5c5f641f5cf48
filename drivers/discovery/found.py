"""What a scan finds: a place where something is attached, and a belief about it."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from drivers import words
from drivers.words import Language


class Medium(StrEnum):
    """How something is attached."""

    SERIAL = "serial"
    USB = "usb"
    PCSC = "pcsc"
    INPUT = "input"
    CUPS = "cups"
    TCP = "tcp"


class Note:
    """One thing to tell, in any language: a saying (`words.say`) and the values in it."""

    def __init__(self, key: str, **values: object) -> None:
        self._key = key
        self._values = values

    def told(self, language: Language) -> str:
        """As it is told to people."""
        return words.say(self._key, language, **self._values)


def as_told(text: str) -> Note:
    """What somebody else says, in the languages that it has."""
    return Note("scan.as_told", told=text)


@dataclass(frozen=True, slots=True)
class Found:
    """One place. `driver` is None where nothing of ours fits or nothing is believed.

    `sure` only when the peripheral itself said so, or the system did. `options` make the driver
    find it again; without a driver they say where something is, and nothing is there when they are
    empty. `untouched` tells why nobody asked: who has the port, or the settings name it.
    """

    medium: Medium
    place: str
    why: tuple[Note, ...]
    driver: str | None = None
    sure: bool = False
    options: dict[str, Any] = field(default_factory=dict)
    untouched: Note | None = None

    def told(self, language: Language) -> str:
        """Why this is believed of it."""
        return words.say("scan.between", language).join(note.told(language) for note in self.why)
