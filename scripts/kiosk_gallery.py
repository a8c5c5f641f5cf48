"""Pictures of every kiosk screen in every language and orientation, drawn by the real widgets.

`python -m scripts.kiosk_gallery build/gallery [--worst] [--only home]` starts an Xvfb of its own.
"""

import argparse
import os
from pathlib import Path

from scripts.demo.screen import one_screen

SIZES = {"portrait": (1080, 1920), "landscape": (1920, 1080)}


def draw_all(folder: Path, only: str, *, take_worst: bool) -> int:
    """Draw every wanted scene; gives how many pictures were written."""
    from kivy.base import EventLoop
    from kivy.config import Config

    Config.set("graphics", "borderless", "1")
    Config.set("graphics", "multisamples", "0")  # as the kiosk itself
    from kivy.core.window import Window
    from kivy.graphics.opengl import GL_RGB, GL_UNSIGNED_BYTE, glReadPixels
    from PIL import Image

    from config.loader import load
    from kiosk.flow.visit import Language
    from kiosk.menu import menu_of
    from kiosk.screens.samples import plausible, worst
    from kiosk.screens.stage import Stage, StageOptions
    from kiosk.widgets.pictures import Picture

    menu, drawn = menu_of(load(None)), 0
    EventLoop.ensure_window()
    EventLoop.status = "started"
    for shape, size in SIZES.items():
        Window.size = size
        for _ in range(5):  # the window manager's answer
            EventLoop.idle()
        for language in Language:
            long_menu, long_scenes = worst(language)
            scenes = long_scenes if take_worst else plausible(menu, language)
            for name, visit in scenes.items():
                if not name.startswith(only):
                    continue
                stage = Stage(long_menu if take_worst else menu, StageOptions(motion=False))
                stage.size = size
                Window.add_widget(stage)
                stage.render(visit)
                for widget in stage.walk():
                    if isinstance(widget, Picture):
                        widget.skip(1.3)
                for _ in range(2):  # drawn, then shown
                    EventLoop.idle()
                raw = glReadPixels(0, 0, *size, GL_RGB, GL_UNSIGNED_BYTE)
                picture = Image.frombytes("RGB", size, raw).transpose(
                    Image.Transpose.FLIP_TOP_BOTTOM
                )
                picture.save(folder / f"{name}.{shape}.{language}.png")
                Window.remove_widget(stage)
                drawn += 1
    return drawn


def main() -> None:
    """Draw the gallery into the folder given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", help="screens whose name begins so")
    parser.add_argument("--worst", action="store_true", help="longest texts instead of usual ones")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with one_screen(1920, 1920) as screen:
        # Before Kivy is imported.
        os.environ.update(DISPLAY=screen.display, LIBGL_ALWAYS_SOFTWARE="1")
        os.environ.update(KIVY_NO_ARGS="1", KIVY_NO_CONSOLELOG="1")
        count = draw_all(options.folder, options.only, take_worst=options.worst)
    print(f"{count} pictures in {options.folder}")


if __name__ == "__main__":
    main()
