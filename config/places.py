"""Where a key stands in a TOML text, so that an error can name its line."""

import re

Path = tuple[str | int, ...]

_HEADER = re.compile(r"^\s*(\[\[?)\s*([A-Za-z0-9_.\"' -]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"^\s*([A-Za-z0-9_-]+|\"[^\"]+\")\s*=")


def line_numbers(text: str) -> dict[Path, int]:
    """Line (from 1) of every table header and every `key =` of a TOML text, by its path.

    Keys inside inline tables and multi-line arrays are not listed; the caller falls back to the
    nearest listed parent.
    """
    lines: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            names = tuple(part.strip().strip("\"'") for part in header[2].split("."))
            table = _resolve(names, counts, is_array=header[1] == "[[")
            lines.setdefault(table, number)
        elif key := _KEY.match(line):
            lines.setdefault((*table, key[1].strip('"')), number)
    return lines


def nearest(lines: dict[Path, int], path: Path) -> int | None:
    """Line of `path` or of its nearest listed parent."""
    while path:
        if path in lines:
            return lines[path]
        path = path[:-1]
    return None


def _resolve(names: tuple[str, ...], counts: dict[Path, int], *, is_array: bool) -> Path:
    """Path of a header, with the index of each array of tables on the way."""
    path: Path = ()
    for depth, name in enumerate(names):
        path = (*path, name)
        if is_array and depth == len(names) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path
