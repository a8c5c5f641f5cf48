"""What `hall-devices` says: all of it in both languages, and what is wrong by its right name."""

import json
import os
import pty
import re
import string
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from test_cli_read import COMMAND, hall_devices

from drivers import registry
from drivers.cli.rows import row_name, row_value
from drivers.cli.run import use
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import (
    CardKind,
    CardProblem,
    IdentityCard,
    Kind,
    PrintOutcome,
    PrintResult,
    SayResult,
    ScannedCode,
    Sex,
    ShowResult,
)
from drivers.status import Paper, State
from drivers.words import LANGUAGES, LOCALE, has_saying

ROOT = Path(__file__).parents[2]
ENTRY = re.compile(r'^msgid "([^"]+)"\nmsgstr "(.*)"$', re.MULTILINE)
SAID = re.compile(r'(?:say|Note|waiting|_read)\(\s*(?:device, )?"([a-z_.]+)"')


def sayings(language: str) -> dict[str, str]:
    po = LOCALE / language / "LC_MESSAGES/hall-devices.po"
    return dict(ENTRY.findall(po.read_text("utf-8")))


def places(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_both_languages_say_the_same() -> None:
    zh, en = (sayings(LANGUAGES[language]) for language in ("zh", "en"))
    assert list(zh) == list(en)
    for key, sentence in zh.items():
        assert places(sentence) == places(en[key]) or places(en[key]) == {"told"}, key


def test_all_that_is_said_has_words_and_none_is_left_over() -> None:
    said = {value.value for values in (State, Paper, PrintOutcome) for value in values}
    said |= {f"use.{kind.value}" for kind in Kind} | {"no_card", "no_code"}
    said |= {key for key in sayings("en") if key.startswith(("row.", "value.", "reason."))}
    source = "".join(
        file.read_text("utf-8")
        for folder in ("cli", "discovery")
        for file in (ROOT / "drivers" / folder).glob("*.py")
    )
    assert len(said | set(SAID.findall(source))) > 60
    for key in said | set(SAID.findall(source)):
        assert has_saying(key), key
    for key in sayings("en"):
        assert key in said or re.search(f"[\"']{re.escape(key)}[\"']", source), key


def test_every_row_of_an_answer_and_every_reason_has_its_chinese() -> None:
    answers = (IdentityCard, ScannedCode, PrintResult, ShowResult, SayResult)
    keys = {field.name for answer in answers for field in fields(answer)} - {"fingerprints"}
    for key in keys | {"ok"}:
        assert has_saying(f"row.{key}"), key
        assert row_name(key, "en") == key
    for reason in Reason:
        told = row_value("reason", reason.value, "zh")
        assert re.fullmatch(rf"[\u4e00-\u9fff]+ \({reason.value}\)", told), told
    for key, values in {"kind": CardKind, "sex": Sex, "problems": CardProblem, "paper": Paper,
                        "outcome": PrintOutcome}.items():  # fmt: skip
        for value in values:
            assert re.match("[\u4e00-\u9fff]", row_value(key, value.value, "zh")), value
            assert row_value(key, value.value, "en") == value.value
    assert row_value("ok", False, "zh") == "不成功"
    assert row_value("name", "printed", "zh") == "printed"


def test_an_unknown_option_of_a_simulator_is_told_with_those_that_there_are() -> None:
    done = hall_devices("sim", "sdt_reader", "-o", "lnk=/tmp/x", "--json")
    advice = json.loads(done.stdout)["advice"]
    assert "unknown option 'lnk', did you mean link?. It takes link, card" in advice
    assert (done.returncode, "__init__" in done.stderr) == (2, False)


@pytest.mark.parametrize(
    ("name", "option", "told"),
    [
        ("serial_scanner", "trigger=zz", "cannot start with trigger=zz"),
        ("escpos", "tcp_port=x", "tcp_port: must be a whole number from 0 to 65535, not 'x'"),
        ("escpos", "tcp_port=99999", "tcp_port: must be a whole number from 0 to 65535"),
    ],
)
def test_a_wrong_value_for_a_simulator_is_told(name: str, option: str, told: str) -> None:
    done = hall_devices("sim", name, "-o", option, "--json")
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    advice = json.loads(done.stdout)["advice"]
    assert f"simulator {name}" in advice
    assert told in advice


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("print", "escpos", "-o", "host=127.0.0.1", "--slip", "/dev/zero"), "it is a device"),
        (("print", "escpos", "-o", "host=127.0.0.1", "--slip", "-"), "stdin is not JSON"),
        (("test", "--all", "--config", "/dev/zero"), "it is a device"),
        (("scan", "--config", "/tmp"), "it is a folder"),
        (("watch", "--all", "--config", "{tmp}/gb.toml"), "is not UTF-8; save it as UTF-8"),
        (("test", "--all", "--config", "{tmp}/deep.toml"), "too many brackets within brackets"),
    ],
)
def test_a_file_that_is_none_is_one_sentence(
    words: tuple[str, ...], told: str, tmp_path: Path
) -> None:
    (tmp_path / "gb.toml").write_bytes('id = "大厅"'.encode("gb18030"))
    (tmp_path / "deep.toml").write_text("a = " + "[" * 50_000, "utf-8")
    done = hall_devices(*(word.replace("{tmp}", str(tmp_path)) for word in words), "--json")
    answer = json.loads(done.stdout)
    assert (answer["reason"], done.returncode) == ("bad_option", 2)
    assert told in answer["advice"]
    assert "\n" not in answer["advice"]


