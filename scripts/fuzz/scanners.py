"""Scanners: codes from a serial line and from a keyboard, their texts, and masked recordings."""

from collections.abc import Sequence
from typing import get_args

from drivers.errors import PeripheralError, Reason
from drivers.scanners.code_mask import mask_code
from drivers.scanners.code_text import LONGEST, Rules, decode, ends_inside_character, understand
from drivers.scanners.keyboard_scanner_keys import AltCodes, KeyCodes
from drivers.scanners.keyboard_scanner_mask import mask_events
from drivers.scanners.serial_scanner import SerialScanner, SerialScannerOptions
from drivers.scanners.serial_scanner_codes import CODES_KEPT, SLACK, SerialCodes
from drivers.scanners.serial_scanner_makers import Answer, Trigger, maker
from drivers.scanners.serial_scanner_mask import mask_stream
from scripts.fuzz.target import (
    PATIENCE_S,
    Script,
    Target,
    hexed,
    pieces,
    refusing,
    same_however_cut,
    watched,
)

UTF8 = hexed("5D 51 31 E6 B8 9D E4 B8 AD E5 8C BA 41 30 30 31 0D")
GBK = hexed("5D 51 31 D3 E5 D6 D0 C7 F8 41 30 30 31 0D")
GM65_ACK = hexed("02 00 00 01 00 33 31")
EVENT_BYTES = 24
MOST_HELD = (CODES_KEPT + 2) * (LONGEST + SLACK)
ANSWERING: tuple[Trigger, ...] = ("gm65", "newland")


def _key(code: int, value: int = 1) -> bytes:
    return bytes(16) + b"\x01\x00" + bytes([code, 0, value, 0, 0, 0])


KEY_DOWN_A, KEY_UP_A, ENTER = _key(0x1E), _key(0x1E, 0), _key(0x1C)
ALT_DOWN, ALT_UP, KEYPAD_7 = _key(0x38), _key(0x38, 0), _key(0x47)
ALL_UP = b"".join(_key(code, 0) for code in (29, 97, 56, 100, 42, 54))


def _taken(codes: SerialCodes | KeyCodes) -> list[str]:
    """What comes out; of a refused code only why."""
    told = []
    for _ in range(CODES_KEPT):
        try:
            code = codes.take()
        except PeripheralError as refused:
            told.append(f"{refused.reason}: {refused.detail}")
            continue
        if code is None:
            break
        assert len(code.text) <= LONGEST
        told.append(code.text)
    assert codes.take() is None
    return told


def serial_codes(data: bytes) -> None:
    """Codes and acknowledgements of a serial scanner. A code longer than the limit may be told
    earlier when it comes in pieces, so only inputs that hold none are compared.
    """
    trigger = ANSWERING[len(data) % 2]

    def parse(parts: Sequence[bytes]) -> list[str]:
        codes = SerialCodes(b"\r", Rules(aim=True), maker(trigger).answer_in)
        codes.await_answer()
        for part in watched(codes, parts, MOST_HELD):
            codes.feed(part)
        _check_answer(codes.answer, trigger, b"".join(parts))
        told = _taken(codes)
        codes.forget()
        codes.feed(b"A001\r")
        assert _taken(codes) == ["A001"]
        return told

    if len(data) < LONGEST:
        same_however_cut(parse, data)
    else:
        parse(pieces(data))


def _check_answer(answer: Answer | None, trigger: Trigger, stream: bytes) -> None:
    """A good answer stands in the stream, with its right check where the make has one."""
    if answer is None or not answer.ok:
        return
    if trigger == "newland":
        assert b"\x06" in stream
        return
    body = bytes([0, len(answer.data)]) + answer.data
    checks = (_xmodem(body).to_bytes(2, "big"), b"\xab\xcd")
    assert any(b"\x02\x00" + body + check in stream for check in checks)


