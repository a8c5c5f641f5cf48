"""What stands in the records of a social security card (社会保障卡): tag, length, value.

    EF05 card    05 issued 4 | 06 valid to 4, both BCD YYYYMMDD | 07 card number 9 ASCII
    EF06 holder  08 number 18 ASCII | 09 name 30 + 4E the rest of it 20, GBK
                 0A sex 1 ASCII | 0B ethnic group 1 BCD | 0D birth 4 BCD

Values are padded with 00, on some cards with 20, numbers also with F; what was never written is FF.
A date that is no BCD (some cards hold the year as ASCII) is unknown, no error; so is anything else
that is odd, but the number and the name, without which there is no card.
"""

import codecs
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime

from drivers.cards.checks import printable, problems
from drivers.cards.nations import NATIONS
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import CardKind, IdentityCard, Sex
from drivers.saying import saying

ISSUED, VALID_TO, CARD_NUMBER = 0x05, 0x06, 0x07
NUMBER, NAME, MORE_NAME, SEX, NATION, BIRTH = 0x08, 0x09, 0x4E, 0x0A, 0x0B, 0x0D
SEXES = {"1": Sex.MALE, "2": Sex.FEMALE, "9": Sex.UNSTATED}  # GB/T 2261.1; 0 is unknown


def value_of(record: bytes, tag: int) -> bytes | None:
    """The value in a record, or None when it is not that of `tag` or is not whole."""
    if len(record) < 2 or record[0] != tag or len(record) < 2 + record[1]:
        return None
    return record[2 : 2 + record[1]]


def decode(values: Mapping[int, bytes], today: date) -> IdentityCard:
    """The card in the values by tag. Raises GARBLED, CARD_REFUSED without a name or number."""
    number = _number(values.get(NUMBER, b"")).upper()
    name = _name(values.get(NAME, b""), values.get(MORE_NAME, b""))
    if not number or not name:
        raise PeripheralError(
            Reason.CARD_REFUSED,
            saying("card does not tell its holder's number")
            if name
            else saying("card does not tell its holder's name"),
            advice=saying("The card cannot be used here; its bank or issuer can say why."),
        )
    valid_from, valid_to = _date(values.get(ISSUED)), _date(values.get(VALID_TO))
    return IdentityCard(
        kind=CardKind.SOCIAL_SECURITY,
        name=name,
        number=number,
        sex=SEXES.get(_optional(values.get(SEX)) or "", Sex.UNKNOWN),
        nation=NATIONS.get(values.get(NATION, b"").hex()),
        birth=_date(values.get(BIRTH)),
        address=None,
        issuer=None,
        valid_from=valid_from,
        valid_to=valid_to,
        open_ended=False,
        problems=problems(number, valid_from, valid_to, today),
        card_number=_optional(values.get(CARD_NUMBER)),
    )


def _name(name: bytes, more: bytes) -> str:
    try:
        return _text(name, more)
    except PeripheralError:
        return _text(name)  # an odd extension does not spoil the name


def _text(*parts: bytes) -> str:
    """The parts as one text; joined first, because a character may be cut between two of them."""
    joined = b"".join(part.rstrip(b"\0\xff") for part in parts)
    try:
        # Not final: a character that the end of the record cuts off is left out.
        text = codecs.getincrementaldecoder("gb18030")().decode(joined)
    except UnicodeDecodeError as e:
        raise _garbled(saying("name is not GB 18030")) from e
    return _clean(" ".join(text.replace("\0", "").split()))


def _optional(value: bytes | None) -> str | None:
    try:
        return _number(value or b"") or None
    except PeripheralError:
        return None


def _number(value: bytes) -> str:
    try:
        return _clean(value.rstrip(b"\0\xff F").decode("ascii").strip())
    except UnicodeDecodeError as e:
        raise _garbled(saying("a number holds more than digits and letters")) from e


def _clean(text: str) -> str:
    if any(unicodedata.category(character) == "Cc" for character in text):
        raise _garbled(saying("a text holds control characters"))
    return printable(text).strip()


def _date(value: bytes | None) -> date | None:
    if value is None or len(value) != 4 or not value.hex().isdecimal():
        return None
    try:
        return datetime.strptime(value.hex(), "%Y%m%d").date()
    except ValueError:
        return None


def _garbled(detail: str) -> PeripheralError:
    return PeripheralError(
        Reason.GARBLED,
        detail,
        advice=saying("Take the card out and put it in again; wipe the chip if it goes on."),
    )
