"""`hall-devices read` as a separate process on a real PTY: to the letter of its contract."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sdt_sheet as sheet

COMMAND = Path(sys.executable).with_name("hall-devices")

REVEALED = (
    '{"ok": true, "kind": "citizen", "name": "测试甲", "name_latin": null, "sex": "male", '
    '"nation": "汉", "birth": "1900-01-01", "address": "重庆市渝中区测试路1号", '
    '"number": "50010319000101001X", "issuer": "重庆市公安局测试分局", '
    '"valid_from": "2024-01-01", "valid_to": null, "open_ended": true, "problems": []}\n'
)
MASKED = (
    REVEALED.replace("测试甲", "测**")
    .replace("50010319000101001X", "500103********001X")
    .replace("重庆市渝中区测试路1号", "重庆市渝中区***")
)


def hall_devices(*words: str, stdin: str = "", limit_s: float = 30) -> Any:
    return subprocess.run(
        [COMMAND, *words], input=stdin, capture_output=True, text=True, timeout=limit_s, check=False
    )


def read(simulator: Any, *words: str) -> Any:
    return hall_devices(
        "read", "sdt_reader", "--option", f"port={simulator.options['port']}", *words
    )


def test_a_card_revealed_and_masked(simulate: Callable[..., Any]) -> None:
    sim = simulate("sdt_reader", card="jia")
    done = read(sim, "--timeout", "5", "--json", "--reveal")
    assert (done.stdout, done.stderr, done.returncode) == (REVEALED, "", 0)
    sim.lay()
    done = read(sim, "--timeout", "5", "--json")
    assert (done.stdout, done.stderr, done.returncode) == (MASKED, "", 0)


def test_against_nothing_but_literal_bytes(script: Callable[..., Any]) -> None:
    peer = script(
        (sheet.ASK_STATUS, sheet.DONE),
        (sheet.ASK_FIND, sheet.FOUND),
        (sheet.ASK_SELECT, sheet.SELECTED),
        (sheet.ASK_READ, sheet.CITIZEN),
    )
    done = read(peer.port, "--timeout", "5", "--json", "--reveal")
    assert (done.stdout, done.returncode) == (REVEALED, 0)
    peer.check()


HMT = (
    '{"ok": true, "kind": "hmt", "name": "测试辛", "name_latin": null, "sex": "female", '
    '"nation": null, "birth": "1900-01-02", "address": "重庆市渝中区测试路2号", '
    '"number": "810000190001020021", "issuer": "重庆市公安局", '
    '"valid_from": "2024-01-01", "valid_to": "2034-01-01", "open_ended": false, "problems": [], '
    '"permit_number": "T00000000", "issue_count": "01"}\n'
)
FOREIGNER = (
    '{"ok": true, "kind": "foreign_2023", "name": "测试癸", "name_latin": "TEST, BETA", '
    '"sex": "male", "nation": null, "birth": "1900-01-03", "address": null, '
    '"number": "900000190001030010", "issuer": null, '
    '"valid_from": "2024-01-01", "valid_to": "2034-01-01", "open_ended": false, "problems": [], '
    '"nationality": "ZZZ", "earlier_number": "001", "issue_count": "01"}\n'
)


@pytest.mark.parametrize(("card", "shown"), [("hmt", HMT), ("foreign_2023", FOREIGNER)])
def test_other_cards_have_their_own_keys_after_the_usual(
    simulate: Callable[..., Any], card: str, shown: str
) -> None:
    sim = simulate("sdt_reader", card=card)
    done = read(sim, "--timeout", "5", "--json", "--reveal")
    assert (done.stdout, done.stderr, done.returncode) == (shown, "", 0)
    sim.lay(card)
    done = read(sim, "--timeout", "5", "--json")
    assert done.returncode == 0
    hidden = ("辛", "癸", "BETA", "EST", "T00000000", "810000190001020021", "900000190001030010")
    assert [word for word in hidden if word in done.stdout] == []


def test_the_newest_address_is_told_when_it_was_asked_for_and_there(
    simulate: Callable[..., Any],
) -> None:
    sim = simulate("sdt_reader", card="moved")
    wanted = ("--option", "newest_address=true", "--option", "fingerprints=true", "--json")
    done = read(sim, *wanted, "--reveal")
    assert json.loads(done.stdout)["newest_address"] == "重庆市渝中区测试路3号"
    sim.lay("moved")
    assert json.loads(read(sim, *wanted).stdout)["newest_address"] == "重庆市渝中区***"
    sim.lay("jia")
    assert read(sim, *wanted, "--reveal").stdout == REVEALED


def test_auto_finds_the_speed_of_the_module(simulate: Callable[..., Any]) -> None:
    sim = simulate("sdt_reader", card="jia", baud=19200, paced=True)
    wrong = read(sim, "--timeout", "1", "--json")
    assert json.loads(wrong.stdout)["reason"] == "silent"
    done = read(sim, "--option", "baud=auto", "--timeout", "5", "--json", "--reveal")
    assert (done.stdout, done.returncode) == (REVEALED, 0)
    sim.silent = True
    gone = read(sim, "--option", "baud=auto", "--timeout", "1", "--json")
    assert (json.loads(gone.stdout)["reason"], gone.returncode) == ("silent", 1)


def test_people_see_a_table_and_nothing_personal_in_full(simulate: Callable[..., Any]) -> None:
    done = read(simulate("sdt_reader", card="expired"), "--timeout", "5")
    assert done.returncode == 0
    for word in ("测**", "500240********0035", "彭水苗族土家族自治县***", "expired"):
        assert word in done.stdout
    assert "测试戊" not in done.stdout
    assert "500240190001050035" not in done.stdout


def test_verbose_shows_the_exchange_on_stderr_without_the_card(
    simulate: Callable[..., Any],
) -> None:
    sim = simulate("sdt_reader", card="jia")
    port = f"port={sim.options['port']}"
    done = hall_devices("--verbose", "read", "sdt_reader", "--option", port, "--json")
    assert done.stdout == MASKED
    assert "<Answer 90, 1284 bytes>" in done.stderr
    assert "测试" not in done.stderr
    assert sheet.CITIZEN_TEXT[:6].hex(" ") not in done.stderr


@pytest.mark.parametrize(
    ("fault", "value", "card", "reason"),
    [
        ("silent", False, None, "no_card"),
        ("silent", True, "jia", "silent"),
        ("bad_checksum", 99, "jia", "garbled"),
        ("sam_fault", "66", "jia", "reader_fault"),
        ("lifted_midway", True, "jia", "card_removed"),
        ("select_fails", True, "jia", "card_refused"),
        ("silent", False, "unknown_type", "unsupported_card"),
    ],
)
def test_what_does_not_work_out_is_one_object_and_exit_1(
    simulate: Callable[..., Any], fault: str, value: object, card: str | None, reason: str
) -> None:
    sim = simulate("sdt_reader", card=card)
    setattr(sim, fault, value)
    done = read(sim, "--timeout", "1.5", "--json", "--reveal")
    answer = json.loads(done.stdout)
    assert list(answer) == ["ok", "reason", "advice"]
    assert (answer["ok"], answer["reason"], done.returncode) == (False, reason, 1)
    assert answer["advice"]
    assert "测试" not in done.stdout + done.stderr


def test_unplugged_while_waiting_is_lost(simulate: Callable[..., Any]) -> None:
    sim = simulate("sdt_reader")
    port = f"port={sim.options['port']}"
    words = [COMMAND, "read", "sdt_reader", "--option", port, "--timeout", "20", "--json"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert sim.wait(lambda received: sheet.ASK_FIND in received, 20)
        sim.unplug()
        out, _ = process.communicate(timeout=30)
    assert json.loads(out)["reason"] == "lost"
    assert process.returncode == 1


def test_nobody_there_and_claimed_by_another_are_exit_3(simulate: Callable[..., Any]) -> None:
    done = hall_devices("read", "sdt_reader", "--option", "port=/dev/no-such-port", "--json")
    assert (json.loads(done.stdout)["reason"], done.returncode) == ("no_device", 3)
    sim = simulate("sdt_reader")
    port = f"port={sim.options['port']}"
    words = [COMMAND, "read", "sdt_reader", "--option", port, "--timeout", "20", "--json"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert sim.wait(lambda received: sheet.ASK_FIND in received, 20)
        done = read(sim, "--json")
        assert (json.loads(done.stdout)["reason"], done.returncode) == ("busy", 3)
        process.terminate()


def test_a_reader_that_hangs_does_not_hang_the_command() -> None:
    master, slave = os.openpty()  # nobody reads it or answers
    begun = time.monotonic()
    done = hall_devices(
        "read", "sdt_reader", "--option", f"port={os.ttyname(slave)}", "--timeout", "1", "--json"
    )
    assert json.loads(done.stdout)["reason"] == "silent"
    assert done.returncode == 1
    assert time.monotonic() - begun < 8
    os.close(master)
    os.close(slave)


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["read", "sdt_raeder", "--option", "port=x"], "did you mean sdt_reader?"),
        (["read", "sdt_reader"], "port: must be given: Device path"),
        (["read", "sdt_reader", "--option", "prot=x"], "did you mean port?"),
        (["read", "sdt_reader", "--option", "port"], "is not key=value"),
        (["read", "sdt_reader", "--option", "port=x", "--option", "baud=300"], "115200"),
        (["read", "escpos", "--option", "host=x"], "use hall-devices print"),
        (["show", "sdt_reader", "--option", "port=x", "--text", "x"], "use hall-devices read"),
        (["print", "sdt_reader", "--option", "port=x"], "use hall-devices read"),
        (["print", "escpos", "--option", "host=x"], "--slip FILE is missing"),
        (["print", "escpos", "-o", "host=x", "--file", "x.pdf"], "escpos prints slips"),
        (["sim", "sdt_raeder"], "did you mean sdt_reader?"),
        (["scan", "--host", "127.0.0.1:99999"], "port is 1 to 65535"),
        (["sim", "sdt_reader", "-o", "link=/etc/hostname"], "name another path"),
        (["record", "sdt_reader", "-o", "port=x", "--to", "/dev/null"], "nothing is overwritten"),
        (["sim", "zzz"], "there are "),
        (["sim", "sdt_reader", "--option", "lnk=x"], "link"),
    ],
)
def test_bad_arguments_are_exit_2_with_a_hint(words: list[str], hint: str) -> None:
    done = hall_devices(*words, "--json")
    assert done.returncode == 2
    assert hint in json.loads(done.stdout)["advice"]
    assert hint in done.stderr


@pytest.mark.parametrize(
    "words",
    [["read"], ["read", "sdt_reader", "--timeout", "soon"], ["fly"], ["read", "x", "--fast"]],
)
def test_words_that_make_no_command_are_exit_2_and_leave_stdout_empty(words: list[str]) -> None:
    done = hall_devices(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr


@pytest.mark.parametrize("command", ["read", "print", "show", "sim"])
def test_help_has_an_example(command: str) -> None:
    done = hall_devices(command, "--help")
    assert done.returncode == 0
    assert f"hall-devices {command}" in done.stdout.split("Example:")[1]


def test_python_dash_m_is_the_same_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "drivers", "--help"], capture_output=True, text=True, check=True
    )
    assert "Usage: hall-devices" in done.stdout


def test_whoever_sits_at_a_terminal_is_asked_for_the_card(simulate: Callable[..., Any]) -> None:
    ours, theirs = os.openpty()
    port = f"port={simulate('sdt_reader').options['port']}"
    words = [COMMAND, "--lang", "zh", "read", "sdt_reader", "-o", port, "--timeout", "1"]
    try:
        done = subprocess.run(words, stdout=theirs, stderr=theirs, timeout=30, check=False)
        shown = os.read(ours, 4096).decode()
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.returncode == 1
    assert shown.startswith("请把一张证件放在读卡器上（剩 1 秒）")
