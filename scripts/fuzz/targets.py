"""What is fuzzed, and what must hold of it for all bytes whatever.

A target's `run` takes bytes and returns; anything it raises is a finding. What a parser is allowed
to raise, it catches itself. The first byte of an input says into how small pieces the rest is cut:
a stream must give the same answers however its bytes arrive.
"""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import xor

from drivers.cards.sdt_frames import BadFrameError, FrameReader
from drivers.cards.sdt_text import blocks, decode
from drivers.displays import onbon_bx_frame
from drivers.errors import PeripheralError
from drivers.printers import escpos_status

TODAY = date(2026, 11, 24)


@dataclass(frozen=True, slots=True)
class Target:
    """A parser: where its code lives (instrumented for coverage), how to run it, how to begin."""

    name: str
    modules: tuple[str, ...]
    run: Callable[[bytes], None]
    seeds: tuple[bytes, ...]


def pieces(data: bytes) -> list[bytes]:
    """`data` without its first byte, cut into pieces of that many bytes (0: whole)."""
    if not data:
        return []
    size = data[0] or len(data)
    return [data[at : at + size] for at in range(1, len(data), size)]


def same_however_cut(parse: Callable[[Sequence[bytes]], list[str]], data: bytes) -> None:
    """Run `parse` over the pieces and over the whole; both must tell the same."""
    told = parse(pieces(data))
    whole = parse([data[1:]])
    if told != whole:
        raise AssertionError(f"cut: {told}, whole: {whole}")


def sdt_frames(data: bytes) -> None:
    """Answers of an ID card module, and one whose length and checksum are right around `data`."""
    body = (len(data) + 4).to_bytes(2, "big") + bytes(3) + data
    reader = FrameReader()
    reader.feed(PREAMBLE + body + bytes([reduce(xor, body, 0)]))
    if len(data) <= 4000:
        answer = reader.take()
        assert answer is not None
        assert answer.data == data
    reader = FrameReader()
    for piece in pieces(data):
        reader.feed(piece)
        try:
            while (answer := reader.take()) is not None:
                assert 0 <= answer.status <= 0xFF
                assert len(answer.data) <= 4096
        except BadFrameError:
            reader = FrameReader()


def sdt_card(data: bytes) -> None:
    """The text of a card, with and without the lengths before it."""
    for text in (data, data[:256].ljust(256, b" ")):
        with contextlib.suppress(PeripheralError):
            decode(text if text is not data else blocks(data).text, TODAY)


def escpos_answers(data: bytes) -> None:
    """The mixed stream of a printer's answers; odd first bytes await a GS r."""

    def parse(parts: Sequence[bytes]) -> list[str]:
        stream = escpos_status.AnswerStream()
        stream.awaited = data[0] & 1
        return [repr(answer) for part in parts for answer in stream.feed(part)]

    if data:
        same_however_cut(parse, data)


def onbon_answers(data: bytes) -> None:
    """Answers of an LED card."""

    def parse(parts: Sequence[bytes]) -> list[str]:
        stream = onbon_bx_frame.AnswerStream()
        return [repr(answer) for part in parts for answer in stream.feed(part)]

    same_however_cut(parse, data)


def _hex(text: str) -> bytes:
    return bytes.fromhex(text)


PREAMBLE = _hex("AA AA AA 96 69")
TEXT = (
    "测试甲".ljust(15) + "101" + "19000101" + "重庆市渝中区测试路1号".ljust(35)
    + "50010319000101001X" + "重庆市公安局测试分局".ljust(15) + "20240101" + "长期".ljust(26)
)  # fmt: skip

TARGETS: tuple[Target, ...] = (
    Target(
        "sdt_frames",
        ("drivers.cards.sdt_frames",),
        sdt_frames,
        (
            b"\x00" + PREAMBLE + _hex("00 04 00 00 80 84"),
            b"\x03" + PREAMBLE + _hex("00 08 00 00 9F 00 00 00 00 97"),
            b"\x01\xaa\xaa" + PREAMBLE + _hex("00 0C 00 00 90 00 00 00 00 00 00 00 00 9C"),
        ),
    ),
    Target(
        "sdt_card",
        ("drivers.cards.sdt_text", "drivers.cards.sdt_layout", "drivers.cards.checks"),
        sdt_card,
        (
            _hex("01 00 04 00") + TEXT.encode("utf-16-le").ljust(256) + bytes(1024),
            TEXT.encode("utf-16-le"),
        ),
    ),
    Target(
        "escpos_answers",
        ("drivers.printers.escpos_status",),
        escpos_answers,
        (_hex("00 12 12 12 12"), _hex("01 10 00 00 00 12 00"), _hex("02 18 00 0F 00 1A 5F 41 00")),
    ),
    Target(
        "onbon_answers",
        ("drivers.displays.onbon_bx_frame",),
        onbon_answers,
        (
            b"\x00" + b"\xa5" * 8
            + _hex("00 80 01 00 00 00 00 00 00 00 FE 02 05 00 A0 00 00 00 00 64 DC 5A"),
            b"\x05" + b"\xa5" * 8
            + _hex("00 80 01 00 00 00 00 00 00 00 FE 02 05 00 A0 01 05 00 00 75 21 5A"),
        ),
    ),
)  # fmt: skip


def target(name: str) -> Target:
    """The target of that name. Raises ValueError."""
    for each in TARGETS:
        if each.name == name:
            return each
    raise ValueError(f"no target {name!r}; there are {', '.join(t.name for t in TARGETS)}")
