"""Recorded, masked, played back: the real driver gets the same, and nobody is in the file."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from recordings import assert_nothing_of, record
from scanners import never, soon

from drivers.capture import replaying
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import PrintOutcome
from drivers.papers.slip import Slip
from drivers.sim.card_layouts import Citizen
from drivers.status import State

COMMAND = Path(sys.executable).with_name("hall-devices")
SOMEBODY = Citizen(
    "欧阳虚构", "2", "15", "19000217", "重庆市石柱土家族自治县冷水镇杜撰街77号",
    "500240190002176684", "石柱土家族自治县公安局", "20200217", "20400217",
)  # fmt: skip
SLIP = Slip.model_validate(
    {
        "hall": "八龙村便民服务中心", "number": "A001", "service": "居民医保参保登记",
        "waiting": 3, "issued_at": "2026-03-02T09:14:07+08:00", "qr": "https://example.cn/t/A001",
    }
)  # fmt: skip


def test_an_identity_card(simulate: Callable[..., Any], tmp_path: Path) -> None:
    simulator, file = simulate("sdt_reader"), tmp_path / "card.jsonl"
    soon(simulator.lay_text, SOMEBODY.text())
    read: list[Any] = []
    record("sdt_reader", simulator.options, lambda d: read.append(d.read(8, never)), file)
    assert read[0].number == SOMEBODY.number
    for secret in (SOMEBODY.name, SOMEBODY.number, "19000217", "杜撰街77"):
        assert_nothing_of(secret, file)
    with replaying(file, speed=4) as reader:
        device = reader.open()
        card = device.read(8, never)
        device.close()
    assert reader.mismatches == []
    for same in ("kind", "problems", "open_ended", "nationality"):
        assert getattr(card, same) == getattr(read[0], same)
    assert (len(card.name), len(card.number)) == (len(read[0].name), len(read[0].number))
    assert len(card.photo or b"") == len(read[0].photo or b"")


@pytest.mark.parametrize("charset", ["utf-8", "gb18030"])
def test_a_scanned_code(simulate: Callable[..., Any], tmp_path: Path, charset: str) -> None:
    text = "姓名欧阳虚构 500240190002176684"
    simulator = simulate("serial_scanner", trigger="gm65", aim="]Q1")
    simulator.split_ms = 50
    file = tmp_path / "code.jsonl"
    soon(simulator.scan, text, charset=charset)
    record("serial_scanner", simulator.options, lambda d: d.read(8, never), file)
    for secret in ("欧阳虚构", "500240190002176684"):
        assert_nothing_of(secret, file)
    with replaying(file) as scanner:
        device = scanner.open()
        code = device.read(8, never)
        device.close()
    assert scanner.mismatches == []
    assert (code.text.replace("某", "〓"), code.aim, code.charset) == (
        "〓" * 6 + " " + "0" * 18,
        "]Q1",
        charset,
    )


def test_a_typed_code(simulate: Callable[..., Any], tmp_path: Path) -> None:
    simulator, file = simulate("keyboard_scanner"), tmp_path / "keys.jsonl"
    soon(simulator.scan, "ID-500240190002176684")
    record("keyboard_scanner", simulator.options, lambda d: d.read(8, never), file)
    keys = [chunk.data[at + 18] for chunk in _chunks(file) for at in range(0, len(chunk.data), 24)]
    assert set(keys) <= {0, 4, 11, 12, 28, 30, 42}  # 0, -, Enter, A, Shift; ends and scan codes
    with replaying(file) as scanner:
        device = scanner.open()
        assert device.read(8, never).text == "AA-" + "0" * 18
        device.close()


@pytest.mark.parametrize("pty", [False, True])
def test_a_slip(simulate: Callable[..., Any], tmp_path: Path, pty: bool) -> None:
    simulator, file = simulate("escpos", pty=pty), tmp_path / "slip.jsonl"
    record("escpos", simulator.options, lambda d: d.print_slip(SLIP), file)
    with replaying(file) as printer:
        device = printer.open()
        assert device.print_slip(SLIP).outcome is PrintOutcome.PRINTED
        device.close()
    assert printer.mismatches == []


@pytest.mark.parametrize("pty", [False, True])
def test_a_panel(simulate: Callable[..., Any], tmp_path: Path, pty: bool) -> None:
    simulator, file = simulate("onbon_bx", pty=pty), tmp_path / "panel.jsonl"
    simulator.nack = 3
    record("onbon_bx", simulator.options, lambda d: d.show("请A001到3号窗口"), file)
    with replaying(file) as panel:
        device = panel.open()
        assert device.show("请A001到3号窗口").reason == Reason.BUSY
        device.close()
        assert panel.mismatches == []
        device = panel.open()
        device.show("请B002到3号窗口")
        device.close()
    (mismatch,) = panel.mismatches
    assert mismatch.startswith("chunk 1 (line 2): expected a5 a5")


# How a recording is played


def write(into: Path, *lines: str, driver: str = "sdt_reader", **options: Any) -> Path:
    header = {
        "format": "yukuai-hall-capture", "version": 1, "driver": driver,
        "options": options or {"port": "/dev/ttyUSB0"}, "masked": True,
    }  # fmt: skip
    into.write_text("\n".join([json.dumps(header), *lines]) + "\n", "utf-8")
    return into


HONEYWELL = (
    '{"ms": 80, "dir": "out", "hex": "1654"}',
    '{"ms": 81, "dir": "out", "hex": "0d"}',
    '{"ms": 300, "dir": "in", "hex": "41 30"}',
    '{"ms": 310, "dir": "in", "hex": "3031 0d"}',
    '{"ms": 311, "dir": "out", "hex": "16550d"}',
)


def test_a_field_problem_in_five_lines(tmp_path: Path) -> None:
    file = write(tmp_path / "f.jsonl", *HONEYWELL, driver="serial_scanner", port="/dev/ttyACM0",
                 trigger="honeywell")  # fmt: skip
    with replaying(file) as scanner:
        device = scanner.open()
        assert device.read(5, never).text == "A001"
        device.close()
        # Whoever opens it anew hears it anew, as often as wanted.
        device = scanner.open()
        assert device.read(5, never).text == "A001"
        assert device.read(5, never).text == "A001"
        device.close()
    assert scanner.mismatches == []


def test_a_peripheral_that_speaks_unasked_waits_for_its_driver(tmp_path: Path) -> None:
    file = write(tmp_path / "f.jsonl", '{"ms": 400, "dir": "in", "hex": "413030310d"}',
                 '{"ms": 900, "dir": "in", "hex": "423030320d"}', driver="serial_scanner",
                 port="/dev/ttyACM0")  # fmt: skip
    with replaying(file) as scanner:
        time.sleep(0.6)
        device = scanner.open()
        assert [device.read(5, never).text for _ in range(3)] == ["A001", "B002", "A001"]
        device.close()


def test_after_its_end_a_question_is_answered_as_last(
    simulate: Callable[..., Any], tmp_path: Path
) -> None:
    simulator, file = simulate("sdt_reader", card="jia"), tmp_path / "f.jsonl"
    record("sdt_reader", simulator.options, lambda d: (d.read(5, never), d.status()), file)
    with replaying(file) as reader:
        device = reader.open()
        device.read(5, never)
        for _ in range(3):
            assert device.status().state is State.ONLINE
        device.close()
    assert reader.mismatches == []


def test_a_device_file_is_played_as_one(tmp_path: Path) -> None:
    file = write(tmp_path / "f.jsonl", *HONEYWELL, driver="escpos", file="/dev/usb/lp0")
    with replaying(file) as printer:
        assert list(printer.options) == ["file"]


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("", "line 1", "empty"),
        ("nonsense\n", "line 1", "JSON"),
        ('{"format": "other", "version": 1, "driver": "x", "masked": true}\n', "line 1", "format"),
        ('{"format": "yukuai-hall-capture", "version": 9, "driver": "x", "masked": true}', "line 1",
         "version"),
        ("H\n" + HONEYWELL[0] + '\n{"ms": 1', "line 3", "JSON"),
        ('H\n{"ms": 1, "dir": "up", "hex": "00"}', "line 2", "dir"),
        ('H\n\n{"ms": 1, "dir": "in", "hex": "0"}', "line 3", "hex"),
        ('H\n{"ms": 1, "dir": "in", "hex": ""}', "line 2", "hex"),
        ('H\n{"ms": -1, "dir": "in", "hex": "00"}', "line 2", "ms"),
        ("H\n" + HONEYWELL[2] + "\n" + HONEYWELL[0], "line 3", "ms"),
        ("H\n", "", "nothing in this recording"),
    ],
)  # fmt: skip
def test_a_spoilt_file_is_told_by_line(tmp_path: Path, text: str, line: str, word: str) -> None:
    file = write(tmp_path / "f.jsonl")
    header = file.read_text("utf-8").strip()
    file.write_text(text.replace("H\n", header + "\n"), "utf-8")
    with pytest.raises(PeripheralError) as caught, replaying(file):
        pass
    assert caught.value.reason is Reason.BAD_OPTION
    assert line in caught.value.detail
    assert word in caught.value.detail


def test_what_has_no_wire_cannot_be_played(tmp_path: Path) -> None:
    file = write(tmp_path / "f.jsonl", *HONEYWELL, driver="social_security_card", reader="ACS")
    with pytest.raises(PeripheralError, match="not recorded on a wire"), replaying(file):
        pass


# The commands


def hall_devices(*words: object, limit_s: float = 40) -> Any:
    return subprocess.run(
        [COMMAND, *map(str, words)], capture_output=True, text=True, timeout=limit_s, check=False
    )


def test_record_and_replay_by_command(simulate: Callable[..., Any], tmp_path: Path) -> None:
    simulator, file = simulate("sdt_reader"), tmp_path / "card.jsonl"
    simulator.lay_text(SOMEBODY.text())
    words = [COMMAND, "record", "sdt_reader", "-o", f"port={simulator.options['port']}",
             "--to", str(file), "--json"]  # fmt: skip
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as recording:
        assert simulator.wait(lambda heard: heard.count(bytes.fromhex("2001")) >= 4, 20)
        assert not file.exists()  # nothing is on disk before it is masked
        recording.send_signal(signal.SIGINT)
        told = json.loads(recording.communicate(timeout=20)[0])
    assert recording.returncode == 0
    assert (told["ok"], told["masked"], told["outcomes"]) == (True, True, ["read 1"])
    assert_nothing_of(SOMEBODY.name, file)
    assert_nothing_of(SOMEBODY.number, file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [file.name]
    link = tmp_path / "reader"
    words = [COMMAND, "replay", str(file), "--link", str(link), "--json"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as playing:
        assert playing.stdout is not None
        told = json.loads(playing.stdout.readline())
        assert told["options"]["port"] == str(link)
        done = hall_devices("read", "sdt_reader", "-o", f"port={link}", "--json")
        assert json.loads(done.stdout)["ok"]
        done = hall_devices("read", "serial_scanner", "-o", f"port={link}", "-o", "trigger=newland",
                            "--timeout", 1, "--json")  # fmt: skip
        assert json.loads(done.stdout)["reason"] == "silent"
        mismatch = json.loads(playing.stdout.readline())["mismatch"]
        assert mismatch.endswith("heard 1b 31; they differ at byte 1")
        playing.send_signal(signal.SIGTERM)
    assert playing.returncode == 1


def test_record_prints_or_shows_once_and_ends(simulate: Callable[..., Any], tmp_path: Path) -> None:
    simulator, file = simulate("onbon_bx"), tmp_path / "panel.jsonl"
    where = [f"-o{key}={value}" for key, value in simulator.options.items()]
    what = ["--do", "show", "--text", "A001", "--json"]
    done = hall_devices("record", "onbon_bx", *where, "--to", file, *what)
    told = json.loads(done.stdout)
    assert (told["ok"], told["ended"], told["outcomes"]) == (True, "done", ["shown 1"])
    assert told["bytes_out"] > 0
    again = hall_devices("record", "onbon_bx", *where, "--to", file, "--for", 1.5)
    assert (again.returncode, "nothing is overwritten" in again.stderr) == (2, True)
    done = hall_devices("record", "onbon_bx", *where, "--to", tmp_path / "2.jsonl", "--for", 1.5)
    assert done.returncode == 0
    assert "online" in done.stdout


def test_a_failed_opening_is_recorded_too(tmp_path: Path) -> None:
    file = tmp_path / "none.jsonl"
    done = hall_devices("record", "sdt_reader", "-o", "port=/dev/none", "--to", file, "--json")
    assert (json.loads(done.stdout)["reason"], done.returncode) == ("no_device", 3)
    assert not file.exists()


BROKEN = """
from dataclasses import replace
from drivers.cards.sdt_reader import SPEC as ours
def open(options):
    device = ours.open(options)
    class Broken:
        close = device.close
        def read(self, timeout_s, cancelled):
            device.read(timeout_s, cancelled)
            raise ValueError("欧阳虚构")
    return Broken()
