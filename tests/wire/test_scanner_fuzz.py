"""Arbitrary bytes in arbitrary pieces: the scanners' parsers end, stay small, and find the same."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import PeripheralError, Reason
from drivers.interfaces import Chunk, Direction
from drivers.scanners import keyboard_scanner_mask, serial_scanner_mask
from drivers.scanners.code_text import Rules
from drivers.scanners.keyboard_scanner_keys import EVENT, KeyCodes
from drivers.scanners.serial_scanner_codes import SerialCodes
from drivers.scanners.serial_scanner_makers import ack_byte, register_answer

PARTS = st.sampled_from(
    [b"A001", b"\r", b"\r\n", b"\t", b"\x06", b"]Q1", bytes.fromhex("02000001003331"),
     bytes.fromhex("0200000239 01C14C"), b"\x02\x00", "渝".encode(), b"\x00", b"7" * 700]
)  # fmt: skip
STREAMS = st.lists(st.one_of(PARTS, st.binary(max_size=20)), max_size=20)
SUFFIXES = st.sampled_from([b"\r", b"\r\n", b"\t", b""])
FINDERS = st.sampled_from([None, ack_byte, register_answer])
EVENTS = st.builds(
    EVENT.pack, st.just(0), st.just(0), st.sampled_from([0, 1, 4]),
    st.one_of(st.sampled_from([28, 15, 42, 56, 58, 82, 79, 30, 3]), st.integers(0, 0xFFFF)),
    st.integers(0, 2),
)  # fmt: skip


def taken(codes: Any) -> list[str]:
    found = []
    while True:
        try:
            code = codes.take()
        except PeripheralError as e:
            assert e.reason is Reason.REJECTED  # noqa: PT017 - codes may be refused
            found.append("refused")
            continue
        if code is None:
            return found
        found.append(code.text)


def size(codes: SerialCodes) -> int:
    return len(codes._begun) + sum(len(code or b"") for code in codes._whole)


@given(STREAMS, SUFFIXES, FINDERS)
def test_serial_codes_in_pieces_are_those_of_one_piece(
    pieces: list[bytes], suffix: bytes, finder: Any
) -> None:
    def codes() -> SerialCodes:
        return SerialCodes(suffix, Rules(longest=1000), finder)

    piecewise, whole = codes(), codes()
    found = []
    for piece in pieces:
        piecewise.feed(piece)
        found += taken(piecewise)
        assert size(piecewise) < 1300 + len(piece)
    stream = b"".join(pieces)
    for at in range(len(stream)):
        whole.feed(stream[at : at + 1])
        assert size(whole) < 1300 * 17
    assert taken(whole)[:16] == found[:16]
    piecewise.finish()
    taken(piecewise)
    piecewise.forget()
    assert not piecewise.inside


@given(st.lists(st.binary(min_size=1, max_size=3000), max_size=10), SUFFIXES, FINDERS)
def test_serial_codes_stay_small(pieces: list[bytes], suffix: bytes, finder: Any) -> None:
    codes = SerialCodes(suffix, Rules(longest=100), finder)
    for piece in pieces * 5:
        codes.feed(piece)
        assert size(codes) < 20_000


@given(st.lists(st.one_of(EVENTS, st.binary(max_size=30)), max_size=40), st.booleans())
def test_key_codes(pieces: list[bytes], ends_by_key: bool) -> None:
    codes = KeyCodes(Rules(longest=20), "gbk", ends_by_key)
    for piece in pieces:
        codes.feed(piece)
        assert len(codes._text) <= 30
        assert len(codes._bytes) < EVENT.size
    codes.finish()
    taken(codes)
    codes.forget()
    assert not codes.inside


@given(st.lists(st.tuples(st.sampled_from(Direction), st.binary(min_size=1, max_size=60))))
def test_masks_keep_the_form_of_any_recording(parts: list[tuple[Direction, bytes]]) -> None:
    chunks = [Chunk(at, direction, data) for at, (direction, data) in enumerate(parts)]
    for mask in (serial_scanner_mask.mask, keyboard_scanner_mask.mask):
        forms = [(c.at_ms, c.direction, len(c.data)) for c in mask(chunks)]
        assert forms == [(c.at_ms, c.direction, len(c.data)) for c in chunks]
