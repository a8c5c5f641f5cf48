"""Thermal printers: the mixed stream of their answers, what these mean, and a dialogue."""

from collections.abc import Sequence
from itertools import count
from typing import get_args

from drivers.errors import Reason
from drivers.printers import escpos_status
from drivers.printers.escpos import probe
from drivers.printers.escpos_dialogue import Dialogue
from drivers.printers.escpos_status import (
    Block,
    Condition,
    Full,
    Information,
    Processed,
    Realtime,
)
from drivers.printers.escpos_traits import Presenter
from drivers.status import Paper
from scripts.fuzz.target import (
    Script,
    Target,
    hexed,
    pieces,
    refusing,
    same_however_cut,
    watched,
)

PRESENTERS: tuple[Presenter, ...] = get_args(Presenter)
LONGEST_TEXT = 80
LATE = 16  # answers to GS r that may still come from an earlier job
SECONDS_A_LOOK, LONGEST_TALK_S = 0.05, 200.0
COVER, PAPER_END, ERROR = 0x04, 0x20, 0x40
FULL = hexed("10 0F 00 00 00 00")


def escpos_answers(data: bytes) -> None:
    """The mixed stream of a printer's answers; the first byte also says what it awaits."""
    awaited, full = (data[0] & 1, data[0] >> 1 & 1) if data else (0, 0)

    def parse(parts: Sequence[bytes]) -> list[str]:
        stream = escpos_status.AnswerStream()
        stream.awaited, stream.full_awaited = awaited, full
        told = []
        for part in watched(stream, parts, LONGEST_TEXT + 6):
            told += list(stream.feed(part))
        assert sum(isinstance(answer, Processed) for answer in told) <= awaited
        assert sum(isinstance(answer, Full) for answer in told) <= full
        assert all(map(_well_formed, told))
        stream.forget()
        assert list(stream.feed(hexed("12 10 00 00 00 16"))) == [
            Realtime(0x12), Block(hexed("10 00 00 00")), Realtime(0x16),
        ]  # fmt: skip
        return [repr(answer) for answer in told]

    same_however_cut(parse, data)


def _well_formed(answer: escpos_status.Answer) -> bool:
    """Whether the fixed bits of its kind are as the manuals say."""
    match answer:
        case Realtime(value):
            return value & 0x93 == 0x12
        case Processed(value):
            return value & 0x90 == 0
        case Block(values):
            return (
                len(values) == 4
                and values[0] & 0x93 == 0x10
                and not any(value & 0x90 for value in values[1:])
            )
        case Information(text):
            return len(text) <= LONGEST_TEXT and 0 not in text
        case Full(values):
            return len(values) == 6 and values[1] == 0x0F


def escpos_words(data: bytes) -> None:
    """What status bytes mean: a printer that reports a fault is never one that can print."""
    presenter = PRESENTERS[len(data) % 3]
    given = [None if byte == 0xFF else byte for byte in data[:4].ljust(4, b"\xff")]
    printer, cause, paper, error = given
    condition = escpos_status.judge(printer or 0, cause, paper, error, presenter)
    end = PAPER_END if presenter == "citizen" else 0x60
    fault = ((cause or 0) & (COVER | PAPER_END | ERROR)) | ((paper or 0) & end)
    assert (condition.reason is None) == (not fault and not (printer or 0) & 0x08)
    _check(condition)
    block = data[:4].ljust(4, b"\0")
    told = escpos_status.judge_block(block, presenter)
    if block[0] & 0x28 or block[1] & 0x6C or block[2] & 0x04:
        assert told.reason is not None
    _check(told)
    assert escpos_status.ticket_of(FULL[:2] + block) == bool(block[0] & 0x20)


def _check(condition: Condition) -> None:
    assert (condition.reason is None) == (not condition.detail)
    assert condition.state
    if condition.paper is Paper.OUT:
        assert condition.reason is not None


def escpos_dialogue(data: bytes) -> None:
    """Status and a confirmed job over a printer that says `data`, then is silent or unplugged.

    As many answers as may be late prove nothing: it takes more to say that a job was processed.
    """
    presenter = PRESENTERS[len(data) % 3]
    clock = map(SECONDS_A_LOOK.__mul__, count())
    script = Script(pieces(data), silent=len(data) % 2 == 0)
    talk = Dialogue(script, 1.0, presenter=presenter, doubt=LATE, now=clock.__next__)
    with refusing(Reason.LOST):
        talk.begin()
        _check(talk.condition())
        script.write(talk.marked(b""), 1.0)
        done, now = talk.await_processed(2.0, ask=True)
        well = done and now.reason is None
        assert not well or sum(byte & 0x90 == 0 for byte in data[1:]) >= LATE
        _check(now)
    assert script.written < 4096
    assert next(clock) < LONGEST_TALK_S
    with refusing(Reason.LOST):
        belief = probe(Script(pieces(data)))
        assert belief is None or all(byte & 0x93 == 0x12 for byte in data[1:3])


TARGETS = (
    Target(
        "escpos_answers",
        escpos_answers,
        (
            hexed("00 12 12 12 12"), hexed("01 10 00 00 00 12 00"),
            hexed("02 18 00 0F 00 1A 5F 41"), b"\x06" + FULL + b"_TM-T88\0",
            b"\x01_" + b"A" * 100,
        ),
        longest=2048,
    ),
    Target("escpos_words", escpos_words, (hexed("1A 32 7E 12"), hexed("1A 52 12 1A 00"))),
    Target(
        "escpos_dialogue",
        escpos_dialogue,
        (
            hexed("01 12 12 12") + bytes(20) + hexed("12 12 12"),
            hexed("01 1A 32 7E"), hexed("00 10 00 00 00 12"),
        ),
        longest=256,
    ),
)  # fmt: skip
