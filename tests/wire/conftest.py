"""Simulated and scripted peripherals on real PTYs and ports, all taken down after each test."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from drivers import sim
from drivers.sim.base import Simulator
from drivers.sim.ports import PtyPort


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
