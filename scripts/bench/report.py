"""What a run leaves behind: one table for people, one JSON file for programs."""

import json
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from scripts.bench.row import Row


def table(rows: Sequence[Row], caption: str) -> Table:
    """All rows, with the machine they were measured on as caption."""
    drawn = Table(title="make bench", caption=caption, title_justify="left")
    for column in ("name", "value", "unit", "baseline", "ratio", "aim", "ok", "note"):
        right = column in ("value", "baseline", "ratio", "aim")
        drawn.add_column(column, justify="right" if right else "left", overflow="fold")
    for row in rows:
        figures = [figure(each) for each in (row.baseline, row.ratio, row.aim)]
        drawn.add_row(row.name, figure(row.value), row.unit, *figures, verdict(row), row.note)
    return drawn


def verdict(row: Row) -> str:
    """The row's `ok` in words; capitals where it fails the run."""
    if row.ok:
        return "yes"
    if row.value is None:
        return "NOT MEASURED"
    return "NO, BINDS" if row.fails else "no"


def print_table(rows: Sequence[Row], caption: str) -> None:
    """Print the table, unfolded where the output is no terminal."""
    console = Console()
    Console(width=None if console.is_terminal else 160).print(table(rows, caption))


def write_json(rows: Sequence[Row], path: Path) -> None:
    """Replace `path` by the rows: name, value, unit, baseline, ratio, aim, ok."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps([row.as_json() for row in rows], ensure_ascii=False, indent=2)
    path.write_text(text + "\n", encoding="utf-8")


def figure(value: float | None) -> str:
    """A number in as many digits as mean something."""
    if value is None:
        return ""
    return (
        f"{value:.2f}" if abs(value) < 10 else f"{value:,.1f}" if value < 1000 else f"{value:,.0f}"
    )
