"""What of a text a digit display (数码屏) shows, and how that goes out.

All of it where it is letters, figures, hyphens and spaces that fit (points take no digit); else the
first ticket number in it, which is letters directly before figures (A001 of 请A001到3号窗口, 3 of
3号窗口); else nothing. What is too long is cut on the left, or by `keep` on the right.
"""

import re
import unicodedata
from typing import Literal

Keep = Literal["left", "right"]

_PLAIN = re.compile(r"[0-9A-Za-z .-]*")
_TICKET = re.compile(r"[A-Za-z]*-?[0-9]+")
LONGEST = 2000  # characters that are searched for a ticket number
LARGEST = 0xFFFF  # number that a register holds
FIT_FIGURES = 4  # so many of any number fit it


def number_of(part: str, keep: Keep) -> int:
    """The figures of `part` as a number that a register holds: of a larger one, four of them."""
    figures = "".join(re.findall(r"[0-9]", part)) or "0"
    value = int(figures)
    return value if value <= LARGEST else int(end_of(figures, FIT_FIGURES, keep))


def is_number(part: str) -> bool:
    """Whether `part` is a plain number without leading zeros that a register holds."""
    return bool(re.fullmatch(r"0|[1-9]\d*", part)) and int(part) <= LARGEST


def digits_of(text: str, digits: int, keep: Keep) -> str:
    """What of a text is shown on that many digits; see the module's rule."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if _PLAIN.fullmatch(plain) and len(plain.replace(".", "")) <= digits:
        return plain if len(plain) <= 2 * digits else ""
    found = _TICKET.search(plain[:LONGEST])
    ticket = found[0] if found else ""
    if len(ticket) > digits:
        ticket = ticket.replace("-", "")
    return end_of(ticket, digits, keep)


def end_of(text: str, length: int, keep: Keep) -> str:
    """So many characters of that end of `text`."""
    return text[-length:] if keep == "right" else text[:length]
