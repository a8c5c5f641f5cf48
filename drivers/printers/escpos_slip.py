"""A laid out slip as ESC/POS commands for Chinese printers.

Manuals: Sureprint SP91 p. 66 and SPRT SP-series pp. 45-48 (Chinese mode), Citizen CT-S300 p. 19
(scope of ESC !), Custom KPM210 p. 76 (GS e). What matters:

* Text is encoded here, because the library's `text()` turns rare characters into "?" and may send
  four-byte codes. A character *is missing* when GB18030 does not write it in one or two bytes
  (those with four are in no printer's font), when it is in the private area, or, for a `gb2312`
  font, when it is outside GB 2312. What happens then is the option `missing`: 〓 stands in its
  place, or the whole line is drawn as a picture, of the size and at the place of the text.
* `GS !` sizes both scripts. `ESC !` sizes Latin only, but its bold acts on both; it also resets
  the Latin size, so it goes first.
* Realtime commands (10h 04h, 10h 05h, 10h 14h) hidden in data would be executed: cleaned text has
  none, pictures are kept free of them (`escpos_raster.py`), and a QR code whose length field would
  be one is drawn.
"""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, assert_never

import escpos.capabilities
import qrcode  # type: ignore[import-untyped]
from escpos.constants import QR_ECLEVEL_M
from escpos.escpos import Escpos
from qrcode.constants import ERROR_CORRECT_M  # type: ignore[import-untyped]

from drivers.papers.layout import Align, Cut, Line, Qr, Rule, Text
from drivers.papers.raster import (
    Picture,
    draw_rule,
    draw_squares,
    draw_text,
    lacks,
)
from drivers.printers.escpos_raster import MOST_ROWS, REALTIME, bands
from drivers.printers.escpos_traits import Charset, Look

INIT = b"\x1b\x40"
CHINESE_ON = b"\x1c\x26"
ASB_ON = b"\x1d\x61\xff"
PLAIN = b"\x1b\x21\x00\x1d\x21\x00"
DOTS_PER_COLUMN = 12
GAP = b"\x1b\x4a\x18"  # 24 dots of air around the QR code
LOOKALIKES = str.maketrans({"\u00a5": "￥", "\u2022": "·", "\u2212": "-", "\u2011": "-"})
GETA = "〓"  # the printers' mark for a missing character
BAND_S = 0.25  # of a serial line: so much of a picture between two questions

