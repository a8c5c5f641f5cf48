"""Prepares Kivy before its first import: no arguments, no files in the home, no banner."""

import logging
import os
from pathlib import Path
from typing import Any

PORTRAIT = (1080, 1920)


class NoDisplayError(Exception):
    """There is no screen to draw on; the text is one line and says what to do."""


def prepare(folder: Path, size: tuple[int, int] | None) -> None:
    """Set Kivy up. `size`: of a window with a frame; None fills the screen.

    `folder` takes what Kivy keeps. Raises NoDisplayError when no screen is named.
    """
    if not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
        raise NoDisplayError(
            "no screen: DISPLAY is not set; start the kiosk in a graphical session, "
            "or on a virtual screen: xvfb-run -s '-screen 0 1080x1920x24' kiosk"
        )
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.environ |= {
        "KIVY_HOME": str(folder),
        "KIVY_NO_ARGS": "1",
        "KIVY_NO_FILELOG": "1",
        "KIVY_NO_CONSOLELOG": "1",
        "KIVY_LOG_MODE": "PYTHON",  # leaves stderr and the root logger alone
        "KIVY_NO_CONFIG": "1",
        "KIVY_NO_ENV_CONFIG": "1",
        "KIVY_WINDOW": "sdl2",
        "KIVY_CLOCK": "interrupt",  # a result from another thread need not wait for a frame
    }
    # Without this SDL, when the display cannot be reached, draws where nobody sees it.
    os.environ.setdefault("SDL_VIDEODRIVER", "x11" if os.environ.get("DISPLAY") else "wayland")
    from kivy.config import Config

    _quieten()

    for section, key, value in _settings(size):
        Config.set(section, key, value)
    for provider in Config.options("input"):
        Config.remove_option("input", provider)
    Config.set("input", "mouse", "mouse,disable_multitouch")


def _settings(size: tuple[int, int] | None) -> list[tuple[str, str, Any]]:
    width, height = size or PORTRAIT
    return [
        ("kivy", "exit_on_escape", 0),
        ("kivy", "kivy_clock", "interrupt"),
        ("graphics", "fullscreen", 0 if size else "auto"),
        ("graphics", "width", width),
        ("graphics", "height", height),
        ("graphics", "multisamples", 0),
        ("graphics", "resizable", 1),
    ]


def open_window() -> Any:
    """The window. Raises NoDisplayError when the display cannot be reached."""
    logging.disable()  # Kivy tells at length why there is no window; one line is enough
    try:
        from kivy.core.window import Window
    except (SystemExit, ImportError) as error:
        raise NoDisplayError(_unreachable()) from error
    finally:
        logging.disable(logging.NOTSET)
    if Window is None:
        raise NoDisplayError(_unreachable())
    _quieten()
    return Window


def _quieten() -> None:
    """Kivy sets its logger's level at each import; of what it says only errors matter."""
    logging.getLogger("kivy").setLevel(logging.ERROR)


def _unreachable() -> str:
    where = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return f"the screen {where} cannot be used: no window opens on it"
