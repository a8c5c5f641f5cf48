"""Drivers that deceive the suite, some by their simulator, fail it with what to do about it.

More spoilt drivers: test_drivers_page.py.
"""

from pathlib import Path

import pytest
from test_drivers_page import blocks, install, run

SCANNER = '''"""Acme scanner.

    [[kiosks.peripherals]]
    id = "scanner"
    driver = "acme_lamp"
    options = { port = "/dev/ttyACM0" }
"""

import time

from drivers.errors import PeripheralError, Reason
from drivers.interfaces import DeviceStatus, DriverSpec, Kind, ScannedCode
from drivers.status import State
from drivers.transports import SerialOptions, open_transport
from pydantic import BaseModel, ConfigDict, Field


class ScannerOptions(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    port: str = Field(min_length=1, description="Serial device")


class Scanner:
    def __init__(self, options):
        self._transport = open_transport(SerialOptions(port=options.port, baud=9600))

    def status(self):
        self._transport.read(4096, 0)
        return DeviceStatus(State.ONLINE)

    def read(self, timeout_s, cancelled):
        end, held = time.monotonic() + timeout_s, b""
        while time.monotonic() < end:
            if cancelled():
                raise PeripheralError(Reason.CANCELLED, "cancelled")
            held += self._transport.read(64, 0.05)
            code, cr, _ = held.partition(b"\\r")
            if cr:
                return ScannedCode(code.decode("ascii", "replace"))
        raise PeripheralError(Reason.NO_CODE, "no code")

    def close(self):
        self._transport.close()


SPEC = DriverSpec("acme_lamp", Kind.SCANNER, "Acme scanner", ScannerOptions, Scanner)
'''
SCANNER_SIM = """
from drivers.sim import Simulator
from drivers.sim.ports import PtyPort


class ScannerSimulator(Simulator):
    name = "acme_lamp"
    controls = ("scan", "plug", "unplug")

    def __init__(self, link=None):
        super().__init__(PtyPort(link))

    def handle(self, data):
        pass

    def scan(self, text="12345"):
        self.port.send(text.encode() + b"\\r")


SIMULATOR = ScannerSimulator
"""
ASKS = "        self._transport.read(4096, 0)  # an answer that came too late\n"
KNOWN = """RUNNING = {}


class LampSimulator(Simulator):
    def start(self):
        super().start()
        RUNNING[self.options["port"]] = self

    def told(self, question):
        self._received += question
        return b"" if self.silent else b"\\x06"

"""


def lamp(**changes: tuple[str, str]) -> dict[str, str]:
    """The page's files, each with one change."""
    files = blocks()
    for name, (right, wrong) in changes.items():
        assert right in files[f"{name}.py"]
        files[f"{name}.py"] = files[f"{name}.py"].replace(right, wrong, 1)
    return files


def scanner(right: str = "", wrong: str = "") -> dict[str, str]:
    """A scanner instead of the lamp."""
    text = SCANNER.replace(right, wrong) if right else SCANNER
    return {**blocks(), "acme_lamp.py": text, "acme_lamp_sim.py": SCANNER_SIM}


def test_a_scanner_passes_too(tmp_path: Path) -> None:
    install(tmp_path, scanner())
    done = run(tmp_path, "-k", "cancelled or example or port or process")
    assert done.returncode == 0, done.stdout[-3000:]
    assert "what to mend" not in done.stdout


SHORTCUT = lamp(
    acme_lamp=(ASKS, ASKS + "        import acme_lamp_sim\n"
               "        known = acme_lamp_sim.RUNNING.get(self._options.port)\n"
               "        if known:\n            return known.told(question)\n"),
    acme_lamp_sim=("class LampSimulator(Simulator):\n", KNOWN),
)  # fmt: skip
LIES = {
    "asks the simulator's object": (
        SHORTCUT, "go_through_the_port", "no byte went through the simulator's port"
    ),
    "needs the simulator's object": (
        {**SHORTCUT, "acme_lamp.py": SHORTCUT["acme_lamp.py"].replace(
            "RUNNING.get(self._options.port)", "RUNNING[self._options.port]")},
        "another_process", "they may share nothing but the port",
    ),
    "ignores the citizen who leaves": (
        scanner("if cancelled():", "if False:"), "cancelled",
        "it was cancelled, and the call ended with NO_CODE (no code): look at `cancelled` every",
    ),
    "opens at the first question": (
        lamp(acme_lamp=(
            "        self._transport = open_transport(options.place())",
            "        self._transport = None",
        )),
        "not_there", "open the port in DriverSpec.open",
    ),
    "is not what its entry point says": (
        lamp(acme_lamp=('DriverSpec("acme_lamp"', 'DriverSpec("acme_l4mp"')),
        "own_name", "its DriverSpec is named acme_l4mp: give it the name of its entry point",
    ),
    "says nothing of itself": (
        lamp(acme_lamp=('    [[nodes.peripherals]]\n', "")),
        "example", "no example in the docstring of acme_lamp: four blanks and",
    ),
    "says its place in a way of its own": (
        lamp(acme_lamp=("        return SerialOptions(port=self.port, baud=9600)",
                        "        return self.port")),
        "its_place", "place() must return what open_transport takes, or a NamedPlace",
    ),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_found_out(tmp_path: Path, lie: str) -> None:
    files, test, complaint = LIES[lie]
    install(tmp_path, files)
    done = run(tmp_path, "-k", test, "--hall-limit", "4")
    assert done.returncode == 1, done.stdout[-3000:]
    _, found, mend = done.stdout.partition("what to mend")
    assert found
    assert complaint in mend.partition("short test summary")[0], mend


def test_a_driver_without_a_simulator_fails_once(tmp_path: Path) -> None:
    files = blocks()
    head, _, _ = files["pyproject.toml"].partition('[project.entry-points."yukuai_hall.simul')
    install(tmp_path, {**files, "pyproject.toml": head})
    done = run(tmp_path, "--maxfail", "99")
    assert done.stdout.count("(1 test)") == 1
    assert "acme_lamp: no simulator: write one, with an entry point acme_lamp in" in done.stdout
    assert "1 failed" in done.stdout


def test_one_fault_is_told_once_however_many_tests_it_failed(tmp_path: Path) -> None:
    install(tmp_path, lamp(acme_lamp=("        self._transport.close()", "        pass")))
    done = run(tmp_path, "--maxfail", "99", "-k", "opened_again or in_use-1")
    told = [line for line in done.stdout.splitlines() if line.startswith("acme_lamp: ")]
    assert len(told) == len({line.partition(" (")[0] for line in told})
    assert any("open raised BUSY" in line and "close, and an open" in line for line in told), told
