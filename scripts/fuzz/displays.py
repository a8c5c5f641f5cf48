"""Displays that answer: Onbon LED cards and Modbus digits."""

from collections.abc import Sequence

from drivers.displays import modbus_rtu, onbon_bx_frame
from scripts.fuzz.target import Target, hexed, same_however_cut

PREAMBLE = b"\xa5" * 8
ACK = hexed("00 80 01 00 00 00 00 00 00 00 FE 02 05 00 A0 00 00 00 00 64 DC 5A")
NACK = hexed("00 80 01 00 00 00 00 00 00 00 FE 02 05 00 A0 01 05 00 00 75 21 5A")


def onbon_answers(data: bytes) -> None:
    """Answers of an LED card."""

    def parse(parts: Sequence[bytes]) -> list[str]:
        stream = onbon_bx_frame.AnswerStream()
        return [repr(answer) for part in parts for answer in stream.feed(part)]

    same_however_cut(parse, data)


def modbus_answers(data: bytes) -> None:
    """Answers of a digit display, and one whose check is right around `data`."""

    def parse(parts: Sequence[bytes]) -> list[str]:
        stream = modbus_rtu.ReplyStream()
        return [repr(reply) for part in parts for reply in stream.feed(part)]

    same_however_cut(parse, data)


TARGETS = (
    Target("onbon_answers", onbon_answers, (b"\x00" + PREAMBLE + ACK, b"\x05" + PREAMBLE + NACK)),
    Target(
        "modbus_answers",
        modbus_answers,
        (
            b"\x00" + hexed("01 06 00 88 00 0D C8 25"),
            b"\x03" + hexed("01 10 00 70 00 02 40 13"),
            b"\x01" + hexed("01 03 02 00 05 78 47") + hexed("01 86 02 C3 A1"),
        ),
        longest=256,
    ),
)
