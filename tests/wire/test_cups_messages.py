"""IPP messages in literal bytes, a printer's words, documents: all without a printer."""

import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import PeripheralError, Reason
from drivers.printers.cups_document import document_of, load
from drivers.printers.cups_ipp import GROUP_JOB, GROUP_PRINTER, Op, Tag, parse, request
from drivers.printers.cups_outcome import Sight, ended, withdrawn
from drivers.printers.cups_printer import CupsOptions
from drivers.printers.cups_queue import JobIs, JobState
from drivers.printers.cups_reasons import condition_of
from drivers.printers.cups_text import COLUMNS, ROWS, pages_of
from drivers.status import Paper, State

# RFC 8010, appendix A.1 in form: version 2.0, operation, request id 1, then attributes.
HEAD = (
    "01"
    "47 0012 617474726962757465732d63686172736574 0005 7574662d38"
    "48 001b 617474726962757465732d6e61747572616c2d6c616e6775616765 0002 656e"
)
GET_PRINTER = bytes.fromhex(
    "0200 000b 00000001" + HEAD + "45 000b 7072696e7465722d757269 0009 6970703a2f2f612f62 03"
)
# An answer as RFC 8010 A.4 shows one: a printer's state 3 with two reasons, a collection between.
ANSWER = bytes.fromhex(
    "0200 0000 00000001" + HEAD + "04"
    "23 000d 7072696e7465722d7374617465 0004 00000003"
    "34 0009 6d656469612d636f6c 0000 4a 0000 0001 78 21 0000 0004 00000007 37 0000 0000"
    "44 0015 7072696e7465722d73746174652d726561736f6e73 0009 6d656469612d6c6f77"
    "44 0000 000b 746f6e65722d656d707479 03"
)


def test_a_request_to_the_byte() -> None:
    assert request(Op.GET_PRINTER, [(Tag.URI, "printer-uri", "ipp://a/b")]) == GET_PRINTER


def test_numbers_lists_and_truth_values_to_the_byte() -> None:
    made = request(
        Op.CREATE_JOB,
        [(Tag.BOOLEAN, "b", True)],
        [(Tag.INTEGER, "n", 2), (Tag.KEYWORD, "k", ["x", "y"])],
    )
    assert made.endswith(
        bytes.fromhex(
            "22 0001 62 0001 01 02 21 0001 6e 0004 00000002 44 0001 6b 0001 78 44 0000 0001 79 03"
        )
    )


def test_an_answer_is_taken_apart_collections_left_out() -> None:
    answer = parse(ANSWER)
    assert answer.ok
    assert answer.first(GROUP_PRINTER) == {
        "printer-state": [3],
        "printer-state-reasons": ["media-low", "toner-empty"],
    }
    assert answer.of(GROUP_JOB) == []


def test_an_end_of_a_collection_that_never_began_hides_nothing() -> None:
    collection = "34 0001 63 0000 21 0000 0004 00000007 37 0000 0000"
    answer = parse(
        bytes.fromhex(
            f"0200 0000 00000001 04 37 0000 0000 {collection} 21 0001 6e 0004 00000009 03"
        )
    )
    assert answer.first(GROUP_PRINTER) == {"n": [9]}


@pytest.mark.parametrize("length", range(len(ANSWER)))
def test_an_answer_cut_off_anywhere_is_garbled(length: int) -> None:
    with pytest.raises(PeripheralError) as e:
        parse(ANSWER[:length])
    assert e.value.reason is Reason.GARBLED


@given(st.binary(max_size=300), st.binary(max_size=100), st.integers(0, len(ANSWER)))
def test_whatever_answers_is_an_answer_or_garbled(data: bytes, more: bytes, at: int) -> None:
    for made in (data, ANSWER[:at] + more, ANSWER[:at] + more + ANSWER[at:], ANSWER[:8] + data):
        try:
            answer = parse(made)
        except PeripheralError as e:
            assert e.reason is Reason.GARBLED  # noqa: PT017 - the other outcome is an answer
        else:
            condition_of(answer.first(GROUP_PRINTER))
            answer.message()


