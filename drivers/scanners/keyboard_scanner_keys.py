"""Key events of a scanner that plays a US keyboard, and the codes in them.

    struct input_event (64-bit): seconds 8 | microseconds 8 | type 2 | code 2 | value 4

native byte order (and 4 bytes a time where a long of this Python has 4); type 1 is a key, its value
1 pressed, 2 repeated, 0 released; type 0 code 3 says that the kernel had to drop events. Source:
linux/input-event-codes.h. With Alt held, digits of the number pad spell a character's number in
decimal (Worth Data P11/12 manual, p. 4-2): up to 255 it is one byte of the code.
"""

import struct
from collections import deque
from typing import Literal

from drivers.errors import PeripheralError
from drivers.interfaces import ScannedCode
from drivers.saying import saying
from drivers.scanners.code_text import Rules, ends_inside_character, refused, too_long, understand

EVENT = struct.Struct("llHHi")
EV_SYN, EV_KEY = 0, 1
SYN_DROPPED = 3
ENTER, KEYPAD_ENTER, TAB, CAPS_LOCK = 28, 96, 15, 58
CTRL, ALT, SHIFT = (29, 97), (56, 100), (42, 54)
SILENT_KEYS = frozenset({69, 70, 125, 126})  # Num Lock, Scroll Lock, Meta
CODES_KEPT = 16
LONGEST_NUMBER = 7  # digits after Alt

AltCodes = Literal["none", "gbk", "unicode"]

_ROWS = {2: ("1234567890-=", "!@#$%^&*()_+"), 16: ("qwertyuiop[]", "QWERTYUIOP{}"),
         30: ("asdfghjkl;'`", 'ASDFGHJKL:"~'), 43: ("\\zxcvbnm,./", "|ZXCVBNM<>?"),
         57: (" ", " "), 55: ("*", "*"), 74: ("-", "-"), 78: ("+", "+"), 98: ("/", "/"),
         83: (".", ".")}  # fmt: skip
_DIGITS = {82: "0", 79: "1", 80: "2", 81: "3", 75: "4", 76: "5", 77: "6", 71: "7", 72: "8", 73: "9"}
PLAIN = {k + i: c for k, (row, _) in _ROWS.items() for i, c in enumerate(row)} | _DIGITS
SHIFTED = {k + i: c for k, (_, row) in _ROWS.items() for i, c in enumerate(row)} | _DIGITS


class KeyCodes:
    """A `Codes`: whole events in any cut, Enter or Tab ends a code (or silence, without those).

    `alt` says what an Alt number above 255 means; with "none" such a code is refused.
    """

    def __init__(self, rules: Rules, alt: AltCodes = "none", ends_by_key: bool = True) -> None:
        self._rules = rules
        self._alt = alt
        self._ends_by_key = ends_by_key
        self._bytes = bytearray()
        self._whole: deque[ScannedCode | PeripheralError] = deque()
        self._held: set[int] = set()
        self._caps = False
        self._text: list[str] = []
        self._number = ""  # typed with Alt held
        self._trouble: PeripheralError | None = None

    @property
    def inside(self) -> bool:
        """See `Codes.inside`."""
        return bool(self._text) or self._trouble is not None

    @property
    def inside_character(self) -> bool:
        """See `Codes.inside_character`: of bytes that are spelled as Alt numbers."""
        code = "".join(self._text).encode("utf-8", "surrogateescape")
        return ends_inside_character(code, self._rules.charset)

    def feed(self, data: bytes) -> None:
        """See `Codes.feed`."""
        self._bytes += data
        whole = len(self._bytes) // EVENT.size * EVENT.size
        for _, _, kind, code, value in EVENT.iter_unpack(bytes(self._bytes[:whole])):
            if (kind, code) == (EV_SYN, SYN_DROPPED):
                self._held.clear()
                self._trouble = refused(
                    saying("the code lost some of its keys"), saying("Show it again.")
                )
            elif kind == EV_KEY and value == 0:
                self._release(code)
            elif kind == EV_KEY and value == 1:
                self._press(code)
        del self._bytes[:whole]

    def take(self) -> ScannedCode | None:
        """See `Codes.take`."""
        if not self._whole:
            return None
        code = self._whole.popleft()
        if isinstance(code, PeripheralError):
            raise code
        return code

    def finish(self) -> None:
        """See `Codes.finish`."""
        if not self._ends_by_key:
            self._end()

    def forget(self) -> None:
        """See `Codes.forget`; which keys are held down is still known."""
        self._whole.clear()
        self._clear()

    def _clear(self) -> None:
        self._text = []
        self._number = ""
        self._trouble = None

    def _press(self, key: int) -> None:
        self._held.add(key)
        ctrl, alt, shift = (not self._held.isdisjoint(keys) for keys in (CTRL, ALT, SHIFT))
        if key in (*CTRL, *SHIFT, *SILENT_KEYS):
            return
        if key in ALT:
            self._number = ""
        elif key == CAPS_LOCK:
            self._caps = not self._caps
        elif alt:
            self._number = (self._number + _DIGITS.get(key, "x"))[:LONGEST_NUMBER]
        elif key in (ENTER, KEYPAD_ENTER, TAB):
            self._end()
        else:
            self._type(key, ctrl, shift)

    def _type(self, key: int, ctrl: bool, shift: bool) -> None:
        c = (SHIFTED if shift else PLAIN).get(key)
        if c is None:
            self._trouble = refused(saying("the code holds a key that is no character"))
            return
        if self._caps and c.isalpha():
            c = c.swapcase()
        self._add(chr(ord(c) & 0x1F) if ctrl else c)

    def _release(self, key: int) -> None:
        self._held.discard(key)
        if key in ALT and self._number:
            self._spell(self._number)
            self._number = ""

    def _spell(self, number: str) -> None:
        value = int(number) if number.isdecimal() else -1
        try:
            if 0 <= value < 256:
                # A byte of the code, as a lone surrogate until all its bytes are there.
                self._add(chr(value) if value < 128 else chr(0xDC00 + value))
            elif value > 0 and self._alt == "unicode":
                self._add(chr(value).encode().decode())
            elif value > 0 and self._alt == "gbk":
                self._add(value.to_bytes(2, "big").decode("gb18030"))
            else:
                self._trouble = refused(
                    saying("the code holds an Alt number"), saying("See the option alt_codes.")
                )
        except (ValueError, OverflowError):
            self._trouble = refused(saying("the code holds an Alt number that is no character"))

    def _add(self, c: str) -> None:
        if len(self._text) <= self._rules.longest + len(self._rules.prefix) + 3:
            self._text.append(c)
        else:
            self._trouble = too_long(self._rules.longest)

    def _end(self) -> None:
        trouble, text = self._trouble, "".join(self._text)
        self._clear()
        if (not text and trouble is None) or len(self._whole) >= CODES_KEPT:
            return
        try:
            self._whole.append(trouble or self._understood(text))
        except PeripheralError as e:
            self._whole.append(e)

    def _understood(self, text: str) -> ScannedCode:
        spelled = any(ord(c) > 0xFF and not "\udc80" <= c <= "\udcff" for c in text)
        charset = "utf-8" if spelled else self._rules.charset
        rules = Rules(charset, self._rules.aim, self._rules.prefix, self._rules.longest)
        return understand(text.encode("utf-8", "surrogateescape"), rules)
