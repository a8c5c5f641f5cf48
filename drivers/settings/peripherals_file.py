"""The peripherals in a hall's settings file (TOML), as they stand there: nothing is checked.

Also what of `config` this package needs to know: it may not import it.
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from drivers.errors import PeripheralError, Reason
from drivers.interfaces import Kind
from drivers.saying import saying
from drivers.settings.text_file import text_of

LARGEST_FILE = 4 * 1024 * 1024
KIOSKS, NODES = "kiosks", "nodes"  # tables that have peripherals


def table_of(kind: Kind) -> str:
    """The table whose peripherals are of that kind."""
    return NODES if kind in (Kind.DISPLAY, Kind.SPEAKER) else KIOSKS


def peripherals_in(file: Path) -> list[tuple[str, dict[str, Any]]]:
    """Each with the id of its kiosk or node. Raises BAD_OPTION for a file that cannot be read."""
    try:
        tree = tomllib.loads(text_of(file, LARGEST_FILE))
    except ValueError as e:  # also of a number without end
        detail = saying("cannot read {file}: {why}", file=file, why=str(e))
        raise PeripheralError(Reason.BAD_OPTION, detail, sent=False) from e
    except RecursionError as e:
        detail = saying("cannot read {file}: too many brackets within brackets", file=file)
        raise PeripheralError(Reason.BAD_OPTION, detail, sent=False) from e
    return list(_peripherals(tree))


def _peripherals(tree: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for place in (KIOSKS, NODES):
        for terminal in _tables(tree.get(place)):
            for entry in _tables(terminal.get("peripherals")):
                yield str(terminal.get("id", place)), entry


def _tables(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
