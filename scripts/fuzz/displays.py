"""Displays that answer: Onbon LED cards and Modbus digits; and the echo of a line they share."""

import re
from collections.abc import Sequence
from math import inf

from drivers.displays import modbus_digits, modbus_rtu, onbon_bx, onbon_bx_frame
from drivers.errors import Reason
from drivers.transports.shared import Wire
from scripts.fuzz.target import (
    Script,
    Target,
    crc16,
    hexed,
    pieces,
    refusing,
    same_however_cut,
    watched,
)

PREAMBLE = b"\xa5" * 8
ACK = hexed("00 80 01 00 00 00 00 00 00 00 FE 02 05 00 A0 00 00 00 00 64 DC 5A")
NACK = hexed("00 80 01 00 00 00 00 00 00 00 FE 02 05 00 A0 01 05 00 00 75 21 5A")
ORIGINALS = {b"\xa6\x02": b"\xa5", b"\xa6\x01": b"\xa6", b"\x5b\x02": b"\x5a", b"\x5b\x01": b"\x5b"}
ESCAPES = {original: pair for pair, original in ORIGINALS.items()}
WRITE = hexed("01 06 00 88 00 0D C8 25")
READ = hexed("01 03 00 1D 00 01 15 CC")
COUNT = hexed("01 03 02 00 05 78 47")


def onbon_answers(data: bytes) -> None:
    """Answers of an LED card: none without its right check, and a good one behind any rubbish."""
    well = len(data) % 2 == 0
    body = ACK[:17] + data[:2].ljust(2, b"\0") + ACK[19:-3]
    frame = body + (crc16(body, 0) ^ (0 if well else len(data))).to_bytes(2, "little")
    escaped = b"".join(ESCAPES.get(bytes([byte]), bytes([byte])) for byte in frame)

    def parse(parts: Sequence[bytes]) -> list[str]:
        stream = onbon_bx_frame.AnswerStream()
        told = []
        for part in watched(stream, parts, 4096):
            told += [repr(answer) for answer in stream.feed(part)]
        *_, last = stream.feed(b"\x5a" + PREAMBLE + escaped + b"\x5a")
        assert (last is not None) == well
        return told

    told = same_however_cut(parse, data)
    good = [_onbon_again(frame) for frame in data[1:].split(b"\x5a")[:-1]]
    assert {each for each in told if each != "None"} <= set(good)
    with refusing(Reason.LOST):
        answer = onbon_bx.wait_for_answer(_asked(Script(pieces(data))), inf, 1)
        assert (answer.screen, answer.host) == (1, 0x8000)
        assert repr(answer) in good


def _onbon_again(frame: bytes) -> str:
    """An answer from what stands before an end byte, by another way."""
    body = frame.rpartition(b"\xa5")[2]
    body = re.sub(rb"[\xa6\x5b][\x01\x02]", lambda pair: ORIGINALS[pair[0]], body)
    if len(body) < 19 or crc16(body[:-2], 0) != int.from_bytes(body[-2:], "little"):
        return ""
    host, screen = (int.from_bytes(body[at : at + 2], "little") for at in (0, 2))
    refused, error = body[15:17]
    return repr(onbon_bx_frame.Answer(refused == 1, error, screen, host))


def modbus_answers(data: bytes) -> None:
    """Answers of a digit display: each stands in the input with its right check, in any cut."""
    for reply in same_however_cut(_modbus, data):
        frame = bytes.fromhex(reply)
        assert frame + crc16(frame, 0xFFFF).to_bytes(2, "little") in data[1:]
    request = (WRITE, READ)[len(data) % 2]
    waiting = modbus_digits.Waiting(request)
    with refusing(Reason.LOST):
        found = waiting.wait(_asked(Script(pieces(data))), inf)
        assert (found.address, found.function & 0x7F) == tuple(request[:2])
    assert not waiting.echoed or (request is READ and data[1:].startswith(request))


def _modbus(parts: Sequence[bytes]) -> list[str]:
    stream = modbus_rtu.ReplyStream()
    told = []
    for part in watched(stream, parts, modbus_rtu.LONGEST):
        told += [bytes([r.address, r.function]) + r.data for r in stream.feed(part)]
    # Frames have no mark: rubbish may by chance make another one with the beginning of this.
    assert list(stream.feed(WRITE))
    return [frame.hex() for frame in told]


def line_echo(data: bytes) -> None:
    """What an adapter returns of our own is dropped, once; all else comes through as it was."""
    own = data[1 : 1 + data[0] % 16] if data else b""
    wire = Wire.__new__(Wire)  # without a port
    wire._own, wire._held = own, b""
    heard, read = data[1:], b""
    for part in watched(wire, pieces(data), 2 * len(own)):
        read += wire._without_echo(part)
    still = wire._own[: len(wire._held)]
    assert read + still in (heard, heard.removeprefix(own))


def _asked(script: Script) -> Script:
    script.write(b"?", 1.0)
    return script


TARGETS = (
    Target("onbon_answers", onbon_answers, (b"\x00" + PREAMBLE + ACK, b"\x05" + PREAMBLE + NACK)),
    Target(
        "modbus_answers",
        modbus_answers,
        (
            b"\x00" + WRITE,
            b"\x03" + hexed("01 10 00 70 00 02 40 13"),
            b"\x01" + COUNT + hexed("01 86 02 C3 A1"),
            b"\x02" + READ + COUNT,
        ),
        longest=1024,
    ),
    Target("line_echo", line_echo, (b"\x08" + WRITE, b"\x08" + READ + COUNT), longest=512),
)
