"""Prints when a Kivy window has shown its first frame: `python -m scripts.bench.first_frame`.

With `kiosk ARGUMENTS` it runs the kiosk; with `empty` the smallest Kivy program there is, with
nothing of ours in it (`KCFG_GRAPHICS_WIDTH` and `_HEIGHT` give its window the kiosk's size). The
moment (`time.monotonic()`, one clock for all processes) is taken at the same place of both: after
the first exchange of the window's buffers.
"""

import sys
import time
from typing import Any


def watch(window: Any) -> Any:
    """Have `window` tell of its first frame; returns it."""
    flip = window.flip

    def first() -> None:
        flip()
        window.flip = flip
        print(f"first frame {time.monotonic()}", flush=True)

    window.flip = first
    return window


def run_kiosk() -> None:
    """The kiosk as it is; only its window is watched."""
    from kiosk import main, window

    open_window = window.open_window
    window.open_window = lambda: watch(open_window())
    main.main()


def run_empty() -> None:
    """A window with nothing in it, as Kivy opens it by itself."""
    from kivy.app import App
    from kivy.core.window import Window
    from kivy.uix.widget import Widget

    watch(Window)
    app = App()
    app.root = Widget()
    app.run()


if __name__ == "__main__":
    if sys.argv.pop(1) == "kiosk":
        run_kiosk()
    else:
        run_empty()
