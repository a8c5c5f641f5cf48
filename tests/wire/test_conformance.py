"""Our own drivers pass the suite that is shipped for others' (docs/drivers.md), kind by kind."""

import re
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conforming import BY_KIND

from drivers import registry, sim
from drivers.conformance.peers import Relay, port_like, transport_to


def test_every_driver_of_ours_has_a_simulator_and_goes_through_the_suite() -> None:
    assert sim.names() == registry.names()
    assert sorted(name for names in BY_KIND.values() for name in names) == registry.names()


@pytest.mark.parametrize("driver", ["sdt_reader", "onbon_bx"], ids=["PTY", "TCP"])
def test_a_relay_passes_on_the_simulators_answers_byte_by_byte(
    simulate: Callable[..., Any], driver: str
) -> None:
    simulator = simulate(driver)
    simulator.handle = lambda data: simulator.port.send(b"ANSWER")
    port = port_like(simulator.options)
    assert port is not None
    with Relay(simulator.options, port) as relay:
        for _ in range(2):
            near = transport_to(port.options)
            near.write(b"?", 1)
            heard = []
            while sum(map(len, heard)) < 6:
                heard.append(near.read(100, 5))
                assert heard[-1], heard
            near.close()
            assert b"".join(heard) == b"ANSWER"
            assert len(heard) > 3  # a busy machine may join two
    assert (relay.dribbled, simulator.received) == (12, b"??")
    assert not [thread for thread in threading.enumerate() if thread.name == "relay"]


def run(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder),
         *words],
        cwd=folder, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--hall-driver", "escpoz"], "unknown driver 'escpoz': did you mean escpos?"),
        (["--hall-driver", "escpos", "--hall-driver", "lamp"], "unknown driver 'lamp': there are"),
        (["--hall-driver", "escpos", "--hall-option", "asb"], "--hall-option 'asb' is not key="),
        (["--hall-driver", "escpos", "--hall-option", "chrset=utf-8"], "did you mean charset?"),
        (["--hall-driver", "escpos", "--hall-option", "reply_timeout_s=soon"],
         "--hall-option reply_timeout_s: must be a number above 0, up to"),
    ],
)  # fmt: skip
def test_a_mistake_on_the_command_line_is_one_sentence(
    tmp_path: Path, words: list[str], sentence: str
) -> None:
    done = run(tmp_path, "--pyargs", "drivers.conformance", *words)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert re.fullmatch(r"ERROR: [^\n]*\n+", done.stderr), done.stderr
    assert sentence in done.stderr
    assert done.stdout == ""


def test_a_mistake_in_a_class_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "from drivers.conformance.suite import DriverConformance\n"
        "class TestIt(DriverConformance):\n    hall_drivers = ('escpoz',)\n"
    )
    done = run(tmp_path, "test_it.py")
    assert done.returncode == pytest.ExitCode.INTERRUPTED
    assert "unknown driver 'escpoz': did you mean escpos?" in done.stdout
    assert "1 error" in done.stdout
    assert "Traceback" not in done.stdout
