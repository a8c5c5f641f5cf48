"""Where a line of Chinese or Latin text may break, and how to break a text evenly.

Kivy breaks at blanks only and then anywhere: a line may open with a comma, a last line may hold one
character. Here closing marks stay with what they close, and lines come out about equally long.
"""

import re
from collections.abc import Callable

Measure = Callable[[str], float]

_CLOSING = "，。、；：？！）》」』】”’%％…—·,.;:?!)]}"
_OPENING = "（《「『【“‘([{"
# A piece never breaks inside: a Latin word or figure with its marks, or one Chinese character
# with the opening marks before and the closing marks behind it.
_PIECE = re.compile(
    rf"[{re.escape(_OPENING)}]*(?:[0-9A-Za-zÀ-ɏ][0-9A-Za-zÀ-ɏ'’./:\-]*|\S)"
    rf"[{re.escape(_CLOSING)}]*\s*"
)


def pieces(text: str) -> list[str]:
    """`text` in unbreakable pieces; joined they give the text again."""
    found = _PIECE.findall(text)
    return found if "".join(found) == text else [text]


def wrap(text: str, width: float, measure: Measure) -> list[str] | None:
    """`text` in as few lines of at most `width` as it takes, evenly filled.

    None when one piece alone is wider. A line feed in the text always breaks.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        parts = pieces(paragraph)
        greedy = _fill(parts, width, measure)
        if greedy is None:
            return None
        lines += _even(parts, greedy, width, measure)
    return lines


def _fill(parts: list[str], width: float, measure: Measure) -> list[str] | None:
    lines, line = [], ""
    for part in parts:
        if line and measure((line + part).rstrip()) > width:
            lines.append(line.rstrip())
            line = part
        else:
            line += part
        if measure(line.rstrip()) > width:
            return None
    return [*lines, line.rstrip()]


def _even(parts: list[str], greedy: list[str], width: float, measure: Measure) -> list[str]:
    """The narrowest filling that needs no more lines than `greedy`."""
    best, low, high = greedy, width / 2, width
    if len(greedy) == 1:
        return greedy
    while high - low > width / 100:
        middle = (low + high) / 2
        tried = _fill(parts, middle, measure)
        if tried is not None and len(tried) == len(greedy):
            best, high = tried, middle
        else:
            low = middle
    return best
