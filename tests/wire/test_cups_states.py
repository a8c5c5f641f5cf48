"""Every state in which a print job can be, and every step at which its printer can go away."""

import time
from pathlib import Path
from typing import Any

import pytest
from cups_script import (
    BEGAN,
    BUSY,
    CANCEL,
    CREATE,
    CUPS,
    CUT,
    GET_JOB,
    HANG_UP,
    NEVER_BEGAN,
    NOT_FOUND,
    NOT_POSSIBLE,
    REFUSED,
    SEND,
    SILENCE,
    Scripted,
    answer,
    job,
    printer,
)

from drivers import words
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import Kind, PrintOutcome, PrintResult
from drivers.printers import cups_job
from drivers.printers.cups_printer import open_printer
from drivers.saying import in_language
from drivers.status import State

PENDING, HELD, PROCESSING, STOPPED, CANCELED, ABORTED, COMPLETED = range(3, 10)
PRINTED, NOT_PRINTED, UNSURE = PrintOutcome
LETTING_GO = "processing-to-stop-point"
GONE = answer(status=NOT_FOUND)
LIMIT_S = 30  # for calls that take 4 s at most on an idle machine


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cups_job, "WITHDRAW_S", 1.5)
    monkeypatch.setattr(cups_job, "STOPPING_S", 0.6)
    monkeypatch.setattr(cups_job, "POLL_S", 0.05)


def print_on(peer: Scripted, folder: Path, size: int = 1000, **more: Any) -> PrintResult:
    """Print once, in bounded time, and never twice."""
    file = folder / "x.pdf"
    file.write_bytes(b"%PDF-" + bytes(size) + b"%%EOF")
    with peer.running():
        begun = time.monotonic()
        try:
            return open_printer(peer.options(**more)).print_file(file)
        finally:
            assert time.monotonic() - begun < LIMIT_S
            assert peer.asked.count(SEND) <= 1


def withdrawing(
    jobs: list[str], then: list[str], before: str = "", after: str = "", **more: list[str]
) -> Scripted:
    """A printer whose job is seen as `jobs`, and after Cancel-Job as `then`."""
    peer = Scripted(GET_JOB=jobs, GET_PRINTER=[before or printer()], **more)
    peer.cancelled = then
    peer.cancelled_printer = [after or before or printer()]
    return peer


OUT, JAM, COVER = printer("media-empty"), printer("media-jam-error"), printer("cover-open")


@pytest.mark.parametrize(
    ("peer", "outcome", "reason"),
    [
        # It never got to the printer.
        (withdrawing([job(PENDING)], [job(CANCELED)]), NOT_PRINTED, "busy"),
        (withdrawing([job(PENDING, None)], [job(CANCELED, None)]), NOT_PRINTED, "busy"),
        (withdrawing([job(HELD)], [job(CANCELED)]), NOT_PRINTED, "rejected"),
        (withdrawing([job(PENDING, more=NEVER_BEGAN)], [job(CANCELED, more=NEVER_BEGAN)],
                     printer("paused", CUPS)), NOT_PRINTED, "rejected"),
        # It did in the last moment, or nobody knows any more.
        (withdrawing([job(PENDING)], [job(CANCELED, None, more=BEGAN)]), UNSURE, "busy"),
        (withdrawing([job(PENDING)], [job(CANCELED, 1)]), UNSURE, "busy"),
        (withdrawing([job(PENDING)], [GONE]), UNSURE, "busy"),
        # It stood still before its first page, says a printer that counts.
        (withdrawing([job(STOPPED)], [job(CANCELED)], OUT), NOT_PRINTED, "paper_out"),
        (withdrawing([job(PROCESSING)], [job(CANCELED)], COVER), NOT_PRINTED, "cover_open"),
        (withdrawing([job(STOPPED)], [job(STOPPED, 0, LETTING_GO), job(CANCELED)], OUT),
         NOT_PRINTED, "paper_out"),
        # A printer that does not count, a sheet that is crumpled, CUPS, no reason at all.
        (withdrawing([job(STOPPED, None)], [job(CANCELED, None)], OUT), UNSURE, "paper_out"),
        (withdrawing([job(STOPPED)], [job(CANCELED)], JAM), UNSURE, "paper_jam"),
        (withdrawing([job(STOPPED)], [job(CANCELED)], printer("media-empty", CUPS)),
         UNSURE, "paper_out"),
        (withdrawing([job(PROCESSING)], [job(CANCELED)]), UNSURE, "unconfirmed"),
        (withdrawing([job(STOPPED)], [job(CANCELED, 1)], OUT), UNSURE, "paper_out"),
        # A page that was counted stays counted.
        (withdrawing([job(PROCESSING, 1), job(STOPPED, 0)], [job(CANCELED, 0)], OUT),
         UNSURE, "paper_out"),
        # It moved again while it let go, or never lets go.
        (withdrawing([job(STOPPED)], [job(PROCESSING, 0, LETTING_GO), job(CANCELED)], OUT,
                     printer()), UNSURE, "paper_out"),
        (withdrawing([job(STOPPED)], [job(STOPPED, 0, LETTING_GO)], OUT), UNSURE, "paper_out"),
        (withdrawing([job(STOPPED)], [job(STOPPED)], OUT, CANCEL=[answer(status=NOT_POSSIBLE)]),
         UNSURE, "paper_out"),
        (withdrawing([job(STOPPED)], [GONE], OUT), UNSURE, "paper_out"),
        # It came out after all.
        (withdrawing([job(PROCESSING)], [job(COMPLETED, 1)]), PRINTED, None),
    ],
)  # fmt: skip
def test_a_job_that_is_taken_back(
    peer: Scripted, outcome: PrintOutcome, reason: str | None, tmp_path: Path
) -> None:
    result = print_on(peer, tmp_path)
    assert (result.outcome, result.reason) == (outcome, reason)
    assert CANCEL in peer.asked
    if outcome is UNSURE:
        assert "look before printing again" in result.advice


