"""The text block of a resident ID card: 256 bytes UTF-16LE, fields at fixed places (GA/T 490).

    0 name 30 | 30 sex 2 | 32 nation 4 | 36 birth 16 | 52 address 70 | 122 number 36
    158 issuer 30 | 188 valid from 16 | 204 valid to 16 or 长期 | 220 reserved 36
    248 marker of the card type 2: space mainland, I, J, Y others

Card layout cuts names after 15 characters; rare characters may lie in the private use area and
are kept. The photo is proprietary (WLT) and dropped unread.
"""

import unicodedata
from datetime import date, datetime

from drivers.cards.checks import problems
from drivers.cards.nations import NATIONS
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import CardKind, IdentityCard, Sex

TEXT_BYTES = 256
OPEN_ENDED = "长期"
SEXES = {"1": Sex.MALE, "2": Sex.FEMALE, "9": Sex.UNSTATED}  # GB/T 2261.1; 0 is unknown
MARKERS = {
    "J": CardKind.HMT,
    "I": CardKind.FOREIGN_2017,
    "Y": CardKind.FOREIGN_2023,
}


def text_block(data: bytes) -> bytes:
    """The text out of the data of a read answer: two big endian lengths, then text and photo.

    Raises GARBLED when the lengths do not fit the data.
    """
    text, photo = int.from_bytes(data[:2], "big"), int.from_bytes(data[2:4], "big")
    if text != TEXT_BYTES or len(data) < 4 + text + photo:
        raise PeripheralError(
            Reason.GARBLED,
            f"card data of {len(data)} bytes says it holds {text} + {photo}",
            advice="Lay the card again.",
        )
    return data[4 : 4 + text]


def decode(text: bytes, today: date) -> IdentityCard:
    """The card in a text block. Raises UNSUPPORTED_CARD for any other than a mainland card."""
    marker = _field(text, 248, 2, strip=False)
    if marker != " ":
        kind = MARKERS[marker].value if marker in MARKERS else "unknown"
        raise PeripheralError(
            Reason.UNSUPPORTED_CARD,
            f"unsupported card type: {kind}",
            advice="Only resident ID cards can be read here; go on without a card.",
        )
    number = unicodedata.normalize("NFKC", _field(text, 122, 36)).upper()
    valid_from, valid_to = _date(_field(text, 188, 16)), _date(_field(text, 204, 16))
    return IdentityCard(
        kind=CardKind.CITIZEN,
        name=_field(text, 0, 30),
        number=number,
        sex=SEXES.get(_field(text, 30, 2), Sex.UNKNOWN),
        nation=NATIONS.get(_field(text, 32, 4)),
        birth=_date(_field(text, 36, 16)),
        address=_field(text, 52, 70) or None,
        issuer=_field(text, 158, 30) or None,
        valid_from=valid_from,
        valid_to=valid_to,
        open_ended=_field(text, 204, 16) == OPEN_ENDED,
        problems=problems(number, valid_from, valid_to, today),
    )


def _field(text: bytes, start: int, size: int, *, strip: bool = True) -> str:
    # Ignoring errors drops only half a surrogate pair, cut off by the layout.
    value = text[start : start + size].decode("utf-16-le", errors="ignore")
    return value.strip(" \0") if strip else value


def _date(value: str) -> date | None:
    """A date of the card, or None where it is blank, 长期 or no date."""
    if len(value) != 8 or not (value.isascii() and value.isdecimal()):
        return None
    try:
        return datetime.strptime(value, "%Y%m%d").date()
    except ValueError:
        return None