def test_a_configuration_with_the_mark_of_windows_is_read(tmp_path: Path) -> None:
    file = tmp_path / "hall.toml"
    file.write_bytes(
        b'\xef\xbb\xbf[[kiosks]]\r\nid = "k"\r\n[[kiosks.peripherals]]\r\n'
        b'id = "p"\r\ndriver = "cd5220"\r\nsimulated = true\r\n'
    )
    assert hall_devices("test", "--all", "--config", str(file)).returncode == 0


@pytest.mark.parametrize(
    ("file", "told"),
    [("/tmp", "it is a folder"), ("/dev/zero", "no regular file"), ("/none", "no such file")],
)
def test_what_is_no_document_is_called_what_it_is(file: str, told: str) -> None:
    done = hall_devices("print", "cups_printer", "--file", file, "--json")
    assert (json.loads(done.stdout)["outcome"], done.returncode) == ("not_printed", 2)
    assert told in json.loads(done.stdout)["advice"]


def test_a_wrong_option_is_told_without_the_words_of_a_library() -> None:
    done = hall_devices("show", "onbon_bx", "-o", "host=a", "-o", "port=b", "--text", "A", "--json")
    assert done.returncode == 2
    assert "Value error" not in done.stdout + done.stderr


def test_what_was_typed_is_shown_as_it_was_typed() -> None:
    assert "--host a:b: the port" in hall_devices("scan", "--host", "a:b").stdout


def test_logs_into_a_pipe_have_no_colours(simulate: Callable[..., Any]) -> None:
    port = simulate("sdt_reader", card="jia").options["port"]
    done = hall_devices("-v", "read", "sdt_reader", "-o", f"port={port}", "--timeout", "10")
    assert "wire" in done.stderr
    assert "\x1b" not in done.stderr


@pytest.mark.parametrize(
    ("lang", "typed", "printed"),
    [("zh", "否", False), ("zh", "是", True), ("zh", "也许\ny", True), ("en", "n", False)],
)
def test_the_question_before_a_test_slip(
    lang: str, typed: str, printed: bool, simulate: Callable[..., Any]
) -> None:
    printer = simulate("escpos")
    where = [word for key, value in printer.options.items() for word in ("-o", f"{key}={value}")]
    leader, follower = pty.openpty()
    try:
        os.write(leader, f"{typed}\n".encode())
        done = subprocess.run(
            [COMMAND, "test", "escpos", *where, "--lang", lang],
            stdin=follower, capture_output=True, text=True, timeout=60, check=False,
            env=os.environ | {"PYTHONIOENCODING": "utf-8"},
        )  # fmt: skip
    finally:
        os.close(leader)
        os.close(follower)
    assert ("[是/否]" if lang == "zh" else "[Y/n]") in done.stdout
    assert (done.returncode, bool(printer.paper)) == (0, printed), done.stdout + done.stderr


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_missing_library_is_what_the_self_test_names(lang: str, tmp_path: Path) -> None:
    (tmp_path / "smartcard").mkdir()
    (tmp_path / "smartcard/__init__.py").write_text("raise ImportError('not installed')\n")
    done = subprocess.run(
        [COMMAND, "test", "social_security_card", "--lang", lang, "--json"],
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    (step,) = json.loads(done.stdout)["peripherals"][0]["steps"]
    assert (step["reason"], done.returncode) == ("bad_option", 2)
    assert "pip install 'yukuai-hall[pcsc]'" in step["seen"]
    assert ("请安装" if lang == "zh" else "pip install") in step["advice"]


def test_what_answers_and_is_slow_has_power(simulate: Callable[..., Any]) -> None:
    spec = registry.spec_of("sdt_reader")
    options = registry.check("sdt_reader", simulate("sdt_reader").options)
    done = threading.Event()
    with pytest.raises(PeripheralError) as e:
        use(spec, options, lambda device: device.status() and done.wait(30), 5)
    done.set()
    assert (e.value.reason, e.value.sent) == (Reason.SILENT, True)
    assert "--timeout" in e.value.advice
    assert "power" not in e.value.advice


def test_advice_of_a_self_test_is_chinese_where_it_is_asked_for(
    simulate: Callable[..., Any],
) -> None:
    panel = simulate("onbon_bx")
    panel.silent = True
    where = [word for key, value in panel.options.items() for word in ("-o", f"{key}={value}")]
    steps = json.loads(hall_devices("test", "onbon_bx", *where, "--lang", "zh", "--json").stdout)
    (use_step,) = [one for one in steps["peripherals"][0]["steps"] if "use." in one["step"]]
    assert (use_step["ok"], use_step["reason"]) == (False, "unconfirmed")
    assert re.search("[\u4e00-\u9fff]", use_step["advice"])
    assert not re.search("[a-z]{4,} [a-z]+ [a-z]+", use_step["advice"])


def test_what_drivers_log_is_told_in_the_language_too() -> None:
    code = (
        "import structlog\n"
        "from drivers.cli.app import setup\n"
        "from drivers.saying import saying\n"
        "setup(lang='zh')\n"
        "structlog.get_logger().warning('print.waiting', detail=saying('no answer in time'), job=7)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert "没有按时应答" in done.stderr
    assert "job=7" in done.stderr
