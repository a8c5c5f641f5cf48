"""The keyboard scanner: literal event records through a FIFO, and its simulator's bad days."""

import json
import os
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from scanners import never, opened, soon

from drivers.errors import PeripheralError, Reason
from drivers.scanners.code_text import Rules
from drivers.scanners.keyboard_scanner_keys import KeyCodes
from drivers.status import State

COMMAND = Path(sys.executable).with_name("hall-devices")
# struct input_event as a 64-bit kernel gives it: A (Shift held), 0, 0, 1, Enter.
A001 = bytes.fromhex(
    "0000000000000000 0000000000000000 0100 2a00 01000000"  # left Shift down
    "0000000000000000 0000000000000000 0100 1e00 01000000"  # A down
    "0000000000000000 0000000000000000 0100 1e00 00000000"  # A up
    "0000000000000000 0000000000000000 0100 2a00 00000000"  # left Shift up
    "0000000000000000 0000000000000000 0000 0000 00000000"  # end of the report
    "0000000000000000 0000000000000000 0100 0b00 01000000"  # 0 down
    "0000000000000000 0000000000000000 0100 0b00 02000000"  # 0 repeats: held a little long
    "0000000000000000 0000000000000000 0100 0b00 00000000"
    "0000000000000000 0000000000000000 0100 0b00 01000000"
    "0000000000000000 0000000000000000 0100 0b00 00000000"
    "0000000000000000 0000000000000000 0100 0200 01000000"  # 1
    "0000000000000000 0000000000000000 0100 0200 00000000"
    "0000000000000000 0000000000000000 0100 1c00 01000000"  # Enter
    "0000000000000000 0000000000000000 0100 1c00 00000000"
)
LEFT_ALT, LEFT_CTRL, F1 = 56, 29, 59


def key(code: int, *values: int) -> bytes:
    return b"".join(struct.pack("llHHi", 0, 0, 1, code, value) for value in values or (1, 0))


def alt(number: str) -> bytes:
    pad = (82, 79, 80, 81, 75, 76, 77, 71, 72, 73)
    digits = b"".join(key(pad[int(digit)]) for digit in number)
    return key(LEFT_ALT, 1) + digits + key(LEFT_ALT, 0)


def typed(data: bytes, **how: Any) -> Any:
    codes = KeyCodes(how.pop("rules", Rules()), **how)
    codes.feed(data)
    return codes.take()


def reason(do: Callable[[], Any]) -> Reason:
    with pytest.raises(PeripheralError) as caught:
        do()
    return caught.value.reason


