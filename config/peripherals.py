"""Checks the options of every peripheral by its driver's own model, where drivers are installed.

`config` imports no driver: models are found by the entry point group `yukuai_hall.drivers`, and
what is to be said of all peripherals together by `yukuai_hall.checks`. Such a check takes
`(id of the kiosk or node, entry)` for each peripheral and returns findings with the numbers `at`
and `other` of two of them, the `option` of `at` that is wrong, `what`, which ends in the name of
`other`, and `advice`.
"""

from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from pydantic import ValidationError

from config.checks import Finding, Place, Tree, rows
from config.words import among, words_of

GROUP, CHECKS = "yukuai_hall.drivers", "yukuai_hall.checks"

LineOf = Callable[[Place], int | None]
Entries = list[tuple[Place, str, Tree]]  # where it stands, id of its kiosk or node, what it says


def peripheral_findings(tree: Tree, line_of: LineOf) -> Iterator[Finding]:
    """Every finding about drivers and their options in a merged settings tree.

    `line_of`: the line of a place, where it has one in the file.
    """
    known = {point.name: point for point in entry_points(group=GROUP)}
    entries = list(_entries(tree))
    for where, _, entry in entries:
        yield from _entry(where, entry, known)
    yield from _together(entries, line_of)


def _entries(tree: Tree) -> Iterator[tuple[Place, str, Tree]]:
    for field in ("kiosks", "nodes"):
        for index, terminal in rows(tree, field):
            for place, entry in rows(terminal, "peripherals"):
                yield (field, index, "peripherals", place), str(terminal.get("id", field)), entry


def _entry(where: Place, entry: Tree, known: dict[str, EntryPoint]) -> Iterator[Finding]:
    driver, options = entry.get("driver"), entry.get("options", {})
    if not isinstance(driver, str) or not isinstance(options, dict):
        return  # the schema tells
    if driver not in known:
        yield (*where, "driver"), f"no driver '{driver}'", among(driver, sorted(known))
    elif not entry.get("simulated"):
        yield from _options(where, options, known[driver])


def _options(where: Place, options: Tree, driver: EntryPoint) -> Iterator[Finding]:
    try:
        model: Any = driver.load().options
    except Exception as error:  # noqa: BLE001 - others' code
        yield (*where, "driver"), *_not_loaded(driver, error)
        return
    try:
        model.model_validate(options)
    except ValidationError as error:
        for item in error.errors():
            place = (*where, "options", *item["loc"])
            yield place, *words_of(item, list(model.model_fields))
    except Exception as error:  # noqa: BLE001 - others' code
        yield (
            (*where, "options"),
            f"driver '{driver.name}' fails on them: {type(error).__name__}",
            "",
        )


def _not_loaded(driver: EntryPoint, error: Exception) -> tuple[str, str]:
    """A driver that is there, but not what it needs."""
    what = f"driver '{driver.name}' cannot be loaded: {error}"
    ours = driver.dist is not None and driver.dist.name == "yukuai-hall"
    if ours and isinstance(error, ModuleNotFoundError):
        return what, "pip install 'yukuai-hall[drivers]'"
    return what, f"install {driver.dist.name} anew" if driver.dist else ""


def _together(entries: Entries, line_of: LineOf) -> Iterator[Finding]:
    peripherals = [(terminal, entry) for _, terminal, entry in entries]
    for check in entry_points(group=CHECKS):
        try:
            found = check.load()(peripherals)
        except ModuleNotFoundError:  # told of a driver already
            continue
        except Exception as error:  # noqa: BLE001 - others' code
            what = f"check '{check.name}' fails on them: {type(error).__name__}"
            yield (*(entries[0][0] if entries else ("kiosks",)), "driver"), what, ""
            continue
        for one in found:
            line = line_of(entries[one.other][0])
            what = f"{one.what}, line {line}" if line else str(one.what)
            hint = one.advice[:1].lower() + one.advice[1:].rstrip(".")
            yield (*entries[one.at][0], "options", one.option), what, hint
