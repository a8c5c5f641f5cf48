"""Where a line of Chinese or Latin text may break, and how to break a text well.

Kivy breaks at blanks only and then anywhere: a line may open with a comma, a last line may hold one
character. Here closing marks stay with what they close, lines come out about equally long, and
breaks fall after a mark or before a bracket where they can.
"""

import re
from collections.abc import Callable
from itertools import pairwise

Measure = Callable[[str], float]

_CLOSING = "，。、；：？！）》」』】”’%％…—·,.;:?!)]}"
_OPENING = "（《「『【“‘([{"
# A piece never breaks inside: a Latin word or figure with its marks, or one Chinese character
# with the opening marks before and the closing marks behind it.
_PIECE = re.compile(
    rf"[{re.escape(_OPENING)}]*(?:[0-9A-Za-zÀ-ɏ][0-9A-Za-zÀ-ɏ'’./:\-*]*|\S)"
    rf"(?:\s*[{re.escape(_CLOSING)}*])*\s*"
)
# How much a break costs, against the square of the part of a line that stays empty.
_AFTER = {"。": -0.2, "！": -0.2, "？": -0.2, "；": -0.2, "，": -0.15, "、": -0.1, "：": -0.1}
_AFTER |= dict.fromkeys("县区镇乡", -0.02)  # within the name of a hall
_BEFORE_BRACKET, _WITHIN_BRACKET = -0.2, 0.1


def pieces(text: str) -> list[str]:
    """`text` in unbreakable pieces; joined they give the text again."""
    found = _PIECE.findall(text)
    return found if "".join(found) == text else [text]


def wrap(text: str, width: float, measure: Measure) -> list[str] | None:
    """`text` in as few lines of at most `width` as it takes, well broken.

    None when one piece alone is wider. A line feed in the text always breaks.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        parts = pieces(paragraph)
        wide = [measure(part) for part in parts]
        bare = [measure(part.rstrip()) for part in parts]
        if parts and max(bare) > width:
            return None
        ends = _best(parts, wide, bare, width)
        lines += ["".join(parts[a:b]).rstrip() for a, b in pairwise([0, *ends])] or [""]
    return lines


def _best(parts: list[str], wide: list[float], bare: list[float], width: float) -> list[int]:
    """Where lines end (index behind the last piece): fewest lines first, then least cost."""
    count = len(parts)
    best: list[tuple[int, float, int]] = [(0, 0.0, 0)]  # lines, cost, start of the last line
    for end in range(1, count + 1):
        found = (count + 1, 0.0, 0)
        filled = bare[end - 1]
        for start in range(end - 1, -1, -1):
            if filled > width:
                break
            lines, cost, _ = best[start]
            empty = (width - filled) / width
            price = _price(parts, start) if start else 0.0
            found = min(found, (lines + 1, cost + empty * empty + price, start))
            filled += wide[start - 1]
        best.append(found)
    ends, end = [], count
    while end > 0:
        ends.append(end)
        end = best[end][2]
    return ends[::-1]


def _price(parts: list[str], at: int) -> float:
    """What it costs to break before piece `at`."""
    if parts[at][0] in _OPENING:
        return _BEFORE_BRACKET
    before = "".join(parts[:at])
    if before.count("（") > before.count("）"):
        return _WITHIN_BRACKET
    return _AFTER.get(before.rstrip()[-1:], 0.0)
