"""What a played demo proves, step by step, and the file that says so."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image


@dataclass(slots=True)
class Evidence:
    """Collects steps, pictures and timings under one folder; `write` makes `evidence.json`."""

    folder: Path
    steps: list[dict[str, Any]] = field(default_factory=list)
    screens: list[str] = field(default_factory=list)
    timings_ms: dict[str, float | None] = field(default_factory=dict)
    ticket: str | None = None

    @contextmanager
    def step(self, name: str) -> Iterator[dict[str, Any]]:
        """One step; put what was seen into the yielded dict. A failure is noted and goes on up."""
        seen: dict[str, Any] = {}
        begun = time.monotonic()
        ok = False
        try:
            yield seen
            ok = True
        except Exception as error:
            seen["error"] = str(error)
            raise
        finally:
            ms = round((time.monotonic() - begun) * 1000, 1)
            self.steps.append({"name": name, "ok": ok, "ms": ms, "evidence": seen})

    def picture(self, name: str, image: Image.Image) -> None:
        """Keep a screenshot."""
        image.save(self.picture_path(name))

    def picture_path(self, name: str) -> Path:
        """Where a screenshot belongs that somebody else takes."""
        self.screens.append(f"{name}.png")
        return self.folder / f"{name}.png"

    @property
    def ok(self) -> bool:
        """Whether every step was."""
        return bool(self.steps) and all(step["ok"] for step in self.steps)

    def write(self) -> Path:
        """Write `evidence.json` and return its path."""
        path = self.folder / "evidence.json"
        found = {
            "ok": self.ok,
            "ticket": self.ticket,
            "steps": self.steps,
            "printed": "ticket.bin",
            "led": "led.bin",
            "screens": self.screens,
            "timings_ms": self.timings_ms,
        }
        path.write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        return path
