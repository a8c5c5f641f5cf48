"""One question to a chip card by ISO 7816-4, with what T=0 asks for on the way.

    61 xx  xx bytes wait: 00 C0 00 00 xx (GET RESPONSE) fetches them
    6C xx  wrong length asked: the same command again with Le = xx

pcscd and pyscard pass both through unchanged. What the other status words mean stands in `_WORDS`.
"""

from collections.abc import Callable
from typing import NamedTuple

from drivers.errors import PeripheralError, Reason
from drivers.saying import saying

GET_RESPONSE = bytes.fromhex("00 C0 00 00")
DONE = 0x9000
ROUNDS = 24  # a card that asks for more than that goes round in circles
LONGEST = 4096

Transmit = Callable[[bytes], bytes]


class Reply(NamedTuple):
    """Data and status word of one answer."""

    data: bytes
    sw: int

    def __repr__(self) -> str:
        return f"<Reply {self.sw:04X} with {len(self.data)} bytes, withheld>"

    @property
    def done(self) -> bool:
        """Whether the command was carried out without any doubt."""
        return self.sw == DONE


def exchange(transmit: Transmit, command: bytes) -> Reply:
    """Send a command and gather its whole answer. Raises GARBLED, and what `transmit` raises."""
    data = b""
    asked = command
    for _ in range(ROUNDS):
        answer = transmit(asked)
        if len(answer) < 2:
            raise _garbled(saying("answer of {size} bytes without a status word", size=len(answer)))
        first, second = answer[-2:]
        if first == 0x6C:  # to a GET RESPONSE too
            asked = (asked if _has_no_le(asked) else asked[:-1]) + bytes([second])
            continue
        data += answer[:-2]
        if len(data) > LONGEST:
            raise _garbled(saying("answer of more than {most} bytes", most=LONGEST))
        if first != 0x61:
            return Reply(data, first << 8 | second)
        asked = GET_RESPONSE + bytes([second])
    raise _garbled(saying("card asks again and again for another length"))


def refusal(sw: int, doing: str) -> PeripheralError:
    """The error for a status word that ends the reading of a card; `doing` is what was tried."""
    meaning, reason, advice = _word(sw)
    detail = saying("{doing}: {meaning} ({sw:04X})", doing=doing, meaning=meaning, sw=sw)
    return PeripheralError(reason, detail, advice=advice)


def _has_no_le(command: bytes) -> bool:
    return len(command) == 4 or (len(command) > 5 and len(command) == 5 + command[4])


def _garbled(detail: str) -> PeripheralError:
    return PeripheralError(Reason.GARBLED, detail, advice=_AGAIN)


class _Word(NamedTuple):
    meaning: str
    reason: Reason
    advice: str


def _word(sw: int) -> _Word:
    if sw & 0xFFF0 == 0x63C0:
        left = saying("PIN is wrong, {left} tries left", left=sw & 15)
        return _Word(left, Reason.CARD_REFUSED, _ISSUER)
    return _WORDS.get(sw) or _FAMILIES.get(sw >> 8) or _Word(saying("card says no"), *_REFUSED)


_AGAIN = saying("Take the card out and put it in again; wipe the chip if it goes on.")
_ISSUER = saying(
    "The card cannot be used here; its bank or the social security office can replace it."
)
_OTHER = saying("Use another card, or go on without one.")
_REFUSED = (Reason.CARD_REFUSED, _ISSUER)
_WORDS = {
    0x6281: _Word(saying("what was read may be wrong"), Reason.CARD_REFUSED, _AGAIN),
    0x6282: _Word(saying("file ends too early"), Reason.CARD_REFUSED, _AGAIN),
    0x6283: _Word(saying("file was made invalid"), *_REFUSED),
    0x6400: _Word(saying("card's memory failed"), Reason.CARD_REFUSED, _AGAIN),
    0x6581: _Word(saying("card's memory failed"), Reason.CARD_REFUSED, _AGAIN),
    0x6700: _Word(saying("card does not take this length"), Reason.REJECTED, _OTHER),
    0x6982: _Word(saying("card keeps this locked"), *_REFUSED),
    0x6983: _Word(saying("card is blocked"), *_REFUSED),
    0x6985: _Word(saying("card does not allow it now"), *_REFUSED),
    0x6986: _Word(saying("no file is selected; the card was reset"), Reason.CARD_REFUSED, _AGAIN),
    0x6A81: _Word(saying("card does not know the function"), Reason.UNSUPPORTED_CARD, _OTHER),
    0x6A82: _Word(saying("file or application not found"), Reason.UNSUPPORTED_CARD, _OTHER),
    0x6A83: _Word(saying("record not found"), *_REFUSED),
    0x6A86: _Word(
        saying("card does not know this form of the command"), Reason.UNSUPPORTED_CARD, _OTHER
    ),
    0x6B00: _Word(
        saying("card does not know this form of the command"), Reason.UNSUPPORTED_CARD, _OTHER
    ),
    0x6D00: _Word(saying("card does not know the command"), Reason.UNSUPPORTED_CARD, _OTHER),
    0x6E00: _Word(
        saying("card does not know this class of commands"), Reason.UNSUPPORTED_CARD, _OTHER
    ),
}
_FAMILIES = {
    0x62: _Word(saying("what was read may be wrong"), Reason.CARD_REFUSED, _AGAIN),
    0x64: _Word(saying("card failed inside"), Reason.CARD_REFUSED, _AGAIN),
    0x65: _Word(saying("card's memory failed"), Reason.CARD_REFUSED, _AGAIN),
    0x6D: _Word(saying("card does not know the command"), Reason.UNSUPPORTED_CARD, _OTHER),
    0x6E: _Word(
        saying("card does not know this class of commands"), Reason.UNSUPPORTED_CARD, _OTHER
    ),
}
