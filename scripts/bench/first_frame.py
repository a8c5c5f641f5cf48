"""Prints when a Kivy window has shown its first frame: `python -m scripts.bench.first_frame`.

With `kiosk ARGUMENTS` it runs the kiosk, with `empty FOLDER` an empty window of the same size. The
moment (`time.monotonic()`, one clock for all processes) is taken at the same place of both: after
the first exchange of the window's buffers.
"""

import sys
import time
from pathlib import Path
from typing import Any

from kiosk import window as kiosk_window

SIZE = (1080, 1920)


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
    from kiosk import main

    open_window = kiosk_window.open_window
    kiosk_window.open_window = lambda: watch(open_window())
    main.main()


def run_empty(folder: Path) -> None:
    """A window with nothing in it, under the kiosk's own Kivy settings: they start fastest."""
    kiosk_window.prepare(folder, SIZE)
    from kivy.base import runTouchApp
    from kivy.core.window import Window
    from kivy.uix.widget import Widget

    watch(Window)
    runTouchApp(Widget())


if __name__ == "__main__":
    if sys.argv.pop(1) == "kiosk":
        run_kiosk()
    else:
        run_empty(Path(sys.argv[1]))
