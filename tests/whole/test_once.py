"""`make demo ONCE=1`: the evidence of a good hall, read again here, and what a broken one says."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops

from kiosk.flow.visit import Screen
from tests.whole.hardware_side import large_texts, panel_texts

ROOT = Path(__file__).resolve().parents[2]
KEYS = ["ok", "ticket", "steps", "printed", "led", "screens", "timings_ms"]
TIMINGS = {
    "touch_to_first_printer_byte",
    "touch_to_ticket_done",
    "call_to_led_frame",
    "call_to_board",
}
# The frame of led_displays.md §1.6 whose text 请A012到Z[号窗口 needs escaping.
SHEET_FRAME = bytes.fromhex(
    "A5 A5 A5 A5 A5 A5 A5 A5 FE FF 00 80 00 00 00 00 00 00 FE 02 34 00 A3 06 01 00 00 00 01 2B 00"
    "00 00 00 00 00 40 00 10 00 00 00 00 05 00 00 00 00 02 01 02 00 00 08 10 00 00 00 C7 EB 41 30"
    "31 32 B5 BD 5B 02 5B 01 BA C5 B4 B0 BF DA AF 9B 5A"
)
# The ticket of escpos_chinese_printer.md §9, its number made three times as large.
SHEET_TICKET = bytes.fromhex(
    "1B 40 1C 26 1B 61 01 1D 21 22 1B 74 00 41 30 30 31 0A 1D 21 00"
    "C7 EB B5 BD 33 BA C5 B4 B0 BF DA 0A 1B 61 00 1C 2E 1D 56 42 00"
)


@dataclass(frozen=True)
class Run:
    """One run of the demo: how it ended and what it left."""

    status: int
    said: str
    folder: Path

    @property
    def evidence(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "evidence.json").read_text())
        return found


def start(module: list[str], folder: Path) -> "subprocess.Popen[str]":
    folder.mkdir()
    return subprocess.Popen(
        [sys.executable, "-m", *module, "--once", "--out", str(folder / "out")],
        cwd=folder,  # its halls live under the current folder
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: "subprocess.Popen[str]", folder: Path) -> Run:
    try:
        _, said = process.communicate(timeout=100)
    finally:
        process.terminate()
    return Run(process.returncode, said, folder / "out")


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("once") / "good"
    return finish(start(["scripts.demo"], folder), folder)


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """Runs with a broken part, by the part; side by side, to save time."""
    base = tmp_path_factory.mktemp("broken")
    parts = {part: base / part for part in ("panel", "printer")}
    started = {
        part: start(["tests.whole.sabotage", part], folder) for part, folder in parts.items()
    }
    return {part: finish(process, parts[part]) for part, process in started.items()}


def test_our_own_parsers_read_the_sheets_examples() -> None:
    assert panel_texts(SHEET_FRAME) == ["请A012到Z[号窗口"]
    assert large_texts(SHEET_TICKET) == ["A001"]


def test_the_evidence_is_as_promised(good: Run) -> None:
    assert good.status == 0, good.said
    assert list(good.evidence) == KEYS
    assert good.evidence["ok"] is True
    for step in good.evidence["steps"]:
        assert list(step) == ["name", "ok", "ms", "evidence"]
        assert step["ok"] is True
        assert step["ms"] >= 0
    timings = good.evidence["timings_ms"]
    assert timings.keys() == TIMINGS
    assert all(0 < value < 5000 for value in timings.values()), timings


def test_paper_and_panel_say_the_ticket_s_number(good: Run) -> None:
    found = good.evidence
    number = found["ticket"]
    assert large_texts((good.folder / found["printed"]).read_bytes()) == [number]
    texts = panel_texts((good.folder / found["led"]).read_bytes())
    assert [text.split()[0] for text in texts] == [number]


def test_every_screen_has_its_own_picture(good: Run) -> None:
    names = good.evidence["screens"]
    assert len(set(names)) == len(names)
    words = " ".join(names).replace("-", "_")
    wanted = {screen.value for screen in Screen} - {Screen.ISSUING.value}  # gone in an instant
    assert {word for word in wanted if word not in words} == set()
    assert "console" in words
    assert "board" in words
    pictures = {name: Image.open(good.folder / name).convert("RGB") for name in names}
    for name, picture in pictures.items():
        colours = picture.getcolors(1 << 24)
        assert len(colours) > 50, f"{name} is nearly blank"
        assert max(count for count, _ in colours) < 0.97 * picture.width * picture.height, name
    kiosk = {name: each for name, each in pictures.items() if name.startswith("kiosk")}
    assert {each.size for each in kiosk.values()} == {(1080, 1920)}
    for one, other in combinations(kiosk, 2):
        differs = ImageChops.difference(kiosk[one], kiosk[other]).convert("L")
        share = sum(differs.histogram()[16:]) / (1080 * 1920)
        assert share > 0.01, f"{one} and {other} look the same"


@pytest.mark.parametrize(
    ("part", "step"), [("panel", "call the number"), ("printer", "take the ticket")]
)
def test_a_broken_part_fails_its_step(broken: dict[str, Run], part: str, step: str) -> None:
    run = broken[part]
    assert run.status == 1
    assert run.evidence["ok"] is False
    assert [each["name"] for each in run.evidence["steps"] if not each["ok"]] == [step]
    assert f"step '{step}' failed" in run.said
    assert "Traceback" not in run.said
