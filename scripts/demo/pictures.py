"""What is seen and heard of simulated peripherals, made only from the bytes that they received."""

import io
import shutil
import subprocess
import time
import wave
from pathlib import Path

from drivers.sim import Simulator
from drivers.sim.alpha_sign import AlphaSimulator
from drivers.sim.cd5220 import Cd5220Simulator
from drivers.sim.cups_printer import CupsSimulator
from drivers.sim.display_pictures import digits_png, pole_png, sign_png
from drivers.sim.escpos import EscposSimulator
from drivers.sim.escpos_paper import items_png
from drivers.sim.escpos_printed import CutMark, Printed
from drivers.sim.modbus_digits import ModbusSimulator
from drivers.sim.onbon_bx import OnbonSimulator
from drivers.sim.onbon_panel import page_text, panel_png
from drivers.sim.speaker_ear import Heard

FONT = Path("build/fonts/NotoSansSC-Regular.otf")
PANEL_SIZE = (64, 16)
SLIPS_SHOWN = 3
STEP_S = 0.25  # how often a moving text is drawn
PAGE_DPI = "80"


def picture_of(device: Simulator) -> bytes | None:
    """A PNG of what it shows or has printed; None when there is nothing to see."""
    png: bytes | None = None
    match device:
        case EscposSimulator() if device.printed:
            png = paper_png(device)
        case OnbonSimulator():
            age_s = _age_s(device.state.since)
            png = panel_png(device.state, *PANEL_SIZE, font_path=FONT, scale=4, at_s=age_s)
        case AlphaSimulator():
            png = sign_png(device.state, at_s=_age_s(device.state.since))
        case Cd5220Simulator():
            png = pole_png(device.state, at_s=_age_s(device.state.since))
        case ModbusSimulator():
            png = digits_png(device.state)
        case CupsSimulator():
            png = _page_png(device.documents())
    return png


def version_of(device: Simulator) -> str:
    """Changes whenever the picture does; empty where there is none to be had."""
    match device:
        case EscposSimulator():
            return str(len(device.printed) or "")
        case CupsSimulator():
            return str(len(device.documents()) or "")
        case OnbonSimulator():
            age_s = _age_s(device.state.since)
            texts = [page_text(area, age_s) for area in device.state.areas]
            return f"{device.state.since:.2f} {texts}"
        case AlphaSimulator() | Cd5220Simulator():
            return f"{device.state.since:.2f} {int(_age_s(device.state.since) / STEP_S)}"
        case ModbusSimulator():
            return f"{device.state.since:.2f}"
    return ""


def paper_png(printer: EscposSimulator) -> bytes:
    """The last slips as they came out, newest first."""
    slips: list[list[Printed]] = [[]]
    for item in printer.printed:
        slips[-1].append(item)
        if isinstance(item, CutMark):
            slips.append([])
    last = [slip for slip in slips if slip][-SLIPS_SHOWN:]
    items = [item for slip in reversed(last) for item in slip]
    return items_png(items, printer.columns, FONT)


def wav_of(heard: Heard) -> bytes:
    """An announcement as a WAV file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setparams((1, 2, heard.rate, 0, "NONE", ""))
        sound.writeframes(bytes(heard.data))
    return file.getvalue()


def _age_s(since: float) -> float:
    return time.monotonic() - since


def _page_png(documents: list[Path]) -> bytes | None:
    """The first page of the newest document, by poppler."""
    if not documents or shutil.which("pdftoppm") is None:
        return None
    done = subprocess.run(
        ["pdftoppm", "-png", "-r", PAGE_DPI, "-f", "1", "-l", "1", str(documents[-1])],
        capture_output=True, timeout=20, check=False,
    )  # fmt: skip
    return done.stdout if done.returncode == 0 and done.stdout else None
