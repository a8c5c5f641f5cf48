"""Division codes of Chongqing (区划代码) down to the village, with what was closed and when."""

import csv
import gzip
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_DATA = Path(__file__).parent / "catalogue" / "divisions.csv.gz"


@dataclass(frozen=True, slots=True)
class Division:
    """One row, its columns in this order. `level` is municipality, county, township or village;
    dates are ISO or empty.

    A closed division keeps its row: `valid_to` is set and `successor` names what it belongs to now.
    """

    code: str
    name: str
    level: str
    parent: str
    valid_from: str
    valid_to: str
    successor: str


@cache
def _rows() -> dict[str, str]:
    """Rows by code, unread: a program wants one of the 12,000, and wants it before its window."""
    _header, *rows = gzip.decompress(_DATA.read_bytes()).decode("utf-8").splitlines()
    return {row[: row.index(",")]: row for row in rows}


def codes() -> list[str]:
    """Every code, in the order of the table."""
    return list(_rows())


def find(code: str) -> Division | None:
    """The division with this 12-digit code, or None."""
    return lookup(code) if code in _rows() else None


@cache
def lookup(code: str) -> Division:
    """The division with this 12-digit code. Raises KeyError with the code."""
    return Division(*next(csv.reader([_rows()[code]])))


def line_of(code: str) -> tuple[Division, ...]:
    """The division and those above it, highest first (the municipality included)."""
    division: Division | None = lookup(code)
    line: list[Division] = []
    while division is not None:
        line.append(division)
        division = find(division.parent)
    return tuple(reversed(line))
