"""`hall-devices sim` as a process: a reader to point another process at, faults typed in."""

import inspect
import json
import os
import shlex
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from test_cli_read import COMMAND, MASKED, hall_devices

from drivers import sim as simulators
from drivers.cli.sim import introduce
from drivers.sim.base import Simulator
from drivers.sim.ports import PtyPort


class Playing:
    """A running simulator; `say` types one control line and returns the answer."""

    def __init__(self, *words: str) -> None:
        self.process = subprocess.Popen(
            [COMMAND, "sim", *words, "--json"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.hello = self._line()

    def say(self, line: str) -> Any:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self._line()

    def _line(self) -> Any:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())


@pytest.fixture
def playing(tmp_path: Path) -> Iterator[Playing]:
    playing = Playing("sdt_reader", "--option", f"link={tmp_path}/reader")
    yield playing
    playing.process.kill()
    playing.process.communicate()


def test_a_card_laid_by_a_typed_line_is_read_by_another_process(
    playing: Playing, tmp_path: Path
) -> None:
    port = playing.hello["options"]["port"]
    assert port == f"{tmp_path}/reader"
    assert playing.say("lay jia") == {"ok": True, "did": "lay"}
    assert "no card 'nobody'" in playing.say("lay nobody")["error"]
    done = hall_devices("read", "sdt_reader", "-o", f"port={port}", "--timeout", "5", "--json")
    assert done.stdout == MASKED
    assert playing.say("unplug")["ok"]
    gone = hall_devices("read", "sdt_reader", "-o", f"port={port}", "--json")
    assert gone.returncode == 3


def test_a_fault_of_the_wrong_type_is_refused_and_it_plays_on(
    playing: Playing, tmp_path: Path
) -> None:
    for line, problem in {
        "boot_s=abc": "boot_s takes a number from 0 to 3600",
        "late_ms=soon": "late_ms takes a number from 0 to 3600000",
        "late_ms null": "late_ms takes a number from 0 to 3600000",
        "late_ms true": "late_ms takes a number from 0 to 3600000",
        "dribble_ms Infinity": "dribble_ms takes a number from 0 to 3600000",
        "bad_checksum 1.5": "bad_checksum takes a whole number of 0 or more",
        "silent=maybe": "silent takes true or false",
        '{"set": "silent", "value": null}': "silent takes true or false",
        "baud fast": "baud takes a number from 50 to 4000000 or null",
        "sam_fault=zz": "sam_fault takes bytes in hexadecimal, as in 60",
        f"late_ms 1{'0' * 400}": "late_ms takes a number from 0 to 3600000",
        "boot_s=-1": "boot_s takes a number from 0 to 3600",
        "sam_fault=6060": "sam_fault takes bytes in hexadecimal: 1 of them",
        '{"set": "silent"': "Expecting ',' delimiter: line 2 column 1 (char 17)",
    }.items():
        assert playing.say(line) == {"ok": False, "error": problem}
    for line in (
        "late_ms 5", "late_ms 0.5", "late_ms=0", "bad_checksum 1", "bad_checksum 0", "baud 9600",
        "baud null", "silent 1", "silent false", "sam_fault 60", "sam_fault null", "read_status 6E",
        "read_status null", "lay jia",
    ):  # fmt: skip
        assert playing.say(line)["ok"], line
    done = hall_devices("read", "sdt_reader", "-o", f"port={tmp_path}/reader", "--json")
    assert done.stdout == MASKED


@pytest.mark.parametrize(
    ("driver", "wrong", "right"),
    [
        (
            "modbus_digits",
            ("exception=abc", "delay_s=x", "exception=300", "delay_s=-1"),
            ("exception 2", "delay_s 1"),
        ),
        (
            "speaker",
            ("bytes_per_s=fast", "bytes_per_s=0", "blocked=2"),
            ("bytes_per_s 9.5", "bytes_per_s null"),
        ),
        (
            "escpos",
            ("out_at_line=soon", "garbage xyz", "paper_out null"),
            ("out_at_line 5", "out_at_line null", "garbage 41", "garbage 6E00", "garbage null"),
        ),
        ("serial_scanner", ("noise=loud",), ("noise 1", "late_ms 3")),
    ],
)
def test_each_fault_keeps_its_type(
    simulate: Callable[..., Any], driver: str, wrong: tuple[str, ...], right: tuple[str, ...]
) -> None:
    simulator = simulate(driver)
    before = simulator.vocabulary()
    for line in wrong:
        assert not simulator.control(line)["ok"], line
    assert simulator.vocabulary() == before
    for line in right:
        assert simulator.control(line)["ok"], line


def test_what_would_end_a_simulator_is_refused_and_it_plays_on(
    simulate: Callable[..., Any],
) -> None:
    panel = simulate("modbus_digits")
    for line, error in {
        "delay_s=-1": "delay_s takes a number from 0 to 3600",
        "delay_s=1e400": "delay_s takes a number from 0 to 3600",
        "exception=300": "exception takes a whole number from 0 to 255",
        "fly": "unknown: fly; there are plug, unplug, ",
        '{"set": ' + "[" * 100_000: "maximum recursion depth exceeded",
    }.items():
        told = panel.control(line)
        assert not told["ok"]
        assert told["error"].startswith(error)
    assert panel.port.plugged
    assert panel.control("exception=2")["ok"]


def test_a_line_that_is_no_text_is_not_the_last_one(tmp_path: Path) -> None:
    lines = "lay 张".encode("gb18030") + b"\nlift\n"
    with subprocess.Popen(
        [COMMAND, "sim", "sdt_reader", "--json"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(lines)
        process.stdin.flush()
        answers = [json.loads(process.stdout.readline()) for _ in range(3)]
        process.send_signal(signal.SIGINT)
    assert [answer["ok"] for answer in answers] == [True, False, True]


def test_a_port_or_path_that_cannot_be_had(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        refused = {
            ("escpos", f"tcp_port={number}"): f"TCP port {number} is in use: name another",
            ("sdt_reader", f"link={tmp_path}/no/x"): f"cannot make {tmp_path}/no/x: there is no",
            ("speaker", "pipe=/proc/1/x"): "cannot make /proc/1/x: ",
            ("alpha_sign", "addresses=a,b"): "simulator alpha_sign cannot start with addresses=a,b",
        }
        for (name, option), told in refused.items():
            done = hall_devices("sim", name, "-o", option, "--json")
            advice = json.loads(done.stdout)["advice"]
            assert advice.startswith(told)
            assert "Errno" not in advice
            assert done.returncode == 2


def test_two_simulators_do_not_take_one_link(tmp_path: Path) -> None:
    link = tmp_path / "reader"
    first = simulators.start("sdt_reader", link=link)
    try:
        there = os.readlink(link)
        with pytest.raises(ValueError, match="the link of another simulator"):
            simulators.start("sdt_reader", link=link)
        assert os.readlink(link) == there
        first.port.unplug()
        second = simulators.start("sdt_reader", link=link)
        first.stop()
        assert link.exists()  # the second one's, which the first one's end leaves alone
        second.stop()
    finally:
        first.stop()
    assert not link.is_symlink()


@pytest.mark.parametrize("name", simulators.names())
def test_each_simulator_tells_what_it_takes(name: str) -> None:
    told = json.loads(hall_devices("sim", name, "--options", "--json").stdout)
    made = simulators.simulator_class(name)
    assert list(told["options"]) == list(inspect.signature(made).parameters)
    assert list(told["faults"]) == list(made.faults)  # type: ignore[attr-defined]
    assert len(told["control"]) == len(made.controls)  # type: ignore[attr-defined]
    assert all(fault["takes"] for fault in told["faults"].values())


def test_the_help_of_a_simulator_is_its_own() -> None:
    told = hall_devices("sim", "onbon_bx", "--help").stdout
    assert "nack" in told
    assert "an error code instead of doing it" in told
    assert "5k or 6k" in told
    assert "sam_fault" not in told
    assert "Simulators: alpha_sign, " in hall_devices("sim", "--help").stdout


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly_and_takes_its_port_along(playing: Playing, sign: int) -> None:
    playing.process.send_signal(sign)
    assert playing.process.wait(10) == 0
    assert not os.path.lexists(playing.hello["options"]["port"])


def test_it_goes_on_when_nobody_types() -> None:
    with subprocess.Popen(
        [COMMAND, "sim", "sdt_reader", "--option", "card=jia"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        words = process.stdout.readline().split()
        assert "hall-devices read sdt_reader --option" in " ".join(words)
        done = hall_devices("read", "sdt_reader", *words[-2:], "--timeout", "5", "--json")
        process.send_signal(signal.SIGINT)
    assert done.stdout == MASKED


@pytest.mark.parametrize(
    ("driver", "needed"),
    [
        ("escpos", ["--slip", "FILE"]),
        ("cd5220", ["--text", "A001"]),
        ("speaker", ["--number", "A001", "--window", "3"]),
    ],
)
def test_the_hint_names_what_the_command_needs(driver: str, needed: list[str]) -> None:
    with subprocess.Popen(
        [COMMAND, "sim", driver], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        hint = process.stdout.readline()
        process.send_signal(signal.SIGINT)
    assert shlex.split(hint)[-len(needed) :] == needed


class Spaced(Simulator):
    """One whose option holds spaces, as a PC/SC reader's name does."""

    name = "social_security_card"

    @property
    def options(self) -> dict[str, Any]:
        """See `Simulator.options`."""
        return {"reader": "Yukuai Virtual Reader 00 00"}

    def handle(self, data: bytes) -> None:
        """See `Simulator.handle`."""


def test_a_hint_with_spaces_can_be_pasted(capsys: pytest.CaptureFixture[str]) -> None:
    introduce("social_security_card", Spaced(PtyPort()), False)
    hint = shlex.split(capsys.readouterr().out.splitlines()[0])
    assert hint[-2:] == ["--option", "reader=Yukuai Virtual Reader 00 00"]


def test_masking() -> None:
    from drivers.masking import mask_address, mask_name, mask_number

    assert [mask_name(name) for name in ("", "张", "张三", "欧阳测试")] == [
        "",
        "张",
        "张*",
        "欧***",
    ]
    assert [mask_name(name) for name in ("TEST, ALPHA", "T", "Ž", "\ue815甲")] == [
        "T***",
        "T***",
        "Ž***",
        "\ue815*",
    ]
    assert mask_number("50010319000101001X") == "500103********001X"
    assert mask_number("1234567890") == 10 * "*"
    for address, shown in {
        "重庆市渝中区测试路1号": "重庆市渝中区***",
        "重庆市石柱土家族自治县冷水镇测试路2号": "重庆市石柱土家族自治县***",
        "重庆市彭水苗族土家族自治县测试路": "重庆市彭水苗族土家族自治县***",
        "重庆市城口县测试小区1号": "重庆市城口县***",
        "重庆市市中区测试路": "重庆市市中区***",
        "四川省成都市测试区": "四川省成都市***",
        "新疆维吾尔自治区喀什市测试路": "新疆维吾尔自治区喀什市***",
        "石柱土家族自治县冷水镇": "石柱土家族自治县***",
        "江苏省镇江市测试路": "江苏省***",
        "测试路1号小区": "***",
        "": "***",
    }.items():
        assert mask_address(address) == shown
    assert mask_address(None) is None
