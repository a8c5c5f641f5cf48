"""What a card says: from the data of a read answer to an `IdentityCard`.

Card layout cuts names after 15 characters; rare characters may lie in the private use area and
are kept. Photo (WLT) and fingerprints are proprietary and passed on as they came.
"""

import unicodedata
from datetime import date, datetime
from typing import NamedTuple

from drivers.cards.checks import printable, problems
from drivers.cards.nations import NATIONS
from drivers.cards.sdt_layout import LAYOUTS, MARKERS, TEXT_BYTES, marker, marker_name
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import CardKind, IdentityCard, Sex
from drivers.saying import saying

ADDRESS_BYTES = 70
OPEN_ENDED = "长期"
SEXES = {"1": Sex.MALE, "2": Sex.FEMALE, "9": Sex.UNSTATED}  # GB/T 2261.1; 0 is unknown


class Blocks(NamedTuple):
    """The data of a read answer, taken apart."""

    text: bytes
    photo: bytes
    prints: bytes

    def __repr__(self) -> str:
        sizes = f"{len(self.text)} + {len(self.photo)} + {len(self.prints)}"
        return f"<Blocks of {sizes} bytes, withheld>"


def blocks(data: bytes, *, prints: bool = False) -> Blocks:
    """Take apart the data of a read answer: two big endian lengths (three with fingerprints),
    then text, photo and fingerprints.

    Raises GARBLED when the lengths do not fit the data.
    """
    begin = 6 if prints else 4
    text, photo, fingers = (int.from_bytes(data[at : at + 2], "big") for at in (0, 2, 4))
    fingers = fingers if prints else 0
    if text != TEXT_BYTES or len(data) < begin + text + photo + fingers:
        raise PeripheralError(
            Reason.GARBLED,
            saying("card data of {size} bytes does not hold what its lengths say", size=len(data)),
            advice=saying("Lay the card again."),
        )
    ends = (begin + text, begin + text + photo, begin + text + photo + fingers)
    return Blocks(data[begin : ends[0]], data[ends[0] : ends[1]], data[ends[1] : ends[2]])


def decode(text: bytes, today: date) -> IdentityCard:
    """The card in a text block of 256 bytes.

    Raises UNSUPPORTED_CARD for an unknown marker, CARD_REFUSED without a number or any name.
    """
    kind = MARKERS.get(marker(text))
    if kind is None:
        raise PeripheralError(
            Reason.UNSUPPORTED_CARD,
            saying("unsupported card type: unknown marker {marker}", marker=marker_name(text)),
            advice=saying("Cards of this kind cannot be read here; go on without a card."),
        )
    fields = {name: _field(text, *place) for name, place in LAYOUTS[kind].items()}
    told = {name: value.strip(" ") for name, value in fields.items()}
    number = unicodedata.normalize("NFKC", told["number"]).upper()
    valid_from, valid_to = _date(told["valid_from"]), _date(told["valid_to"])
    ruled = None if kind is CardKind.FOREIGN_2017 else number
    # The two halves are joined as they stand: the first may end in a space that parts two words.
    latin = (fields.get("name_latin", "") + fields.get("name_latin_rest", "")).strip(" ")
    if not number.strip() or not (told["name"].strip() or latin):
        raise PeripheralError(
            Reason.CARD_REFUSED,
            saying("card does not tell its holder's name")
            if number.strip()
            else saying("card does not tell its holder's number"),
            advice=saying("Lay one card alone, flat, and try again; it may be worn or damaged."),
        )
    return IdentityCard(
        kind=kind,
        name=told["name"],
        name_latin=latin or None,
        number=number,
        sex=SEXES.get(told["sex"], Sex.UNKNOWN),
        nation=NATIONS.get(told.get("nation", "")),
        birth=_date(told["birth"]),
        address=told.get("address") or None,
        issuer=told.get("issuer") or None,
        valid_from=valid_from,
        valid_to=valid_to,
        open_ended=told["valid_to"] == OPEN_ENDED,
        problems=problems(ruled, valid_from, valid_to, today),
        nationality=told.get("nationality") or None,
        permit_number=told.get("permit_number") or None,
        earlier_number=told.get("earlier_number") or None,
        issue_count=told.get("issue_count") or None,
    )


def address_text(data: bytes) -> str | None:
    """The newest address in an answer: of up to four of 70 bytes the last that is not blank.

    A card's addresses are written one behind the other. None when none is one, or the size is odd.
    """
    if len(data) % ADDRESS_BYTES:
        return None
    told = [_field(data, at, ADDRESS_BYTES).strip(" ") for at in range(0, len(data), ADDRESS_BYTES)]
    return next((one for one in reversed(told) if any(map(str.isalnum, one))), None)


def _field(text: bytes, start: int, size: int) -> str:
    # Ignoring errors drops only half a surrogate pair, cut off by the layout.
    return printable(text[start : start + size].decode("utf-16-le", errors="ignore"))


def _date(value: str) -> date | None:
    """A date of the card, or None where it is blank, 长期 or no date."""
    if len(value) != 8 or not (value.isascii() and value.isdecimal()):
        return None
    try:
        return datetime.strptime(value, "%Y%m%d").date()
    except ValueError:
        return None
