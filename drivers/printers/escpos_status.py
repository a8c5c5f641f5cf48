"""What an ESC/POS printer says of itself: the mixed stream of its answers, and what the bits mean.

Three kinds of answer share one line without any frame: one byte to DLE EOT n (realtime), blocks of
four that come unasked (automatic status back, ASB), one byte to GS r n. They are told apart by
fixed bits (Epson TM-U220A and Citizen CT-S2000 manuals, status pages, and this rule):

    (b & 93h) == 12h   realtime, one byte
    (b & 93h) == 10h   ASB, this and three more with (b & 90h) == 00h
    5Fh ... 00h        a text (GS I)
    (b & 90h) == 00h   GS r, but only while one is awaited and no block is half read

The last three bytes of a block look like answers to GS r, so a block that lost its head could pass
for "all was printed". The rest of a block that another answer cut is skipped; a byte that nobody
awaited makes the stream `doubtful`, and the printer must then answer a second GS r.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from drivers.errors import Reason
from drivers.status import Paper

TEXT_LIMIT = 80  # a text without its 00h is noise


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


Answer = Realtime | Processed | Block | Information


class AnswerStream:
    """Cuts received bytes into answers; bytes that fit nowhere are dropped.

    `awaited`: how many GS r answers are due. Whoever sends GS r adds one. `doubtful`: what was
    taken for one may have been a piece of something else, or late.
    """

    def __init__(self) -> None:
        self.awaited = 0
        self.doubtful = False
        self._cut_off = 0  # bytes still to come of a block that another answer cut
        self._block = b""
        self._text: bytearray | None = None

    def forget(self) -> None:
        """Drop what is half read or due: called where the line has been quiet.

        An answer that is still due may come late, and so may the rest of a block.
        """
        self.doubtful = self.awaited > 0
        self.awaited = 0
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
            self._text = None
        return None

    def _status_byte(self, byte: int) -> Answer | None:
        if self._block and byte & 0x90 == 0x00:
            self._block += bytes([byte])
            if len(self._block) < 4:
                return None
            block, self._block = self._block, b""
            return Block(block)
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
        return None

    def _low_byte(self, byte: int) -> Answer | None:
        if self._cut_off:
            self._cut_off -= 1
        elif self.awaited:
            self.awaited -= 1
            return Processed(byte)
        else:
            self.doubtful = True
        return None


@dataclass(frozen=True, slots=True)
class Condition:
    """How the printer is. `reason` is None when it can print. `answered`: it said anything."""

    paper: Paper = Paper.UNKNOWN
    reason: Reason | None = None
    detail: str = ""
    cover_open: bool | None = None
    recoverable: bool = False
    answered: bool = True


def judge(
    printer: int, cause: int | None = None, paper: int | None = None, error: int | None = None
) -> Condition:
    """Put the answers to DLE EOT 1, 2, 4 and 3 together; None where none came."""
    roll = Paper.UNKNOWN if paper is None else roll_of(end=paper & 0x60, near=paper & 0x0C)
    cause = cause or 0
    error = error or 0
    cover = bool(cause & 0x04)
    if cause & 0x20:
        roll = Paper.OUT
    reason: Reason | None = None
    detail = ""
    recoverable = False
    if cover:
        reason, detail = Reason.COVER_OPEN, "the cover is open"
    elif roll is Paper.OUT:
        reason, detail = Reason.PAPER_OUT, "the paper is used up"
    elif cause & 0x40:
        reason, detail = Reason.PRINTER_FAULT, _error_words(error)
        recoverable = not error & 0x20
    elif printer & 0x08:
        held = (cause & 0x08) or (printer & 0x40)
        words = "paper is being fed by its button" if held else "it is offline and does not say why"
        reason, detail = Reason.PRINTER_FAULT, words
    return Condition(roll, reason, detail, cover, recoverable)


def judge_block(block: bytes) -> Condition:
    """The same from an ASB block."""
    first, second, third, _ = block
    cause = 0x12 | (0x04 if first & 0x20 else 0) | (0x40 if second & 0x6C else 0)
    error = 0x12 | (second & 0x6C)
    paper = 0x12 | (0x0C if third & 0x03 else 0) | (0x60 if third & 0x0C else 0)
    return judge(first, cause, paper, error)


def roll_of(*, end: int, near: int) -> Paper:
    """Paper from its two sensors' bits."""
    if end:
        return Paper.OUT
    return Paper.LOW if near else Paper.OK


def _error_words(error: int) -> str:
    if error & 0x08:
        return "the cutter is jammed"
    if error & 0x20:
        return "an error that only switching off and on clears"
    if error & 0x40:
        return "the print head is too hot"
    if error & 0x04:
        return "a mechanical error"
    return "an error it does not name"
