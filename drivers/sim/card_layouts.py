"""Cards that the simulated reader can be laid: four kinds, each with its text as it stands there.

Written anew from the description of the cards, apart from the driver's layout: that the two repeat
each other is the point.
"""

from dataclasses import dataclass
from typing import Protocol


class Card(Protocol):
    """What lies on the reader. `newest_address` is empty where none was told to the card."""

    @property
    def name(self) -> str: ...

    @property
    def number(self) -> str: ...

    @property
    def newest_address(self) -> str: ...

    def text(self) -> bytes:
        """The 256-byte text block."""


@dataclass(frozen=True, slots=True)
class Citizen:
    """A resident ID card (居民身份证)."""

    name: str
    sex: str
    nation: str
    birth: str
    address: str
    number: str
    issuer: str
    valid_from: str
    valid_to: str
    newest_address: str = ""
    marker: str = " "  # any other but J, I and Y is a kind of card that nobody knows

    def text(self) -> bytes:
        """See `Card.text`."""
        return _resident(self, self.nation) + _block(("", 14), (self.marker, 1), ("", 3))


@dataclass(frozen=True, slots=True)
class Permit:
    """A residence permit (居住证) of a Hong Kong, Macau or Taiwan resident."""

    name: str
    sex: str
    birth: str
    address: str
    number: str
    issuer: str
    valid_from: str
    valid_to: str
    permit: str
    issued: str
    newest_address: str = ""

    def text(self) -> bytes:
        """See `Card.text`."""
        rest = _block((self.permit, 9), (self.issued, 2), ("", 3), ("J", 1), ("", 3))
        return _resident(self, "") + rest


@dataclass(frozen=True, slots=True)
class Foreigner2017:
    """A foreigner's permanent residence card (外国人永久居留身份证) as of 2017."""

    name: str
    latin: str
    sex: str
    birth: str
    number: str
    nationality: str
    valid_from: str
    valid_to: str
    version: str
    authority: str
    newest_address: str = ""

    def text(self) -> bytes:
        """See `Card.text`."""
        return _block(
            (self.latin, 60), (self.sex, 1), (self.number, 15), (self.nationality, 3),
            (self.name, 15), (self.valid_from, 8), (self.valid_to, 8), (self.birth, 8),
            (self.version, 2), (self.authority, 4), ("I", 1), ("", 3),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Foreigner2023:
    """The same as of 2023; a long Latin name goes on at another place."""

    name: str
    latin: str
    sex: str
    birth: str
    number: str
    nationality: str
    valid_from: str
    valid_to: str
    renewed: str
    earlier: str
    newest_address: str = ""

    def text(self) -> bytes:
        """See `Card.text`."""
        return _block(
            (self.name, 15), (self.sex, 1), (self.renewed, 2), (self.birth, 8),
            (self.latin[:35], 35), (self.number, 18), ("", 15), (self.valid_from, 8),
            (self.valid_to, 8), (self.latin[35:], 11), (self.nationality, 3), ("Y", 1),
            (self.earlier, 3),
        )  # fmt: skip


def _resident(card: Citizen | Permit, nation: str) -> bytes:
    """What a permit has in common with a resident's card: all before byte 220."""
    return _block(
        (card.name, 15), (card.sex, 1), (nation, 2), (card.birth, 8), (card.address, 35),
        (card.number, 18), (card.issuer, 15), (card.valid_from, 8), (card.valid_to, 8),
    )  # fmt: skip


def _block(*fields: tuple[str, int]) -> bytes:
    """Values, each in so many characters, cut off or filled up with spaces."""
    return b"".join((value.encode("utf-16-le") + b" \0" * n)[: 2 * n] for value, n in fields)