@pytest.fixture
def fifo(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    path = tmp_path / "event"
    os.mkfifo(path)
    fd = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    yield path, fd
    os.close(fd)


@pytest.mark.parametrize("piece", [1, 7, 24, 10_000])
def test_literal_records_in_any_pieces(fifo: tuple[Path, int], piece: int) -> None:
    path, fd = fifo

    def type_it() -> None:
        for at in range(0, len(A001), piece):
            os.write(fd, A001[at : at + piece])

    with opened("keyboard_scanner", device=str(path)) as scanner:
        soon(type_it)
        assert scanner.read(5, never).text == "A001"


@pytest.mark.parametrize("what", [".", "file", "/dev/null"])
def test_what_is_no_input_device_is_no_device(tmp_path: Path, what: str) -> None:
    (tmp_path / "file").write_bytes(A001)
    where = str(tmp_path / what)
    done = subprocess.run(
        [COMMAND, "read", "keyboard_scanner", f"--option=device={where}", "--json"],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    told = json.loads(done.stdout)
    assert (told["reason"], done.returncode) == ("no_device", 3)
    assert f"{where} is no input device" in done.stderr
    assert "event-kbd" in told["advice"]


def test_alt_numbers_are_bytes_of_the_code() -> None:
    utf8 = b"".join(alt(f"0{byte}") for byte in "渝A".encode())
    gbk = b"".join(alt(str(byte)) for byte in "渝".encode("gb18030"))
    assert typed(utf8 + key(28)).text == "渝A"
    assert typed(gbk + key(28)).charset == "gb18030"


def test_larger_alt_numbers_mean_what_was_configured() -> None:
    unicode, gbk = alt("28189") + alt("945") + key(28), alt("54245") + alt("42689") + key(28)
    assert typed(unicode, alt="unicode").text == "渝α"
    assert typed(gbk, alt="gbk").text == "渝α"
    for how in ("none", "gbk"):
        assert reason(lambda how=how: typed(alt("9999999") + key(28), alt=how)) is Reason.REJECTED
    assert reason(lambda: typed(alt("55296") + key(28), alt="unicode")) is Reason.REJECTED


def test_keys_that_are_no_characters_are_refused() -> None:
    for bad in (key(F1), key(LEFT_CTRL, 1) + key(30) + key(LEFT_CTRL, 0)):
        assert reason(lambda bad=bad: typed(key(30) + bad + key(28))) is Reason.REJECTED


def test_a_long_code_is_refused_and_the_next_one_is_read() -> None:
    codes = KeyCodes(Rules(longest=3))
    codes.feed(key(30) * 100 + key(28) + key(30) + key(28))
    assert reason(codes.take) is Reason.REJECTED
    code = codes.take()
    assert code is not None
    assert code.text == "a"


@pytest.mark.parametrize(
    ("faults", "options"),
    [
        ({}, {}),
        ({"split": True}, {}),
        ({"slow_ms": 30}, {}),
        ({"tab": True}, {}),
        ({"caps": True}, {}),
        ({"no_suffix": True}, {"suffix": "none"}),
    ],
)
def test_what_must_not_matter(
    simulate: Callable[..., Any], faults: dict[str, Any], options: dict[str, Any]
) -> None:
    simulator = simulate("keyboard_scanner")
    text = "https://x.cn/?q=Aa09&b=~!@#$%^*()_+{}|:\"<>-[]\\;',.`"
    for fault, value in faults.items():
        setattr(simulator, fault, value)
    with opened("keyboard_scanner", **simulator.options, **options) as scanner:
        soon(simulator.scan, text)
        assert scanner.read(8, never).text == text


def test_chinese_is_lost_but_for_alt_numbers(simulate: Callable[..., Any]) -> None:
    simulator = simulate("keyboard_scanner")
    with opened("keyboard_scanner", **simulator.options) as scanner:
        soon(simulator.scan, "渝中区A001")
        assert scanner.read(5, never).text == "A001"
        simulator.alt = True
        soon(simulator.scan, "渝中区A001")
        assert scanner.read(5, never).text == "渝中区A001"


def test_lost_keys_are_not_a_shorter_code(simulate: Callable[..., Any]) -> None:
    simulator = simulate("keyboard_scanner")
    simulator.dropped = True
    with opened("keyboard_scanner", **simulator.options) as scanner:
        soon(simulator.scan, "A001")
        assert reason(lambda: scanner.read(5, never)) is Reason.REJECTED


def test_stale_codes_and_repeats(simulate: Callable[..., Any]) -> None:
    simulator = simulate("keyboard_scanner")
    with opened("keyboard_scanner", **simulator.options) as scanner:
        simulator.scan("EARLIER")
        time.sleep(0.3)
        simulator.again_ms = 200
        soon(simulator.scan, "A001")
        assert scanner.read(5, never).text == "A001"
        assert reason(lambda: scanner.read(1.0, never)) is Reason.NO_CODE


def test_unplugged_is_lost_then_no_device_then_well(simulate: Callable[..., Any]) -> None:
    simulator = simulate("keyboard_scanner")
    with opened("keyboard_scanner", **simulator.options) as scanner:
        soon(simulator.unplug)
        assert reason(lambda: scanner.read(5, never)) is Reason.LOST
    with pytest.raises(PeripheralError) as caught, opened("keyboard_scanner", **simulator.options):
        pass
    assert (caught.value.reason, caught.value.sent) == (Reason.NO_DEVICE, False)
    simulator.plug()
    with opened("keyboard_scanner", **simulator.options) as scanner:
        assert scanner.status().state is State.ONLINE
