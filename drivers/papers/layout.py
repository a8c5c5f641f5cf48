"""A slip laid out into lines: pure data, no printer bytes.

Width is counted in columns of 12 dots: 48 on 80 mm paper, 32 on 58 mm. A character outside ASCII is
a square of two columns on every Chinese printer, in whatever script, so that is how it is counted.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from drivers.papers.slip import Slip

HALL_TIME = ZoneInfo("Asia/Shanghai")
MAX_LINES = 12  # people fold a slip into a palm
HALL_LINES = 2
NOTICE_LINES = 2
FIXED_LINES = 5  # rule, number, people ahead, time, QR code

# A line must not begin with these, nor end with those (GB/T 15834, clause 5.1 on punctuation).
CLOSING = frozenset("，。、；：？！）》〉」』】〕”’…—·,.;:?!)]}%％℃")
OPENING = frozenset("（《〈「『【〔“‘([{")
DIVISION = re.compile("街道|[县区市镇乡]")


class Align(StrEnum):
    """Where a line stands on the paper."""

    LEFT = "left"
    CENTER = "center"


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text; `width` and `height` multiply the normal size. It fits the paper."""

    text: str
    align: Align = Align.LEFT
    width: int = 1
    height: int = 1
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across the paper."""

    columns: int


@dataclass(frozen=True, slots=True)
class Qr:
    """A QR code, centred."""

    content: str


@dataclass(frozen=True, slots=True)
class Cut:
    """Feed past the knife and cut."""


Line = Text | Rule | Qr | Cut


def lay_out(slip: Slip, columns: int) -> tuple[Line, ...]:
    """Lay `slip` out for paper of `columns`: at most 12 lines and the cut.

    Hall name and notice get two lines at most, the service all that is left; what is longer ends
    in an ellipsis. Control characters are removed, since a printer would obey them.
    """
    hall = hall_lines(slip.hall, columns)
    notice = wrap(slip.notice or "", columns, NOTICE_LINES)
    service = wrap(slip.service, columns, MAX_LINES - FIXED_LINES - len(hall) - len(notice))
    number = clean(slip.number)
    times = next((n for n in (3, 2) if n * width_of(number) <= columns), 1)
    return (
        *(Text(line, Align.CENTER) for line in hall),
        Rule(columns),
        Text(number, Align.CENTER, width=times, height=3),
        *(Text(line, Align.CENTER, bold=True) for line in service),
        *(Text(line, Align.CENTER) for line in wrap(ahead(slip), columns, 1)),
        Text(f"{slip.issued_at.astimezone(HALL_TIME):%Y-%m-%d %H:%M}", Align.CENTER),
        Qr(clean(slip.qr)),
        *(Text(line, Align.CENTER) for line in notice),
        Cut(),
    )


def hall_lines(name: str, columns: int) -> list[str]:
    """The hall's name on one line or two, broken after a county, town or street if it can be."""
    name = clean(name)
    ends = [match.end() for match in DIVISION.finditer(name)]
    halves = [(name[:end], name[end:]) for end in ends if width_of(name) > columns]
    fitting = [pair for pair in halves if pair[1] and max(map(width_of, pair)) <= columns]
    if fitting:
        return list(min(fitting, key=lambda pair: max(map(width_of, pair))))
    return wrap(name, columns, HALL_LINES)


def ahead(slip: Slip) -> str:
    """The sentence on how many wait before this number."""
    if slip.waiting == 0:
        return "前面没有人，请留意叫号"
    if slip.estimate_minutes is None:
        return f"前面还有 {slip.waiting} 位"
    return f"前面还有 {slip.waiting} 位，约 {slip.estimate_minutes} 分钟"


def clean(text: str) -> str:
    """Fold white space into single blanks, drop what is invisible: controls, marks, half pairs."""
    visible = "".join(
        " " if c.isspace() else c
        for c in unicodedata.normalize("NFC", text)
        if c.isspace() or unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Cn", "Mn", "Me"}
    )
    return " ".join(visible.split())


def width_of(text: str) -> int:
    """Columns that `text` takes at normal size."""
    return sum(1 if c.isascii() else 2 for c in text)


def wrap(text: str, columns: int, max_lines: int) -> list[str]:
    """Break `text` into at most `max_lines` lines of about equal length, none over `columns`.

    Latin words and figures stay whole where they fit; no line begins with closing punctuation or
    ends with an opening bracket. A text too long for `max_lines` ends in "…".
    """
    pieces = _pieces(clean(text), columns)
    lines = _fill(pieces, columns)
    if len(lines) > max_lines:
        lines = lines[:max_lines]
        while width_of(lines[-1]) + 2 > columns:
            lines[-1] = lines[-1][:-1].rstrip()
        lines[-1] += "…"
        return lines
    for narrower in range(-(-width_of(text) // max(1, len(lines))), columns):
        balanced = _fill(pieces, narrower)
        if len(balanced) <= len(lines) and all(width_of(line) <= columns for line in balanced):
            return balanced
    return lines


def _pieces(text: str, columns: int) -> list[str]:
    """Cut where a line may break; a piece is no wider than `columns`."""
    pieces: list[str] = []
    for c in text:
        last = pieces[-1] if pieces else ""
        joins = bool(last) and (
            c in CLOSING
            or c == " "
            or last[-1] in OPENING
            or (c.isascii() and last[-1].isascii() and last[-1] != " ")
        )
        if joins and width_of((last + c).rstrip()) <= columns:
            pieces[-1] += c
        else:
            pieces.append(c)
    return pieces


def _fill(pieces: list[str], columns: int) -> list[str]:
    """Put as many pieces on each line as fit; a piece wider than `columns` gets its own."""
    lines: list[str] = []
    line = ""
    for piece in pieces:
        if line and width_of((line + piece).rstrip()) > columns:
            lines.append(line.rstrip())
            line = ""
        line += piece
    return [*lines, line.rstrip()] if line.rstrip() else lines
