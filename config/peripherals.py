"""Checks the options of every peripheral by its driver's own model, where drivers are installed.

`config` imports no driver: models are found by the entry point group `yukuai_hall.drivers`.
"""

import difflib
from collections.abc import Iterator
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from pydantic import ValidationError

from config.checks import Finding, Place, Tree, rows
from config.words import words_of

GROUP = "yukuai_hall.drivers"


def peripheral_findings(tree: Tree) -> Iterator[Finding]:
    """Every finding about drivers and their options in a merged settings tree."""
    known = {point.name: point for point in entry_points(group=GROUP)}
    for field in ("kiosks", "nodes"):
        for index, terminal in rows(tree, field):
            for place, entry in rows(terminal, "peripherals"):
                yield from _entry((field, index, "peripherals", place), entry, known)


def _entry(where: Place, entry: Tree, known: dict[str, EntryPoint]) -> Iterator[Finding]:
    driver, options = entry.get("driver"), entry.get("options", {})
    if not isinstance(driver, str) or not isinstance(options, dict):
        return  # the schema tells
    if driver not in known:
        close = difflib.get_close_matches(driver, known, n=1)
        names = ", ".join(sorted(known))
        hint = f"did you mean '{close[0]}'?" if close else f"there is: {names}"
        yield (*where, "driver"), f"no driver '{driver}'", hint
    elif not entry.get("simulated"):
        model: Any = known[driver].load().options
        try:
            model.model_validate(options)
        except ValidationError as error:
            for item in error.errors():
                place = (*where, "options", *item["loc"])
                yield place, *words_of(item, list(model.model_fields))
