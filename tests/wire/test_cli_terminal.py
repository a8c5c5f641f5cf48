"""What somebody at a terminal sees, and what a pipe does not get."""

import json
import os
import pty
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from terminal import at_terminal
from test_cli_print_show import SLIP, free_port, where
from test_cli_read import COMMAND, hall_devices

CTRL_C, CTRL_D = b"\x03", b"\x04"


@pytest.fixture
def slip(tmp_path: Path) -> str:
    file = tmp_path / "slip.json"
    file.write_text(json.dumps(SLIP), "utf-8")
    return str(file)


@pytest.mark.parametrize(("lang", "words"), [("zh", "正在打印"), ("en", "printing")])
def test_a_print_shows_that_it_goes_on(
    lang: str, words: str, simulate: Callable[..., Any], slip: str
) -> None:
    printer = simulate("escpos")
    printing = ("print", "escpos", *where(printer.options), "--slip", slip)
    seen = at_terminal("--lang", lang, *printing)
    assert (words in seen.text, seen.has_cursor, seen.status) == (True, True, 0)
    piped = hall_devices("--lang", lang, *printing)
    assert (piped.stderr, words in piped.stdout, piped.returncode) == ("", False, 0)
    as_json = at_terminal("--lang", lang, *printing, "--json")
    assert json.loads(as_json.text)["outcome"] == "printed"


def test_an_announcement_shows_that_it_goes_on(tmp_path: Path) -> None:
    words = ("say", "speaker", "-o", f"file={tmp_path}/call.wav", "--number", "A1", "--window", "3")
    assert "playing" in at_terminal("--lang", "en", *words).text
    assert "playing" not in hall_devices("--lang", "en", *words).stderr


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_is_wrong_with_an_option_is_told_once_at_a_terminal(lang: str) -> None:
    wrong = ("--lang", lang, "read", "sdt_reader", "-o", "port=x", "-o", "baud=7")
    seen = at_terminal(*wrong)
    assert (seen.text.count("115200"), seen.status) == (1, 2)
    piped = hall_devices(*wrong)
    assert "115200" in piped.stdout
    assert "115200" in piped.stderr


@pytest.mark.parametrize(
    ("lang", "told"), [("zh", "hall-devices: 已中断"), ("en", "hall-devices: interrupted")]
)
def test_ctrl_c_at_the_question_is_one_line(
    lang: str, told: str, simulate: Callable[..., Any]
) -> None:
    printer = simulate("escpos")
    words = ("test", "escpos", *where(printer.options), "--lang", lang)
    seen = at_terminal(*words, after="]: ", typed=CTRL_C)
    assert seen.text.splitlines()[1:] == [told]
    assert (seen.status, printer.paper) == (130, [])


def test_ctrl_d_at_the_question_is_a_no(simulate: Callable[..., Any]) -> None:
    printer = simulate("escpos")
    seen = at_terminal("test", "escpos", *where(printer.options), after="]: ", typed=CTRL_D)
    assert (seen.status, printer.paper) == (0, [])


def test_ctrl_c_while_a_card_is_waited_for_leaves_a_clean_terminal(
    simulate: Callable[..., Any],
) -> None:
    reader = simulate("sdt_reader")
    words = ("--lang", "zh", "test", "sdt_reader", *where(reader.options))
    seen = at_terminal(*words, after="证件", typed=CTRL_C)
    assert (seen.status, seen.has_cursor) == (130, True)
    assert seen.text.rstrip().endswith("hall-devices: 已中断")


def test_a_piped_test_has_no_line_that_only_moves(simulate: Callable[..., Any]) -> None:
    reader = simulate("sdt_reader")
    words = ("--lang", "en", "test", "sdt_reader", *where(reader.options), "--timeout", "0.3")
    assert "…" not in hall_devices(*words).stdout


def test_enough_is_no_trouble() -> None:
    done = subprocess.run(
        ["sh", "-c", f"{COMMAND} options | head -1"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.stderr, len(done.stdout.splitlines())) == ("", 1)


def test_a_scan_of_nothing_but_what_is_not_there_is_exit_3(tmp_path: Path) -> None:
    nobody = f"127.0.0.1:{free_port()['tcp_port']}"
    for words in (("--port", str(tmp_path / "no")), ("--host", nobody)):
        done = hall_devices("scan", *words, "--json")
        assert (json.loads(done.stdout)["ok"], done.returncode) == (False, 3)
    assert hall_devices("scan", "--no-ask").returncode == 0


def test_json_is_english_unless_it_is_asked_otherwise(simulate: Callable[..., Any]) -> None:
    env = {**os.environ, "LC_ALL": "zh_CN.UTF-8"}
    for words in (("scan", "--port", "/nowhere"), ("test", "sdt_reader", "-o", "port=/nowhere")):
        for more, chinese in (((), False), (("--lang", "zh"), True)):
            done = subprocess.run(
                [COMMAND, *words, *more, "--json"],
                capture_output=True, text=True, env=env, timeout=60, check=False,
            )  # fmt: skip
            assert any("\u4e00" <= c <= "\u9fff" for c in done.stdout) == chinese, done.stdout


def test_a_slip_is_told_of_when_the_terminal_goes(simulate: Callable[..., Any], slip: str) -> None:
    printer = simulate("escpos")
    printer.hang_at_byte = 5
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [COMMAND, "print", "escpos", *where(printer.options), "--slip", slip, "--json"],
        stdin=follower, stdout=subprocess.PIPE, stderr=follower, text=True,
    )  # fmt: skip
    os.close(follower)
    assert printer.wait(lambda heard: b"A001" in heard, 30)
    time.sleep(0.2)
    os.close(leader)
    process.send_signal(signal.SIGHUP)
    out, _ = process.communicate(timeout=60)
    assert (json.loads(out)["outcome"], process.returncode) == ("unsure", 130)


def test_under_nohup_a_slip_is_printed_though_the_terminal_goes(
    simulate: Callable[..., Any], slip: str
) -> None:
    printer = simulate("escpos")
    printer.late_ms = 300
    words = ("print", "escpos", *where(printer.options), "--slip", slip, "--json")
    process = subprocess.Popen(
        ["nohup", COMMAND, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert printer.wait(bool, 30)
    process.send_signal(signal.SIGHUP)
    out, _ = process.communicate(timeout=60)
    assert (json.loads(out)["outcome"], process.returncode) == ("printed", 0)
