"""The serial scanner against the worked examples of its makers' protocols, byte by byte."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from scanners import ACK, START, STOP, error, hexed, never, opened, soon

from drivers.errors import Reason
from drivers.interfaces import ScannedCode
from drivers.sim.ports import PtyPort
from drivers.status import State


def test_honeywell(script: Callable[..., Any]) -> None:
    peer = script((hexed("16 54 0D"), hexed("41 30 30 31 0D")), (hexed("16 55 0D"), None))
    with opened("serial_scanner", **peer.port.options, trigger="honeywell") as scanner:
        assert scanner.read(5, never) == ScannedCode("A001")
    time.sleep(0.2)
    peer.check()


@pytest.mark.parametrize("answer", ["06", "06 41", "06 41 30 30 31 0D 42"])
def test_what_honeywell_may_acknowledge_with_is_no_code(
    script: Callable[..., Any], answer: str
) -> None:
    """Whether it does is uncertain."""
    rest = hexed("06 41 30 30 31 0D").removeprefix(hexed(answer))
    peer = script((hexed("16 54 0D"), hexed(answer)), (hexed("16 55 0D"), hexed("06")))
    with opened("serial_scanner", **peer.port.options, trigger="honeywell") as scanner:
        soon(peer.port.send, rest, after_s=0.5)
        assert scanner.read(5, never) == ScannedCode("A001")
    time.sleep(0.2)
    peer.check()


@pytest.mark.parametrize("suffix", ["cr", "lf", "crlf", "tab", "none"])
@pytest.mark.parametrize("ends", ["0D 0A", "0A 0D 0A", "09 0D 0A", "0D 0A 09"])
def test_more_line_ends_than_were_set_are_no_part_of_a_code(
    script: Callable[..., Any], suffix: str, ends: str
) -> None:
    if suffix == "tab" and "09" not in ends:
        return
    wire = hexed(f"41 30 30 31 {ends} 41 30 30 32 {ends}")
    start, stop, half = hexed("16 54 0D"), hexed("16 55 0D"), len(wire) // 2
    peer = script((start, wire[:half]), (stop, None), (start, wire[half:]), (stop, None))
    told = {"trigger": "honeywell", "suffix": suffix}
    with opened("serial_scanner", **peer.port.options, **told) as scanner:
        assert scanner.read(5, never) == ScannedCode("A001")
        assert scanner.read(5, never) == ScannedCode("A002")


def test_gm65_with_the_answer_and_the_code_in_one_read(script: Callable[..., Any]) -> None:
    peer = script((hexed(START), hexed(ACK + "41 30 30 31 0D")), (hexed(STOP), hexed(ACK)))
    with opened("serial_scanner", **peer.port.options, trigger="gm65") as scanner:
        assert scanner.read(5, never) == ScannedCode("A001")
    peer.check()


@pytest.mark.parametrize("after_s", [0.3, 0.5, 1.0])
@pytest.mark.parametrize(
    ("trigger", "start", "stop", "ack"),
    [("gm65", START, STOP, ACK), ("newland", "1B 31", "1B 30", "06")],
)
def test_a_code_that_begins_in_one_piece_with_the_answer(
    script: Callable[..., Any], trigger: str, start: str, stop: str, ack: str, after_s: float
) -> None:
    peer = script((hexed(start), hexed(ack + "41 30")), (hexed(stop), hexed(ack)))
    with opened("serial_scanner", **peer.port.options, trigger=trigger) as scanner:
        soon(peer.port.send, hexed("30 31 0D"), after_s=after_s)
        assert scanner.read(5, never) == ScannedCode("A001")
    peer.check()


def test_a_long_code_in_packets_of_64_bytes_with_the_answer(script: Callable[..., Any]) -> None:
    wire = hexed(ACK) + b"7" * 195 + b"\r"
    peer = script((hexed(START), wire[:64]), (hexed(STOP), hexed(ACK)))
    with opened("serial_scanner", **peer.port.options, trigger="gm65") as scanner:
        for n, at in enumerate(range(64, len(wire), 64)):
            soon(peer.port.send, wire[at : at + 64], after_s=0.4 + 0.1 * n)
        assert scanner.read(5, never).text == "7" * 195


@pytest.mark.parametrize(
    ("trigger", "start", "answer"),
    [
        ("newland", "1B 31", "15"),
        ("newland", "1B 31", "05"),
        ("newland", "1B 31", "00"),
        ("newland", "1B 31", "3F 3F"),
        ("gm65", START, "15"),
        ("gm65", START, "06"),
        ("gm65", START, "00"),
        ("gm65", START, "02 00 00 01 00 33 30"),  # its checksum is wrong
        ("gm65", START, "02"),
        ("honeywell", "16 54 0D", "15"),
    ],
)
def test_a_refusal_or_an_odd_answer_is_not_a_torn_code(
    script: Callable[..., Any], trigger: str, start: str, answer: str
) -> None:
    peer = script((hexed(start), hexed(answer)))
    with opened("serial_scanner", **peer.port.options, trigger=trigger) as scanner:
        caught = error(lambda: scanner.read(1, never))
    assert caught.reason is Reason.GARBLED
    assert "refused" in caught.detail
    assert "suffix" not in caught.advice
    assert "trigger" in caught.advice


@pytest.mark.parametrize("answer", ["15", "05", "00", "00 06", "00 00"])
def test_a_code_behind_an_odd_answer_is_read(script: Callable[..., Any], answer: str) -> None:
    peer = script((hexed("1B 31"), hexed(answer + "41 30 30 31 0D")), (hexed("1B 30"), None))
    with opened("serial_scanner", **peer.port.options, trigger="newland") as scanner:
        assert scanner.read(5, never) == ScannedCode("A001")


def test_an_identifier_without_a_code_is_refused(script: Callable[..., Any]) -> None:
    peer = script((hexed("1B 31"), hexed("06 5D 51 31 0D")), (hexed("1B 30"), hexed("06")))
    with opened("serial_scanner", **peer.port.options, trigger="newland", aim=True) as scanner:
        assert error(lambda: scanner.read(5, never)).reason is Reason.REJECTED


def test_without_suffix_a_silence_inside_a_character_ends_no_code() -> None:
    port = PtyPort()
    port.begin(lambda _: None, lambda: None)
    try:
        with opened("serial_scanner", **port.options, suffix="none") as scanner:
            soon(port.send, hexed("E6 B8 9D E4 B8"), after_s=0.4)
            soon(port.send, hexed("AD E5 8C BA 41 30 30 31"), after_s=0.55)
            assert scanner.read(5, never).text == "渝中区A001"
            soon(port.send, hexed("E6 B8"), after_s=0.4)  # GB18030 after all, and its end
            assert scanner.read(5, never) == ScannedCode("娓", charset="gb18030")
    finally:
        port.close()


def test_gm65_without_checksums(script: Callable[..., Any]) -> None:
    peer = script(
        (hexed("7E 00 07 01 00 2A 02 AB CD"), hexed("02 00 00 02 39 01 AB CD")),
        (hexed("7E 00 08 01 00 02 01 AB CD"), hexed("02 00 00 01 00 AB CD 41 30 30 31 0D")),
        (hexed("7E 00 08 01 00 02 02 AB CD"), hexed(ACK)),
    )
    with opened("serial_scanner", **peer.port.options, trigger="gm65", checked=False) as scanner:
        assert scanner.status().state is State.ONLINE
        assert scanner.read(5, never) == ScannedCode("A001")
    peer.check()


def test_gm65_status_is_a_register_read(script: Callable[..., Any]) -> None:
    peer = script((hexed("7E 00 07 01 00 2A 02 D8 0F"), hexed("02 00 00 02 39 01 C1 4C")))
    with opened("serial_scanner", **peer.port.options, trigger="gm65") as scanner:
        assert scanner.status().state is State.ONLINE
    peer.check()


@pytest.mark.parametrize(
    ("suffix", "end"), [("cr", "0D"), ("lf", "0A"), ("crlf", "0D 0A"), ("tab", "09")]
)
def test_suffixes(script: Callable[..., Any], suffix: str, end: str) -> None:
    peer = script((hexed("16 54 0D"), hexed("41 30 30 31" + end)), (hexed("16 55 0D"), None))
    options = {"trigger": "honeywell", "suffix": suffix}
    with opened("serial_scanner", **peer.port.options, **options) as scanner:
        assert scanner.read(5, never) == ScannedCode("A001")


@pytest.mark.parametrize(
    "code",
    [
        "5D 51 31 E6 B8 9D E4 B8 AD E5 8C BA 41 30 30 31 0D",
        "5D 51 31 D3 E5 D6 D0 C7 F8 41 30 30 31 0D",
    ],
)
def test_newland(script: Callable[..., Any], code: str) -> None:
    peer = script(
        (hexed("3F"), hexed("06")),
        (hexed("1B 31"), hexed("06" + code)),
        (hexed("1B 30"), hexed("06")),
    )
    with opened("serial_scanner", **peer.port.options, trigger="newland", aim=True) as scanner:
        assert scanner.status().state is State.ONLINE
        code_read = scanner.read(5, never)
    assert (code_read.text, code_read.aim) == ("渝中区A001", "]Q1")
    peer.check()


@pytest.mark.parametrize(
    ("trigger", "start", "stop"),
    [
        ("hhp4410", "12", "14"),
        ("cipherlab", "45", "44"),
        ("vguang", "55 AA 05 01 00 00 FB", "55 AA 05 01 00 01 FA"),
    ],
)
def test_other_makes(script: Callable[..., Any], trigger: str, start: str, stop: str) -> None:
    peer = script((hexed(start), b"A001\r"), (hexed(stop), None))
    with opened("serial_scanner", **peer.port.options, trigger=trigger) as scanner:
        assert scanner.read(5, never).text == "A001"
    time.sleep(0.2)
    peer.check()
