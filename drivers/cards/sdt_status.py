"""Status SW3 of the SDT module: what each means, and what is worth trying after it."""

from dataclasses import dataclass
from enum import Enum

from drivers.cards.sdt_frames import Answer, Command
from drivers.errors import PeripheralError, Reason

DONE, FOUND, NO_CARD = 0x90, 0x9F, 0x80
ABSENT, UNKNOWN_COMMAND, SELF_TEST_FAILED = 0x91, 0x21, 0x60
GOOD = {Command.FIND: (FOUND, NO_CARD)}  # every other command is done with 90 alone


class Again(Enum):
    """What may help after a failure."""

    COMMAND = "send the command again"
    CARD = "find the card again, which may have to be laid again"
    NEVER = "nothing here"


class SdtError(PeripheralError):
    """A failure of one command, with what may help. `status` is SW3 where the module told one."""

    def __init__(
        self, reason: Reason, detail: str, again: Again, status: int | None = None
    ) -> None:
        super().__init__(reason, detail, advice=_ADVICE.get(reason, ""))
        self.again = again
        self.status = status


def check(command: Command, answer: Answer) -> Answer:
    """Return `answer` when its status is a good one for `command`, else raise SdtError."""
    if answer.status in GOOD.get(command, (DONE,)):
        return answer
    fault = _FAULTS.get(answer.status, _Fault("unknown status", Reason.REJECTED))
    detail = f"{command.name}: {fault.meaning} ({answer.status:02X})"
    raise SdtError(fault.reason, detail, fault.again, answer.status)


def documented(status: int) -> bool:
    """Whether SW3 is one that a module is known to answer."""
    return status == DONE or status in _FAULTS


@dataclass(frozen=True, slots=True)
class _Fault:
    meaning: str
    reason: Reason
    again: Again = Again.NEVER


_FAULTS = {
    0x10: _Fault("module received a wrong checksum", Reason.GARBLED, Again.COMMAND),
    0x11: _Fault("module received a wrong length", Reason.REJECTED),
    0x21: _Fault("unknown command", Reason.REJECTED),
    0x23: _Fault("not permitted", Reason.READER_FAULT),
    0x24: _Fault("unknown error", Reason.READER_FAULT, Again.COMMAND),
    0x31: _Fault("card refused the module", Reason.CARD_REFUSED, Again.CARD),
    0x32: _Fault("module refused the card", Reason.CARD_REFUSED, Again.CARD),
    0x33: _Fault("data verification failed", Reason.CARD_REFUSED),
    0x37: _Fault("fingerprint verification failed", Reason.CARD_REFUSED),
    0x3F: _Fault("information length error", Reason.CARD_REFUSED),
    0x40: _Fault("card type not recognised", Reason.UNSUPPORTED_CARD),
    0x41: _Fault("reading the card failed", Reason.CARD_REMOVED, Again.CARD),
    0x47: _Fault("random number failed", Reason.READER_FAULT, Again.COMMAND),
    0x60: _Fault("self test of the module failed", Reason.READER_FAULT),
    0x66: _Fault("module is not authorised", Reason.READER_FAULT),
    0x80: _Fault("card is gone", Reason.CARD_REMOVED, Again.CARD),
    0x81: _Fault("card could not be selected", Reason.CARD_REFUSED, Again.CARD),
    0x91: _Fault("card holds no such item", Reason.UNSUPPORTED_CARD),
    0x9F: _Fault("out of step", Reason.GARBLED, Again.COMMAND),
}

_ADVICE = {
    Reason.SILENT: "Check the power of the reader, its cable and the speed it was set to.",
    Reason.GARBLED: "Check the cable and the speed that the reader was set to.",
    Reason.REJECTED: "This reader does not know the command; see its manual.",
    Reason.READER_FAULT: "Switch the reader off and on; if it stays so, its module needs repair.",
    Reason.CARD_REFUSED: "Lay one card alone, flat, and try again; it may be worn or damaged.",
    Reason.CARD_REMOVED: "Lay the card again and leave it until it was read.",
    Reason.UNSUPPORTED_CARD: "Cards of this kind cannot be read here; go on without a card.",
}
