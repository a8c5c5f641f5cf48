"""A real X display and Kivy's one window on it, for everything that is drawn or touched."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.demo.screen import one_screen

# Test modules import Kivy when they are collected; it must not read pytest's arguments, nor write
# into the home of whoever runs the tests.
os.environ |= {
    "KIVY_NO_ARGS": "1",
    "KIVY_NO_FILELOG": "1",
    "KIVY_NO_CONSOLELOG": "1",
    "KIVY_HOME": tempfile.mkdtemp(prefix="kiosk-tests-"),
}


@pytest.fixture(scope="session")
def large_display() -> Iterator[str]:
    """An Xvfb of our own, large enough for portrait and landscape: its name, `:99`."""
    with one_screen(1920, 1920) as started:
        yield started.display


@pytest.fixture(scope="session")
def kivy_window(large_display: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Kivy's window, set up as the kiosk sets it up. There is one a process, so one a session."""
    before = dict(os.environ)
    os.environ |= {"DISPLAY": large_display, "LIBGL_ALWAYS_SOFTWARE": "1"}
    from kiosk import window

    folder: Path = tmp_path_factory.mktemp("kivy")
    window.prepare(folder, (1080, 1920))
    from kivy.base import runTouchApp

    opened = window.open_window()
    runTouchApp(embedded=True)  # sets up the input and returns; `drawn.frame` is the main loop
    try:
        yield opened
    finally:
        opened.close()
        os.environ.clear()
        os.environ.update(before)
