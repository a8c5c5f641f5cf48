"""A citizen's hand: presses what a kiosk's window shows, by pointer events from this process."""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.demo.processes import DemoError
from scripts.demo.screen import Finger


@dataclass(slots=True)
class Hand:
    """Presses targets by name, wherever the kiosk's own description says that they stand.

    Names: a `Press` word (`confirm`, `no_card` …), `domain:ID` or `item:ID`.
    """

    described: Path
    finger: Finger

    def screen(self) -> str:
        """The screen that is shown now."""
        return str(self._read()["screen"])

    def wait_for(self, *screens: str, timeout_s: float = 10.0) -> str:
        """Wait until one of `screens` has come to rest; which one it is."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            now = self._read()
            if now["screen"] in screens and now["at_rest"]:
                return str(now["screen"])
            time.sleep(0.01)
        raise DemoError(f"the kiosk shows {self.screen()!r}, expected {' or '.join(screens)}")

    def press(self, target: str, timeout_s: float = 5.0) -> float:
        """Press `target` once it is there; turns pages to find a tile. The moment of the press."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            now = self._read()
            if now["at_rest"]:
                targets = now["targets"]
                if target in targets:
                    return self._touch(targets[target])
                if ":" in target and "page_next" in targets:
                    self._touch(targets["page_next"])
                    self._wait_for_change(now["revision"], deadline)
            time.sleep(0.01)
        raise DemoError(f"nothing to press named {target!r} on {self.screen()!r}")

    def _touch(self, box: list[int]) -> float:
        x, y, width, height = box
        return self.finger.touch(x + width // 2, y + height // 2)

    def _wait_for_change(self, revision: int, deadline: float) -> None:
        while self._read()["revision"] == revision and time.monotonic() < deadline:
            time.sleep(0.01)

    def _read(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.described.read_text(encoding="utf-8"))
        return found
