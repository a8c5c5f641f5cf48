"""The JSON file has exactly the agreed keys; the table shows every row and the machine."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from scripts.bench.report import figure, table, verdict, write_json
from scripts.bench.row import Row, at_least, unmeasured

ROWS = [
    at_least("bus_ingest_ratio", 0.75432, "ratio", 0.6, ratio=0.75432, note="median of 3"),
    Row("memory_mib_kiosk", 234.0566, "MiB"),
    unmeasured("call_to_led_p99_ms", "no Chromium here"),
]


def test_the_file_is_a_list_of_rows_with_nulls(tmp_path: Path) -> None:
    path = tmp_path / "build" / "bench.json"
    write_json(ROWS, path)
    assert json.loads(path.read_text(encoding="utf-8")) == [
        {
            "name": "bus_ingest_ratio",
            "value": 0.754,
            "unit": "ratio",
            "baseline": None,
            "ratio": 0.754,
            "aim": 0.6,
            "ok": True,
        },
        {
            "name": "memory_mib_kiosk",
            "value": 234.057,
            "unit": "MiB",
            "baseline": None,
            "ratio": None,
            "aim": None,
            "ok": True,
        },
        {
            "name": "call_to_led_p99_ms",
            "value": None,
            "unit": "",
            "baseline": None,
            "ratio": None,
            "aim": None,
            "ok": False,
        },
    ]


def test_the_table_shows_rows_verdicts_reasons_and_machine() -> None:
    console = Console(file=io.StringIO(), width=200)
    console.print(table(ROWS, "2 cores, load average 0.1"))
    assert isinstance(console.file, io.StringIO)
    drawn = console.file.getvalue()
    for wanted in ("bus_ingest_ratio", "0.75", "0.60", "median of 3", "no Chromium here"):
        assert wanted in drawn
    assert "NOT MEASURED" in drawn
    assert "2 cores, load average 0.1" in drawn


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, ""), (0.754, "0.75"), (47.46, "47.5"), (1341.4, "1,341"), (20342.0, "20,342")],
)
def test_figures_have_as_many_digits_as_mean_something(value: float | None, shown: str) -> None:
    assert figure(value) == shown


def test_verdicts_tell_a_miss_that_fails_from_one_that_does_not() -> None:
    assert verdict(at_least("bus_ingest_ratio", 0.7, "ratio", 0.6)) == "yes"
    assert verdict(at_least("bus_ingest_ratio", 0.5, "ratio", 0.6)) == "NO, BINDS"
    assert verdict(at_least("tickets_per_second", 400.0, "1/s", 500)) == "no"