def mask(chunks):
    raise ValueError("欧阳虚构")
SPEC = replace(ours, name="acme", open=open)
WORSE = replace(SPEC, mask=mask)
"""


@pytest.mark.parametrize(("driver", "status"), [("acme", 1), ("worse", 2)])
def test_a_driver_that_breaks_down_is_told_and_what_was_heard_is_kept_masked(
    simulate: Callable[..., Any], tmp_path: Path, driver: str, status: int
) -> None:
    simulator, file = simulate("sdt_reader"), tmp_path / "card.jsonl"
    simulator.lay_text(SOMEBODY.text())
    (tmp_path / "acme.dist-info").mkdir()
    (tmp_path / "acme.dist-info/METADATA").write_text("Name: acme\nVersion: 1\n")
    points = "[yukuai_hall.drivers]\nacme = acme:SPEC\nworse = acme:WORSE\n"
    (tmp_path / "acme.dist-info/entry_points.txt").write_text(points)
    (tmp_path / "acme.py").write_text(BROKEN, "utf-8")
    done = subprocess.run(
        [COMMAND, "record", driver, "-o", f"port={simulator.options['port']}", "--to", file,
         "--json"],
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True, text=True, timeout=40, check=False,
    )  # fmt: skip
    told = json.loads(done.stdout)
    assert (told["ok"], done.returncode) == (False, status)
    assert "Traceback" not in done.stderr
    assert "欧阳" not in done.stdout + done.stderr
    assert file.exists() == (driver == "acme")
    if driver == "acme":
        assert told["ended"] == "failed"
        assert_nothing_of(SOMEBODY.name, file)
        assert_nothing_of(SOMEBODY.number, file)


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["sdt_reader", "-o", "port=x", "--raw", "--to", "F"], "masks its recordings"),
        (["cups_printer", "-o", "queue=x", "--to", "F"], "cannot mask it"),
        (["escpos", "-o", "host=x", "--do", "read", "--to", "F"], "cannot --do read"),
        (["escpos", "-o", "host=x", "--do", "print", "--to", "F"], "--slip FILE"),
        (["onbon_bx", "-o", "host=x", "--do", "show", "--to", "F"], "--text"),
        (["sdt_reader", "-o", "port=x", "--to", "/no/such/F"], "cannot write"),
    ],
)
def test_wrong_arguments(tmp_path: Path, words: list[str], hint: str) -> None:
    file = tmp_path / "f.jsonl"
    done = hall_devices("record", *(str(file) if w == "F" else w for w in words), "--json")
    assert done.returncode == 2
    assert hint in json.loads(done.stdout)["advice"]
    assert not file.exists()


def _chunks(file: Path) -> Any:
    from drivers.capture.format import read_capture

    return read_capture(file).chunks
