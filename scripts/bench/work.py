"""What a benchmark is given, and how it starts a part of itself as a process of its own."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.loader import load
from config.schema import HallSettings
from scripts.bench.row import Row
from scripts.demo.processes import free_port

CHILD_TIMEOUT_S = 180.0


class BenchError(Exception):
    """Something could not be measured; the text says why."""


@dataclass(frozen=True, slots=True)
class Bench:
    """A measurement that gives the rows `names`. `run` gets an empty folder, a voice, and the
    names that are wanted; it may leave others out."""

    names: tuple[str, ...]
    run: Callable[[Path, Callable[[str], None], frozenset[str]], Iterable[Row]]


def write_settings(folder: Path, kiosks: int) -> Path:
    """Settings of the sample hall with so many kiosks, on free ports, with data below `folder`."""
    lines = [
        f"[controller]\ndata_dir = {json.dumps(str(folder / 'var'))}",
        f"[broker]\nport = {free_port()}",
        f"[web]\nport = {free_port()}",
        *(f'[[kiosks]]\nid = "{kiosk_id(number)}"' for number in range(kiosks)),
    ]
    path = folder / "hall.toml"
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def settings_in(folder: Path, kiosks: int) -> HallSettings:
    """The same, loaded."""
    return load(write_settings(folder, kiosks))


def kiosk_id(number: int) -> str:
    """Id of a terminal in `write_settings`."""
    return f"kiosk-{number:04d}"


def run_part(module: str, *arguments: object) -> dict[str, Any]:
    """Run a module of this package as a process; the JSON object that it prints last."""
    command = [sys.executable, "-m", f"scripts.bench.{module}", *map(str, arguments)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=CHILD_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise BenchError(f"{module} did not end within {CHILD_TIMEOUT_S:.0f} s") from error
    if done.returncode != 0:
        raise BenchError(f"{module} failed: {' / '.join(done.stderr.splitlines()[-3:])}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result
