"""Simulated and scripted peripherals on real PTYs and ports, all taken down after each test."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from drivers import sim
from drivers.cards.pcsc_service import Service
from drivers.cards.social_security_card import SPEC, SocialSecurityOptions, SocialSecurityReader
from drivers.sim.base import CannotPlayError, Simulator
from drivers.sim.pcscd import SLOT
from drivers.sim.ports import PtyPort
from drivers.sim.social_security_card import SocialSecurityCardSimulator


@pytest.fixture
def simulate() -> Iterator[Callable[..., Any]]:
    """`simulate("sdt_reader", **options)` starts a simulator."""
    running: list[Simulator] = []

    def start(driver: str, **options: Any) -> Any:
        running.append(sim.start(driver, **options))
        return running[-1]

    yield start
    for simulator in running:
        simulator.stop()


class Script:
    """A peripheral that knows only literal (question, answer) pairs, in order.

    `check` fails on a question out of order, on leftovers of either side, and on bytes that are no
    question. An answer None is silence.
    """

    def __init__(self, pairs: list[tuple[bytes, bytes | None]]) -> None:
        self.port = PtyPort()
        self._pairs = list(pairs)
        self._heard = bytearray()
        self.wrong = b""
        self._lock = threading.Lock()
        self.port.begin(self._feed, lambda: None)

    def _feed(self, data: bytes) -> None:
        with self._lock:
            self._heard += data
            while self._pairs and self._heard.startswith(self._pairs[0][0]):
                question, answer = self._pairs.pop(0)
                del self._heard[: len(question)]
                if answer is not None:
                    self.port.send(answer)
            expected = self._pairs[0][0] if self._pairs else b""
            if not expected.startswith(self._heard):
                self.wrong = bytes(self._heard)

    def check(self) -> None:
        with self._lock:
            assert self.wrong == b"", f"not in the script: {self.wrong.hex(' ')}"
            assert not self._heard
            assert not self._pairs, f"never asked: {self._pairs[0][0].hex(' ')}"


@pytest.fixture
def script() -> Iterator[Callable[..., Script]]:
    """`script((question, answer), …)` starts a `Script`."""
    running: list[Script] = []

    def start(*pairs: tuple[bytes, bytes | None]) -> Script:
        running.append(Script(list(pairs)))
        return running[-1]

    yield start
    for one in running:
        one.port.close()


@pytest.fixture(scope="module")
def chip_simulator() -> Iterator[SocialSecurityCardSimulator]:
    try:
        simulator = sim.start("social_security_card")
    except CannotPlayError as e:
        pytest.skip(f"no chip card can be played here: {e}")
    assert isinstance(simulator, SocialSecurityCardSimulator)
    yield simulator
    simulator.stop()


@pytest.fixture
def chip(chip_simulator: SocialSecurityCardSimulator) -> Iterator[SocialSecurityCardSimulator]:
    """A simulated chip card reader, with no card in, and without a fault again afterwards."""
    good = {name: getattr(chip_simulator, name) for name in chip_simulator.faults}
    yield chip_simulator
    for name, value in good.items():
        setattr(chip_simulator, name, value)
    chip_simulator.lift()
    # The next test's card shall be a new one to pcscd.
    service = Service(Path(chip_simulator.options["socket"]))
    end = time.monotonic() + 5
    while service.look(SLOT).present and time.monotonic() < end:
        time.sleep(0.02)
    service.close()


@pytest.fixture
def chip_reader(chip: SocialSecurityCardSimulator) -> Iterator[SocialSecurityReader]:
    opened = SPEC.open(SocialSecurityOptions(**chip.options, answer_timeout_s=1))
    yield opened
    opened.close()
