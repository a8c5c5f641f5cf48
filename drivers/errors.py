"""The one exception of this package, with its reasons and what to do about each."""

from enum import StrEnum


class Reason(StrEnum):
    """Why a peripheral did not do what was asked. Part of the command line's contract."""

    NO_DEVICE = "no_device"  # the port or address is not there, or refuses
    BUSY = "busy"  # claimed by another program
    SILENT = "silent"  # sent, and nothing came back in time
    GARBLED = "garbled"  # an answer with a bad checksum, length or form
    LOST = "lost"  # the connection broke while in use
    NO_CARD = "no_card"
    CARD_REMOVED = "card_removed"  # lifted before the read was done
    CARD_REFUSED = "card_refused"  # authentication failed: worn, cloned or damaged
    UNSUPPORTED_CARD = "unsupported_card"
    NO_CODE = "no_code"  # nothing was held before the scanner in time
    READER_FAULT = "reader_fault"  # self test failed or security module not authorised
    PAPER_OUT = "paper_out"
    COVER_OPEN = "cover_open"
    PRINTER_FAULT = "printer_fault"  # cutter, head, mechanical
    PAPER_JAM = "paper_jam"
    SUPPLIES = "supplies"  # toner, ink or another supply is used up
    NO_VOICE = "no_voice"  # neither a speech program nor clips can say it
    UNCONFIRMED = "unconfirmed"  # sent, but the peripheral did not confirm it
    REJECTED = "rejected"  # the peripheral understood and said no
    CANCELLED = "cancelled"
    BAD_OPTION = "bad_option"


class PeripheralError(Exception):
    """A peripheral failed. `reason` for programs, `advice` (English) for whoever stands there.

    `sent` tells whether any byte reached the peripheral before the failure.
    """

    def __init__(self, reason: Reason, detail: str, *, advice: str = "", sent: bool = True) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.advice = advice
        self.sent = sent
