"""The serial scanner against its simulator on good days and bad ones, and by the command."""

import contextlib
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scanners import START, STOP, error, hexed, never, opened, soon

from drivers import registry, sim
from drivers.errors import Reason
from drivers.interfaces import Belief
from drivers.scanners.serial_scanner import probe
from drivers.sim.ports import PtyPort
from drivers.status import State
from drivers.transports import SerialOptions, open_transport

COMMAND = Path(sys.executable).with_name("hall-devices")


@pytest.fixture
def scanner(simulate: Callable[..., Any]) -> Any:
    """`with scanner(trigger="gm65", options={...}) as (sim, device)`."""

    @contextlib.contextmanager
    def start(*, options: dict[str, Any] | None = None, **how: Any) -> Any:
        simulator = simulate("serial_scanner", **how)
        with opened("serial_scanner", **{**simulator.options, **(options or {})}) as device:
            yield simulator, device

    return start


@pytest.mark.parametrize(
    "trigger", ["none", "honeywell", "newland", "gm65", "hhp4410", "cipherlab", "vguang"]
)
def test_lit_only_while_reading(scanner: Any, trigger: str) -> None:
    with scanner(trigger=trigger) as (simulator, device):
        soon(simulator.scan, "渝中区A001")
        assert device.read(5, never).text == "渝中区A001"
        until(lambda: simulator.lit == (trigger == "none"))
        assert device.status().state is State.ONLINE


@pytest.mark.parametrize("trigger", ["honeywell", "newland", "gm65"])
def test_dark_again_after_nothing_cancelling_and_refusal(scanner: Any, trigger: str) -> None:
    with scanner(trigger=trigger) as (simulator, device):
        assert error(lambda: device.read(0.3, never)).reason is Reason.NO_CODE
        until(lambda: not simulator.lit)
        wish = threading.Event()
        soon(wish.set)
        begun = time.monotonic()
        assert error(lambda: device.read(30, wish.is_set)).reason is Reason.CANCELLED
        assert time.monotonic() - begun < 3
        until(lambda: not simulator.lit)
        soon(simulator.scan_bytes, b"A\x1bB")
        assert error(lambda: device.read(5, never)).reason is Reason.REJECTED
        until(lambda: not simulator.lit)


def test_it_is_lit_again_before_it_goes_dark_by_itself(scanner: Any) -> None:
    with scanner(trigger="gm65", options={"relight_s": 0.3}) as (simulator, device):
        soon(simulator.scan, "A001", after_s=1.0)
        assert device.read(5, never).text == "A001"
        assert simulator.received.count(hexed(START)) >= 3
        assert simulator.received.count(hexed(STOP)) == 1


@pytest.mark.parametrize(
    ("how", "options", "faults"),
    [
        ({"suffix": "lf"}, {}, {}),
        ({"suffix": "crlf"}, {}, {}),
        ({"suffix": "crlf"}, {"suffix": "cr"}, {}),
        ({"suffix": "tab"}, {}, {}),
        ({"suffix": "none"}, {}, {}),
        ({"suffix": "none"}, {}, {"dribble_ms": 5}),
        ({"suffix": "none"}, {}, {"split_ms": 150}),
        ({"suffix": "none", "charset": "gb18030"}, {}, {"split_ms": 150}),
        ({"suffix": "cr"}, {"suffix": "none"}, {}),
        ({"prefix": "02"}, {}, {}),
        ({"aim": "]Q1", "prefix": "02"}, {}, {}),
        ({"charset": "gb18030"}, {}, {}),
        ({"charset": "gb18030"}, {}, {"split_ms": 200}),
        ({}, {}, {"split_ms": 600}),
        ({}, {}, {"dribble_ms": 20}),
        ({"trigger": "gm65"}, {}, {"merged": True}),
        ({"trigger": "gm65"}, {}, {"late_ms": 200}),
        ({"trigger": "gm65"}, {}, {"no_answer": True}),
        ({"trigger": "gm65"}, {}, {"bad_answer": True}),
        ({"trigger": "newland"}, {}, {"merged": True}),
        ({"trigger": "newland"}, {}, {"no_answer": True}),
    ],
)
def test_what_must_not_matter(
    scanner: Any, how: dict[str, Any], options: dict[str, Any], faults: dict[str, Any]
) -> None:
    with scanner(options=options, **{"trigger": "none", **how}) as (simulator, device):
        for fault, value in faults.items():
            setattr(simulator, fault, value)
        soon(simulator.scan, "渝中区A001")
        assert device.read(5, never).text == "渝中区A001"


