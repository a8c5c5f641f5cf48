"""What a simulated ESC/POS printer puts on paper: lines, codes, pictures, feeds and cuts.

`escpos_stream.py` makes it of the bytes, `escpos_paper.py` draws it.
"""

from dataclasses import dataclass

DOTS_PER_COLUMN = 12


@dataclass(frozen=True, slots=True)
class Glyph:
    """A character on paper; `width` and `height` multiply 12 x 24 dots, or 24 x 24 if `chinese`."""

    char: str
    chinese: bool
    width: int
    height: int
    bold: bool
    underline: bool

    @property
    def dots(self) -> int:
        """Width on paper."""
        return self.width * DOTS_PER_COLUMN * (2 if self.chinese else 1)


@dataclass(frozen=True, slots=True)
class TextLine:
    """A printed line."""

    align: str
    glyphs: tuple[Glyph, ...]

    @property
    def text(self) -> str:
        """Its characters."""
        return "".join(glyph.char for glyph in self.glyphs)


@dataclass(frozen=True, slots=True)
class QrCode:
    """A QR code drawn by the printer."""

    align: str
    data: bytes
    module: int
    level: int


@dataclass(frozen=True, slots=True)
class Raster:
    """A picture, rows of whole bytes."""

    align: str
    width_bytes: int
    height: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Barcode:
    """A one-dimensional code."""

    align: str
    kind: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Feed:
    """Blank paper."""

    dots: int


@dataclass(frozen=True, slots=True)
class CutMark:
    """The knife came down."""

    full: bool


@dataclass(frozen=True, slots=True)
class Eject:
    """The presenter moved the cut ticket: `n` of `GS e n` (2 retract, 3 present, 5 eject)."""

    n: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """Bytes that are no command of this printer."""

    data: bytes


Printed = TextLine | QrCode | Raster | Barcode | Feed | CutMark | Eject | Unknown
