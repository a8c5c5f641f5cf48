"""What an ESC/POS printer says of itself: the mixed stream of its answers, and what the bits mean.

Three kinds of answer share one line without any frame: one byte to DLE EOT n (realtime), blocks of
four that come unasked (automatic status back, ASB), one byte to GS r n. They are told apart by
fixed bits (Epson TM-U220A and Citizen CT-S2000 manuals, status pages, and this rule):

    (b & 93h) == 12h   realtime, one byte
    (b & 93h) == 10h   ASB, this and three more with (b & 90h) == 00h
    5Fh ... 00h        a text (GS I)
    (b & 90h) == 00h   GS r, but only while one is awaited and no block is half read
    10h 0Fh ...        six bytes to DLE EOT 20 (Custom's presenters), only while they are awaited

The last three bytes of a block look like answers to GS r, so a block that lost its head could pass
for "all was printed". The rest of a block that another answer cut is skipped. An answer that may
still come late leaves a `doubt`, and the printer must then answer more GS r than that. What fits
nowhere is `noise`, and so is such a byte that nobody awaits: a printer that restarts sends them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from drivers.errors import Reason
from drivers.printers.escpos_traits import Presenter
from drivers.saying import saying
from drivers.status import Paper, State

TEXT_LIMIT = 80  # a text without its 00h is noise
MOST_DOUBT = 64  # answers that a printer may have queued up
FLOW_CONTROL = b"\x11\x13"  # XON and XOFF of a line whose flow control is off on our side


@dataclass(frozen=True, slots=True)
class Realtime:
    """Answer to DLE EOT n; which n is known only from the order."""

    value: int


@dataclass(frozen=True, slots=True)
class Processed:
    """Answer to GS r 1: everything sent before it has been processed."""

    value: int


@dataclass(frozen=True, slots=True)
class Block:
    """Four bytes of automatic status."""

    values: bytes


@dataclass(frozen=True, slots=True)
class Information:
    """Text of the printer on itself."""

    text: bytes


@dataclass(frozen=True, slots=True)
class Full:
    """Answer to DLE EOT 20: 10h 0Fh, paper, user, recoverable and unrecoverable errors."""

    values: bytes


Answer = Realtime | Processed | Block | Information | Full


class AnswerStream:
    """Cuts received bytes into answers; bytes that fit nowhere are dropped.

    `awaited`: how many GS r answers are due. Whoever sends GS r adds one; likewise `full_awaited`
    for DLE EOT 20. `doubt`: how many answers to GS r may come late. `noise`: how many bytes fitted
    nowhere.
    """

    def __init__(self) -> None:
        self.awaited = 0
        self.full_awaited = 0
        self.doubt = 0
        self.noise = 0
        self._late = 0  # answers that nobody awaited
        self._cut_off = 0  # bytes still to come of a block that another answer cut
        self._block = b""
        self._text: bytearray | None = None

    def forget(self) -> None:
        """Drop what is half read or due: called where the line has been quiet.

        An answer that is still due may come late, and so may the rest of a block.
        """
        self.doubt = min(MOST_DOUBT, self.doubt + self.awaited)
        self.awaited = self.full_awaited = 0
        self.noise = self._late = 0
        self._cut_off = 4 - len(self._block) if self._block else 0
        self._block = b""
        self._text = None

    def feed(self, data: bytes) -> Iterator[Answer]:
        """Yield the answers that `data` completes."""
        for byte in data:
            answer = self._text_byte(byte) if self._text is not None else self._status_byte(byte)
            if answer is not None:
                yield answer

    def _text_byte(self, byte: int) -> Answer | None:
        text = self._text
        assert text is not None
        if byte == 0x00:
            self._text = None
            return Information(bytes(text))
        text.append(byte)
        if len(text) > TEXT_LIMIT:
            self.noise += len(text)
            self._text = None
        return None

    def _status_byte(self, byte: int) -> Answer | None:
        full = self.full_awaited > 0 and self._block[1:2] == b"\x0f"
        if self._block and (full or byte & 0x90 == 0x00):
            return self._block_byte(byte)
        if byte & 0x90 == 0x00:
            return self._low_byte(byte)
        if self._block:
            self._cut_off = 4 - len(self._block)
        self._block = b""
        if byte & 0x93 == 0x12:
            return Realtime(byte)
        if byte & 0x93 == 0x10:
            self._block = bytes([byte])
            self._cut_off = 0
        elif byte == 0x5F:
            self._text = bytearray()
        elif byte not in FLOW_CONTROL:
            self.noise += 1
        return None

    def _block_byte(self, byte: int) -> Answer | None:
        self._block += bytes([byte])
        full = self.full_awaited > 0 and self._block[1] == 0x0F
        if len(self._block) < (6 if full else 4):
            return None
        block, self._block = self._block, b""
        if not full:
            return Block(block)
        self.full_awaited -= 1
        return Full(block)

    def _low_byte(self, byte: int) -> Answer | None:
        if self._cut_off:
            self._cut_off -= 1
        elif self.awaited:
            self.awaited -= 1
            return Processed(byte)
        else:
            self._late += 1
            self.noise += self._late > self.doubt
        return None


@dataclass(frozen=True, slots=True)
class Condition:
    """How the printer is. `reason` is None when it can print. `answered`: it said anything.
    `advice`: what to do, where the reason alone does not tell.

    `passing`: it is offline without a fault, as while somebody feeds paper. `ticket_waiting`: a cut
    ticket lies in the presenter; None without one.
    """

    paper: Paper = Paper.UNKNOWN
    reason: Reason | None = None
    detail: str = ""
    cover_open: bool | None = None
    recoverable: bool = False
    passing: bool = False
    ticket_waiting: bool | None = None
    answered: bool = True
    advice: str = ""

    @property
    def state(self) -> State:
        """The state that this is for the lifecycle."""
        if not self.answered or self.passing:
            return State.OFFLINE
        return State.ONLINE if self.reason is None else STATES[self.reason]


ECHO = Condition(
    reason=Reason.GARBLED,
    detail=saying("the line sends back every byte that it is sent"),
    advice=saying(
        "Check the wiring: receive joined to send, or an adapter for two wires that hears itself."
    ),
)

STATES = {
    Reason.COVER_OPEN: State.USER_ERROR,
    Reason.PAPER_JAM: State.USER_ERROR,
    Reason.PAPER_OUT: State.OFFLINE,
    Reason.PRINTER_FAULT: State.HARDWARE_ERROR,
    Reason.GARBLED: State.OFFLINE,
}


def judge(
    printer: int,
    cause: int | None = None,
    paper: int | None = None,
    error: int | None = None,
    presenter: Presenter = "none",
) -> Condition:
    """Put the answers to DLE EOT 1, 2, 4 and 3 together; None where none came.

    With Citizen's presenters (PPU-700 p. 58, PPU-231II p. 78) bit 6 of the fourth alone is a
    ticket that waits, and the mechanical error is a jam there.
    """
    citizen = presenter == "citizen"
    end = 0x20 if citizen else 0x60
    roll = Paper.UNKNOWN if paper is None else roll_of(end=paper & end, near=paper & 0x0C)
    waiting = bool(paper & 0x40) and roll is not Paper.OUT if citizen and paper else None
    cause = cause or 0
    error = error or 0
    cover = bool(cause & 0x04)
    if cause & 0x20:
        roll = Paper.OUT
    well = Condition(roll, cover_open=cover, ticket_waiting=waiting)
    if cover:
        return replace(well, reason=Reason.COVER_OPEN, detail=saying("the cover is open"))
    if roll is Paper.OUT:
        return replace(well, reason=Reason.PAPER_OUT, detail=saying("the paper is used up"))
    if cause & 0x40 and error & 0x04 and presenter != "none":
        detail = saying("paper is stuck in the presenter")
        return replace(well, paper=Paper.JAM, reason=Reason.PAPER_JAM, detail=detail)
    if cause & 0x40:
        words, clears = _error_words(error), not error & 0x20
        return replace(well, reason=Reason.PRINTER_FAULT, detail=words, recoverable=clears)
    if printer & 0x08:
        detail = saying("offline, it does not say why")
        if cause & 0x08 or printer & 0x40:
            detail = saying("paper is being fed by its button")
        return replace(well, reason=Reason.PRINTER_FAULT, detail=detail, passing=True)
    return well


def judge_block(block: bytes, presenter: Presenter = "none") -> Condition:
    """The same from an ASB block."""
    first, second, third, _ = block
    # Of the third byte's two end bits Citizen's presenters use one for the presenter's sensor.
    end = 0x04 if presenter == "citizen" else 0x0C
    cause = 0x12 | (0x04 if first & 0x20 else 0) | (0x40 if second & 0x6C else 0)
    error = 0x12 | (second & 0x6C)
    paper = 0x12 | (0x0C if third & 0x03 else 0) | (0x20 if third & end else 0)
    return replace(judge(first, cause, paper, error, presenter), ticket_waiting=None)


def ticket_of(full: bytes) -> bool:
    """Whether a ticket waits in the output, from the six bytes (Custom KPM210 p. 36)."""
    return bool(full[2] & 0x20)


def roll_of(*, end: int, near: int) -> Paper:
    """Paper from its two sensors' bits."""
    if end:
        return Paper.OUT
    return Paper.LOW if near else Paper.OK


def _error_words(error: int) -> str:
    if error & 0x08:
        return saying("the cutter is jammed")
    if error & 0x20:
        return saying("an error that only switching off and on clears")
    if error & 0x40:
        return saying("the print head is too hot")
    if error & 0x04:
        return saying("a mechanical error")
    return saying("an error it does not name")
