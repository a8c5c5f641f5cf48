"""The paper as a picture, drawn only from the bytes that a printer received.

Latin characters take 12 x 24 dots, Chinese ones 24 x 24. A wrong driver looks wrong.
"""

import io
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import qrcode  # type: ignore[import-untyped]
from PIL import Image, ImageDraw, ImageFont

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
from drivers.sim.escpos_stream import Interpreter

GLYPH = 24
LINE_DOTS = 30
MARGIN = 32
LEVELS = {48: 1, 49: 0, 50: 3, 51: 2}  # GS ( k 45 to the library's L, M, Q, H
INK, PAPER, KNIFE = 30, 255, 170


def render_png(data: bytes, columns: int, font_path: str | Path) -> bytes:
    """The paper that a printer with `columns` makes of `data`, as PNG, one pixel a dot."""
    interpreter = Interpreter(columns)
    for byte in data:
        interpreter.feed(byte)
    return items_png([*interpreter.items, *interpreter.rest()], columns, font_path)


def items_png(items: Iterable[Printed], columns: int, font_path: str | Path) -> bytes:
    """The same from what came out already, e.g. `EscposSimulator.printed`."""
    width = columns * DOTS_PER_COLUMN
    strips = [_strip(item, width, str(font_path)) for item in items]
    height = sum(strip.height for strip in strips)
    paper = Image.new("L", (width + 2 * MARGIN, height + 2 * MARGIN), PAPER)
    y = MARGIN
    for strip in strips:
        paper.paste(strip, (MARGIN, y))
        y += strip.height
    out = io.BytesIO()
    paper.save(out, "PNG")
    return out.getvalue()


def _strip(item: Printed, width: int, font_path: str) -> Image.Image:
    match item:
        case TextLine():
            strip = _text(item, width, font_path)
        case QrCode():
            strip = _placed(_qr(item), item.align, width)
        case Raster():
            strip = _placed(_raster(item), item.align, width)
        case Barcode():
            strip = _note(f"[{item.data!r}]", width, font_path)
        case Feed():
            strip = Image.new("L", (width, item.dots), PAPER)
        case CutMark():
            strip = _cut(item, width)
        case Eject():
            strip = Image.new("L", (width, 1), PAPER)
        case Unknown():
            strip = _note(f"?? {item.data.hex(' ')}", width, font_path)
    return strip


def _text(line: TextLine, width: int, font_path: str) -> Image.Image:
    tallest = max((glyph.height for glyph in line.glyphs), default=1)
    strip = Image.new("L", (width, max(LINE_DOTS, tallest * GLYPH + 6)), PAPER)
    x = _left(line.align, sum(glyph.dots for glyph in line.glyphs), width)
    for glyph in line.glyphs:
        image = _glyph(glyph, font_path)
        strip.paste(image, (x, (tallest - glyph.height) * GLYPH))
        x += glyph.dots
    return strip


@lru_cache(maxsize=512)
def _glyph(glyph: Glyph, font_path: str) -> Image.Image:
    wide = GLYPH if glyph.chinese else GLYPH // 2
    font = ImageFont.truetype(font_path, 24 if glyph.chinese else 21)
    cell = Image.new("L", (wide, GLYPH), PAPER)
    draw = ImageDraw.Draw(cell)
    draw.fontmode = "1"
    draw.text((wide / 2, 21), glyph.char, INK, font, "ms")
    if glyph.bold:  # as printers do it: once more, a dot aside
        draw.text((wide / 2 + 1, 21), glyph.char, INK, font, "ms")
    if glyph.underline:
        draw.line((0, GLYPH - 1, wide, GLYPH - 1), INK)
    return cell.resize((wide * glyph.width, GLYPH * glyph.height), Image.Resampling.NEAREST)


def _qr(item: QrCode) -> Image.Image:
    code = qrcode.QRCode(error_correction=LEVELS.get(item.level, 1), box_size=item.module, border=0)
    code.add_data(item.data)
    code.make(fit=True)
    matrix: list[list[bool]] = code.get_matrix()
    image = Image.new("L", (len(matrix), len(matrix)), PAPER)
    image.putdata([INK if dark else PAPER for row in matrix for dark in row])
    side = len(matrix) * item.module
    return image.resize((side, side), Image.Resampling.NEAREST)


def _raster(item: Raster) -> Image.Image:
    if not item.data:
        return Image.new("L", (1, 1), PAPER)
    bits = Image.frombytes("1", (item.width_bytes * 8, item.height), item.data)
    return bits.convert("L").point(lambda lit: INK if lit else PAPER)


def _placed(image: Image.Image, align: str, width: int) -> Image.Image:
    """On paper of `width`; what is too wide is not printed at all."""
    strip = Image.new("L", (width, image.height), PAPER)
    if image.width <= width:
        strip.paste(image, (_left(align, image.width, width), 0))
    return strip


def _left(align: str, dots: int, width: int) -> int:
    return {"left": 0, "center": (width - dots) // 2, "right": width - dots}[align]


def _cut(item: CutMark, width: int) -> Image.Image:
    strip = Image.new("L", (width, 96), PAPER)
    draw = ImageDraw.Draw(strip)
    for x in range(0, width, 16):
        draw.line((x, 80, x + (16 if item.full else 9), 80), KNIFE, 2)
    return strip


def _note(text: str, width: int, font_path: str) -> Image.Image:
    strip = Image.new("L", (width, LINE_DOTS), PAPER)
    ImageDraw.Draw(strip).text((0, 2), text, INK, ImageFont.truetype(font_path, 18))
    return strip
