"""Conformance: a peripheral that says nothing, says nonsense without end, or dribbles."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from drivers.conformance.peers import NOISES, Stranger, port_like
from drivers.conformance.subject import Holdings, Subject
from drivers.errors import Reason
from drivers.interfaces import DeviceStatus, PrintOutcome, PrintResult
from drivers.lifecycle import GONE

DRIBBLE_S = 0.02
QUIET = {Reason.SILENT, Reason.UNCONFIRMED, Reason.NO_CARD, Reason.NO_CODE, Reason.READER_FAULT}


class Timeouts:
    """Every call comes to an end, whatever the other side does."""

    def test_bytes_are_taken_and_nothing_comes_back(self, subject: Subject) -> None:
        with stranger(subject) as where:
            self._all_calls(subject, where, quiet=True)

    @pytest.mark.parametrize("noise", NOISES)
    def test_nonsense_without_end(self, subject: Subject, noise: str) -> None:
        with stranger(subject, NOISES[noise]) as where:
            self._all_calls(subject, where, quiet=False)

    def test_answers_that_dribble(self, subject: Subject) -> None:
        if port_like(subject.simulator.options) is None:
            pytest.skip(f"{subject.driver} is reached by neither a line nor a connection")
        with dribbling(subject):
            self._all_calls(subject, {}, quiet=False)

    def test_its_own_simulator_falls_silent(self, subject: Subject) -> None:
        simulator: Any = subject.simulator
        if "silent" not in simulator.faults:
            pytest.skip(f"the simulator of {subject.driver} cannot fall silent")
        device = subject.open()
        simulator.silent = True
        ended = subject.call(device.status)
        assert ended.error is None or ended.error.reason not in GONE, "silent is not unplugged"
        self._check_use(subject, device, quiet=True)
        simulator.silent = False

    def _all_calls(self, subject: Subject, where: dict[str, Any], *, quiet: bool) -> None:
        before = Holdings()
        ended = subject.call(subject.spec.open, subject.options(**where))
        if ended.error is not None:
            assert ended.error.reason not in GONE, f"it is there, but {ended.error!r}"
            before.check()
            return
        device = ended.value
        ended = subject.call(device.status)
        if ended.error is None:
            assert isinstance(ended.value, DeviceStatus)
        else:
            assert ended.error.reason not in GONE, f"it is there, but {ended.error!r}"
        self._check_use(subject, device, quiet=quiet)
        assert subject.call(device.close).error is None
        before.check()

    def _check_use(self, subject: Subject, device: Any, *, quiet: bool) -> None:
        ended = subject.call(subject.use, device)
        subject.check_result(ended)
        if not quiet:
            return
        if ended.error is not None:
            assert ended.error.reason in QUIET, f"nothing was said, but {ended.error!r}"
        if isinstance(ended.value, PrintResult):
            assert ended.value.outcome is not PrintOutcome.PRINTED, "printed, says nobody"


@contextmanager
def stranger(subject: Subject, noise: bytes = b"") -> Iterator[dict[str, Any]]:
    """Options that lead to somebody else at the same kind of port."""
    port = port_like(subject.simulator.options)
    if port is None:
        pytest.skip(f"{subject.driver} is reached by neither a line nor a connection")
    with Stranger(port, noise):
        yield {**subject.simulator.options, **port.options}


@contextmanager
def dribbling(subject: Subject) -> Iterator[None]:
    """The simulator's answers come byte by byte."""
    port = subject.simulator.port
    usual, ended = port.send, threading.Event()

    def send(data: bytes) -> None:
        for byte in data:
            if ended.is_set():
                return
            usual(bytes([byte]))
            time.sleep(DRIBBLE_S)

    port.send = send  # type: ignore[method-assign]
    try:
        yield
    finally:
        ended.set()
        port.send = usual  # type: ignore[method-assign]
