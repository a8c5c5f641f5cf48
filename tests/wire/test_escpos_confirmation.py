"""What is no answer to GS r although it looks like one: then nothing counts as printed."""

from contextlib import closing

import pytest
from escpos_peer import SLIP, Peer

from drivers.interfaces import PrintOutcome
from drivers.printers.escpos import EscposOptions, connect
from drivers.printers.escpos_printer import EscposPrinter

GS_R = "1D 72 01"
WELL = {"10 04 01": ["12"], "10 04 02": ["12"], "10 04 04": ["12"]}
PRINTED, UNSURE = PrintOutcome.PRINTED, PrintOutcome.UNSURE


def printer_at(peer: Peer) -> EscposPrinter:
    times = {"reply_timeout_s": 0.3, "confirm_timeout_s": 0.8}
    return EscposPrinter(EscposOptions.model_validate({**peer.options, **times}), connect)


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
    with Peer({**WELL, GS_R: answers}) as peer, closing(printer_at(peer)) as printer:
        assert printer.print_slip(SLIP).outcome is outcome
        assert peer.received.count(bytes.fromhex(GS_R)) == 3


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
        (["00 00 00", ""], UNSURE),
        (["00 00 00 00", "00"], PRINTED),  # six to six questions, and the late ones
    ],
)
def test_late_answers_of_one_slip_do_not_confirm_the_next(
    second: list[str], outcome: PrintOutcome
) -> None:
    # Of the next, the first three questions are those that a printer is brought back with.
    answers = ["", "", "", *["00"] * 3, *second]
    with Peer({**WELL, GS_R: answers}) as peer, closing(printer_at(peer)) as printer:
        assert [printer.print_slip(SLIP).outcome for _ in range(2)] == [UNSURE, outcome]
