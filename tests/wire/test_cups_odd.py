"""Printers that are odd in what they tell: others' jobs, numbers given out anew, too much."""

from pathlib import Path
from typing import Any

import pytest
from cups_script import (
    CANCEL,
    CREATE,
    HANG_UP,
    IMPRESSIONS,
    JOB_NAME,
    JOB_STATE,
    JOB_USER,
    TITLE,
    Scripted,
    answer,
    job,
    text,
)

from drivers.errors import PeripheralError
from drivers.interfaces import PrintOutcome, PrintResult
from drivers.printers import cups_mark
from drivers.printers.cups_printer import open_printer
from drivers.printers.cups_queue import title_of

PENDING, PROCESSING, CANCELED, COMPLETED = 3, 5, 7, 9
PRINTED, NOT_PRINTED, UNSURE = PrintOutcome
FORBIDDEN = "0403"
NUMBER = "21 0006 6a6f622d6964 0004"
STATUS_MESSAGE = "41 000e 7374617475732d6d657373616765"
OURS = f"{JOB_NAME} {TITLE}"


def named(title: str, user: str = "") -> str:
    return f"{JOB_NAME} {text(title)}" + (f" {JOB_USER} {text(user)}" if user else "")


def numbered(number: int, state: int) -> str:
    return f"02 {NUMBER} {number:08x} {JOB_STATE} {state:08x} {IMPRESSIONS} 00000001"


def print_on(peer: Scripted, folder: Path, **more: Any) -> PrintResult:
    file = folder / "x.pdf"
    file.write_bytes(b"%PDF-" + bytes(1000) + b"%%EOF")
    with peer.running():
        return open_printer(peer.options(**more)).print_file(file)


@pytest.mark.parametrize(
    ("jobs", "outcome"),
    [
        # Ours to the end: by its title, cut off, under another one, or hidden as from strangers.
        ([job(PROCESSING, more=OURS), job(COMPLETED, 1, more=OURS)], PRINTED),
        ([job(COMPLETED, 1, more=named("hall docu"))], PRINTED),
        ([job(PROCESSING, more=named("Remote", "anonymous")),
          job(COMPLETED, 1, more=named("Remote", "anonymous"))], PRINTED),
        ([job(PROCESSING, more=OURS), job(COMPLETED, 1)], PRINTED),
        # The printer was switched off and on, and another job has the number.
        ([job(PROCESSING, more=OURS), job(COMPLETED, 1, more=named("letter.doc", "bob"))], UNSURE),
        ([job(PROCESSING, more=OURS),
          job(COMPLETED, 1, more=named("hall document a.b.1.2.c"))], UNSURE),
        ([job(PENDING, more=named("Remote")), job(CANCELED, more=named("letter.doc"))], UNSURE),
        ([HANG_UP, job(COMPLETED, 1, more=named("letter.doc", "bob"))], UNSURE),
    ],
)  # fmt: skip
def test_a_number_that_is_given_out_anew_is_no_news_of_our_job(
    jobs: list[str], outcome: PrintOutcome, tmp_path: Path
) -> None:
    peer = Scripted(GET_JOB=jobs)
    result = print_on(peer, tmp_path, wait_s=20)
    assert result.outcome is outcome
    assert CANCEL not in peer.asked, "somebody else's"
    assert outcome is PRINTED or "the printer forgot the job" in result.advice


def test_the_number_of_a_job_whose_document_was_not_taken(tmp_path: Path) -> None:
    others = job(PENDING, more=named("letter.doc", "bob"))
    peer = Scripted(SEND=[HANG_UP], GET_JOB=[others])
    assert print_on(peer, tmp_path).outcome is UNSURE
    assert CANCEL not in peer.asked
    renamed = [job(PENDING, more=named("Remote")), job(CANCELED, more=named("Remote"))]
    peer = Scripted(SEND=[HANG_UP], GET_JOB=renamed)
    assert print_on(peer, tmp_path).outcome is NOT_PRINTED
    assert CANCEL in peer.asked


def test_one_that_was_away_may_have_given_the_number_anew(tmp_path: Path) -> None:
    """Looked at before anything is cancelled."""
    others = job(PENDING, more=named("letter.doc", "bob"))
    peer = Scripted(GET_JOB=[job(PROCESSING, more=OURS), HANG_UP, HANG_UP, others])
    assert print_on(peer, tmp_path).outcome is UNSURE
    assert CANCEL not in peer.asked


def test_an_answer_about_another_job_is_none(tmp_path: Path) -> None:
    peer = Scripted(GET_JOB=[answer(numbered(3, COMPLETED))])
    result = print_on(peer, tmp_path)
    assert (result.outcome, result.reason) == (UNSURE, "silent")
    both = [
        answer(numbered(3, COMPLETED) + numbered(7, PROCESSING)),
        answer(numbered(3, PROCESSING) + numbered(7, COMPLETED)),
    ]
    assert print_on(Scripted(GET_JOB=both), tmp_path, wait_s=20).outcome is PRINTED


def test_a_leftover_that_the_printer_keeps_stops_nobody(tmp_path: Path) -> None:
    with cups_mark.in_hand() as mark:
        pass
    left = f"02 {NUMBER} 00000003 {named(title_of(mark))}"
    peer = Scripted(GET_JOBS=[answer(left)], CANCEL=[answer(status=FORBIDDEN)])
    assert print_on(peer, tmp_path).outcome is PRINTED
    assert peer.asked.index(CANCEL) < peer.asked.index(CREATE)
    with pytest.raises(PeripheralError):
        print_on(Scripted(GET_JOBS=[answer(left)], CANCEL=[HANG_UP]), tmp_path)


def test_a_printer_that_tells_all_of_all_jobs(tmp_path: Path) -> None:
    """Unasked: 500 jobs with 4,000 bytes each."""
    more = f"41 0001 78 0fa0 {'78' * 4000}"
    jobs = "".join(f"02 {NUMBER} {i:08x} {named('x', 'bob')} {more}" for i in range(100, 600))
    assert print_on(Scripted(GET_JOBS=[answer(jobs)]), tmp_path).outcome is PRINTED


def test_what_a_terminal_would_obey_is_not_passed_on(tmp_path: Path) -> None:
    told = f"{STATUS_MESSAGE} {text('no' + chr(27) + '[2J' + chr(13) + chr(10) + 'way 张三')}"
    result = print_on(Scripted(CREATE=[answer(told, "0401")]), tmp_path)
    assert result.outcome is NOT_PRINTED
    assert result.advice.startswith("the printer refuses: no [2J way 张三. ")
