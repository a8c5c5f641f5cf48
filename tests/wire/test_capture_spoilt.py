"""Recordings that were edited, cut off or are none: one error with its line, no crash."""

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recordings import record
from scanners import never

from drivers.capture import replaying
from drivers.capture.format import Capture, read_capture
from drivers.errors import PeripheralError, Reason

LINE = b'{"ms": 1, "dir": "in", "hex": "41300d"}\n'


def head(driver: str = "serial_scanner", **options: Any) -> bytes:
    told = {
        "format": "yukuai-hall-capture", "version": 1, "driver": driver,
        "options": options or {"port": "/dev/ttyUSB0"}, "masked": True,
    }  # fmt: skip
    return json.dumps(told).encode() + b"\n"


def refused(file: Path) -> str:
    with pytest.raises(PeripheralError) as e, replaying(file):
        pass
    assert (e.value.reason, e.value.sent) == (Reason.BAD_OPTION, False)
    assert "\n" not in e.value.detail
    return e.value.detail


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (head() + b'{"ms": 1, "di', ["line 2", "Invalid JSON", "delete the line", "record anew"]),
        (head() + LINE[:-4] + b"\n" + LINE, ["line 2", "Invalid JSON"]),
        (head() + LINE + b'{"ms": 1, "dir": "in", "hex": "4"}', ["line 3", "two digits each"]),
        (head() + b'{"ms": 1, "dir": "in", "hexx": "41"}', ["line 2", "hex: ", "a line is like"]),
        (head() + b'{"ms": 1, "dir": "in", "hex": "41", "n": 1}',
         ["line 2", "unknown name 'n'", "ms, dir"]),
        (head() + LINE.replace(b"1,", b"1" + b"0" * 400 + b",", 1), ["line 2", "ms: "]),
        (head() + LINE.replace(b"1,", b"1" + b"0" * 15 + b",", 1), ["line 2", "ms: "]),
        (head() + LINE + b"\xff\xfe\n", ["line 3", "byte 1", "save the file as UTF-8"]),
        ((head() + LINE).decode().encode("utf-16"), ["line 1", "save the file as UTF-8"]),
        (head() + head() + LINE, ["line 2", "ms: ", "a line is like"]),
        (b"PK\x03\x04", ["line 1", "Invalid JSON", "a recording of hall-devices record?"]),
        (b"\0" * 1000, ["line 1", "Invalid JSON"]),
        (b"[" * 100_000, ["line 1", "Invalid JSON"]),
        (head(port="x", trigger="neuland") + LINE, ["line 1", "trigger: ", "mend it there"]),
        (head(port="x", triger="gm65") + LINE, ["line 1", "did you mean trigger?"]),
        (head("serial_scaner") + LINE, ["line 1", "did you mean serial_scanner?"]),
    ],
)  # fmt: skip
def test_what_is_wrong_and_what_to_do(tmp_path: Path, data: bytes, words: list[str]) -> None:
    file = tmp_path / "f.jsonl"
    file.write_bytes(data)
    detail = refused(file)
    for word in (str(file), *words):
        assert word in detail


@pytest.mark.parametrize(
    ("begin", "end"), [(b"\xef\xbb\xbf", b"\n"), (b"", b"\r\n"), (b"\xef\xbb\xbf", b"\r\n\r\n")]
)
def test_what_an_editor_adds_does_no_harm(tmp_path: Path, begin: bytes, end: bytes) -> None:
    file = tmp_path / "f.jsonl"
    file.write_bytes((begin + head() + LINE).replace(b"\n", end))
    with replaying(file) as scanner:
        device = scanner.open()
        assert device.read(5, never).text == "A0"
        device.close()


def test_a_wrong_checksum_is_the_drivers_to_notice(
    simulate: Callable[..., Any], tmp_path: Path
) -> None:
    simulator, file = simulate("sdt_reader", card="jia"), tmp_path / "f.jsonl"
    record("sdt_reader", simulator.options, lambda d: d.read(5, never), file)
    first, *lines = file.read_text("utf-8").splitlines()
    for at, line in enumerate(map(json.loads, lines)):
        if line["dir"] == "in":
            spoilt = int(line["hex"][-2:], 16) ^ 1
            lines[at] = json.dumps({**line, "hex": f"{line['hex'][:-2]}{spoilt:02x}"})
    file.write_text("\n".join([first, *lines]), "utf-8")
    with replaying(file) as reader:
        device = reader.open()
        with pytest.raises(PeripheralError) as e:
            device.read(1, never)
        device.close()
    assert e.value.reason is Reason.SILENT


def test_a_file_without_end_or_too_large_is_not_read(tmp_path: Path) -> None:
    pipe, large = tmp_path / "pipe", tmp_path / "large.jsonl"
    os.mkfifo(pipe)
    for file in (Path("/dev/zero"), pipe, tmp_path):
        assert "not a file" in refused(file)
    with large.open("wb") as out:
        out.truncate(257 * 1024 * 1024)
    assert "larger than a recording can be (256 MiB)" in refused(large)
    assert "no such file" in refused(tmp_path / "none")


def test_a_place_of_two_kinds_is_played_as_the_first(tmp_path: Path) -> None:
    file = tmp_path / "f.jsonl"
    file.write_bytes(head("escpos", host="192.0.2.1", tcp_port=9100, file="/dev/usb/lp0") + LINE)
    with replaying(file) as printer:
        assert sorted(printer.options) == ["host", "tcp_port"]


VALID = head() + LINE + b'{"ms": 9, "dir": "out", "hex": "16 54 0d"}\n'
SPLICED = st.builds(
    lambda begin, new, end: VALID[:begin] + new + VALID[end:],
    st.integers(0, len(VALID)), st.binary(max_size=40), st.integers(0, len(VALID)),
)  # fmt: skip


@given(st.binary(max_size=400) | SPLICED)
def test_any_bytes_are_a_recording_or_refused(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "f.jsonl"
        file.write_bytes(data)
        try:
            capture = read_capture(file)
        except PeripheralError as e:
            told = e.reason, "line " in e.detail
            assert told == (Reason.BAD_OPTION, True)
        else:
            assert isinstance(capture, Capture)
            assert all(chunk.data and chunk.at_ms >= 0 for chunk in capture.chunks)
