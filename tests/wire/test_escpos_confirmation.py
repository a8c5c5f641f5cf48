"""What is no answer to GS r although it looks like one: then nothing counts as printed."""

from contextlib import closing

import pytest
from escpos_peer import SLIP, Peer

from drivers.interfaces import PrintOutcome
from drivers.printers.escpos import SPEC, EscposOptions
from drivers.printers.escpos_printer import EscposPrinter

GS_R = "1D 72 01"
WELL = {"10 04 01": ["12"], "10 04 02": ["12"], "10 04 04": ["12"]}
PRINTED, UNSURE = PrintOutcome.PRINTED, PrintOutcome.UNSURE


def printer_at(peer: Peer) -> EscposPrinter:
    times = {"reply_timeout_s": 0.3, "confirm_timeout_s": 0.8}
    printer = SPEC.open(EscposOptions.model_validate({**peer.options, **times}))
    assert isinstance(printer, EscposPrinter)
    return printer


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        (["00"], PRINTED),
        (["00", "00", ""], UNSURE),  # a printer that lost its buffer and came up with two 00h
        (["", "00", ""], UNSURE),
        (["00", "00", "00 00"], UNSURE),  # one too many: it sent 00h when it came up
        (["00 00 00"], UNSURE),  # the rest of a block whose first byte was lost
    ],
)
def test_three_questions_have_three_answers_or_it_is_unsure(
    answers: list[str], outcome: PrintOutcome
) -> None:
    answers = [*["00"] * 33, *answers]  # those before the last three stand between the lines
    with Peer({**WELL, GS_R: answers}) as peer, closing(printer_at(peer)) as printer:
        assert printer.print_slip(SLIP).outcome is outcome
        assert peer.received.count(bytes.fromhex(GS_R)) == 36


@pytest.mark.parametrize("lost", [0, 2, 3, 6, 10, 20, 32])
def test_one_question_between_the_lines_that_is_not_answered_makes_it_unsure(lost: int) -> None:
    """A restart that lost what was received, while the connection held the rest of the slip."""
    answers = [*["00"] * lost, "", "00"]
    with Peer({**WELL, GS_R: answers}) as peer, closing(printer_at(peer)) as printer:
        assert printer.print_slip(SLIP).outcome is UNSURE


def test_questions_stand_before_each_piece_and_behind_each_line() -> None:
    with Peer({**WELL, GS_R: ["00"]}) as peer, closing(printer_at(peer)) as printer:
        assert printer.print_slip(SLIP).outcome is PRINTED
        between = peer.received.split(bytes.fromhex(GS_R) * 3)
    assert between[1] == bytes.fromhex("1B 40 1C 26 1D 61 FF")
    assert between[2] == bytes.fromhex("10 04 01")
    number = "1B 61 01 1B 21 00 1D 21 22 41 30 30 31 0A 1B 21 00 1D 21 00"
    assert between[5] == bytes.fromhex(number)
    assert between[11] == bytes.fromhex("1B 61 00 1D 56 42 00")
    assert len(between) == 13


def test_the_rest_of_a_cut_block_is_no_answer() -> None:
    """While GS r is due, the answer to DLE EOT 1 comes in the middle of a block."""
    polled = ["12", "10 00 12 00 00", "12"]
    with (
        Peer({**WELL, "10 04 01": polled, GS_R: [""]}) as peer,
        closing(printer_at(peer)) as printer,
    ):
        assert printer.print_slip(SLIP).outcome is UNSURE


@pytest.mark.parametrize(
    ("second", "outcome"),
    [
        (["00 " * 12, ""], UNSURE),
        (["00 " * 13, "00"], PRINTED),  # one to each question, and the late ones
    ],
)
def test_late_answers_of_one_slip_do_not_confirm_the_next(
    second: list[str], outcome: PrintOutcome
) -> None:
    # Twelve are not answered; the first three of the next are those that it is brought back with.
    answers = [*[""] * 12, *["00"] * 3, *second]
    with Peer({**WELL, GS_R: answers}) as peer, closing(printer_at(peer)) as printer:
        assert [printer.print_slip(SLIP).outcome for _ in range(2)] == [UNSURE, outcome]
