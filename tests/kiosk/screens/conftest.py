"""A real X display and Kivy's one window on it, for everything that is drawn or touched."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

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
    reader, writer = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1920x1920x24", "-nolisten", "tcp"],
        pass_fds=(writer,),
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    with os.fdopen(reader) as answer:
        number = answer.readline().strip()
    assert number, "Xvfb did not start"
    try:
        yield f":{number}"
    finally:
        server.terminate()
        server.wait(timeout=10)


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