def _xmodem(data: bytes) -> int:
    """CRC-16/XMODEM, bit by bit."""
    crc = 0
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ (0x1021 if crc & 0x8000 else 0)) & 0xFFFF
    return crc


def scanner_reads(data: bytes) -> None:
    """A whole reading, and a status, of a scanner that says `data` and is unplugged."""
    trigger = ANSWERING[len(data) % 2]
    options = SerialScannerOptions(port="/dev/null", trigger=trigger, answer_timeout_s=10)
    with refusing(Reason.LOST, Reason.REJECTED):
        code = SerialScanner(Script(pieces(data)), options).read(PATIENCE_S, lambda: False)
        assert code.text.strip("\r\n")
    with refusing(Reason.LOST):
        SerialScanner(Script(pieces(data)), options).status()


def key_codes(data: bytes) -> None:
    """Events of a keyboard scanner, with each meaning that Alt numbers can have."""
    alt = get_args(AltCodes)[len(data) % 3]

    def parse(parts: Sequence[bytes]) -> list[str]:
        codes = KeyCodes(Rules(), alt)
        for part in watched(codes, parts, MOST_HELD):
            codes.feed(part)
        told = _taken(codes)
        # Rubbish may end inside an event, with keys held down, or inside a code.
        missing = -sum(map(len, parts)) % EVENT_BYTES
        codes.feed(bytes(missing) + ALL_UP + ENTER)
        codes.forget()
        codes.feed(_key(2) + _key(3) + ENTER)
        assert _taken(codes) == ["12"]
        return told

    same_however_cut(parse, data)


def code_text(data: bytes) -> None:
    """One code, understood or refused by every rule; nothing in it is lost or steers a screen."""
    for rules in (Rules(), Rules("utf-8"), Rules("gb18030"), Rules(aim=True), Rules(prefix=b"A")):
        ends_inside_character(data, rules.charset)
        with refusing(Reason.REJECTED):
            code = understand(data, rules)
            assert code.text
            assert code.text.isprintable() or not code.text.isascii()
            assert not any(
                c < " " or "\x7f" <= c < "\xa0" or c in "\u2028\u202e" for c in code.text
            )
            if not rules.aim and code.charset != "gb18030":
                assert rules.prefix + code.text.encode(code.charset) == data


def code_masks(data: bytes) -> None:
    """Masked codes, streams and key events are as long as they were, and nothing is left."""
    masked = mask_code(data)
    assert len(masked) == len(data)
    assert len(mask_stream(data)) == len(data)
    assert len(mask_events(data)) == len(data)
    if not data.startswith(b"]"):
        with refusing(Reason.REJECTED):  # bytes of no character set have no text to compare
            text, charset = decode(data)
            hidden, same = decode(masked)
            assert (len(hidden), same) == (len(text), charset)
            assert not any(c.isascii() and c.isalnum() and c not in "0Aa" for c in hidden)
    keys = b"".join(_key(byte) for byte in data[:100])
    assert not {2, 3, 4, 5, 6, 7, 8, 9, 10, 16, 17} & set(mask_events(keys)[18::EVENT_BYTES])


TARGETS = (
    Target(
        "serial_codes", serial_codes, (b"\x00" + UTF8, b"\x03" + GM65_ACK + GBK, b"\x01\x06A1\r")
    ),
    Target("scanner_reads", scanner_reads, (b"\x00" + GM65_ACK + UTF8, b"\x01\x06" + GBK)),
    Target(
        "key_codes",
        key_codes,
        (
            b"\x18" + KEY_DOWN_A + KEY_UP_A + ENTER,
            b"\x00" + ALT_DOWN + KEYPAD_7 * 2 + ALT_UP + ENTER,
        ),
        longest=2400,
    ),
    Target("code_text", code_text, (UTF8[:-1], GBK[:-1], b"]Q2\\000026" + UTF8[3:-1])),
    Target("code_masks", code_masks, (UTF8, GBK, GM65_ACK + UTF8, KEY_DOWN_A + ENTER)),
)
