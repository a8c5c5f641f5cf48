"""Conformance: a peripheral that says nothing, says nonsense without end, or dribbles."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from drivers.conformance.peers import NOISES, Relay, Stranger, port_like
from drivers.conformance.subject import Holdings, Subject
from drivers.errors import Reason
from drivers.interfaces import DeviceStatus, Kind, PrintOutcome, PrintResult
from drivers.lifecycle import GONE
from drivers.status import State

STILL_ONLINE = (
    "it answered, then fell silent, and status still says ONLINE: "
    "ask the peripheral in status, and say OFFLINE or raise SILENT when no answer comes"
)
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
        port = port_like(subject.simulator.options)
        if port is None:
            pytest.skip(f"{subject.driver} is reached by neither a line nor a connection")
        where = subject.simulator.options
        with Relay(where, port) as relay, subject.presenting():
            self._all_calls(subject, {**where, **port.options}, quiet=False)
        if not relay.dribbled:
            pytest.skip(f"{subject.driver} was told nothing that could dribble")

    def test_its_own_simulator_falls_silent(self, subject: Subject) -> None:
        simulator: Any = subject.simulator
        if "silent" not in simulator.faults:
            pytest.skip(why_no_silence(subject))
        device = subject.open()
        with answers(simulator) as heard:
            subject.call(device.status)
            subject.call(subject.use, device)
        simulator.silent = True
        ended = subject.call(device.status)
        assert ended.error is None or ended.error.reason not in GONE, "silent is not unplugged"
        self._check_use(subject, device, quiet=True)
        ended = subject.call(device.status)
        # One that never answers (a one-way display) is online as long as its line is there.
        online = ended.error is None and ended.value.state is State.ONLINE
        assert not (heard and online), STILL_ONLINE
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
        subject.check_unconfirmed(ended)


def why_no_silence(subject: Subject) -> str:
    """Why nobody can see what a driver makes of a simulator that has no fault `silent`."""
    driver = subject.driver
    if subject.spec.kind in (Kind.DISPLAY, Kind.SPEAKER):
        device = subject.open()
        with answers(subject.simulator) as heard:
            ended = subject.call(subject.use, device)
        if not heard and ended.reason == Reason.UNCONFIRMED:
            return f"{driver} is never answered, and says so (unconfirmed): silence is its health"
    return f"the simulator of {driver} has no fault named silent that could be switched on"


@contextmanager
def answers(simulator: Any) -> Iterator[list[bytes]]:
    """What the simulator says meanwhile, whether or not the driver listens."""
    heard: list[bytes] = []
    usual = simulator.port.send

    def send(data: bytes) -> None:
        heard.append(data)
        usual(data)

    simulator.port.send = send
    try:
        yield heard
    finally:
        simulator.port.send = usual


@contextmanager
def stranger(subject: Subject, noise: bytes = b"") -> Iterator[dict[str, Any]]:
    """Options that lead to somebody else at the same kind of port."""
    port = port_like(subject.simulator.options)
    if port is None:
        pytest.skip(f"{subject.driver} is reached by neither a line nor a connection")
    with Stranger(port, noise):
        yield {**subject.simulator.options, **port.options}