@pytest.mark.parametrize(
    ("jobs", "told", "outcome", "reason"),
    [
        ([job(COMPLETED, 1)], printer(), PRINTED, None),
        ([job(COMPLETED, None)], printer(), PRINTED, None),
        ([job(COMPLETED, 1)], OUT, PRINTED, None),  # its last sheet
        ([job(COMPLETED, 1)], printer("media-empty", CUPS), UNSURE, "paper_out"),
        ([job(COMPLETED, 1, LETTING_GO)], printer("none", CUPS), PRINTED, None),  # CUPS 2.4.2
        ([job(COMPLETED, 1)], JAM, UNSURE, "paper_jam"),
        ([job(COMPLETED, 1, "job-canceled-at-device")], printer(), UNSURE, "unconfirmed"),
        ([job(COMPLETED, 1, "job-completed-with-errors")], printer(), UNSURE, "unconfirmed"),
        ([job(COMPLETED, 1, "submission-interrupted")], printer(), UNSURE, "unconfirmed"),
        ([job(COMPLETED, 1, "document-password-error")], printer(), UNSURE, "unconfirmed"),
        ([job(ABORTED, 0, more=BEGAN)], printer(), NOT_PRINTED, "rejected"),
        ([job(ABORTED, None, more=NEVER_BEGAN)], printer(), NOT_PRINTED, "rejected"),
        ([job(ABORTED, None)], printer(), UNSURE, "rejected"),
        ([job(ABORTED, 1)], printer(), UNSURE, "rejected"),
        ([job(ABORTED, 0, more=BEGAN)], printer("none", CUPS), UNSURE, "rejected"),
        ([job(PENDING), job(CANCELED)], printer(), NOT_PRINTED, "cancelled"),
        ([job(PENDING, None), job(CANCELED, None)], printer(), UNSURE, "cancelled"),
        ([job(PROCESSING), job(CANCELED)], printer(), UNSURE, "cancelled"),
        ([job(STOPPED), job(CANCELED)], OUT, NOT_PRINTED, "cancelled"),
        ([job(STOPPED), job(CANCELED)], JAM, UNSURE, "cancelled"),
        ([GONE], printer(), UNSURE, "unconfirmed"),
        ([job(PENDING), GONE], printer(), UNSURE, "unconfirmed"),
        ([job(PROCESSING), GONE], OUT, UNSURE, "unconfirmed"),
    ],
)
def test_a_job_that_ends_by_itself(
    jobs: list[str], told: str, outcome: PrintOutcome, reason: str | None, tmp_path: Path
) -> None:
    peer = Scripted(GET_JOB=list(jobs), GET_PRINTER=[told])
    result = print_on(peer, tmp_path, wait_s=20)
    assert (result.outcome, result.reason) == (outcome, reason)
    assert CANCEL not in peer.asked


@pytest.mark.parametrize(
    ("said", "reason"), [(HANG_UP, Reason.LOST), (SILENCE, Reason.SILENT), ("0200", Reason.GARBLED)]
)
def test_lost_at_create_job_has_sent_nothing_of_it(
    said: str, reason: Reason, tmp_path: Path
) -> None:
    peer = Scripted(CREATE=[said])
    with pytest.raises(PeripheralError) as e:
        print_on(peer, tmp_path)
    assert (e.value.reason, e.value.sent) == (reason, False)
    assert (peer.asked.count(CREATE), peer.asked.count(SEND)) == (1, 0)


