"""Status bytes: the sheet's tables and worked examples, merged streams, and noise."""

import pytest
from escpos_peer import SLIP, Peer
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import Reason
from drivers.printers.escpos import SPEC, EscposOptions
from drivers.printers.escpos_printer import EscposPrinter
from drivers.printers.escpos_status import (
    Answer,
    AnswerStream,
    Block,
    Full,
    Information,
    Processed,
    Realtime,
    judge,
    judge_block,
    ticket_of,
)
from drivers.status import Paper, State


def opened(peer: Peer, **more: object) -> EscposPrinter:
    printer = SPEC.open(EscposOptions.model_validate({**peer.options, **more}))
    assert isinstance(printer, EscposPrinter)
    return printer


def read(data: str, awaited: int = 0) -> list[Answer]:
    stream = AnswerStream()
    stream.awaited = awaited
    return list(stream.feed(bytes.fromhex(data)))


def test_worked_asb_example() -> None:
    assert read("10 00 00 00 18 00 0F 00 38 00 0F 00 10 00 00 00") == [
        Block(b"\x10\x00\x00\x00"),
        Block(b"\x18\x00\x0f\x00"),
        Block(b"\x38\x00\x0f\x00"),
        Block(b"\x10\x00\x00\x00"),
    ]


@pytest.mark.parametrize(
    ("data", "awaited", "answers"),
    [
        ("10 00 00 00 12", 0, [Block(b"\x10\0\0\0"), Realtime(0x12)]),
        ("12 10 00 00 00 16", 0, [Realtime(0x12), Block(b"\x10\0\0\0"), Realtime(0x16)]),
        ("00", 1, [Processed(0x00)]),
        ("03", 1, [Processed(0x03)]),
        ("00", 0, []),
        ("10 00 00 00 00", 1, [Block(b"\x10\0\0\0"), Processed(0)]),
        ("00 00", 1, [Processed(0)]),
        ("10 00 12", 0, [Realtime(0x12)]),  # a block that broke off
        ("5F 54 4D 2D 38 30 00 12", 0, [Information(b"TM-80"), Realtime(0x12)]),
        ("10 00 12 00 00", 1, [Realtime(0x12)]),  # its rest is no answer to GS r
        ("10 00 12 00 00 00", 1, [Realtime(0x12), Processed(0)]),
        ("11 13 FF 93", 1, []),  # flow control and noise
    ],
)
def test_mixed_streams(data: str, awaited: int, answers: list[Answer]) -> None:
    assert read(data, awaited) == answers


def test_full_status_of_a_presenter_is_told_from_a_block() -> None:
    stream = AnswerStream()
    stream.full_awaited = 1
    full = bytes.fromhex("10 0F 20 00 00 00")
    assert list(stream.feed(bytes.fromhex("10 00 00 00") + full + b"\x12")) == [
        Block(b"\x10\0\0\0"),
        Full(full),
        Realtime(0x12),
    ]
    assert ticket_of(full)
    assert read("10 0F 20 00") == [Block(b"\x10\x0f\x20\0")]


@pytest.mark.parametrize(
    ("data", "noise"),
    [("12 10 00 00 00 11 13", 0), ("ff", 1), ("80 fe 12", 2), ("5f" + "41" * 90, 90)],
)
def test_what_no_printer_at_work_sends_is_noise(data: str, noise: int) -> None:
    stream = AnswerStream()
    list(stream.feed(bytes.fromhex(data)))
    assert stream.noise == noise
    stream.forget()
    assert stream.noise == 0


@pytest.mark.parametrize(
    ("paper", "error", "reason", "roll", "waiting"),
    [
        (0x12, None, None, Paper.OK, False),
        (0x52, None, None, Paper.OK, True),  # b6 alone: a ticket in the presenter
        (0x32, None, Reason.PAPER_OUT, Paper.OUT, False),
        (0x72, None, Reason.PAPER_OUT, Paper.OUT, False),
        (0x1E, None, None, Paper.LOW, False),
        (0x12, 0x16, Reason.PAPER_JAM, Paper.JAM, False),
    ],
)
def test_citizens_presenter(
    paper: int, error: int | None, reason: Reason | None, roll: Paper, waiting: bool
) -> None:
    cause = 0x12 if error is None else 0x52
    seen = judge(0x12, cause, paper, error, "citizen")
    assert (seen.reason, seen.paper, seen.ticket_waiting) == (reason, roll, waiting)


