"""A virtual X display for a kiosk, its picture in the browser, and a finger for it."""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageGrab
from Xlib import X
from Xlib.display import Display
from Xlib.ext import xtest

from scripts.demo.processes import Children, DemoError, accepts, free_port, wait_until

NOVNC = Path("/usr/share/novnc")
X11VNC = ("-nopw", "-forever", "-shared", "-quiet", "-noxrecord", "-nosel")


@dataclass(frozen=True, slots=True)
class VirtualScreen:
    """A running Xvfb."""

    display: str
    width: int
    height: int

    def grab(self) -> Image.Image:
        """What stands on the screen now."""
        return ImageGrab.grab(xdisplay=self.display).convert("RGB")


def start_screen(children: Children, name: str, width: int, height: int) -> VirtualScreen:
    """Start an Xvfb on a display number of its own choice."""
    reader, writer = os.pipe()
    try:
        command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", f"{width}x{height}x24"]
        child = children.start(
            f"xvfb-{name}", [*command, "-nolisten", "tcp", "-noreset"], pass_fds=[writer]
        )
        os.close(writer)
        with os.fdopen(reader, closefd=False) as file:
            number = file.readline().strip()
    finally:
        os.close(reader)
    if not number:
        child.check()
        raise DemoError("Xvfb did not start")
    return VirtualScreen(f":{number}", width, height)


@contextmanager
def one_screen(width: int, height: int) -> Iterator[VirtualScreen]:
    """A screen for as long as the block runs. Raises DemoError."""
    with tempfile.TemporaryDirectory(prefix="hall-screen-") as folder:
        children = Children(Path(folder))
        try:
            yield start_screen(children, "only", width, height)
        finally:
            children.stop()


def start_viewer(children: Children, name: str, screen: VirtualScreen) -> int:
    """Offer `screen` to browsers as VNC over a web socket; returns the socket's TCP port."""
    vnc = free_port()
    web = free_port()
    children.start(
        f"x11vnc-{name}",
        ["x11vnc", "-display", screen.display, "-localhost", "-rfbport", str(vnc), *X11VNC],
    )
    wait_until(lambda: accepts(vnc), "x11vnc", 10, children)
    children.start(
        f"novnc-{name}",
        ["websockify", f"127.0.0.1:{web}", f"127.0.0.1:{vnc}"],
    )
    wait_until(lambda: accepts(web), "websockify", 10, children)
    return web


class Finger:
    """A pointer that touches a screen from outside the program, through the X server (XTEST)."""

    def __init__(self, screen: VirtualScreen) -> None:
        self._display = Display(screen.display)

    def touch(self, x: int, y: int) -> float:
        """Press and lift at a point; the moment of the press, `time.monotonic()`."""
        xtest.fake_input(self._display, X.MotionNotify, x=x, y=y)
        self._display.sync()
        time.sleep(0.02)
        at = time.monotonic()
        xtest.fake_input(self._display, X.ButtonPress, 1)
        self._display.sync()
        time.sleep(0.06)
        xtest.fake_input(self._display, X.ButtonRelease, 1)
        self._display.sync()
        return at

    def close(self) -> None:
        """Leave the X server."""
        self._display.close()
