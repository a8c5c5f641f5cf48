"""Lines of paper as pictures of black dots, for printers whose own font lacks a character.

A picture stands where the text would: 24 dots high times its size, a Chinese character 24 dots
wide and a Latin one 12, in six dots of air as printers put between lines. It knows no printer
bytes. Drawn with Pillow from an installed Chinese font, found without fontconfig.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

CELL = 24  # dots of a Chinese character, and the height of all
AIR = 6  # dots under a line
BASELINE = 21
THRESHOLD = 110  # of 255: what is darker than this becomes a dot
MISSING = "〓"

FOLDERS = (
    Path.home() / ".local/share/fonts",
    Path("/usr/local/share/fonts"),
    Path("/usr/share/fonts"),
)
FONTS = (  # the best first
    "NotoSansSC-Regular.otf",
    "NotoSansCJKsc-Regular.otf",
    "NotoSansCJK-Regular.ttc",
    "SourceHanSansSC-Regular.otf",
    "NotoSerifCJK-Regular.ttc",
    "wqy-zenhei.ttc",
    "wqy-microhei.ttc",
)


@dataclass(frozen=True, slots=True)
class Picture:
    """Rows from the top, each of `width_bytes` bytes, the left dot in the highest bit; 1 is ink."""

    width_bytes: int
    height: int
    data: bytes


def find_font(wanted: str | None = None) -> str | None:
    """Path of the font file to draw with: `wanted`, or the best that is installed, or None."""
    if wanted is not None:
        return wanted if Path(wanted).is_file() else None
    return _installed()


def draw_text(
    text: str, font: str, *, width: int = 1, height: int = 1, bold: bool = False
) -> Picture:
    """One line; `width` and `height` multiply the normal size. What the font lacks becomes 〓."""
    from PIL import Image

    shown = [MISSING if lacks(font, c) else c for c in text]
    dots = sum(_cell_width(c) for c in shown) * width
    line = Image.new("1", (_whole_bytes(max(dots, 1)), CELL * height + AIR * height))
    x = 0
    for c in shown:
        line.paste(_glyph(c, font, width, height, bold), (x, 0))
        x += _cell_width(c) * width
    return _picture(line)


def draw_rule(dots: int) -> Picture:
    """A line of two dots across paper of `dots`, with air above and below."""
    row = b"\xff" * (dots // 8)
    blank = bytes(len(row))
    return Picture(len(row), 10, blank * 4 + row * 2 + blank * 4)


def draw_squares(squares: list[list[bool]], dots: int, border: int) -> Picture:
    """A QR code's matrix, `dots` a square, with `border` squares of white around it."""
    from PIL import Image

    side = len(squares) + 2 * border
    small = Image.new("1", (side, side))
    small.putdata(
        [
            border <= x < side - border
            and border <= y < side - border
            and squares[y - border][x - border]
            for y in range(side)
            for x in range(side)
        ]
    )
    large = small.resize((side * dots, side * dots), Image.Resampling.NEAREST)
    whole = Image.new("1", (_whole_bytes(large.width), large.height))
    whole.paste(large, (0, 0))
    return _picture(whole)


@lru_cache(maxsize=4096)
def lacks(font: str, c: str) -> bool:
    """Whether the font draws only its "no such character" for `c`."""
    if c.isspace():
        return False
    face = _face(font, CELL)
    nothing = face.getmask("\U0010ffff")
    mask = face.getmask(c)
    return mask.size == nothing.size and bytes(mask) == bytes(nothing)


@cache
def _installed() -> str | None:
    for name in FONTS:
        for folder in FOLDERS:
            found = sorted(folder.rglob(name)) if folder.is_dir() else []
            if found:
                return str(found[0])
    return None


@lru_cache(maxsize=16)
def _face(font: str, size: int) -> Any:
    """The font at `size`; of a collection the simplified Chinese face."""
    from PIL import ImageFont

    first = ImageFont.truetype(font, size)
    if not font.endswith((".ttc", ".otc")):
        return first
    for index in range(16):
        try:
            face = ImageFont.truetype(font, size, index=index)
        except OSError:
            break
        if " SC" in str(face.getname()[0]):
            return face
    return first


@lru_cache(maxsize=1024)
def _glyph(c: str, font: str, width: int, height: int, bold: bool) -> Any:
    """One character in its cell, drawn large and brought to the cell's proportions."""
    from PIL import Image, ImageDraw

    scale = max(width, height)
    face = _face(font, CELL * scale)
    cell = _cell_width(c)
    natural = max(cell * scale, round(face.getlength(c)))
    image = Image.new("L", (natural, CELL * scale))
    draw = ImageDraw.Draw(image)
    for shift in (0, scale) if bold else (0,):
        draw.text((natural / 2 + shift, BASELINE * scale), c, 255, face, "ms")
    image = image.resize((cell * width, CELL * height), Image.Resampling.BOX)
    return image.point(lambda ink: 255 if ink > THRESHOLD else 0).convert("1")


def _cell_width(c: str) -> int:
    return CELL // 2 if c.isascii() else CELL


def _whole_bytes(dots: int) -> int:
    return -(-dots // 8) * 8


def _picture(image: Any) -> Picture:
    return Picture(image.width // 8, image.height, image.tobytes())