@pytest.mark.parametrize(
    ("printer", "cause", "error", "paper", "reason", "roll"),
    [
        (0x12, 0x12, None, 0x12, None, Paper.OK),
        (0x16, 0x12, None, 0x12, None, Paper.OK),  # drawer pin high
        (0x12, 0x12, None, 0x1E, None, Paper.LOW),
        (0x1A, 0x32, None, 0x7E, Reason.PAPER_OUT, Paper.OUT),
        (0x1E, 0x32, None, 0x72, Reason.PAPER_OUT, Paper.OUT),
        (0x1A, 0x32, None, 0x32, Reason.PAPER_OUT, Paper.OUT),  # Citizen PPU-231II
        (0x12, 0x12, None, 0x32, Reason.PAPER_OUT, Paper.OUT),
        (0x1A, 0x16, None, 0x12, Reason.COVER_OPEN, Paper.OK),
        (0x1A, 0x36, None, 0x7E, Reason.COVER_OPEN, Paper.OUT),
        (0x1A, 0x52, 0x1A, 0x12, Reason.PRINTER_FAULT, Paper.OK),
        (0x1A, 0x52, 0x32, 0x12, Reason.PRINTER_FAULT, Paper.OK),
        (0x1A, 0x12, None, 0x12, Reason.PRINTER_FAULT, Paper.OK),
        (0x12, None, None, None, None, Paper.UNKNOWN),
    ],
)
def test_judgement(
    printer: int,
    cause: int | None,
    error: int | None,
    paper: int | None,
    reason: Reason | None,
    roll: Paper,
) -> None:
    condition = judge(printer, cause, paper, error)
    assert (condition.reason, condition.paper) == (reason, roll)


def test_error_words_and_what_can_be_cleared() -> None:
    assert judge(0x1A, 0x52, 0x12, 0x1A).detail == "the cutter is jammed"
    assert judge(0x1A, 0x52, 0x12, 0x1A).recoverable
    assert not judge(0x1A, 0x52, 0x12, 0x32).recoverable
    assert judge(0x1A, 0x52, 0x12, 0x52).detail == "the print head is too hot"


@pytest.mark.parametrize(
    ("block", "reason", "paper"),
    [
        ("10 00 00 00", None, Paper.OK),
        ("10 00 03 00", None, Paper.LOW),
        ("18 00 0F 00", Reason.PAPER_OUT, Paper.OUT),
        ("38 00 0F 00", Reason.COVER_OPEN, Paper.OUT),
        ("18 08 00 00", Reason.PRINTER_FAULT, Paper.OK),
    ],
)
def test_blocks(block: str, reason: Reason | None, paper: Paper) -> None:
    condition = judge_block(bytes.fromhex(block))
    assert (condition.reason, condition.paper) == (reason, paper)


@pytest.mark.parametrize(
    ("one", "two", "three", "four", "state", "paper", "cover"),
    [
        ("12", "12", "12", "12", State.ONLINE, Paper.OK, False),
        ("12", "12", "12", "1E", State.ONLINE, Paper.LOW, False),
        ("1A", "32", "12", "7E", State.OFFLINE, Paper.OUT, False),
        ("1A", "36", "12", "7E", State.USER_ERROR, Paper.OUT, True),
        ("1A", "16", "12", "12", State.USER_ERROR, Paper.OK, True),
        ("1A", "12", "12", "12", State.OFFLINE, Paper.OK, False),
        ("1A", "52", "1A", "12", State.HARDWARE_ERROR, Paper.OK, False),
        ("10 00 00 00 12", "12", "12", "12", State.ONLINE, Paper.OK, False),
    ],
)
def test_status_over_the_wire(
    one: str, two: str, three: str, four: str, state: State, paper: Paper, cover: bool
) -> None:
    table = {"10 04 01": [one], "10 04 02": [two], "10 04 03": [three], "10 04 04": [four]}
    with Peer(table) as peer:
        printer = opened(peer)
        status = printer.status()
        printer.close()
        asked = b"\x1d\x61\xff\x10\x04\x01\x10\x04\x02\x10\x04\x04"
        assert peer.received == asked + (b"\x10\x04\x03" if two == "52" else b"")
    assert (status.state, status.paper, status.cover_open) == (state, paper, cover)