WORDS = st.dictionaries(
    st.sampled_from(["printer-state", "printer-state-reasons", "marker-levels", "marker-names",
                     "marker-types", "marker-low-levels", "printer-make-and-model"]),
    st.lists(st.one_of(st.text(), st.integers(-9, 200), st.binary(), st.booleans())),
)  # fmt: skip


@given(WORDS)
def test_whatever_a_printer_says_is_a_condition(told: dict[str, list[Any]]) -> None:
    assert condition_of(told).state in (State.ONLINE, State.OFFLINE)


@pytest.mark.parametrize(
    ("words", "state", "paper", "reason"),
    [
        (["none"], State.ONLINE, Paper.OK, None),
        (["media-low-report"], State.ONLINE, Paper.LOW, None),
        (["media-empty-error"], State.USER_ERROR, Paper.OUT, Reason.PAPER_OUT),
        (["media-needed"], State.USER_ERROR, Paper.OUT, Reason.PAPER_OUT),
        (["media-empty", "media-jam-warning"], State.USER_ERROR, Paper.JAM, Reason.PAPER_JAM),
        (["door-open-report"], State.USER_ERROR, Paper.OK, Reason.COVER_OPEN),
        (["toner-empty", "cover-open"], State.USER_ERROR, Paper.OK, Reason.COVER_OPEN),
        (["marker-waste-full-error"], State.USER_ERROR, Paper.OK, Reason.SUPPLIES),
        (["fuser-over-temp"], State.HARDWARE_ERROR, Paper.OK, Reason.PRINTER_FAULT),
        (["offline-report"], State.OFFLINE, Paper.OK, Reason.SILENT),
        (["connecting-to-device"], State.OFFLINE, Paper.OK, Reason.SILENT),
        (["paused"], State.OFFLINE, Paper.OK, Reason.REJECTED),
        (["com.vendor.purring-error"], State.ONLINE, Paper.OK, None),
    ],
)
def test_reasons(words: list[str], state: State, paper: Paper, reason: Reason | None) -> None:
    condition = condition_of({"printer-state": [3], "printer-state-reasons": words})
    trouble = condition.trouble.reason if condition.trouble else None
    assert (condition.state, condition.paper, trouble) == (state, paper, reason)


def test_levels_below_the_printers_own_mark_are_told() -> None:
    told = {
        "marker-names": ["Black", "Waste", "Cyan"],
        "marker-types": ["toner", "waste-toner", "toner"],
        "marker-levels": [4, 0, -1],
        "marker-low-levels": [10, 10, 10],
    }
    assert condition_of(told).low == "Black: 4 % left."


FAULTY = "job-completed-with-errors"
OK, JAM = condition_of({}), condition_of({"printer-state-reasons": ["media-jam-error"]})
OUT = condition_of({"printer-state-reasons": ["media-empty-report"]})


def job(state: JobIs, pages: int = 0, *reasons: str) -> JobState:
    return JobState(state, frozenset(reasons), pages, "")


@pytest.mark.parametrize(
    ("sight", "outcome", "reason"),
    [
        (Sight(job(JobIs.COMPLETED, 3), OK, True), "printed", None),
        (Sight(job(JobIs.COMPLETED, 3), OUT, True), "printed", None),  # its last sheet
        (Sight(job(JobIs.COMPLETED, 3), JAM, True), "unsure", "paper_jam"),
        (Sight(job(JobIs.COMPLETED, 0, FAULTY), OK, True), "unsure", "unconfirmed"),
        (Sight(job(JobIs.ABORTED), OK, True), "not_printed", "rejected"),
        (Sight(job(JobIs.ABORTED, 1), JAM, True), "unsure", "paper_jam"),
        (Sight(job(JobIs.CANCELED), OK, False), "not_printed", "cancelled"),
        (Sight(job(JobIs.CANCELED), OK, True), "unsure", "cancelled"),
        (Sight(job(JobIs.CANCELED), JAM, True), "not_printed", "cancelled"),
    ],
)  # fmt: skip
def test_how_a_job_that_ended_is_told(sight: Sight, outcome: str, reason: str | None) -> None:
    result = ended(sight)
    assert (result.outcome, result.reason) == (outcome, reason)


