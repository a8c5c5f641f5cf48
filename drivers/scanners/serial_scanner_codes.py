"""Codes and answers to commands, told apart in the bytes of a serial scanner."""

import contextlib
from collections import deque

from drivers.interfaces import ScannedCode
from drivers.scanners.code_text import Rules, ends_inside_character, too_long, understand
from drivers.scanners.serial_scanner_makers import ACK, Answer, AnswerFinder, IncompleteError

CODES_KEPT = 16
LONGEST_ANSWER = 300
CODE_ENDS = b"\r\n\t"
SLACK = 256  # AIM identifier and names of character sets do not count as the code


class SerialCodes:
    """A `Codes`. `suffix` empty: a code ends when the scanner falls silent.

    An answer is looked for only where a code would begin, so that no code can contain one. A
    control character there, while an answer is awaited, is an answer too, but not a good one; only
    06 is good of a make whose answers nobody documents.
    """

    def __init__(self, suffix: bytes, rules: Rules, answer_in: AnswerFinder | None = None) -> None:
        self._suffix = suffix
        self._rules = rules
        self._answer_in = answer_in
        self._begun = bytearray()
        self._whole: deque[bytes | None] = deque()  # None: one that was too long
        self._too_long = False
        self.answer: Answer | None = None  # since `await_answer`
        self._awaiting = False

    @property
    def inside(self) -> bool:
        """See `Codes.inside`."""
        return bool(self._begun) or self._too_long

    @property
    def inside_character(self) -> bool:
        """See `Codes.inside_character`."""
        code = bytes(self._begun).removeprefix(self._rules.prefix)
        return ends_inside_character(code, self._rules.charset)

    def await_answer(self) -> None:
        """A command goes out: codes that come before its answer are older than it."""
        self.answer = None
        self._awaiting = True

    def feed(self, data: bytes) -> None:
        """See `Codes.feed`."""
        self._begun += data
        with contextlib.suppress(IncompleteError):
            while self._answer_taken() or self._code_taken():
                pass
        if len(self._begun) > len(self._rules.prefix) + self._rules.longest + SLACK:
            self._too_long = True
            del self._begun[: -len(self._suffix) or None]

    def take(self) -> ScannedCode | None:
        """See `Codes.take`."""
        if not self._whole:
            return None
        code = self._whole.popleft()
        if code is None:
            raise too_long(self._rules.longest)
        return understand(code, self._rules)

    def finish(self) -> None:
        """See `Codes.finish`."""
        if not self._suffix:
            self._keep(bytes(self._begun))
            self._begun.clear()

    def forget(self) -> None:
        """See `Codes.forget`."""
        self._begun.clear()
        self._whole.clear()
        self._too_long = False

    def _answer_taken(self) -> bool:
        if self._too_long:
            return False
        head = bytes(self._begun[:LONGEST_ANSWER])
        answer = self._answer_in(head) if self._answer_in else None
        if answer is None:
            return self._odd_byte_dropped()
        del self._begun[: answer.size]
        if self._awaiting:
            self._awaiting = False
            self.answer = answer
            self._whole.clear()
        return True

    def _odd_byte_dropped(self) -> bool:
        first = bytes(self._begun[:1])
        mine = self._rules.prefix[:1], self._suffix[:1]
        if not self._awaiting or not first or first in CODE_ENDS or first in mine or first >= b" ":
            return False
        undocumented = self._answer_in is None
        self.answer = Answer(
            1, ok=undocumented and first == ACK
        )  # until a good one comes behind it
        if undocumented and first != ACK:  # it stays, as part of the code
            return False
        del self._begun[:1]
        return True

    def _code_taken(self) -> bool:
        at = self._begun.find(self._suffix) if self._suffix else -1
        if at < 0:
            return False
        self._keep(bytes(self._begun[:at]))
        del self._begun[: at + len(self._suffix)]
        return True

    def _keep(self, code: bytes) -> None:
        # Line ends that were set besides the suffix are no part of a code, which could hold none.
        code = code.rstrip(CODE_ENDS)
        if not self._rules.prefix:
            code = code.lstrip(CODE_ENDS)
        if (code or self._too_long) and len(self._whole) < CODES_KEPT:
            self._whole.append(None if self._too_long else code)
        self._too_long = False
