"""What an Onbon card shows: the text in its font's characters, and the payloads of A3 and A2.

Text goes out as the vendor's own software sends it. What fits the area is static. What does not
goes with single line *off* and mode "quick", so that the card itself breaks it into pages of the
area's size and turns them, each held `hold_s`. Single line *on* would make one long strip that can
only be cut off or scroll.
"""

import struct
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from drivers.displays.substitution import Substituted, substitute

Charset = Literal["gb2312", "gbk"]

STATIC, QUICK = 0x01, 0x02
YES, NO = 0x01, 0x02
GLYPH = 16  # pixels: a Chinese character is a square of these, a Latin one half as wide
TEXT_LIMIT = 1000  # bytes; a window's call has two dozen
MISSING = "〓"
FORCED = 0x01  # brightness: as told, not by the table of half hours
HALF_HOURS = 48
EURO = b"\xa2\xe3"  # the one two-byte code that GB18030 has and GBK has not


@dataclass(frozen=True, slots=True)
class Area:
    """A dynamic area; `unit`: pixels that X and width are counted in, 8 for a 5K card."""

    id: int
    x: int
    y: int
    width: int
    height: int
    unit: int
    run_mode: int
    run_timeout_s: int
    speed: int
    hold_s: float


def presentable(text: str, charset: Charset) -> Substituted:
    """`text` as the card can show it, see `substitution.py`; what is too long is cut off."""
    # The card takes a backslash as the start of a colour or line command.
    found = substitute(text, lambda c: c != "\\" and bool(code(c, charset)), missing=MISSING)
    kept = len(found.text)
    while len(encode(found.text[:kept])) > TEXT_LIMIT:
        kept -= 1
    return found.cut_to(kept)


def encode(text: str) -> bytes:
    """Bytes of text that `presentable` passed. GB18030's two-byte codes hold GB2312 and GBK."""
    return text.encode("gb18030")


def text_payload(text: str, area: Area) -> bytes:
    """Payload of A3 06: delete none, one area with `text`.

    It is static when it fits the area, on as many lines as that has.
    """
    data = encode(text)
    rows = rows_of(text, area.width)
    fits = rows <= max(1, area.height // GLYPH)
    packed = struct.pack(
        "<BHHHHBBBHBBBBBBBBBI",
        0x00,  # dynamic area
        area.x // area.unit,
        area.y,
        area.width // area.unit,
        area.height,
        area.id,
        0,  # line spacing
        area.run_mode,
        area.run_timeout_s,
        0,  # no sound
        0,  # no extension
        0,  # alignment
        YES if rows == 1 else NO,  # single line
        0x01,  # new line, as the vendor sends it
        STATIC if fits else QUICK,
        0,  # exit mode
        area.speed,
        round(area.hold_s * 2),
        len(data),
    )
    return b"\x00\x01" + struct.pack("<H", len(packed) + len(data)) + packed + data


def rows_of(text: str, width: int) -> int:
    """Lines that `text` takes, broken where a line of `width` pixels is full."""
    rows, used = 1, 0
    for c in text:
        wide = GLYPH * len(encode(c)) // 2
        if used and used + wide > width:
            rows, used = rows + 1, 0
        used += wide
    return rows


def clear_payload(area_id: int) -> bytes:
    """Payload of A3 06 that deletes our area and adds none: other areas of the card stay."""
    return bytes([0x01, area_id, 0x00])


def clock_payload(now: datetime) -> bytes:
    """Payload of A2 03: BCD, the year low byte first, Monday 1 to Sunday 7."""
    year, rest = f"{now:%Y}", f"{now:%m%d%H%M%S}"
    return bytes.fromhex(year[2:] + year[:2] + rest) + bytes([now.isoweekday()])


def brightness_payload(level: int) -> bytes:
    """Payload of A3 02: forced to `level` (0 to 15), the same in the table of half hours."""
    return bytes([FORCED, level]) + HALF_HOURS * bytes([level])


def code(c: str, charset: Charset) -> bytes:
    """The card's code for `c`, empty when its font has none."""
    try:
        found = c.encode("gb18030")
    except UnicodeEncodeError:  # half a surrogate pair
        return b""
    if len(found) > 2 or found == EURO or "\ue000" <= c <= "\uf8ff":
        return b""
    return found if charset == "gbk" or _is_gb2312(found) else b""


def _is_gb2312(two: bytes) -> bool:
    """GB18030 has filled gaps between the characters of GB2312 (A2E3 €), so no range tells."""
    try:
        return bool(two.decode("gb2312"))
    except UnicodeDecodeError:
        return False
