"""What no single field can tell: codes that exist, names that repeat, references that miss.

Works on the raw tree, so that these problems are reported together with those of the schema.
"""

import difflib
from collections.abc import Iterator
from typing import Any

from config import divisions
from config.words import among

Place = tuple[str | int, ...]
Finding = tuple[Place, str, str]  # where, what, hint
Tree = dict[str, Any]


def cross_checks(tree: Tree) -> list[Finding]:
    """Every finding about a merged settings tree. Fields of a wrong type are passed over."""
    return [
        *_division_codes(tree),
        *_override_reason(tree),
        *_repeats(tree),
        *_window_queues(tree),
        *_panels(tree),
        *_speakers(tree),
    ]


def _table(tree: Tree, key: str) -> Tree:
    value = tree.get(key)
    return value if isinstance(value, dict) else {}


def rows(tree: Tree, key: str) -> Iterator[tuple[int, Tree]]:
    """The tables of an array of tables, with their index."""
    value = tree.get(key)
    for index, row in enumerate(value if isinstance(value, list) else []):
        if isinstance(row, dict):
            yield index, row


def _strings(value: Any) -> Iterator[tuple[int, str]]:
    for index, entry in enumerate(value if isinstance(value, list) else []):
        if isinstance(entry, str):
            yield index, entry


def _ids(tree: Tree, key: str) -> set[str]:
    return {row["id"] for _, row in rows(tree, key) if isinstance(row.get("id"), str)}


def _division_codes(tree: Tree) -> Iterator[Finding]:
    named: list[tuple[Place, Any]] = [(("site", "code"), _table(tree, "site").get("code"))]
    for index, code in _strings(_table(tree, "controller").get("owns")):
        named.append((("controller", "owns", index), code))
    for place, code in named:
        if isinstance(code, str) and divisions.find(code) is None:
            yield place, f"no such division: {code}", _near_code(code)


def _near_code(code: str) -> str:
    same_county = [other for other in divisions.codes() if other.startswith(code[:6])]
    close = difflib.get_close_matches(code, same_county or divisions.codes(), n=1, cutoff=0.8)
    if not close:
        return "12 digits; county and township halls end in 000"
    return f"did you mean {close[0]} {divisions.lookup(close[0]).name}?"


def _override_reason(tree: Tree) -> Iterator[Finding]:
    site = _table(tree, "site")
    if site.get("name_override") and not site.get("name_override_reason"):
        yield ("site", "name_override_reason"), "is needed with a name override", ""


def _repeats(tree: Tree) -> Iterator[Finding]:
    terminals: set[str] = {str(_table(tree, "controller").get("id", "controller"))}
    for field in ("kiosks", "nodes", "queues", "windows", "staff"):
        seen = terminals if field in ("kiosks", "nodes") else set()
        yield from _repeated(tree, field, "id", seen)
    yield from _repeated(tree, "queues", "prefix", set())
    for field in ("kiosks", "nodes"):
        for index, row in rows(tree, field):
            for place, what, hint in _repeated(row, "peripherals", "id", set()):
                yield (field, index, *place), what, hint


def _repeated(tree: Tree, field: str, key: str, seen: set[str]) -> Iterator[Finding]:
    for index, row in rows(tree, field):
        name = row.get(key)
        if not isinstance(name, str):
            continue
        if name in seen:
            yield (field, index, key), f"'{name}' is used twice", "choose another"
        seen.add(name)


def _window_queues(tree: Tree) -> Iterator[Finding]:
    queues = _ids(tree, "queues")
    for index, window in rows(tree, "windows"):
        for place, queue in _strings(window.get("queues")):
            if queue not in queues:
                where = ("windows", index, "queues", place)
                yield where, f"no queue '{queue}'", among(queue, sorted(queues))


def _panels(tree: Tree) -> Iterator[Finding]:
    windows = _ids(tree, "windows")
    for index, node in rows(tree, "nodes"):
        own = _ids(node, "peripherals")
        for place, panel in rows(node, "panels"):
            for key, known in (("window", windows), ("peripheral", own)):
                name = panel.get(key)
                if isinstance(name, str) and name not in known:
                    where = ("nodes", index, "panels", place, key)
                    yield where, f"no {key} '{name}'", among(name, sorted(known))


def _speakers(tree: Tree) -> Iterator[Finding]:
    windows = _ids(tree, "windows")
    for index, node in rows(tree, "nodes"):
        own = _ids(node, "peripherals")
        for finding in _repeated(node, "speakers", "peripheral", set()):
            yield (("nodes", index, *finding[0]), *finding[1:])
        for place, speaker in rows(node, "speakers"):
            where: Place = ("nodes", index, "speakers", place)
            name = speaker.get("peripheral")
            if isinstance(name, str) and name not in own:
                yield (*where, "peripheral"), f"no peripheral '{name}'", among(name, sorted(own))
            for at, window in _strings(speaker.get("windows")):
                if window not in windows:
                    yield (
                        (*where, "windows", at),
                        f"no window '{window}'",
                        among(window, sorted(windows)),
                    )