def test_a_late_answer_is_not_taken_for_the_next_question() -> None:
    """DLE EOT 1 answers late, behind the next question: 12h must not become "paper is fine"."""
    table = {"10 04 01": ["12"], "10 04 02": [""], "10 04 04": ["12 7E"]}
    with Peer(table) as peer:
        printer = opened(peer, reply_timeout_s=0.1)
        assert printer.status().paper is Paper.OUT
        printer.close()


def test_a_line_that_sends_back_every_byte_is_told_as_that() -> None:
    """Each question comes back as it was asked: no open cover, and nothing is printed."""
    questions = ["10 04 01", "10 04 02", "10 04 04", "10 04 01"]
    line = {question: [question] for question in (*questions, "1D 61 FF")}
    with Peer(line) as peer:
        printer = opened(peer, reply_timeout_s=0.1)
        result = printer.print_slip(SLIP)
        status = printer.status()
        printer.close()
        assert peer.received == bytes.fromhex("1D 61 FF" + 2 * " ".join(questions))
    assert (result.outcome.value, result.reason) == ("not_printed", "garbled")
    assert result.advice == (
        "The line sends back every byte that it is sent. Check the wiring: receive joined to send, "
        "or an adapter for two wires that hears itself."
    )
    assert status.state is State.OFFLINE
    assert status.detail == "the line sends back every byte that it is sent"


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        ("10 04 02", "garbled"),
        ("", "unconfirmed"),  # the first was a block that broke off
        ("10 04 01", "unconfirmed"),
    ],
)
def test_one_question_that_came_back_is_no_echo_yet(second: str, reason: str) -> None:
    with Peer({"10 04 01": ["10 04 01"], "10 04 02": [second], "10 04 04": ["10 04 04"]}) as peer:
        printer = opened(peer, reply_timeout_s=0.1, confirm_timeout_s=0.2)
        assert printer.print_slip(SLIP).reason == reason
        printer.close()


def test_a_printer_behind_an_adapter_that_hears_itself_is_understood() -> None:
    """Each answer comes behind an echo of its question."""
    table = {f"10 04 0{n}": [f"10 04 0{n} {answer}"] for n, answer in ((1, "1A"), (2, "32"))}
    with Peer({**table, "10 04 04": ["10 04 04 7E"]}) as peer:
        printer = opened(peer)
        assert printer.status().paper is Paper.OUT
        printer.close()


answers = st.one_of(
    st.integers(0, 255).map(lambda b: Realtime((b & 0x6C) | 0x12)),
    st.tuples(*[st.integers(0, 255)] * 3).map(
        lambda t: Block(bytes([0x10 | (t[0] & 0x6C), t[1] & 0x6F, t[2] & 0x6F, t[0] & 0x6F]))
    ),
    st.integers(0, 15).map(Processed),
    st.binary(max_size=20).map(lambda b: Information(b.replace(b"\0", b"1"))),
)


def wire(answer: Answer) -> bytes:
    match answer:
        case Realtime(value) | Processed(value):
            return bytes([value])
        case Block(values):
            return values
        case Information(text):
            return b"\x5f" + text + b"\0"


@given(st.lists(answers), st.integers(1, 7))
def test_any_mixture_is_read_back(sent: list[Answer], step: int) -> None:
    stream = AnswerStream()
    stream.awaited = len(sent)
    data = b"".join(wire(answer) for answer in sent)
    got = [a for i in range(0, len(data), step) for a in stream.feed(data[i : i + step])]
    assert got == sent


@given(st.binary(max_size=300), st.integers(0, 3), st.integers(0, 2), st.integers(1, 300))
def test_noise_never_breaks_it(data: bytes, awaited: int, full: int, cut: int) -> None:
    whole, parts = AnswerStream(), AnswerStream()
    whole.awaited = parts.awaited = awaited
    whole.full_awaited = parts.full_awaited = full
    got = list(whole.feed(data))
    assert [*parts.feed(data[:cut]), *parts.feed(data[cut:])] == got
    assert sum(isinstance(answer, Processed) for answer in got) <= awaited
