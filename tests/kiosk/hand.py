"""A citizen's hand: pointer events through the X server, aimed by the kiosk's own description."""

import json
import time
from pathlib import Path
from typing import Any

from Xlib import X
from Xlib.display import Display
from Xlib.ext import xtest


class Hand:
    """Presses what the window of a kiosk shows."""

    def __init__(self, display: str, described: Path) -> None:
        self._display = Display(display)
        self._described = described

    def sees(self) -> dict[str, Any]:
        """What the kiosk says that it shows; empty before its first picture."""
        if not self._described.exists():
            return {}
        seen: dict[str, Any] = json.loads(self._described.read_text(encoding="utf-8"))
        return seen

    def wait_for(self, screen: str, seconds: float = 10.0, **facts: object) -> dict[str, Any]:
        """Wait until `screen` stands still and `facts` (`connected=True`) hold."""
        deadline = time.monotonic() + seconds
        while True:
            seen = self.sees()
            wanted = {"screen": screen, "at_rest": True, **facts}
            if seen and all(seen[key] == value for key, value in wanted.items()):
                return seen
            assert time.monotonic() < deadline, f"waited for {wanted}, saw {seen}"
            time.sleep(0.01)

    def press(self, *targets: str) -> None:
        """Press targets one after the other, turning pages to find a tile."""
        for target in targets:
            deadline = time.monotonic() + 5
            while not self._press_if_there(target):
                assert time.monotonic() < deadline, f"no {target}, but {self.sees()}"
                time.sleep(0.01)

    def _press_if_there(self, target: str) -> bool:
        seen = self.sees()
        if not seen.get("at_rest"):
            return False
        if target in seen["targets"]:
            self._touch(seen["targets"][target])
            self._wait_for_change(seen["revision"])
            return True
        if ":" in target and "page_next" in seen["targets"]:
            self._touch(seen["targets"]["page_next"])
            self._wait_for_change(seen["revision"])
        return False

    def _wait_for_change(self, revision: int) -> None:
        deadline = time.monotonic() + 1
        while self.sees()["revision"] == revision and time.monotonic() < deadline:
            time.sleep(0.005)

    def _touch(self, box: list[int]) -> None:
        left, top, width, height = box
        xtest.fake_input(self._display, X.MotionNotify, x=left + width // 2, y=top + height // 2)
        self._display.sync()
        time.sleep(0.02)
        for kind in (X.ButtonPress, X.ButtonRelease):
            xtest.fake_input(self._display, kind, 1)
            self._display.sync()
            time.sleep(0.04)

    def close(self) -> None:
        """Leave the X server."""
        self._display.close()
