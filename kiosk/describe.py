"""Writes down what the window shows, for a hand in another process that presses it.

A small JSON file, replaced whenever something changed: `screen`, `language`, `connected`, `cards`,
`at_rest` (nothing slides), `revision`, and `targets`: by name (`confirm`, `domain:ID`, `item:ID`)
the box `[left, top, width, height]` in pixels of the X screen. Nothing personal stands in it.
"""

import json
import os
from pathlib import Path
from typing import Any

from kivy.base import EventLoop
from kivy.clock import Clock

from kiosk.flow.events import ChoseDomain, ChoseItem, Touch
from kiosk.flow.visit import Visit
from kiosk.screens.stage import Stage
from kiosk.widgets.press import Press

LOOK_S = 0.02


class Describer:
    """Describes `stage` in the file `path` from now on."""

    def __init__(self, path: Path, stage: Stage) -> None:
        self._path = path
        self._stage = stage
        self._visit: Visit | None = None
        self._told: dict[str, Any] = {}
        self._revision = 0
        self._look_again = Clock.create_trigger(self._look, LOOK_S)

    def shows(self, visit: Visit) -> None:
        """The stage was given this visit."""
        self._visit = visit
        self._look(0)

    def _look(self, _passed_s: float) -> None:
        visit, stage = self._visit, self._stage
        if visit is None:
            return
        if not stage.at_rest:
            self._look_again()
        now = {
            "screen": visit.screen.value,
            "language": visit.language.value,
            "connected": visit.hall.connected,
            "reader_works": visit.hall.reader_works,
            "printer_works": visit.hall.printer_works,
            "cards": visit.hall.cards.value,
            "ticket": visit.ticket.number if visit.ticket else None,
            "at_rest": stage.at_rest,
            "targets": targets_of(stage),
        }
        if now != self._told:
            self._told = now
            self._revision += 1
            self._write({**now, "revision": self._revision})

    def _write(self, description: dict[str, Any]) -> None:
        scratch = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        scratch.write_text(json.dumps(description, ensure_ascii=False), encoding="utf-8")
        scratch.replace(self._path)


def targets_of(stage: Stage) -> dict[str, list[int]]:
    """What can be pressed now, by name, with its box from the screen's top left."""
    window = EventLoop.window
    layers = (stage.over,) if stage.over.children else (stage.bars, stage.screen)
    presses = [each for layer in layers for each in layer.walk() if isinstance(each, Press)]
    return {
        name_of(press.event): [
            round(window.left + press.x),
            round(window.top + stage.height - press.top),
            round(press.width),
            round(press.height),
        ]
        for press in presses
    }


def name_of(touch: Touch) -> str:
    """The name of a target: its word, or its kind and id."""
    match touch:
        case ChoseDomain(domain_id):
            return f"domain:{domain_id}"
        case ChoseItem(item_id):
            return f"item:{item_id}"
        case _:
            return touch.press.value
