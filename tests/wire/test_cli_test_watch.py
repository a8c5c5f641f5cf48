"""`hall-devices test` and `watch` as processes, on simulators: reports, changes, exit status."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from test_cli_read import COMMAND, hall_devices

from drivers.sim.escpos_printed import CutMark

HOLD = """
import sys
from drivers.transports import SerialOptions, open_transport
kept = open_transport(SerialOptions(port=sys.argv[1]))
print("open", flush=True)
sys.stdin.read()
"""


def words_of(simulator: Any) -> list[str]:
    """`-o key=value` for each option that leads to it."""
    return [word for key, value in simulator.options.items() for word in ("-o", f"{key}={value}")]


def run_test(driver: str, simulator: Any, *more: str) -> tuple[dict[str, Any], int]:
    done = hall_devices("test", driver, *words_of(simulator), "--json", *more)
    assert done.stderr == ""
    report: dict[str, Any] = json.loads(done.stdout)
    return report, done.returncode


def marks(report: dict[str, Any]) -> list[tuple[str, bool | None, str | None]]:
    (one,) = report["peripherals"]
    return [(step["step"], step["ok"], step["reason"]) for step in one["steps"]]


def test_a_printer_prints_its_test_slip_only_when_told(simulate: Callable[..., Any]) -> None:
    printer = simulate("escpos")
    report, status = run_test("escpos", printer)
    assert (report["ok"], status, printer.paper) == (True, 0, [])
    assert marks(report)[2] == ("use.ticket_printer", None, None)
    report, status = run_test("escpos", printer, "--yes")
    assert (report["ok"], status) == (True, 0)
    assert marks(report) == [
        ("open", True, None),
        ("status", True, None),
        ("use.ticket_printer", True, None),
        ("close", True, None),
    ]
    paper = "\n".join(printer.paper)
    ruler = "".join(str(column // 10) if column % 10 == 0 else "-" for column in range(1, 49))
    for expected in (ruler, "T001", "永国重庆", "鑫犇", "ABCgjpqy", "自检"):
        assert expected in paper
    assert any(isinstance(item, CutMark) for item in printer.printed)


def test_a_printer_without_paper_fails_and_says_what_to_do(simulate: Callable[..., Any]) -> None:
    printer = simulate("escpos")
    printer.paper_out = True
    report, status = run_test("escpos", printer, "--yes", "--lang", "zh")
    assert (report["ok"], status) == (False, 1)
    (one,) = report["peripherals"]
    assert [step["ok"] for step in one["steps"]] == [True, False, False, True]
    assert one["steps"][2]["reason"] == "paper_out"
    assert "纸" in one["steps"][1]["advice"]
    assert printer.paper == []


def test_a_card_is_shown_masked_and_none_is_no_failure(simulate: Callable[..., Any]) -> None:
    reader = simulate("sdt_reader", card="jia")
    report, status = run_test("sdt_reader", reader, "--timeout", "3")
    assert (report["ok"], status) == (True, 0)
    seen = report["peripherals"][0]["steps"][2]["seen"]
    assert "测**" in seen
    assert "500103********001X" in seen
    assert "测试甲" not in json.dumps(report, ensure_ascii=False)
    reader.lift()
    report, status = run_test("sdt_reader", reader, "--timeout", "0.5")
    assert (report["ok"], status) == (True, 0)
    assert marks(report)[2] == ("use.card_reader", None, "no_card")


def test_a_display_shows_a_text_and_is_cleared(simulate: Callable[..., Any]) -> None:
    panel = simulate("onbon_bx")
    report, status = run_test("onbon_bx", panel)
    assert (report["ok"], status) == (True, 0)
    assert "A001" in report["peripherals"][0]["steps"][2]["seen"]
    assert [area.text for area in panel.state.areas] == []
    assert any(b"A001" in frame.payload for frame in panel.frames)


def test_what_is_not_there_is_exit_status_3_and_wrong_words_are_2(tmp_path: Path) -> None:
    done = hall_devices("test", "sdt_reader", "-o", f"port={tmp_path}/none", "--json")
    assert done.returncode == 3
    assert marks(json.loads(done.stdout)) == [("open", False, "no_device")]
    empty = tmp_path / "empty.toml"
    empty.write_text('[site]\ncode = "500240116000"\n', "utf-8")
    for words in (
        (),
        ("nothing_like_it",),
        ("escpos", "-o", "host=x", "-o", "colums=32"),
        ("--all",),
        ("escpos", "--all", "--config", str(empty)),
        ("--all", "--config", str(empty)),
        ("--all", "--config", f"{tmp_path}/missing.toml"),
    ):
        for command in ("test", "watch"):
            done = hall_devices(command, *words, "--json")
            assert done.returncode == 2, (command, words)
            assert json.loads(done.stdout)["reason"] == "bad_option"
            assert "Traceback" not in done.stderr


@pytest.fixture
def hall(tmp_path: Path) -> Path:
    """A configuration with two simulated peripherals and one that is missing."""
    file = tmp_path / "hall.toml"
    file.write_text(
        f"""
        [[kiosks]]
        id = "kiosk-1"
        [[kiosks.peripherals]]
        id = "reader"
        driver = "sdt_reader"
        simulated = true
        options = {{ retries = 1 }}
        [[kiosks.peripherals]]
        id = "printer"
        driver = "escpos"
        options = {{ port = "{tmp_path}/none" }}
        [[nodes]]
        id = "node-1"
        [[nodes.peripherals]]
        id = "panel"
        driver = "onbon_bx"
        simulated = true
        """,
        "utf-8",
    )
    return file


def test_all_of_a_configuration_in_both_languages(hall: Path) -> None:
    for lang, words in (
        ("zh", ("打开端口", "没有放卡", "2 个正常，1 个有问题")),
        ("en", ("open the port", "no card was laid", "2 work, 1 do not")),
    ):
        done = hall_devices(
            "test", "--all", "--config", str(hall), "--timeout", "0.5", "--lang", lang
        )
        assert done.returncode == 1
        for word in (*words, "reader", "printer", "panel", "✓", "✗", "–"):
            assert word in done.stdout
        assert f"{hall.parent}/none" in done.stdout.replace("\n", "")


def test_one_wrong_entry_does_not_hide_the_others(hall: Path) -> None:
    hall.write_text(hall.read_text("utf-8").replace('"escpos"', '"escpso"'), "utf-8")
    done = hall_devices("test", "--all", "--config", str(hall), "--timeout", "0.5", "--json")
    report = json.loads(done.stdout)
    assert done.returncode == 1
    assert [(one["id"], one["ok"]) for one in report["peripherals"]] == [
        ("reader", True),
        ("printer", False),
        ("panel", True),
    ]
    assert "did you mean escpos" in report["peripherals"][1]["steps"][0]["seen"]
    told = hall_devices("test", "--all", "--config", str(hall), "--timeout", "0.5", "--lang", "zh")
    lines = told.stdout.splitlines()
    at = lines.index("kiosk-1/printer  escpso")
    assert lines[at + 1].startswith("  ✗ 打开端口")
    assert any(line.startswith("kiosk-1/reader  ") for line in lines[:at])
    assert any(line.startswith("node-1/panel  ") for line in lines[at:])


@pytest.fixture
def watching() -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """`watching(*words)` starts `hall-devices watch`."""
    running: list[subprocess.Popen[str]] = []

    def start(*words: str) -> "subprocess.Popen[str]":
        running.append(
            subprocess.Popen([COMMAND, "watch", *words], stdout=subprocess.PIPE, text=True)
        )
        return running[-1]

    yield start
    for one in running:
        one.kill()
        one.communicate()


def test_each_change_is_one_line_until_ctrl_c(
    simulate: Callable[..., Any], watching: Callable[..., Any]
) -> None:
    printer = simulate("escpos")
    process = watching("escpos", *words_of(printer), "--json")
    seen: list[dict[str, Any]] = []

    def until(**expected: Any) -> None:
        while not seen or any(seen[-1][key] != value for key, value in expected.items()):
            line = process.stdout.readline()
            assert line, "it ended"
            seen.append(json.loads(line))

    until(state="online", paper="ok")
    printer.near_end = True
    until(paper="low")
    printer.unplug()
    until(state="no_device", paper=None)
    printer.near_end = False
    printer.plug()
    until(state="online", paper="ok")
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 0
    assert {line["id"] for line in seen} == {"escpos"}


def test_a_configuration_is_watched_for_a_while(hall: Path) -> None:
    begun = time.monotonic()
    done = hall_devices("watch", "--all", "--config", str(hall), "--for", "2", "--lang", "zh")
    assert done.returncode == 0
    assert time.monotonic() - begun < 20
    for word in ("● 正常", "✗ 没有找到", "reader", "panel"):
        assert word in done.stdout


def test_settings_that_do_not_go_together_are_told_as_that(
    simulate: Callable[..., Any], tmp_path: Path
) -> None:
    digits = simulate("modbus_digits")
    file = tmp_path / "hall.toml"
    file.write_text(
        "".join(
            f'[[nodes.peripherals]]\nid = "{name}"\ndriver = "modbus_digits"\n'
            f'options = {{ port = "{digits.options["port"]}", address = {at}, baud = {baud} }}\n'
            for name, at, baud in (("first", 1, 9600), ("second", 2, 4800))
        ).replace("[[nodes.peripherals]]", '[[nodes]]\nid = "n"\n[[nodes.peripherals]]', 1),
        "utf-8",
    )
    words = ("watch", "--all", "--config", str(file), "--for", "3", "--lang", "zh")
    told = hall_devices(*words).stdout
    assert "✗ 设置不对" in told
    assert "9600 8N1" in told
    assert "没有找到" not in told
    lines = [json.loads(line) for line in hall_devices(*words, "--json").stdout.splitlines()]
    assert any("8N1 使用，不是" in line["detail"] for line in lines)  # whichever came first


def test_a_port_of_another_program_is_in_use(simulate: Callable[..., Any]) -> None:
    reader = simulate("sdt_reader")
    port = reader.options["port"]
    holding = subprocess.Popen(
        [sys.executable, "-c", HOLD, port],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert holding.stdout is not None
        assert holding.stdout.readline() == "open\n"
        words = ("watch", "sdt_reader", "-o", f"port={port}", "--for", "3")
        for lang, state, advice, who in (
            ("zh", "✗ 被占用", "停止程序", f"{port} 正被程序 "),
            ("en", "✗ in use", "or name another port.", f"{port} is in use by "),
        ):
            done = hall_devices(*words, "--lang", lang)
            assert state in done.stdout
            assert advice in done.stdout
            assert who in done.stdout
            assert str(holding.pid) in done.stdout
            for wrong in ("没有找到", "not found", "cable"):
                assert wrong not in done.stdout
        lines = [json.loads(line) for line in hall_devices(*words, "--json").stdout.splitlines()]
        assert lines[-1]["state"] == "no_device"
    finally:
        holding.kill()
        holding.communicate()


def test_on_a_screen_it_is_a_table_with_what_to_do(hall: Path) -> None:
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [COMMAND, "watch", "--all", "--config", str(hall), "--for", "2", "--lang", "en"],
        stdout=follower, stderr=follower, env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
    )  # fmt: skip
    os.close(follower)
    drawn = b""
    try:
        while piece := os.read(leader, 4096):
            drawn += piece
    except OSError:
        pass  # the end of a pseudo-terminal
    finally:
        os.close(leader)
        process.kill()
        process.wait()
    for word in ("peripheral", "since", "● ready", "✗ not found", "→", "Ctrl-C ends it"):
        assert word.encode() in drawn
    assert b"Traceback" not in drawn
