"""Status SW3 of the SDT module: what each means, and what is worth trying after it."""

from dataclasses import dataclass
from enum import Enum

from drivers.cards.sdt_frames import Answer, Command
from drivers.errors import PeripheralError, Reason
from drivers.saying import saying

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
    fault = _FAULTS.get(answer.status, _Fault(saying("unknown status"), Reason.REJECTED))
    detail = saying(
        "{command}: {meaning} ({status:02X})",
        command=name_of(command),
        meaning=fault.meaning,
        status=answer.status,
    )
    raise SdtError(fault.reason, detail, fault.again, answer.status)


def name_of(command: Command) -> str:
    """The command as a technician is told of it."""
    return _NAMES[command]


def documented(status: int) -> bool:
    """Whether SW3 is one that a module is known to answer."""
    return status == DONE or status in _FAULTS


@dataclass(frozen=True, slots=True)
class _Fault:
    meaning: str
    reason: Reason
    again: Again = Again.NEVER


_NAMES = {
    Command.SAM_RESET: saying("SAM_RESET"),
    Command.SAM_STATUS: saying("SAM_STATUS"),
    Command.SAM_ID: saying("SAM_ID"),
    Command.FIND: saying("FIND"),
    Command.SELECT: saying("SELECT"),
    Command.READ: saying("READ"),
    Command.READ_PRINTS: saying("READ_PRINTS"),
    Command.NEWEST_ADDRESS: saying("NEWEST_ADDRESS"),
}
_FAULTS = {
    0x10: _Fault(saying("module received a wrong checksum"), Reason.GARBLED, Again.COMMAND),
    0x11: _Fault(saying("module received a wrong length"), Reason.REJECTED),
    0x21: _Fault(saying("unknown command"), Reason.REJECTED),
    0x23: _Fault(saying("not permitted"), Reason.READER_FAULT),
    0x24: _Fault(saying("unknown error"), Reason.READER_FAULT, Again.COMMAND),
    0x31: _Fault(saying("card refused the module"), Reason.CARD_REFUSED, Again.CARD),
    0x32: _Fault(saying("module refused the card"), Reason.CARD_REFUSED, Again.CARD),
    0x33: _Fault(saying("data verification failed"), Reason.CARD_REFUSED),
    0x37: _Fault(saying("fingerprint verification failed"), Reason.CARD_REFUSED),
    0x3F: _Fault(saying("information length error"), Reason.CARD_REFUSED),
    0x40: _Fault(saying("card type not recognised"), Reason.UNSUPPORTED_CARD),
    0x41: _Fault(saying("reading the card failed"), Reason.CARD_REMOVED, Again.CARD),
    0x47: _Fault(saying("random number failed"), Reason.READER_FAULT, Again.COMMAND),
    0x60: _Fault(saying("self test of the module failed"), Reason.READER_FAULT),
    0x66: _Fault(saying("module is not authorised"), Reason.READER_FAULT),
    0x80: _Fault(saying("card is gone"), Reason.CARD_REMOVED, Again.CARD),
    0x81: _Fault(saying("card could not be selected"), Reason.CARD_REFUSED, Again.CARD),
    0x91: _Fault(saying("card holds no such item"), Reason.UNSUPPORTED_CARD),
    0x9F: _Fault(saying("out of step"), Reason.GARBLED, Again.COMMAND),
}

_ADVICE = {
    Reason.SILENT: saying("Check the power of the reader, its cable and the speed it was set to."),
    Reason.GARBLED: saying("Check the cable and the speed that the reader was set to."),
    Reason.REJECTED: saying("This reader does not know the command; see its manual."),
    Reason.READER_FAULT: saying(
        "Switch the reader off and on; if it stays so, its module needs repair."
    ),
    Reason.CARD_REFUSED: saying(
        "Lay one card alone, flat, and try again; it may be worn or damaged."
    ),
    Reason.CARD_REMOVED: saying("Lay the card again and leave it until it was read."),
    Reason.UNSUPPORTED_CARD: saying(
        "Cards of this kind cannot be read here; go on without a card."
    ),
}