@pytest.mark.parametrize("trigger", ["newland", "gm65"])
@pytest.mark.parametrize("faults", [{}, {"split_ms": 300}, {"dribble_ms": 20}])
def test_a_code_held_before_it_is_lit_leaves_with_the_answer(
    scanner: Any, trigger: str, faults: dict[str, float]
) -> None:
    with scanner(trigger=trigger) as (simulator, device):
        simulator.merged = True
        for fault, value in faults.items():
            setattr(simulator, fault, value)
        simulator.scan("渝中区A001")
        assert device.read(5, never).text == "渝中区A001"


def test_codes_from_before_it_was_asked_go_to_nobody(scanner: Any) -> None:
    with scanner(trigger="none") as (simulator, device):
        simulator.scan("EARLIER")
        time.sleep(0.3)
        soon(simulator.scan, "A001")
        assert device.read(5, never).text == "A001"
        simulator.dribble_ms = 20
        simulator.scan("EARLIER-AND-STILL-ARRIVING")
        time.sleep(0.1)
        soon(simulator.scan, "B002", after_s=1.2)
        assert device.read(5, never).text == "B002"


def test_of_two_codes_together_the_second_is_dropped(scanner: Any) -> None:
    with scanner(trigger="none") as (simulator, device):
        soon(simulator.scan_two, "A001", "B002")
        assert device.read(5, never).text == "A001"
        assert error(lambda: device.read(0.5, never)).reason is Reason.NO_CODE


def test_a_code_that_lies_there_is_one_code_until_it_was_away(scanner: Any) -> None:
    with scanner(trigger="none", options={"reread_s": 0.6}) as (simulator, device):
        simulator.again_ms = 150
        simulator.scan("A001")
        assert device.read(5, never).text == "A001"
        assert error(lambda: device.read(1.5, never)).reason is Reason.NO_CODE
        soon(simulator.scan, "B002")
        assert device.read(5, never).text == "B002"
        simulator.hide()
        time.sleep(0.9)
        soon(simulator.scan, "B002")
        assert device.read(5, never).text == "B002"


def test_laid_too_early_but_still_there_it_is_read(scanner: Any) -> None:
    with scanner(trigger="none") as (simulator, device):
        simulator.again_ms = 200
        simulator.scan("A001")
        time.sleep(0.3)
        assert device.read(5, never).text == "A001"


@pytest.mark.parametrize("trigger", ["none", "gm65"])
def test_largest_code_is_read_and_a_larger_one_refused_to_its_end(
    scanner: Any, trigger: str
) -> None:
    with scanner(trigger=trigger) as (simulator, device):
        soon(simulator.scan, "7" * 2953)
        assert device.read(5, never).text == "7" * 2953
        soon(simulator.scan, "7" * 3000)
        assert "longer than 2953" in error(lambda: device.read(5, never)).detail
        soon(simulator.scan, "A001")
        assert device.read(5, never).text == "A001"


@pytest.mark.parametrize(
    ("fault", "value", "reason"),
    [
        ("nul", True, Reason.REJECTED),
        ("noise", True, Reason.REJECTED),
        ("no_suffix", True, Reason.GARBLED),
        ("silent", True, Reason.SILENT),
    ],
)
def test_what_cannot_be_read_has_a_reason(
    scanner: Any, fault: str, value: object, reason: Reason
) -> None:
    with scanner(trigger="gm65") as (simulator, device):
        setattr(simulator, fault, value)
        soon(simulator.scan, "A001")
        caught = error(lambda: device.read(1, never))
        assert (caught.reason, bool(caught.advice)) == (reason, True)
        assert "A001" not in caught.detail