@pytest.mark.parametrize(
    ("before", "pages", "outcome", "reason"),
    [
        (Sight(job(JobIs.PROCESSING), JAM, True), 0, "not_printed", "paper_jam"),
        (Sight(job(JobIs.PROCESSING), JAM, True), 1, "unsure", "paper_jam"),
        (Sight(job(JobIs.PROCESSING), OK, True), 0, "unsure", "unconfirmed"),
        (Sight(job(JobIs.PENDING), OK), 0, "not_printed", "busy"),
        (Sight(job(JobIs.HELD), OK), 0, "not_printed", "rejected"),
    ],
)
def test_how_a_job_that_was_withdrawn_is_told(
    before: Sight, pages: int, outcome: str, reason: str
) -> None:
    gone = Sight(job(JobIs.CANCELED, pages), OK, before.begun)
    result = withdrawn(gone, before, Reason.UNCONFIRMED)
    assert (result.outcome, result.reason) == (outcome, reason)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b"PK\x03\x04....", "an office file"),
        (b"\xd0\xcf\x11\xe0\xa1", "an old office file"),
        (b"\x00\x01\x02", "of an unknown type"),
        (b"%PDF-1.7\ncut off", "its end is missing"),
        (b"x" * 5_000_000, "more than 50 pages"),
    ],
)
def test_what_cannot_be_printed_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(PeripheralError, match=why) as e:
        document_of(data)
    assert (e.value.reason, e.value.sent) == (Reason.BAD_OPTION, False)


@given(st.binary(max_size=200))
def test_any_file_is_a_document_or_refused(data: bytes) -> None:
    try:
        assert document_of(data).mime in ("application/pdf", "image/png", "image/jpeg")
    except PeripheralError as e:
        assert e.reason is Reason.BAD_OPTION  # noqa: PT017 - the other outcome is a document


def test_a_file_that_is_too_large_or_unreadable(tmp_path: Path) -> None:
    file = tmp_path / "x.pdf"
    file.write_bytes(b"%PDF-" + bytes(3_000_000))
    with pytest.raises(PeripheralError, match="larger than 2 MB"):
        load(file, 2_000_000)
    with pytest.raises(PeripheralError, match="cannot read the file"):
        load(tmp_path, 2_000_000)


def test_long_lines_and_pages_of_text_are_broken() -> None:
    (page,) = pages_of("渝" * (COLUMNS // 2 * 2))
    assert [len(row) for row in page] == [COLUMNS // 2] * 2
    assert [len(page) for page in pages_of("a\n" * (ROWS + 1))] == [ROWS, 1]
    assert list(pages_of("a\fb")) == [["a"], ["b"]]


@pytest.mark.parametrize(
    "options",
    [
        {"queue": "a/b"}, {"queue": "a", "uri": "ipp://x/"}, {"media": "B5"}, {"host": "a\0b"},
        {"host": "\udcff"},
        {"uri": "http://x/"}, {"uri": "ipp://x:abc/"}, {"uri": "ipp://x:0/"}, {"uri": "ipp://[::1/"},
        {"uri": "ipp://x/打印"}, {"uri": "ipp://x/ipp print"}, {"uri": "ipp://x/" + "a" * 2000},
    ],
)  # fmt: skip
def test_wrong_options(options: dict[str, str]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - pydantic's own
        CupsOptions.model_validate(options)


def test_struct_errors_are_not_hidden() -> None:
    with pytest.raises(struct.error):
        request(Op.CREATE_JOB, [(Tag.INTEGER, "n", 2**40)])
