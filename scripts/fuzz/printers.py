"""Printers: the mixed stream of a thermal printer's answers, and a print server's messages."""

import contextlib
from collections.abc import Sequence

from drivers.errors import PeripheralError
from drivers.printers import cups_ipp, cups_reasons, escpos_status
from scripts.fuzz.target import Target, hexed, same_however_cut

IPP = (
    hexed("01 01 00 00 00 00 00 01 01 47 00 12") + b"attributes-charset" + hexed("00 05")
    + b"utf-8" + hexed("04 44 00 15") + b"printer-state-reasons" + hexed("00 0F")
    + b"media-jam-error" + hexed("44 00 00 00 04") + b"none" + hexed("03")
)  # fmt: skip


def escpos_answers(data: bytes) -> None:
    """The mixed stream of a printer's answers; odd first bytes await a GS r."""

    def parse(parts: Sequence[bytes]) -> list[str]:
        stream = escpos_status.AnswerStream()
        stream.awaited = data[0] & 1
        return [repr(answer) for part in parts for answer in stream.feed(part)]

    if data:
        same_however_cut(parse, data)


def ipp_answers(data: bytes) -> None:
    """A message of a print server, and what its printer attributes mean."""
    with contextlib.suppress(PeripheralError):
        answer = cups_ipp.parse(data)
        for _, values in answer.groups:
            cups_reasons.condition_of(values)
        answer.message()


TARGETS = (
    Target(
        "escpos_answers",
        escpos_answers,
        (hexed("00 12 12 12 12"), hexed("01 10 00 00 00 12 00"), hexed("02 18 00 0F 00 1A 5F 41")),
    ),
    Target("ipp_answers", ipp_answers, (IPP,)),
)
