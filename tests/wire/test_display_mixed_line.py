"""Three makes of display on one RS-485 line, each frame to the byte and each answer to its own."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from drivers import registry
from drivers.interfaces import ShowResult
from drivers.sim.ports import PtyPort

PREAMBLE = "A5 A5 A5 A5 A5 A5 A5 A5 "
ONBON = bytes.fromhex(  # A001 in 64 x 16 pixels of screen 2, a 6K card
    PREAMBLE
    + "02 00 00 80 00 00 00 00 00 00 FE 02 28 00 A3 06 01 00 00 00 01 1F 00 00 00 00 00 00 "
    "40 00 10 00 00 00 00 05 00 00 00 00 01 01 01 00 00 08 04 00 00 00 41 30 30 31 32 DE 5A"
)
ONBON_ACK = bytes.fromhex(
    PREAMBLE + "00 80 02 00 00 00 00 00 00 00 FE 02 05 00 A0 00 00 00 00 94 2C 5A"
)
MODBUS = bytes.fromhex("03 10 00 70 00 02 04 41 30 30 31 3E D4")
MODBUS_ACK = bytes.fromhex("03 10 00 70 00 02 41 F1")
ALPHA = bytes.fromhex("00 00 00 00 00 01 5A 30 35 02 41 41 1B 20 62 41 30 30 31 03 30 31 46 36 04")
ANSWERS = {ONBON: ONBON_ACK, MODBUS: MODBUS_ACK, ALPHA: b""}
OPTIONS: dict[str, dict[str, Any]] = {
    "onbon_bx": {"screen": 2, "baud": 9600, "reply_timeout_s": 3},
    "modbus_digits": {"address": 3, "reply_timeout_s": 3},
    "alpha_sign": {"address": 5, "parity": "none", "data_bits": 8},
}
SHOWS = 10


class Displays:
    """All three at a PTY: frames that came whole, in order, and what belonged to none."""

    def __init__(self) -> None:
        self.port = PtyPort()
        self.frames: list[bytes] = []
        self.rest = b""
        self.port.begin(self._hear, lambda: None)

    def _hear(self, data: bytes) -> None:
        self.rest += data  # on a busy machine two frames come in one piece
        while frame := next((one for one in ANSWERS if self.rest.startswith(one)), None):
            self.frames.append(frame)
            self.rest = self.rest[len(frame) :]
            self.port.send(ANSWERS[frame])


@pytest.fixture
def displays() -> Iterator[Displays]:
    line = Displays()
    yield line
    line.port.close()


def test_three_makes_on_one_line(displays: Displays) -> None:
    devices = {
        driver: registry.spec_of(driver).open(
            registry.check(driver, {**displays.port.options, **options})
        )
        for driver, options in OPTIONS.items()
    }
    results: dict[str, list[ShowResult]] = {driver: [] for driver in devices}

    def show(driver: str) -> None:
        results[driver] += [devices[driver].show("A001") for _ in range(SHOWS)]

    threads = [threading.Thread(target=show, args=(driver,)) for driver in devices]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for device in devices.values():
        device.close()
    for driver in ("onbon_bx", "modbus_digits"):
        assert results[driver] == SHOWS * [ShowResult(True, "A001")]
    assert [(one.ok, one.reason) for one in results["alpha_sign"]] == SHOWS * [
        (True, "unconfirmed")
    ]
    end = time.monotonic() + 5  # nobody answers the last frame of a sign
    while len(displays.frames) < 3 * SHOWS and time.monotonic() < end:
        time.sleep(0.01)
    assert {frame: displays.frames.count(frame) for frame in ANSWERS} == dict.fromkeys(
        ANSWERS, SHOWS
    )
    assert displays.rest == b""
