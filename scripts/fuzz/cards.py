"""The ID card module: its frames, an exchange with it, card texts, and masked recordings."""

import contextlib
from collections.abc import Sequence
from functools import reduce
from operator import xor

from drivers.cards.sdt_frames import BadFrameError, Command, FrameReader
from drivers.cards.sdt_line import SdtLine
from drivers.cards.sdt_mask import masked_answers
from drivers.cards.sdt_status import SdtError, check
from drivers.cards.sdt_text import address_text, blocks, decode
from drivers.errors import Reason
from scripts.fuzz.target import (
    PATIENCE_S,
    TODAY,
    Script,
    Target,
    hexed,
    pieces,
    refusing,
    same_however_cut,
    watched,
)

PREAMBLE = hexed("AA AA AA 96 69")
LONGEST = 4096
COMMANDS = (Command.FIND, Command.READ, Command.NEWEST_ADDRESS, Command.SAM_STATUS)
TEXT = (
    "测试甲".ljust(15) + "101" + "19000101" + "重庆市渝中区测试路1号".ljust(35)
    + "50010319000101001X" + "重庆市公安局测试分局".ljust(15) + "20240101" + "长期".ljust(26)
)  # fmt: skip
WELL = PREAMBLE + hexed("00 04 00 00 90 94")
GONE = PREAMBLE + hexed("00 04 00 00 80 84")
FOUND = PREAMBLE + hexed("00 08 00 00 9F 00 00 00 00 97")
SAM_ID = PREAMBLE + hexed("00 14 00 00 90 05 00 01 00") + bytes(12) + hexed("80")


def sdt_frames(data: bytes) -> None:
    """Answers of the module: just those whose length, SW1 SW2 and checksum are right."""
    told = same_however_cut(_frames, data)
    assert told == _frames_again(data[1:])
    body = (len(data) + 4).to_bytes(2, "big") + bytes(3) + data
    if len(data) > LONGEST - 4:
        return
    whole = PREAMBLE + body + bytes([reduce(xor, body, 0)])
    if len(data) % 2:
        assert _frames([b"\x00\xaa\xaa" + whole, WELL]) == [f"00 {data.hex()}", "90 "]
    else:
        damaged = whole[:-1] + bytes([whole[-1] ^ (len(data) % 255 + 1)])
        assert _frames([damaged]) == ["broken"]


def _frames(parts: Sequence[bytes]) -> list[str]:
    """Status and data of each answer up to a broken one; behind that a good one is found again."""
    reader = FrameReader()
    told: list[str] = []
    for part in watched(reader, parts, 7 + LONGEST):
        reader.feed(part)
        try:
            while (answer := reader.take()) is not None:
                told.append(f"{answer.status:02x} {answer.data.hex()}")
        except BadFrameError:
            reader.feed(GONE)
            found = reader.take()
            assert found is not None
            assert found.status == 0x80
            return [*told, "broken"]
    if not reader.inside:
        reader.feed(GONE)
        assert reader.take() is not None
    return told


def _frames_again(stream: bytes) -> list[str]:
    """The same by searching all of the stream."""
    told: list[str] = []
    at = stream.find(PREAMBLE)
    while 0 <= at <= len(stream) - 7:
        again = stream[at + 5 : at + 10]
        if PREAMBLE.startswith(again):  # begun anew, or perhaps
            at = at + 5 if again == PREAMBLE else -1
            continue
        length = int.from_bytes(stream[at + 5 : at + 7], "big")
        end = at + 7 + length
        if not 4 <= length <= LONGEST:
            return [*told, "broken"]
        if end > len(stream):
            break
        if reduce(xor, stream[at + 5 : end]) or any(stream[at + 7 : at + 9]):
            return [*told, "broken"]
        told.append(f"{stream[at + 9]:02x} {stream[at + 10 : end - 1].hex()}")
        at = stream.find(PREAMBLE, end)
    return told


def sdt_exchange(data: bytes) -> None:
    """A question to a module that says `data` and is unplugged: an answer, or why there is none."""
    command = COMMANDS[len(data) % len(COMMANDS)]
    with refusing(Reason.GARBLED, Reason.LOST):
        line = SdtLine(Script(pieces(data)), PATIENCE_S)
        answer = line.exchange(command, PATIENCE_S, lambda: False)
        assert f"{answer.status:02x} {answer.data.hex()}" in _frames_again(data[1:])
        with contextlib.suppress(SdtError):
            assert check(command, answer) is answer


def sdt_card(data: bytes) -> None:
    """The text of a card, with and without the lengths before it, and a newest address."""
    for prints in (False, True):
        with refusing(Reason.GARBLED, Reason.UNSUPPORTED_CARD, Reason.CARD_REFUSED):
            parts = blocks(data, prints=prints)
            assert b"".join(parts) == data[6 if prints else 4 :][: sum(map(len, parts))]
            decode(parts.text, TODAY)
    with refusing(Reason.UNSUPPORTED_CARD, Reason.CARD_REFUSED):
        card = decode(data[:256].ljust(256, b" "), TODAY)
        assert card.number.strip()
        assert all(part.isprintable() or not part.isascii() for part in (card.name, card.number))
    address = address_text(data)
    assert address is None or len(address) <= 35


def sdt_mask(data: bytes) -> None:
    """Masking keeps the length of a recording and the right checksums in it, and masks once."""
    masked = masked_answers(data)
    assert len(masked) == len(data)
    assert masked_answers(masked) == masked
    told = _frames_again(data)
    if "broken" not in told:
        again = _frames_again(masked)
        assert [each[:2] for each in again] == [each[:2] for each in told]
        assert [len(each) for each in again] == [len(each) for each in told]


TARGETS = (
    Target(
        "sdt_frames",
        sdt_frames,
        (
            b"\x00" + GONE,
            b"\x03" + FOUND,
            b"\x01\xaa\xaa" + PREAMBLE + hexed("00 0C 00 00 90 00 00 00 00 00 00 00 00 9C"),
        ),
    ),
    Target("sdt_exchange", sdt_exchange, (b"\x00" + GONE, b"\x03" + FOUND, b"\x07" + SAM_ID)),
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
    Target("sdt_mask", sdt_mask, (FOUND, GONE + FOUND, SAM_ID)),
)
