"""The simulated printer's own reading of ESC/POS: one command or character at a time, onto paper.

Written from the command tables of the Epson, Citizen and SPRT manuals; no code shared with the
driver. What a printer would misprint is misprinted here: bytes above 7Fh outside Chinese mode give
code page garbage, `ESC !` sizes do not touch Chinese, four-byte GB18030 falls apart, and a code
that the font lacks comes out as a replacement mark.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from drivers.sim.escpos_printed import (
    DOTS_PER_COLUMN,
    Barcode,
    CutMark,
    Eject,
    Feed,
    Glyph,
    Printed,
    QrCode,
    Raster,
    TextLine,
    Unknown,
)

PLACEHOLDER = "\ufffd"  # what the font draws for a code it does not have

# Length of a command after its two leading bytes, where it is fixed.
LENGTHS = {
    0x10: {0x04: 1, 0x05: 1, 0x14: 3},  # obeyed on arrival; here they only take their place
    0x1B: dict.fromkeys(b"@2iml<", 0) | dict.fromkeys(b"$\\", 2) | {0x70: 3},
    0x1C: dict.fromkeys(b"&.", 0) | {0x53: 2, 0x32: 74, 0x71: 0},
    0x1D: dict.fromkeys(b":", 0) | dict.fromkeys(b"LWP$\\", 2),
}
# Bytes that must be there before the length of a longer command is known.
HEADERS = {(0x1D, 0x76): 8, (0x1D, 0x6B): 4, (0x1D, 0x56): 3, (0x1D, 0x65): 3, (0x1B, 0x2A): 5}
ALIGN = {0: "left", 1: "center", 2: "right", 48: "left", 49: "center", 50: "right"}


@dataclass(slots=True)
class Mode:
    """Settings that ESC @ puts back."""

    chinese: bool = True
    align: str = "left"
    bold: bool = False
    underline: bool = False
    latin: tuple[int, int] = (1, 1)
    han: tuple[int, int] = (1, 1)


@dataclass(slots=True)
class Interpreter:
    """Takes print data byte by byte; `items` is what came out, `line` what is not yet printed.

    `replies`: commands that want an answer (GS r, GS I, GS a), taken by whoever feeds. `font`: the
    Chinese characters it has, `gb18030` (two-byte codes), `gb2312` or `none`. `charset`: how it
    reads bytes above 7Fh in Chinese mode, `gb` or `utf-8`.
    """

    columns: int = 48
    chinese_at_power_on: bool = True
    font: str = "gb18030"
    charset: str = "gb"
    items: list[Printed] = field(default_factory=list)
    replies: list[bytes] = field(default_factory=list)
    mode: Mode = field(default_factory=Mode)
    line: list[Glyph] = field(default_factory=list)
    _pending: bytearray = field(default_factory=bytearray)
    _qr_module: int = 3
    _qr_level: int = 48
    _qr_data: bytes = b""

    def __post_init__(self) -> None:
        self.mode.chinese = self.chinese_at_power_on

    def clear(self) -> None:
        """Forget half a command and a line not yet printed."""
        self._pending.clear()
        self.line.clear()

    def feed(self, byte: int) -> None:
        """Take one byte of print data."""
        self.take(bytes([byte]))

    def take(self, data: bytes) -> None:
        """Take print data that holds the end of one command at most (see `wants`)."""
        self._pending += data
        length = self._complete()
        if length:
            command = bytes(self._pending[:length])
            del self._pending[:length]
            self._execute(command)

    @property
    def wants(self) -> int:
        """How many bytes may be taken at once: the data of a picture, else one by one."""
        p = self._pending
        if len(p) >= 8 and p[0] == 0x1D and p[1] == 0x76:
            return max(1, self._need(0x1D, 0x76) - len(p))
        return 1

    @property
    def in_picture(self) -> bool:
        """Whether the data of a picture is awaited."""
        return len(self._pending) >= 8 and self._pending[:2] == b"\x1d\x76"

    def rest(self) -> Iterator[Printed]:
        """The line still in the print buffer, as if it were printed now."""
        if self.line:
            yield TextLine(self.mode.align, tuple(self.line))

    def _complete(self) -> int:
        """Length of the command at the front, 0 while it is not whole."""
        pending = self._pending
        lead = pending[0]
        if lead >= 0x80 and self.mode.chinese:
            need = 2 if self.charset == "gb" else _utf8_length(lead)
            return need if len(pending) >= need else 0
        if lead not in LENGTHS:
            return 1
        if len(pending) < 2:
            return 0
        need = self._need(lead, pending[1])
        return need if 0 < need <= len(pending) else 0

    def _need(self, lead: int, second: int) -> int:
        """Whole length of the command, 0 when more bytes must come to know."""
        p = self._pending
        header = 5 if second == 0x28 else HEADERS.get((lead, second), 2)
        if len(p) < header:
            return 0
        need = 2 + LENGTHS[lead].get(second, 1)
        if lead == 0x1D and second == 0x76:
            need = 8 + (p[4] | p[5] << 8) * (p[6] | p[7] << 8)
        elif lead != 0x10 and second == 0x28:
            need = 5 + (p[3] | p[4] << 8)
        elif lead == 0x1D and second == 0x65:
            need = {3: 4, 32: 5}.get(p[2], 3)
        elif lead == 0x1D and second == 0x56:
            need = 4 if p[2] in (65, 66) else 3
        elif lead == 0x1D and second == 0x6B:
            need = 4 + p[3] if p[2] >= 65 else p.find(0, 3) + 1
        elif lead == 0x1B and second == 0x2A:
            need = 5 + (3 if p[2] >= 32 else 1) * (p[3] | p[4] << 8)
        elif lead == 0x1B and second == 0x44:
            need = p.find(0, 2) + 1
        return need

    def _execute(self, c: bytes) -> None:
        match c[0]:
            case 0x0A:
                self._print_line()
            case 0x1B:
                self._escape(c)
            case 0x1C:
                self._chinese_command(c)
            case 0x1D:
                self._group(c)
            case lead if lead >= 0x20:
                self._character(c)
            case _:
                pass  # realtime commands were obeyed on arrival; other controls do nothing

    def _character(self, c: bytes) -> None:
        if c[0] < 0x80:
            self._put(chr(c[0]), chinese=False)
        elif not self.mode.chinese:
            self._put(c.decode("cp437"), chinese=False)
        elif self.charset == "utf-8":
            char = c.decode("utf-8", errors="replace")
            self._put(char if self._drawn(char) else PLACEHOLDER, chinese=True)
        elif 0x40 <= c[1] <= 0xFE and c[1] != 0x7F and c[0] != 0x80 and c[0] != 0xFF:
            char = c.decode("gb18030", errors="replace")
            self._put(char if self._drawn(char) else PLACEHOLDER, chinese=True)
        else:
            self._put(PLACEHOLDER, chinese=False)
            self._pending[:0] = c[1:]  # the second byte was something of its own
            if self._complete():
                again = bytes(self._pending[: self._complete()])
                del self._pending[: len(again)]
                self._execute(again)

    def _drawn(self, char: str) -> bool:
        """Whether the font has it."""
        if len(char) != 1 or self.font == "none":
            return False
        code = char.encode("gb18030")
        if self.font == "gb2312":
            return len(code) == 2 and 0xA1 <= code[0] <= 0xF7 and code[1] >= 0xA1
        return len(code) == 2 and not "\ue000" <= char <= "\uf8ff"

    def _put(self, char: str, *, chinese: bool) -> None:
        width, height = self.mode.han if chinese else self.mode.latin
        glyph = Glyph(char, chinese, width, height, self.mode.bold, self.mode.underline)
        if sum(g.dots for g in self.line) + glyph.dots > self.columns * DOTS_PER_COLUMN:
            self._print_line()
        self.line.append(glyph)

    def _print_line(self) -> None:
        self.items.append(TextLine(self.mode.align, tuple(self.line)))
        self.line.clear()

    def _flush(self) -> None:
        if self.line:
            self._print_line()

    def _escape(self, c: bytes) -> None:
        mode, n = self.mode, c[2] if len(c) > 2 else 0
        match chr(c[1]):
            case "@":
                self.line.clear()
                self.mode = Mode(chinese=self.chinese_at_power_on)
            case "!":
                mode.bold, mode.underline = bool(n & 0x08), bool(n & 0x80)
                mode.latin = (2 if n & 0x20 else 1, 2 if n & 0x10 else 1)
            case "E" | "G":
                mode.bold = bool(n & 1)
            case "-":
                mode.underline = n % 48 > 0
            case "a":
                if not self.line:
                    mode.align = ALIGN.get(n, mode.align)
            case "d":
                self._flush()
                self.items.append(Feed(30 * n))
            case "J":
                self._flush()
                self.items.append(Feed(n))
            case "i" | "m":
                self._flush()
                self.items.append(CutMark(full=c[1] == 0x69))
            case "t" | "R" | "p" | "2" | "3" | "M" | "V" | "{" | " " | "$" | "\\" | "D" | "9" | "*":
                pass
            case _:
                self.items.append(Unknown(c))

    def _chinese_command(self, c: bytes) -> None:
        n = c[2] if len(c) > 2 else 0
        match chr(c[1]):
            case "&":
                self.mode.chinese = True
            case ".":
                self.mode.chinese = False
            case "!":
                self.mode.han = (2 if n & 0x04 else 1, 2 if n & 0x08 else 1)
            case "W":
                self.mode.han = (2, 2) if n & 1 else (1, 1)
            case "-" | "S" | "2" | "C":
                pass
            case _:
                self.items.append(Unknown(c))

    def _group(self, c: bytes) -> None:
        n = c[2] if len(c) > 2 else 0
        match chr(c[1]):
            case "!":
                self.mode.latin = self.mode.han = ((n >> 4 & 7) + 1, (n & 7) + 1)
            case "V":
                self._flush()
                self.items.append(CutMark(full=n in (0, 48, 65)))
            case "v":
                self._flush()
                size = (c[4] | c[5] << 8, c[6] | c[7] << 8)
                self.items.append(Raster(self.mode.align, *size, c[8:]))
            case "e":
                self.items.append(Eject(n))
            case "k":
                self._flush()
                data = c[4:] if n >= 65 else c[3:-1]
                self.items.append(Barcode(self.mode.align, n, data))
            case "(":
                self._extended(c)
            case "r" | "I" | "a":
                self.replies.append(c)
            case "h" | "w" | "H" | "f" | "L" | "W" | "P" | "B" | "b" | "$" | "\\" | "/" | "*":
                pass
            case _:
                self.items.append(Unknown(c))

    def _extended(self, c: bytes) -> None:
        if c[2] != 0x6B or len(c) < 7 or c[5] != 0x31:
            self.items.append(Unknown(c))
            return
        match c[6]:
            case 0x43:
                self._qr_module = max(1, min(16, c[7]))
            case 0x45:
                self._qr_level = c[7]
            case 0x50:
                self._qr_data = c[8:]
            case 0x51:
                self._flush()
                self.items.append(
                    QrCode(self.mode.align, self._qr_data, self._qr_module, self._qr_level)
                )


def _utf8_length(lead: int) -> int:
    if lead >= 0xF0:
        return 4
    if lead >= 0xE0:
        return 3
    return 2 if lead >= 0xC2 else 1