def test_status_tells_a_silent_and_a_garbling_scanner(scanner: Any) -> None:
    with scanner(trigger="gm65") as (simulator, device):
        simulator.no_answer = True
        assert device.status().state is State.OFFLINE
        simulator.no_answer, simulator.bad_answer = False, True
        assert "damaged" in device.status().detail
        simulator.bad_answer = False
        assert device.status().state is State.ONLINE


@pytest.mark.parametrize("trigger", ["none", "honeywell", "newland", "gm65"])
def test_unplugged_while_lit_is_lost(scanner: Any, trigger: str) -> None:
    with scanner(trigger=trigger) as (simulator, device):
        soon(simulator.unplug)
        assert error(lambda: device.read(10, never)).reason is Reason.LOST


@pytest.mark.parametrize(
    ("trigger", "belief"),
    [
        ("gm65", Belief("answers a GM65 register read with a right checksum", True,
                        {"trigger": "gm65"})),
        ("newland", Belief("answers 06 to a Newland ping", False, {"trigger": "newland"})),
        ("honeywell", None),
    ],
)  # fmt: skip
def test_probe(simulate: Callable[..., Any], trigger: str, belief: Belief | None) -> None:
    port = open_transport(
        SerialOptions(port=simulate("serial_scanner", trigger=trigger).options["port"])
    )
    assert probe(port) == belief
    port.close()


def test_probe_is_not_taken_in_by_an_echo() -> None:
    port = PtyPort()
    port.begin(port.send, lambda: None)
    transport = open_transport(SerialOptions(**port.options))
    assert probe(transport) is None
    transport.close()
    port.close()


@pytest.mark.parametrize(
    "wrong", [{"trigger": "gm66"}, {"suffix": "stx"}, {"prefix": "2"}, {"charset": "gbk"}]
)
def test_wrong_options(wrong: dict[str, str]) -> None:
    caught = error(lambda: registry.check("serial_scanner", {"port": "x", **wrong}))
    assert caught.reason is Reason.BAD_OPTION


# The command


def read(simulator: Any, *words: str) -> Any:
    where = [f"--option={key}={value}" for key, value in simulator.options.items()]
    return subprocess.run(
        [COMMAND, "read", "serial_scanner", *where, "--timeout", "5", *words],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip


def test_the_command_masks_numbers_unless_told_otherwise() -> None:
    simulator = sim.start("serial_scanner", trigger="newland", aim="]Q1")
    try:
        simulator.scan("身份证50010319000101001X")
        done = read(simulator, "--json")
        assert done.stdout == (
            '{"ok": true, "kind": "code", "text": "身份证500103********001X", '
            '"symbology": "QR, no ECI", "aim": "]Q1", "charset": "utf-8"}\n'
        )
        simulator.scan("身份证50010319000101001X")
        done = read(simulator, "--json", "--reveal")
        assert json.loads(done.stdout)["text"] == "身份证50010319000101001X"
        assert (done.stderr, done.returncode) == ("", 0)
    finally:
        simulator.stop()


def test_ctrl_c_leaves_no_light_on(simulate: Callable[..., Any]) -> None:
    simulator = simulate("serial_scanner", trigger="honeywell")
    where = [f"--option={key}={value}" for key, value in simulator.options.items()]
    with subprocess.Popen([COMMAND, "read", "serial_scanner", *where]) as process:
        until(lambda: simulator.lit, 20)
        process.send_signal(signal.SIGINT)
    assert not simulator.lit
    assert process.returncode != 0


def until(condition: Callable[[], bool], timeout_s: float = 5) -> None:
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)
