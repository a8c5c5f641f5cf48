"""Plain text as a PDF of page images, because print servers put boxes where Chinese should be.

CUPS's own text filter knows no Chinese font (tried: cups-filters 1.28 prints an empty box for each
character), and network printers seldom take text at all.
"""

import io
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from drivers.errors import PeripheralError, Reason
from drivers.saying import Saying, saying

if TYPE_CHECKING:
    from PIL import ImageFont

FONTS = (  # file, and which face of the collection has the simplified Chinese forms
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", 0),
    ("/usr/share/fonts/truetype/arphic/uming.ttc", 0),
)
DPI = 200
PAGE = (1654, 2339)  # A4
MARGIN = 157  # 20 mm
CELL, LINE = 16, 45  # a Latin character is one cell wide, a Chinese one two
COLUMNS = (PAGE[0] - 2 * MARGIN) // CELL
ROWS = (PAGE[1] - 2 * MARGIN) // LINE
PAGES_LIMIT = 50
TAB = 8


def pdf_of(text: str) -> bytes:
    """The text on A4 pages. Raises BAD_OPTION when it is too long, or no Chinese font is there."""
    try:
        from PIL import Image, ImageDraw
    except ImportError as e:
        raise _refused(
            saying("printing text needs Pillow: pip install 'yukuai-hall[drivers]'")
        ) from e
    pages = list(pages_of(text))
    if len(pages) > PAGES_LIMIT:
        raise _refused(saying("the text has more than {limit} pages", limit=PAGES_LIMIT))
    font = _font()
    images = []
    for rows in pages:
        image = Image.new("1", PAGE, 1)
        draw = ImageDraw.Draw(image)
        for number, row in enumerate(rows):
            column = 0
            for char in row:
                x, y = MARGIN + column * CELL, MARGIN + number * LINE
                draw.text((x, y), char, fill=0, font=font)
                column += _width(char)
        images.append(image)
    out = io.BytesIO()
    images[0].save(out, "PDF", resolution=DPI, save_all=True, append_images=images[1:])
    return out.getvalue()


def pages_of(text: str) -> Iterator[list[str]]:
    """The rows of each page, broken where they are too wide; a form feed begins a new page."""
    for part in text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\f").split("\f"):
        rows = [row for line in part.removesuffix("\n").split("\n") for row in _rows(line)]
        for begin in range(0, len(rows), ROWS):
            yield rows[begin : begin + ROWS]


def _rows(line: str) -> Iterator[str]:
    row, used = "", 0
    for char in line.expandtabs(TAB):
        if used + _width(char) > COLUMNS:
            yield row
            row, used = "", 0
        row += char
        used += _width(char)
    yield row


def _width(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WFA" else 1


def _font() -> "ImageFont.FreeTypeFont":
    from PIL import ImageFont

    for file, face in FONTS:
        if Path(file).exists():
            return ImageFont.truetype(file, 2 * CELL, index=face)
    raise _refused(
        saying("no Chinese font for plain text: apt-get install fonts-noto-cjk, or give a PDF")
    )


def _refused(detail: Saying) -> PeripheralError:
    return PeripheralError(Reason.BAD_OPTION, detail, sent=False)
