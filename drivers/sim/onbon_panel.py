"""An LED panel as a picture, drawn only from what the simulated card made of the bytes it got.

16-dot characters: a Chinese one fills 16 x 16 lights, a Latin one 8 x 16.
"""

import io
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from drivers.sim.onbon_bx import PanelState
from drivers.sim.onbon_bx_wire import Area

GLYPH = 16
OFF = (34, 16, 12)
BACKGROUND = (10, 8, 8)
COLOURS = {"1": (255, 64, 32), "2": (64, 255, 64), "3": (255, 208, 48)}
STATIC, LEFT, RIGHT = 1, 3, 4
SCROLL_DOTS_PER_S = 40
SHORTEST_PAGE_S = 0.5

Cell = tuple[str, int, tuple[int, int, int]]  # character, dots wide, colour


def panel_png(
    state: PanelState,
    width: int,
    height: int,
    *,
    font_path: str | Path,
    scale: int = 8,
    at_s: float = 0.0,
) -> bytes:
    """The panel `at_s` seconds after its areas changed, each light `scale` pixels wide."""
    dots = Image.new("RGB", (width, height), OFF)
    if state.on:
        for area in state.areas:
            _draw_area(dots, area, Path(font_path), at_s)
    lights = dots.resize((width * scale, height * scale), Image.Resampling.NEAREST)
    if scale >= 4:
        lights = Image.composite(
            lights, Image.new("RGB", lights.size, BACKGROUND), _round_lights(width, height, scale)
        )
    out = io.BytesIO()
    lights.save(out, "PNG")
    return out.getvalue()


def page_text(area: Area, at_s: float) -> str:
    """What of the area's text is to be seen `at_s` seconds after it was set; "\\n" between rows.

    A scrolling area shows its whole text.
    """
    if area.mode in (LEFT, RIGHT):
        return "".join(c for c, _, _ in _cells(area.data))
    rows = _page(area, at_s)
    return "\n".join("".join(c for c, _, _ in row) for row in rows)


def _draw_area(dots: Image.Image, area: Area, font_path: Path, at_s: float) -> None:
    canvas = Image.new("RGB", (max(1, area.width), max(1, area.height)), OFF)
    if area.mode in (LEFT, RIGHT):
        row = list(_cells(area.data))
        length = sum(wide for _, wide, _ in row) + area.width
        moved = int(at_s * SCROLL_DOTS_PER_S) % max(1, length)
        start = area.width - moved if area.mode == LEFT else moved - length + area.width
        _draw_row(canvas, row, start, 0, font_path)
    else:
        for number, row in enumerate(_page(area, at_s)):
            _draw_row(canvas, row, 0, number * GLYPH, font_path)
    dots.paste(canvas, (area.x, area.y))


def _page(area: Area, at_s: float) -> list[list[Cell]]:
    """Rows of the page shown now: a static area stops at its first."""
    rows = list(_rows(area))
    fit = max(1, area.height // GLYPH)
    pages = [rows[i : i + fit] for i in range(0, len(rows), fit)] or [[]]
    if area.mode == STATIC:
        return pages[0]
    return pages[int(at_s / max(area.hold_s, SHORTEST_PAGE_S)) % len(pages)]


def _rows(area: Area) -> Iterator[list[Cell]]:
    """Rows of the area's width; a single line runs on and is cut off by the edge."""
    row: list[Cell] = []
    used = 0
    for cell in _cells(area.data):
        if area.single_line != 1 and row and used + cell[1] > area.width:
            yield row
            row, used = [], 0
        row.append(cell)
        used += cell[1]
    if row:
        yield row


def _cells(data: bytes) -> Iterator[Cell]:
    """Characters of a GB2312 font card. A code that its font lacks leaves a blank."""
    colour = COLOURS["1"]
    at = 0
    while at < len(data):
        lead = data[at : at + 1]
        if lead == b"\\" and data[at + 1 : at + 2] == b"C":
            colour = COLOURS.get(data[at + 2 : at + 3].decode("latin-1"), colour)
            at += 3
        elif lead[0] < 0x80:
            yield lead.decode("ascii"), GLYPH // 2, colour
            at += 1
        else:
            c = data[at : at + 2].decode("gb2312", errors="ignore")
            yield c if len(c) == 1 else "\u3000", GLYPH, colour
            at += 2


def _draw_row(image: Image.Image, row: list[Cell], x: int, y: int, font_path: Path) -> None:
    draw = ImageDraw.Draw(image)
    draw.fontmode = "1"
    wide = ImageFont.truetype(str(font_path), 16)
    narrow = ImageFont.truetype(str(font_path), 14)
    for c, dots, colour in row:
        font, baseline = (wide, 14) if dots == GLYPH else (narrow, 13)
        draw.text((x + dots // 2, y + baseline), c, font=font, fill=colour, anchor="ms")
        x += dots


def _round_lights(width: int, height: int, scale: int) -> Image.Image:
    light = Image.new("L", (scale * 4, scale * 4), 0)
    ImageDraw.Draw(light).ellipse((2, 2, scale * 4 - 3, scale * 4 - 3), fill=255)
    light = light.resize((scale, scale), Image.Resampling.LANCZOS)
    mask = Image.new("L", (width * scale, height * scale))
    for x in range(width):
        mask.paste(light, (x * scale, 0))
    row = mask.crop((0, 0, width * scale, scale))
    for y in range(1, height):
        mask.paste(row, (0, y * scale))
    return mask