def test_a_busy_printer_is_asked_again_until_it_takes_the_job(tmp_path: Path) -> None:
    peer = Scripted(CREATE=[answer(status=BUSY), answer("02 21 0006 6a6f622d6964 0004 00000007")])
    assert print_on(peer, tmp_path, wait_s=20).outcome is PRINTED
    assert peer.document.endswith(b"%%EOF")


@pytest.mark.parametrize(
    ("said", "jobs", "outcome", "reason"),
    [
        (CUT, [job(PENDING), job(CANCELED)], NOT_PRINTED, "lost"),
        (CUT, [job(PROCESSING), job(CANCELED)], UNSURE, "lost"),
        (CUT, [job(COMPLETED, 1)], UNSURE, "lost"),  # what it got of it
        (CUT, [job(ABORTED, None)], UNSURE, "rejected"),
        (HANG_UP, [job(PENDING), job(CANCELED)], NOT_PRINTED, "lost"),
        (HANG_UP, [job(PROCESSING)], UNSURE, "lost"),
        (SILENCE, [job(PROCESSING), job(CANCELED, 1)], UNSURE, "silent"),
        (SILENCE, [HANG_UP], UNSURE, "silent"),
        (answer(status=REFUSED), [job(ABORTED, None)], NOT_PRINTED, "rejected"),
        (answer(status=REFUSED), [job(PENDING, None), job(CANCELED, None)],
         NOT_PRINTED, "rejected"),
        (answer(status=REFUSED), [job(ABORTED, 1)], UNSURE, "rejected"),
    ],
)  # fmt: skip
def test_lost_or_refused_at_send_document(
    said: str, jobs: list[str], outcome: PrintOutcome, reason: str, tmp_path: Path
) -> None:
    peer = Scripted(SEND=[said], GET_JOB=list(jobs))
    result = print_on(peer, tmp_path, size=400_000)
    assert (result.outcome, result.reason) == (outcome, reason)
    assert peer.asked.count(CREATE) == 1


def test_gone_before_the_document_is_not_printed(tmp_path: Path) -> None:
    peer = Scripted()
    peer.gone_after = CREATE
    result = print_on(peer, tmp_path)
    assert (result.outcome, result.reason) == (NOT_PRINTED, "no_device")


@pytest.mark.parametrize("gone", [SEND, GET_JOB])
def test_gone_after_the_document_is_unsure(gone: int, tmp_path: Path) -> None:
    peer = Scripted(GET_JOB=[job(PROCESSING)])
    peer.gone_after = gone
    result = print_on(peer, tmp_path)
    assert result.outcome is UNSURE
    assert "nothing listens at its port" in result.advice
    assert "may still come out: cancel it" in result.advice


@pytest.mark.parametrize("said", [HANG_UP, SILENCE])
def test_lost_at_get_job_then_back(said: str, tmp_path: Path) -> None:
    peer = Scripted(GET_JOB=[said, said, job(COMPLETED, 1)])
    assert print_on(peer, tmp_path, wait_s=20).outcome is PRINTED


@pytest.mark.parametrize("said", [HANG_UP, SILENCE])
def test_lost_at_cancel_job_is_tried_again_then_unsure(said: str, tmp_path: Path) -> None:
    peer = withdrawing([job(PENDING)], [job(PENDING)], CANCEL=[said])
    result = print_on(peer, tmp_path)
    assert (result.outcome, result.reason) == (UNSURE, "busy")
    assert "may still come out: cancel it" in result.advice
    peer = withdrawing([job(PENDING)], [job(PENDING), job(CANCELED)], CANCEL=[said, answer()])
    assert print_on(peer, tmp_path).outcome is NOT_PRINTED


@pytest.mark.parametrize(
    ("word", "advice"),
    [
        ("marker-supply-empty-error", "更换墨粉盒或墨盒。"),
        ("toner-empty", "更换墨粉盒或墨盒。"),
        ("marker-waste-full-error", "清空或更换废粉盒。"),
        ("opc-life-over", "更换硒鼓或显影组件。"),
    ],
)
def test_staff_change_supplies_and_call_nobody_for_repair(word: str, advice: str) -> None:
    with Scripted(GET_PRINTER=[printer(word)]).running() as peer:
        status = open_printer(peer.options()).status()
    assert status.state is State.USER_ERROR
    assert in_language(status.detail, "zh") == advice
    told = words.of_health(status, Kind.DOCUMENT_PRINTER)
    assert "墨粉" in told.staff
    assert "报修" not in told.staff
    assert "坏" not in told.citizen
