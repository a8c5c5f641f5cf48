"""Conformance: what a driver asks of a port that may not be its own, and what it masks."""

from typing import Any

import pytest

from drivers.conformance.peers import NOISES, Stranger, port_like, transport_to
from drivers.conformance.subject import Subject
from drivers.interfaces import Belief, Chunk, Direction

PROBE_BYTES = 128  # a question is short; whatever stands there must not print a page of it
PROBE_S = 15.0


class Questions:
    """`probe` is harmless; `mask` keeps every length."""

    @pytest.mark.parametrize("noise", ["", *NOISES])
    def test_a_stranger_is_not_taken_for_it(self, subject: Subject, noise: str) -> None:
        port = self._port(subject)
        with Stranger(port, NOISES.get(noise, b"")) as stranger:
            belief, took_s = self._probe(subject, port.options)
            assert belief is None, f"took a stranger for a {subject.driver}: {belief}"
            assert stranger.heard <= PROBE_BYTES
        assert took_s < PROBE_S

    def test_its_own_simulator_is_recognised(self, subject: Subject) -> None:
        self._port(subject)
        belief, _ = self._probe(subject, subject.simulator.options)
        assert isinstance(belief, Belief)
        assert belief.why
        subject.options(**{**subject.simulator.options, **belief.options})

    def test_a_masked_recording_keeps_every_size(self, subject: Subject) -> None:
        if subject.spec.mask is None:
            pytest.skip(f"{subject.driver} says that nothing personal is on its wire")
        chunks = recorded(subject)
        assert chunks, "nothing was recorded: the driver tells its tap nothing"
        for tried in (chunks, [], foreign()):
            masked = subject.call(subject.spec.mask, tried).value
            assert [(c.at_ms, c.direction, len(c.data)) for c in masked] == [
                (c.at_ms, c.direction, len(c.data)) for c in tried
            ]

    def _port(self, subject: Subject) -> Any:
        if subject.spec.probe is None:
            pytest.skip(f"{subject.driver} is never looked for")
        port = port_like(subject.simulator.options)
        if port is None:
            pytest.skip(f"{subject.driver} is reached by neither a line nor a connection")
        return port

    def _probe(self, subject: Subject, where: dict[str, Any]) -> tuple[Belief | None, float]:
        assert subject.spec.probe is not None
        transport = transport_to(where, subject.spec.speeds)
        try:
            ended = subject.call(subject.spec.probe, transport)
        finally:
            transport.close()
        if ended.error is not None:
            raise ended.error
        return ended.value, ended.took_s


class Recorder:
    """A tap that keeps what went over the wire, in order."""

    def __init__(self) -> None:
        self.chunks: list[Chunk] = []

    def sent(self, data: bytes) -> None:
        """See `Tap`."""
        self.chunks.append(Chunk(len(self.chunks), Direction.OUT, data))

    def received(self, data: bytes) -> None:
        """See `Tap`."""
        self.chunks.append(Chunk(len(self.chunks), Direction.IN, data))


def recorded(subject: Subject) -> list[Chunk]:
    """What the driver says and hears while the device is used once, as `hall-devices record`."""
    recorder = Recorder()
    device = subject.open(tap=recorder)
    with subject.presenting():
        subject.call(subject.use, device, 2.0)
    subject.call(device.close)
    return recorder.chunks


def foreign() -> list[Chunk]:
    """Bytes that no peripheral of this kind says."""
    noise = NOISES["noise"]
    sides = (Direction.OUT, Direction.IN)
    return [Chunk(at, sides[at % 2], noise[at * 7 : at * 7 + at % 40]) for at in range(200)]
