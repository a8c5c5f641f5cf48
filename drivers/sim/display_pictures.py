"""Small displays as pictures, drawn only from what their simulators made of the bytes they got.

`sign_png` an Alpha sign of 7 rows of lights, `pole_png` a customer display of 2 x 20 characters,
`digits_png` a digit display of seven segments. Needs Pillow. `at_s` is seconds since `state.since`.
"""

import io

from PIL import Image, ImageDraw, ImageFont

from drivers.sim.alpha_sign import SignState
from drivers.sim.cd5220 import COLUMNS, PoleState
from drivers.sim.modbus_digits import Digits

Colour = tuple[int, int, int]
GLYPH = 6  # dots from one character to the next
SIGN_ROWS, BACK, UNLIT = 11, (10, 8, 8), (34, 16, 12)
GREEN, RED = (96, 255, 208), (255, 48, 32)
SCROLL_DOTS_PER_S = 30
FLASH_S = 0.5
# Segments a to g by character; https://en.wikipedia.org/wiki/Seven-segment_display
SEGMENTS = {
    "0": "abcdef", "1": "bc", "2": "abged", "3": "abgcd", "4": "fgbc", "5": "afgcd",
    "6": "afgedc", "7": "abc", "8": "abcdefg", "9": "abcdfg", "A": "abcefg", "B": "cdefg",
    "C": "adef", "D": "bcdeg", "E": "adefg", "F": "aefg", "G": "acdef", "H": "bcefg", "I": "bc",
    "J": "bcde", "L": "def", "N": "ceg", "O": "abcdef", "P": "abefg", "Q": "abcfg", "R": "eg",
    "S": "afgcd", "T": "defg", "U": "bcdef", "Y": "bcdfg", "-": "g", "_": "d", " ": "",
}  # fmt: skip
LINES = {  # from and to, in units of a digit's width and half height
    "a": (0, 0, 1, 0), "b": (1, 0, 1, 1), "c": (1, 1, 1, 2), "d": (0, 2, 1, 2),
    "e": (0, 1, 0, 2), "f": (0, 0, 0, 1), "g": (0, 1, 1, 1),
}  # fmt: skip


def sign_png(state: SignState, columns: int = 13, *, scale: int = 5, at_s: float = 0.0) -> bytes:
    """An Alpha sign with room for `columns` characters; text moves or flashes by its mode."""
    width = columns * GLYPH
    dots = Image.new("RGB", (width, SIGN_ROWS), UNLIT)
    length = len(state.text) * GLYPH
    if state.mode == "rotate":
        x = width - int(at_s * SCROLL_DOTS_PER_S) % (length + width)
    else:
        x = max(0, (width - length) // 2)
    if state.mode != "flash" or int(at_s / FLASH_S) % 2 == 0:
        _text(dots, state.text, x, 0, RED)
    return _png(dots.resize((width * scale, SIGN_ROWS * scale), Image.Resampling.NEAREST))


def pole_png(state: PoleState, *, scale: int = 3, at_s: float = 0.0) -> bytes:
    """A customer display; dimmer with less brightness, the cursor as a line."""
    width, height = COLUMNS * (GLYPH + 1), 26
    dots = Image.new("RGB", (width, height), BACK)
    light = tuple(part * (state.brightness + 1) // 5 for part in GREEN)
    for row, line in enumerate(state.seen(at_s)):
        for column, c in enumerate(line):
            _text(dots, c, column * (GLYPH + 1), row * 13 + 1, (light[0], light[1], light[2]))
    if state.cursor:
        x, y = state.column * (GLYPH + 1), state.row * 13 + 12
        ImageDraw.Draw(dots).line((x, y, x + 4, y), fill=GREEN)
    return _png(dots.resize((width * scale, height * scale), Image.Resampling.NEAREST))


def digits_png(state: Digits, digits: int = 4, *, scale: int = 40) -> bytes:
    """A digit display, right-aligned; a character that seven segments cannot show stays dark."""
    step = scale * 3 // 2
    picture = Image.new("RGB", (digits * step + scale // 2, 3 * scale), BACK)
    cells = _cells(state.shown)[-digits:]
    for number, (c, point) in enumerate([(" ", False)] * (digits - len(cells)) + cells):
        _digit(ImageDraw.Draw(picture), c, point, scale // 2 + number * step, scale)
    return _png(picture)


def _cells(text: str) -> list[tuple[str, bool]]:
    """Characters, each with whether its point is lit."""
    cells: list[tuple[str, bool]] = []
    for c in text.upper():
        if c == "." and cells and not cells[-1][1]:
            cells[-1] = (cells[-1][0], True)
        else:
            cells.append((c, False))
    return cells


def _digit(draw: ImageDraw.ImageDraw, c: str, point: bool, x: int, scale: int) -> None:
    lit = SEGMENTS.get(c, "")
    top, thick = scale // 2, max(2, scale // 7)
    dark_first = sorted(LINES.items(), key=lambda line: line[0] in lit)
    for name, (x0, y0, x1, y1) in dark_first:
        ends = (x + x0 * scale, top + y0 * scale, x + x1 * scale, top + y1 * scale)
        draw.line(ends, fill=RED if name in lit else UNLIT, width=thick)
    right, foot = x + scale + thick, top + 2 * scale
    box = (right, foot - thick, right + thick, foot)
    draw.ellipse(box, fill=RED if point else UNLIT)


def _text(image: Image.Image, text: str, x: int, y: int, colour: Colour) -> None:
    draw = ImageDraw.Draw(image)
    draw.fontmode = "1"
    draw.text((x, y), text, fill=colour, font=ImageFont.load_default_imagefont())


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
