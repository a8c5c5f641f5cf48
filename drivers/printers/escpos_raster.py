"""Pictures as `GS v 0` commands that no printer misunderstands.

`1D 76 30 00 xL xH yL yH data`, x in bytes, y in dots (sheet: Epson, Citizen, SPRT alike). Some
units obey realtime commands (10h with 04h, 05h or 14h behind it) also inside picture data, so one
dot is added to such a 10h, which nobody sees. A picture goes out in bands of rows: a printer that
lost a part of one is brought out of it by a bounded number of NULs, and questions fit between.
"""

import re

from drivers.papers.raster import Picture

REALTIME = re.compile(rb"\x10(?=[\x04\x05\x14])")
HEAD = b"\x1d\x76\x30\x00"
MOST_ROWS = 96  # x 72 bytes of 80 mm paper: less than the 8,192 NULs that end a broken picture


def bands(picture: Picture, rows: int = MOST_ROWS) -> list[bytes]:
    """The commands that print `picture`, `rows` dots high each (the last one what is left)."""
    step = picture.width_bytes * max(1, min(rows, MOST_ROWS))
    parts = [picture.data[at : at + step] for at in range(0, len(picture.data), step)]
    return [_band(picture.width_bytes, part) for part in parts]


def is_picture(chunk: bytes) -> bool:
    """Whether these commands end in a picture."""
    return HEAD in chunk[:16]


def _band(width_bytes: int, data: bytes) -> bytes:
    rows = len(data) // width_bytes
    return HEAD + bytes([width_bytes, 0, rows, 0]) + REALTIME.sub(b"\x18", data)
