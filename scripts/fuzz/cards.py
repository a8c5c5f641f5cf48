"""Readers of cards: frames of the ID card module, card texts, APDUs and records of chip cards."""

import contextlib
from functools import reduce
from operator import xor

from drivers.cards.pcsc_apdu import LONGEST, exchange
from drivers.cards.sdt_frames import BadFrameError, FrameReader
from drivers.cards.sdt_mask import masked_answers
from drivers.cards.sdt_text import address_text, blocks, decode
from drivers.cards.social_security_mask import mask
from drivers.cards.social_security_records import decode as decode_records
from drivers.cards.social_security_records import value_of
from drivers.errors import PeripheralError
from drivers.interfaces import Chunk, Direction
from scripts.fuzz.target import TODAY, Target, hexed, pieces

PREAMBLE = hexed("AA AA AA 96 69")
TAGS = (0x05, 0x06, 0x07, 0x08, 0x09, 0x4E, 0x0A, 0x0B, 0x0D)
TEXT = (
    "测试甲".ljust(15) + "101" + "19000101" + "重庆市渝中区测试路1号".ljust(35)
    + "50010319000101001X" + "重庆市公安局测试分局".ljust(15) + "20240101" + "长期".ljust(26)
)  # fmt: skip
FOUND = PREAMBLE + hexed("00 08 00 00 9F 00 00 00 00 97")
HOLDER = hexed("08 12 35 30 30 30 30 30 31 39 30 30 30 31 30 31 30 30 30 37 90 00")
NAME = hexed("09 1E B2 E2 CA D4 BC D7") + bytes(24) + hexed("90 00")


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
    """The text of a card, with and without the lengths before it, and a newest address."""
    for prints in (False, True):
        with contextlib.suppress(PeripheralError):
            decode(blocks(data, prints=prints).text, TODAY)
    with contextlib.suppress(PeripheralError):
        decode(data[:256].ljust(256, b" "), TODAY)
    with contextlib.suppress(PeripheralError):
        address_text(data)


def sdt_mask(data: bytes) -> None:
    """Masking a recording keeps its length, whatever stands in it."""
    assert len(masked_answers(data)) == len(data)


def chip_records(data: bytes) -> None:
    """Records of a social security card: the input is one record, and all of them one by one."""
    values = {tag: value for tag in TAGS if (value := value_of(data, tag)) is not None}
    at = 0
    while at + 2 <= len(data):
        record = data[at : at + 2 + data[at + 1]]
        if (value := value_of(record, data[at])) is not None:
            values[data[at]] = value
        at += len(record)
    with contextlib.suppress(PeripheralError):
        decode_records(values, TODAY)


def chip_answers(data: bytes) -> None:
    """A chip card that answers every command with the next piece of the input."""
    answers = iter(pieces(data))
    with contextlib.suppress(PeripheralError):
        reply = exchange(lambda command: next(answers, b""), hexed("00 B2 08 00 14"))
        assert len(reply.data) <= LONGEST


def chip_mask(data: bytes) -> None:
    """Masking chip card answers keeps every chunk's length and status word."""
    chunks = []
    for number, piece in enumerate(pieces(data)):
        chunks.append(Chunk(number, Direction.OUT if number % 2 == 0 else Direction.IN, piece))
    for before, after in zip(chunks, mask(chunks), strict=True):
        assert len(before.data) == len(after.data)
        assert before.direction is after.direction
        assert before.data[-2:] == after.data[-2:]


TARGETS = (
    Target(
        "sdt_frames",
        sdt_frames,
        (
            b"\x00" + PREAMBLE + hexed("00 04 00 00 80 84"),
            b"\x03" + FOUND,
            b"\x01\xaa\xaa" + PREAMBLE + hexed("00 0C 00 00 90 00 00 00 00 00 00 00 00 9C"),
        ),
    ),
    Target(
        "sdt_card",
        sdt_card,
        (
            hexed("01 00 04 00") + TEXT.encode("utf-16-le").ljust(256) + bytes(1024),
            hexed("01 00 04 00 00 00") + TEXT.encode("utf-16-le").ljust(256) + bytes(1024),
            TEXT.encode("utf-16-le"),
        ),
        longest=2400,
    ),
    Target("sdt_mask", sdt_mask, (FOUND, PREAMBLE + hexed("00 04 00 00 80 84") + FOUND)),
    Target("chip_records", chip_records, (HOLDER[:-2] + NAME[:-2], hexed("0D 04 19 00 01 01"))),
    Target("chip_answers", chip_answers, (b"\x16" + HOLDER, hexed("02 61 12 6C 14 90 00"))),
    Target("chip_mask", chip_mask, (b"\x05" + hexed("00 B2 08 00 14") + HOLDER,)),
)
