"""What the codes of PC/SC (WinSCard, pcsc-lite) mean: a reason, and what to do about it.

Generic on purpose: the same words hold for every reader and every kind of chip card.
"""

from typing import NamedTuple

from drivers.errors import PeripheralError, Reason

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
        super().__init__(reason, f"{doing}: {meaning} ({self.code:08X})", advice=advice, sent=sent)


class _Word(NamedTuple):
    meaning: str
    reason: Reason
    advice: str


_START = "Start the PC/SC service: systemctl start pcscd.socket; if it is missing, install pcscd."
_PLUG = "Check the cable of the reader; hall-devices scan lists the readers that are there."
_AGAIN = "Take the card out and put it in again, chip first, and leave it until it was read."
_TURN = "Put the card in with the chip first and upwards; wipe the chip if it goes on."
_SWITCH = "Unplug the reader and plug it in again; if it stays so, the reader needs repair."
_ALONE = "Close the other program that uses the reader."
_GONE, _CARD, _TAKEN = Reason.NO_DEVICE, Reason.CARD_REFUSED, Reason.CARD_REMOVED

_UNKNOWN = _Word("unknown PC/SC error", Reason.READER_FAULT, _SWITCH)
_WORDS = {
    0x80100001: _Word("internal error of the PC/SC service", _GONE, _START),
    CANCELLED: _Word("cancelled", Reason.CANCELLED, ""),
    0x80100003: _Word("connection to the PC/SC service is no longer valid", _GONE, _START),
    0x80100006: _Word("PC/SC service is out of memory", _GONE, _START),
    UNKNOWN_READER: _Word("reader is gone", _GONE, _PLUG),
    TIMEOUT: _Word("no answer in time", Reason.SILENT, _AGAIN),
    SHARING_VIOLATION: _Word("another program uses the card", Reason.BUSY, _ALONE),
    NO_SMARTCARD: _Word("no card in the reader", _TAKEN, _AGAIN),
    0x8010000D: _Word("unknown card", Reason.UNSUPPORTED_CARD, "Only chip cards are read here."),
    0x8010000F: _Word("card speaks another protocol", Reason.UNSUPPORTED_CARD, _TURN),
    0x80100010: _Word("reader or card is not ready", _CARD, _AGAIN),
    COMM_ERROR: _Word("connection to the PC/SC service broke", _GONE, _START),
    0x80100014: _Word("internal error of the PC/SC service", _GONE, _START),
    0x80100015: _Word("card's answer to reset is not valid", _CARD, _TURN),
    NOT_TRANSACTED: _Word("card did not answer", _CARD, _TURN),
    0x80100017: _Word("reader is unplugged", _GONE, _PLUG),
    0x8010001A: _Word("reader's driver does not know the function", Reason.READER_FAULT, _SWITCH),
    NO_SERVICE: _Word("PC/SC service does not run", _GONE, _START),
    0x8010001E: _Word("PC/SC service is stopping", _GONE, _START),
    NO_READERS: _Word("no reader is plugged in", _GONE, _PLUG),
    0x8010002F: _Word("card or reader broke off the exchange", _CARD, _AGAIN),
    0x80100065: _Word("card's answer to reset is not supported", _CARD, _TURN),
    0x80100066: _Word("card does not answer to reset", _CARD, _TURN),
    0x80100067: _Word("card has no power", _CARD, _AGAIN),
    RESET_CARD: _Word("card was reset by another program", _CARD, _ALONE),
    REMOVED_CARD: _Word("card was taken out", _TAKEN, _AGAIN),
    0x8010006A: _Word(
        "not allowed to use the PC/SC service", Reason.BUSY,
        "Let this user use pcscd: see the technician guide on polkit.",
    ),
}  # fmt: skip
