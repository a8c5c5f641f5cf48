"""Conformance: driver and simulator meet at the port and nowhere else."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from drivers.conformance.subject import ACTS, PRESENT_S, Subject

PLAYS = """
import json, sys
from drivers import sim
simulator = sim.start(sys.argv[1])
print(json.dumps(simulator.options, default=str), flush=True)
for line in sys.stdin:
    simulator.control(line)
simulator.stop()
"""
PAST_IT = (
    "it worked, but no byte went through the simulator's port: send and receive by the port alone, "
    "as with a real peripheral"
)
APART = "while its simulator plays in another process: they may share nothing but the port"
WORKED = (None, "unconfirmed")
PLAYS_S = 20.0  # cupsd and pcscd take some seconds
USE_S = 2.0


class Wire:
    """What is proved with the simulator holds for the real peripheral."""

    def test_its_bytes_go_through_the_port(self, subject: Subject) -> None:
        device = subject.open()
        with passing(subject.simulator) as passed, subject.presenting():
            ended = subject.call(subject.use, device, USE_S)
        assert passed or ended.reason not in WORKED, PAST_IT

    def test_it_works_with_a_simulator_in_another_process(self, subject: Subject) -> None:
        subject.open()  # or skip: this machine cannot play it
        with playing(subject) as where:
            try:
                ended = subject.call(subject.spec.open, subject.options(**where))
                assert ended.error is None, f"open raised {ended.error!r}"
                device = ended.value
                try:
                    subject.online(device)
                    ended = subject.call(subject.use, device, USE_S)
                    fine = ended.reason in (*WORKED, "no_card", "no_code")
                    assert fine, f"it did not work out: {ended}"
                finally:
                    subject.call(device.close)
            except AssertionError as e:
                raise AssertionError(f"{str(e).partition(chr(10))[0]}, {APART}") from e


@contextmanager
def passing(simulator: Any) -> Iterator[list[bytes]]:
    """What goes through the simulator's port meanwhile, in both directions."""
    passed: list[bytes] = []
    handle, send = simulator.handle, simulator.port.send

    def handled(data: bytes) -> None:
        passed.append(data)
        handle(data)

    def sent(data: bytes) -> None:
        passed.append(data)
        send(data)

    simulator.handle, simulator.port.send = handled, sent
    try:
        yield passed
    finally:
        simulator.handle, simulator.port.send = handle, send


@contextmanager
def playing(subject: Subject) -> Iterator[dict[str, Any]]:
    """Options that lead to a simulator in a process of its own; somebody lays a card there soon."""
    process = subprocess.Popen(
        [sys.executable, "-c", PLAYS, subject.driver],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )  # fmt: skip
    end = threading.Timer(PLAYS_S, process.kill)
    end.start()
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        told = next((line for line in process.stdout if line.startswith("{")), None)
        end.cancel()
        if told is None:
            pytest.skip(f"the simulator of {subject.driver} does not play in a second process")
        acts = [act for act in ACTS if act in subject.simulator.controls]
        timer = threading.Timer(PRESENT_S, lambda: _tell(process, acts))
        timer.start()
        try:
            yield json.loads(told)
        finally:
            timer.cancel()
            timer.join()
    finally:
        end.cancel()
        process.stdin.close()
        try:
            process.wait(PLAYS_S)
        except subprocess.TimeoutExpired:  # a simulator that does not stop
            process.kill()
            process.wait()
        process.stdout.close()


def _tell(process: "subprocess.Popen[str]", acts: list[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("".join(f"{act}\n" for act in acts))
    process.stdin.flush()
