"""A laid out slip as ESC/POS commands for Chinese printers.

Manuals: Sureprint SP91 p. 66 and SPRT SP-series pp. 45-48 (Chinese mode), Citizen CT-S300 p. 19
(scope of ESC !). What matters:

* Text is encoded here, because the library's `text()` turns rare characters into "?" and may send
  four-byte codes. GB18030 in one or two bytes is kept, the rest is printed as 〓.
* `GS !` sizes both scripts. `ESC !` sizes Latin only, but its bold acts on both; it also resets
  the Latin size, so it goes first.
* Realtime commands (10h 04h, 10h 05h) hidden in data would be executed: neither cleaned text nor
  the QR picture, whose dots are at least two wide, can hold them.
"""

import os
import shutil
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, assert_never

import escpos.capabilities
import qrcode  # type: ignore[import-untyped]
from escpos.constants import QR_ECLEVEL_M
from escpos.escpos import Escpos
from qrcode.constants import ERROR_CORRECT_M  # type: ignore[import-untyped]

from drivers.papers.layout import Align, Cut, Line, Qr, Rule, Text

if TYPE_CHECKING:
    from drivers.printers.escpos import EscposOptions

INIT = b"\x1b\x40"
CHINESE_ON = b"\x1c\x26"
PLAIN = b"\x1b\x21\x00\x1d\x21\x00"
GETA = b"\xa1\xfe"  # 〓, the printer's mark for a missing character
DOTS_PER_COLUMN = 12
GAP = b"\x1b\x4a\x18"  # 24 dots of air around the QR code
LOOKALIKES = str.maketrans({"\u00a5": "￥", "\u2022": "·", "\u2212": "-", "\u2011": "-"})

Charset = Literal["gb18030", "gb2312"]

# python-escpos makes a temporary folder at import, for a cache that no later process finds.
if "ESCPOS_CAPABILITIES_PICKLE_DIR" not in os.environ:
    shutil.rmtree(escpos.capabilities.pickle_dir, ignore_errors=True)


def encode(text: str, charset: Charset = "gb18030") -> bytes:
    """Encode for Chinese mode: ASCII and two-byte codes that the font has; 〓 for the rest."""
    return b"".join(_encode_one(c, charset) for c in text.translate(LOOKALIKES))


def substituted(text: str, charset: Charset = "gb18030") -> str:
    """The characters of `text` that `encode` cannot keep, in order."""
    seen = text.translate(LOOKALIKES)
    return "".join(c for c in seen if c != "〓" and _encode_one(c, charset) == GETA)


def compose(lines: Sequence[Line], options: "EscposOptions") -> list[bytes]:
    """Turn lines into chunks, each made of whole commands; the first only sets the printer up."""
    writer = SlipWriter(options)
    return [writer.set_up(), *(writer.line(line) for line in lines)]


class SlipWriter(Escpos):
    """python-escpos with its output collected: the driver sends it, chunk by chunk."""

    def __init__(self, options: "EscposOptions") -> None:
        super().__init__()
        self._options = options
        self._dots = options.columns * DOTS_PER_COLUMN
        self._out = bytearray()
        # Without a width the library prints a warning on stdout, which is the command's answer.
        media = {"width": {"mm": "Unknown", "pixels": str(self._dots)}}
        self.profile.profile_data = {**self.profile.profile_data, "media": media}

    def _raw(self, msg: bytes) -> None:
        self._out += msg

    def text(self, txt: str) -> None:
        """Replace the library's encoding by ours, also where it calls this itself."""
        self._raw(encode(txt, self._options.charset))

    def set_up(self) -> bytes:
        """Commands that every job starts with, whatever the job before left behind."""
        self._raw(INIT + CHINESE_ON)
        if self._options.codepage is not None:
            self._raw(bytes([0x1B, 0x74, self._options.codepage]))
        return self._taken()

    def line(self, line: Line) -> bytes:
        """Commands of one line."""
        match line:
            case Text():
                self._text_line(line)
            case Rule():
                self._text_line(Text("-" * line.columns))
            case Qr():
                self._qr_code(line.content)
            case Cut():
                self._cut()
            case _:
                assert_never(line)
        return self._taken()

    def _taken(self) -> bytes:
        out = bytes(self._out)
        self._out.clear()
        return out

    def _text_line(self, line: Text) -> None:
        self._align(line.align)
        size = (line.width - 1) << 4 | (line.height - 1)
        self._raw(bytes([0x1B, 0x21, 0x08 if line.bold else 0x00, 0x1D, 0x21, size]))
        self.text(line.text + "\n")
        self._raw(PLAIN)

    def _align(self, align: Align) -> None:
        self._raw(bytes([0x1B, 0x61, 1 if align is Align.CENTER else 0]))

    def _qr_code(self, content: str) -> None:
        self._align(Align.CENTER)
        size = module_dots(content, self._dots, self._options.qr_module)
        if self._options.qr == "native":
            self._raw(GAP)
            self.qr(content, ec=QR_ECLEVEL_M, size=size, native=True)
            self._raw(GAP)
        else:  # the library puts blank lines around its picture
            self.qr(content, ec=QR_ECLEVEL_M, size=size)

    def _cut(self) -> None:
        self._align(Align.LEFT)
        match self._options.cut:
            case "partial":
                self.cut(feed=False)
            case "full":
                self.cut()
            case "none":
                self.print_and_feed(5)


def module_dots(content: str, dots: int, wish: int) -> int:
    """Dots a QR module may take so that the code with its quiet zone fits paper of `dots`."""
    code: Any = qrcode.QRCode(error_correction=ERROR_CORRECT_M)
    code.add_data(content)
    modules = 17 + 4 * int(code.best_fit(start=1))
    return max(2, min(wish, dots // (modules + 8)))


def _encode_one(c: str, charset: Charset) -> bytes:
    try:
        code = c.encode("gb18030")
    except UnicodeEncodeError:  # half a surrogate pair
        return GETA
    if len(code) == 1:
        return code
    if len(code) != 2 or "\ue000" <= c <= "\uf8ff":  # the private area is empty in printers' fonts
        return GETA
    if charset == "gb2312" and not (0xA1 <= code[0] <= 0xF7 and code[1] >= 0xA1):
        return GETA
    return code
