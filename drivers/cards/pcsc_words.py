"""What the codes of PC/SC (WinSCard, pcsc-lite) mean: a reason, and what to do about it.

Generic on purpose: the same words hold for every reader and every kind of chip card.
"""

from typing import NamedTuple

from drivers.errors import PeripheralError, Reason
from drivers.saying import saying

SUCCESS = 0
CANCELLED = 0x80100002
UNKNOWN_READER = 0x80100009
TIMEOUT = 0x8010000A
SHARING_VIOLATION = 0x8010000B
NO_SMARTCARD = 0x8010000C
COMM_ERROR = 0x80100013
NOT_TRANSACTED = 0x80100016
NO_SERVICE = 0x8010001D
NO_READERS = 0x8010002E
RESET_CARD = 0x80100068
REMOVED_CARD = 0x80100069


class PcscError(PeripheralError):
    """A code that is no success."""

    def __init__(self, code: int, doing: str, *, sent: bool = True) -> None:
        """`doing` says what was tried, as a short phrase."""
        self.code = code & 0xFFFFFFFF
        meaning, reason, advice = _WORDS.get(self.code, _UNKNOWN)
        if sent and reason is Reason.NO_DEVICE:
            reason = Reason.LOST
        detail = saying(
            "{doing}: {meaning} ({code:08X})", doing=doing, meaning=meaning, code=self.code
        )
        super().__init__(reason, detail, advice=advice, sent=sent)


class _Word(NamedTuple):
    meaning: str
    reason: Reason
    advice: str


_START = saying(
    "Start the PC/SC service: systemctl start pcscd.socket; if it is missing, install pcscd."
)
_PLUG = saying("Check the cable of the reader; hall-devices scan lists the readers that are there.")
_AGAIN = saying(
    "Take the card out and put it in again, chip first, and leave it until it was read."
)
_TURN = saying("Put the card in with the chip first and upwards; wipe the chip if it goes on.")
_SWITCH = saying("Unplug the reader and plug it in again; if it stays so, the reader needs repair.")
_CHIP_ONLY = saying("Only chip cards are read here.")
_ALONE = saying("Close the other program that uses the reader.")
_GONE, _CARD, _TAKEN = Reason.NO_DEVICE, Reason.CARD_REFUSED, Reason.CARD_REMOVED

_UNKNOWN = _Word(saying("unknown PC/SC error"), Reason.READER_FAULT, _SWITCH)
_WORDS = {
    0x80100001: _Word(saying("internal error of the PC/SC service"), _GONE, _START),
    CANCELLED: _Word(saying("cancelled"), Reason.CANCELLED, ""),
    0x80100003: _Word(saying("connection to the PC/SC service is no longer valid"), _GONE, _START),
    0x80100006: _Word(saying("PC/SC service is out of memory"), _GONE, _START),
    UNKNOWN_READER: _Word(saying("reader is gone"), _GONE, _PLUG),
    TIMEOUT: _Word(saying("no answer in time"), Reason.SILENT, _AGAIN),
    SHARING_VIOLATION: _Word(saying("another program uses the card"), Reason.BUSY, _ALONE),
    NO_SMARTCARD: _Word(saying("no card in the reader"), _TAKEN, _AGAIN),
    0x8010000D: _Word(saying("unknown card"), Reason.UNSUPPORTED_CARD, _CHIP_ONLY),
    0x8010000F: _Word(saying("card speaks another protocol"), Reason.UNSUPPORTED_CARD, _TURN),
    0x80100010: _Word(saying("reader or card is not ready"), _CARD, _AGAIN),
    COMM_ERROR: _Word(saying("connection to the PC/SC service broke"), _GONE, _START),
    0x80100014: _Word(saying("internal error of the PC/SC service"), _GONE, _START),
    0x80100015: _Word(saying("card's answer to reset is not valid"), _CARD, _TURN),
    NOT_TRANSACTED: _Word(saying("card did not answer"), _CARD, _TURN),
    0x80100017: _Word(saying("reader is unplugged"), _GONE, _PLUG),
    0x8010001A: _Word(
        saying("reader's driver does not know the function"), Reason.READER_FAULT, _SWITCH,
    ),
    NO_SERVICE: _Word(saying("PC/SC service does not run"), _GONE, _START),
    0x8010001E: _Word(saying("PC/SC service is stopping"), _GONE, _START),
    NO_READERS: _Word(saying("no reader is plugged in"), _GONE, _PLUG),
    0x8010002F: _Word(saying("card or reader broke off the exchange"), _CARD, _AGAIN),
    0x80100065: _Word(saying("card's answer to reset is not supported"), _CARD, _TURN),
    0x80100066: _Word(saying("card does not answer to reset"), _CARD, _TURN),
    0x80100067: _Word(saying("card has no power"), _CARD, _AGAIN),
    RESET_CARD: _Word(saying("card was reset by another program"), _CARD, _ALONE),
    REMOVED_CARD: _Word(saying("card was taken out"), _TAKEN, _AGAIN),
    0x8010006A: _Word(
        saying("not allowed to use the PC/SC service"), Reason.BUSY,
        saying("Let this user use pcscd: see the technician guide on polkit."),
    ),
}  # fmt: skip