# python-escpos makes a temporary folder at import, for a cache that no later process finds.
if "ESCPOS_CAPABILITIES_PICKLE_DIR" not in os.environ:
    shutil.rmtree(escpos.capabilities.pickle_dir, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Job:
    """Commands of a slip: chunks of whole commands, of which the first prints nothing of it.

    `missing`: the characters that came out as 〓.
    """

    chunks: tuple[bytes, ...]
    missing: str


def encode(text: str, charset: Charset = "gb18030") -> bytes:
    """Encode for Chinese mode: ASCII and codes that the font has; 〓 for the rest."""
    shown = "".join(GETA if is_missing(c, charset) else c for c in text.translate(LOOKALIKES))
    return shown.encode("utf-8" if charset == "utf-8" else "gb18030")


def missing_in(text: str, charset: Charset = "gb18030") -> str:
    """The characters of `text` that the printer's font lacks, in order."""
    return "".join(c for c in text.translate(LOOKALIKES) if is_missing(c, charset))


def is_missing(c: str, charset: Charset) -> bool:
    """Whether the font lacks it (see the top)."""
    try:
        code = c.encode("gb18030")
    except UnicodeEncodeError:  # half a surrogate pair
        return True
    if len(code) == 1:
        return False
    if len(code) != 2 or "\ue000" <= c <= "\uf8ff":
        return True
    return charset == "gb2312" and not (0xA1 <= code[0] <= 0xF7 and code[1] >= 0xA1)


def compose(lines: Sequence[Line], look: Look, *, asb: bool = False, torn: bool = False) -> Job:
    """Turn lines into a job. `asb`: with automatic status; `torn`: cut off what hangs out first."""
    writer = SlipWriter(look)
    first = writer.set_up(asb=asb, torn=torn)
    chunks = [first, *(chunk for line in lines for chunk in writer.line(line))]
    return Job(tuple(chunks), writer.missing)


class SlipWriter(Escpos):
    """python-escpos with its output collected: the driver sends it, chunk by chunk."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._dots = look.columns * DOTS_PER_COLUMN
        self._out = bytearray()
        self.missing = ""
        # Without a width the library prints a warning on stdout, which is the command's answer.
        media = {"width": {"mm": "Unknown", "pixels": str(self._dots)}}
        self.profile.profile_data = {**self.profile.profile_data, "media": media}

    def _raw(self, msg: bytes) -> None:
        self._out += msg

    def text(self, txt: str) -> None:
        """Replace the library's encoding by ours, also where it calls this itself."""
        self._raw(encode(txt, self._look.charset))

    def set_up(self, *, asb: bool, torn: bool) -> bytes:
        """Commands that every job starts with, whatever the job before left behind."""
        self._raw(INIT + CHINESE_ON + self._look.after_init)
        if self._look.codepage is not None:
            self._raw(bytes([0x1B, 0x74, self._look.codepage]))
        if asb:
            self._raw(ASB_ON)
        if torn:
            self._cut()
        return self._taken()

    def line(self, line: Line) -> list[bytes]:
        """Commands of one line, in pieces that questions may stand between."""
        match line:
            case Text():
                return self._text_line(line)
            case Rule() if self._look.all_drawn:
                return self._drawn(draw_rule(self._dots), Align.LEFT)
            case Rule():
                return self._text_line(Text("-" * line.columns))
            case Qr():
                return self._qr_code(line.content)
            case Cut():
                self._cut()
                self._raw(self._look.after_cut)
            case _:
                assert_never(line)
        return [self._taken()]

    def _taken(self) -> bytes:
        out = bytes(self._out)
        self._out.clear()
        return out

    def _text_line(self, line: Text) -> list[bytes]:
        absent = missing_in(line.text, self._look.charset)
        font = self._look.font
        if font and (self._look.all_drawn or absent):
            text = line.text if absent else line.text.translate(LOOKALIKES)
            self.missing += "".join(c for c in line.text if lacks(font, c))
            picture = draw_text(text, font, width=line.width, height=line.height, bold=line.bold)
            return self._drawn(picture, line.align)
        self.missing += absent.replace(GETA, "")
        self._align(line.align)
        size = (line.width - 1) << 4 | (line.height - 1)
        self._raw(bytes([0x1B, 0x21, 0x08 if line.bold else 0x00, 0x1D, 0x21, size]))
        self.text(line.text + "\n")
        self._raw(PLAIN)
        return [self._taken()]

    def _drawn(self, picture: Picture, align: Align) -> list[bytes]:
        self._align(align)
        rows = MOST_ROWS
        if self._look.baud is not None:
            rows = max(8, int(self._look.baud / 10 * BAND_S) // picture.width_bytes)
        first, *rest = bands(picture, rows)
        return [self._taken() + first, *rest]

    def _align(self, align: Align) -> None:
        self._raw(bytes([0x1B, 0x61, 1 if align is Align.CENTER else 0]))

    def _qr_code(self, content: str) -> list[bytes]:
        size = module_dots(content, self._dots, self._look.qr_module)
        if self._look.native_qr:
            self._align(Align.CENTER)
            self._raw(GAP)
            self.qr(content, ec=QR_ECLEVEL_M, size=size, native=True)
            self._raw(GAP)
            command = self._taken()
            if not REALTIME.search(command):
                return [command]
        self._raw(GAP)
        pieces = self._drawn(draw_squares(_squares(content), size, border=1), Align.CENTER)
        return [*pieces, GAP]

    def _cut(self) -> None:
        self._align(Align.LEFT)
        match self._look.cut:
            case "partial":
                self.cut(feed=False)
            case "full":
                self.cut()
            case "none":
                self.print_and_feed(5)


@lru_cache(maxsize=8)
def module_dots(content: str, dots: int, wish: int) -> int:
    """Dots a QR module may take so that the code with its quiet zone fits paper of `dots`."""
    code: Any = qrcode.QRCode(error_correction=ERROR_CORRECT_M)
    code.add_data(content)
    modules = 17 + 4 * int(code.best_fit(start=1))
    return max(2, min(wish, dots // (modules + 8)))


@lru_cache(maxsize=8)
def _squares(content: str) -> list[list[bool]]:
    code: Any = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=0)
    code.add_data(content)
    code.make(fit=True)
    squares: list[list[bool]] = code.get_matrix()
    return squares
