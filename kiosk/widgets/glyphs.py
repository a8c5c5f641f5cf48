"""Textures of text lines: white, tinted when drawn, kept while they are in use.

Opening a face at a new size takes Kivy 9 ms, so widths are measured at one size and scaled, and
sizes come in few steps.
"""

from collections import OrderedDict
from typing import Any

from kivy.core.text import Label as CoreLabel

_KEPT_PIXELS = 4_000_000  # two screens full of text: 16 MB
_KEPT_WIDTHS = 8_000
_MEASURED_AT = 128

_textures: OrderedDict[tuple[str, str, int], Any] = OrderedDict()
_rulers: dict[str, Any] = {}
_widths: dict[tuple[str, str], float] = {}
_pixels = 0


def width(text: str, font: str, size: float) -> float:
    """Width of `text` in face `font` at `size` pixels, about."""
    known = _widths.get((text, font))
    if known is None:
        ruler = _rulers.get(font)
        if ruler is None:
            ruler = _rulers[font] = CoreLabel(font_name=font, font_size=_MEASURED_AT)
        if len(_widths) > _KEPT_WIDTHS:
            _widths.clear()
        known = _widths[text, font] = ruler.get_extents(text)[0] / _MEASURED_AT
    return known * size


def texture(text: str, font: str, size: int) -> Any:
    """Texture of one line. Forgotten when many others were wanted since."""
    global _pixels  # noqa: PLW0603 (one cache a process, as Kivy has one window)
    key = (text, font, size)
    if key in _textures:
        _textures.move_to_end(key)
        return _textures[key]
    label = CoreLabel(text=text, font_name=font, font_size=size)
    label.refresh()
    made = _textures[key] = label.texture
    _pixels += made.width * made.height
    while _pixels > _KEPT_PIXELS and len(_textures) > 1:
        old = _textures.popitem(last=False)[1]
        _pixels -= old.width * old.height
    return made


def kept() -> frozenset[tuple[str, str, int]]:
    """Text, face and size of every texture that is kept now."""
    return frozenset(_textures)


def forget() -> None:
    """Drop every texture and width: texts of a visit that ended may be personal."""
    global _pixels  # noqa: PLW0603
    _textures.clear()
    _widths.clear()
    _pixels = 0
