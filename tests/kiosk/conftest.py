"""A screen without a monitor, a real controller with its broker, and kiosks as processes."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bus.link import LinkSettings
from drivers import sim
from scripts.demo.screen import one_screen
from tests.broker import free_port, until
from tests.kiosk.hand import Hand

SIZE = (540, 960)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def screen() -> Iterator[str]:
    """A virtual X display of its own, as DISPLAY names it."""
    if shutil.which("Xvfb") is None:
        pytest.skip("Xvfb is not installed")
    with one_screen(1080, 1080) as started:
        yield started.display


@dataclass
class HallProcess:
    """A hall of one kiosk: its settings file, its controller, its simulated peripherals."""

    folder: Path
    screen: str
    reader: Any
    printer: Any
    children: list[subprocess.Popen[bytes]] = field(default_factory=list)
    hands: list[Hand] = field(default_factory=list)

    @property
    def data_dir(self) -> Path:
        return self.folder / "var"

    def link(self, terminal: str) -> LinkSettings:
        return LinkSettings.load(self.data_dir / "links" / f"{terminal}.json")

    def start_controller(self) -> subprocess.Popen[bytes]:
        """Returns when its broker lets a terminal in and the hall listens."""
        return self._start("controller", "hall_controller", "--config", str(self.settings))

    def start_kiosk(self, *more: str) -> tuple[subprocess.Popen[bytes], Hand]:
        """Returns when the window shows something."""
        described = self.folder / "screen.json"
        described.unlink(missing_ok=True)
        process = self._start(
            "kiosk",
            "kiosk",
            *("--config", str(self.settings)),
            *("--windowed", f"{SIZE[0]}x{SIZE[1]}", "--describe", str(described)),
            *more,
        )
        hand = Hand(self.screen, described)
        self.hands.append(hand)
        until(lambda: hand.sees() or process.poll() is not None, 20)
        assert process.poll() is None, self.log("kiosk")
        return process, hand

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(encoding="utf-8")

    @property
    def settings(self) -> Path:
        return self.folder / "hall.toml"

    def _start(self, name: str, module: str, *arguments: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                cwd=ROOT,
                env={**os.environ, "DISPLAY": self.screen, "LIBGL_ALWAYS_SOFTWARE": "1"},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self.children.append(process)
        return process

    def end(self) -> None:
        for hand in self.hands:
            hand.close()
        for child in reversed(self.children):
            if child.poll() is None:
                child.terminate()
        for child in self.children:
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self.reader.stop()
        self.printer.stop()


@pytest.fixture
def hall(tmp_path: Path, screen: str) -> Iterator[HallProcess]:
    """A hall that was not started yet; everything that a test starts of it is stopped."""
    reader, printer = sim.start("sdt_reader"), sim.start("escpos")
    process = HallProcess(tmp_path, screen, reader, printer)
    process.settings.write_text(_settings(process), encoding="utf-8")
    yield process
    process.end()


def _settings(hall: HallProcess) -> str:
    reader, printer = hall.reader.options, hall.printer.options
    return f"""
[site]
code = "500240116000"
[controller]
data_dir = "{hall.data_dir}"
[broker]
port = {free_port()}
[web]
port = {free_port()}
[[kiosks]]
id = "kiosk-1"
[kiosks.session]
reply_timeout_s = 1.5
ticket_shown_s = 6.0
[[kiosks.peripherals]]
id = "reader"
driver = "sdt_reader"
options = {{ {_inline(reader)} }}
[[kiosks.peripherals]]
id = "printer"
driver = "escpos"
options = {{ {_inline(printer)} }}
"""


def _inline(options: dict[str, object]) -> str:
    values = {
        key: f'"{value}"' if isinstance(value, str) else value for key, value in options.items()
    }
    return ", ".join(f"{key} = {value}" for key, value in values.items())
