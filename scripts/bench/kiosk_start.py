"""How long until a citizen sees something: process start to first frame, kiosk and empty window."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from scripts.bench.row import Row, at_most, median
from scripts.bench.work import Bench, BenchError
from scripts.demo.processes import Children
from scripts.demo.screen import VirtualScreen, start_screen

SIZE = (1080, 1920)
PAIRS = 6
PATIENCE_S = 30.0


def run(folder: Path, say: Callable[[str], None], _wanted: frozenset[str]) -> list[Row]:
    """Alternating starts on the same Xvfb, after one of each that fills the caches.

    kiosk_start_ratio: median over the pairs of the kiosk's milliseconds to the empty window's.
    """
    children = Children(folder / "logs")
    try:
        screen = start_screen(children, "start", *SIZE)
        pairs = []
        for number in range(PAIRS + 1):
            pair = _pair(folder, screen, kiosk_first=bool(number % 2))
            if number:
                pairs.append(pair)
                say(f"first frame after {pair[0]:.0f} ms, an empty window's {pair[1]:.0f} ms")
    finally:
        children.stop()
    ratio = median([kiosk / empty for kiosk, empty in pairs])
    kiosk_ms, empty_ms = (median([pair[side] for pair in pairs]) for side in (0, 1))
    note = f"median of {PAIRS} alternating pairs"
    return [
        at_most("kiosk_start_ratio", ratio, "ratio", 2.0, ratio=ratio, note=note),
        Row("kiosk_first_frame_ms", kiosk_ms, "ms", baseline=empty_ms, ratio=kiosk_ms / empty_ms),
    ]


def _pair(folder: Path, screen: VirtualScreen, *, kiosk_first: bool) -> tuple[float, float]:
    width, height = SIZE
    env = {**os.environ, "DISPLAY": screen.display, "LIBGL_ALWAYS_SOFTWARE": "1"}
    kivy = {
        "KIVY_HOME": str(folder / "kivy"),
        "KIVY_NO_ARGS": "1",
        "KCFG_GRAPHICS_WIDTH": str(width),
        "KCFG_GRAPHICS_HEIGHT": str(height),
    }
    kiosk = ["kiosk", "--data-dir", str(folder / "var"), "--windowed", f"{width}x{height}"]
    if kiosk_first:
        kiosk_ms = _first_frame_ms(kiosk, env)
        return kiosk_ms, _first_frame_ms(["empty"], env | kivy)
    empty_ms = _first_frame_ms(["empty"], env | kivy)
    return _first_frame_ms(kiosk, env), empty_ms


def _first_frame_ms(arguments: list[str], env: dict[str, str]) -> float:
    command = [sys.executable, "-m", "scripts.bench.first_frame", *arguments]
    begun = time.monotonic()
    with subprocess.Popen(
        command, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                if line.startswith("first frame "):
                    return (float(line.split()[2]) - begun) * 1000
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()
    raise BenchError(f"no first frame of {arguments[0]}: it ended with {process.returncode}")


BENCH = Bench(("kiosk_start_ratio", "kiosk_first_frame_ms"), run)
