"""The ID card driver against literal bytes of a scripted reader on a real PTY."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sdt_sheet as sheet
import structlog.testing

from drivers.cards.sdt_options import SdtOptions
from drivers.cards.sdt_reader import SPEC, SdtReader
from drivers.errors import PeripheralError, Reason
from drivers.status import State

GREETING = (sheet.ASK_STATUS, sheet.DONE)
FIND = (sheet.ASK_FIND, sheet.FOUND)
SELECT = (sheet.ASK_SELECT, sheet.SELECTED)
READ = (sheet.ASK_READ, sheet.CITIZEN)
QUICK = {"answer_timeout_s": 0.15, "read_timeout_s": 0.2, "gap_s": 0.1, "poll_s": 0.02}
OPENED: list[SdtReader] = []


def never() -> bool:
    return False


def opened(script: Any, **options: Any) -> SdtReader:
    reader = SPEC.open(SdtOptions(**script.port.options, **QUICK | options))
    assert isinstance(reader, SdtReader)
    OPENED.append(reader)
    return reader


@pytest.fixture(autouse=True)
def close_all() -> Iterator[None]:
    yield
    while OPENED:
        OPENED.pop().close()


def failure(reader: SdtReader, timeout_s: float = 0.3) -> PeripheralError:
    with pytest.raises(PeripheralError) as caught:
        reader.read(timeout_s, never)
    return caught.value


def test_a_card_is_found_selected_and_read(script: Callable[..., Any]) -> None:
    peer = script(GREETING, (sheet.ASK_FIND, sheet.NO_CARD), FIND, SELECT, READ)
    reader = opened(peer)
    card = reader.read(2, never)
    assert (card.name, card.number) == ("测试甲", "50010319000101001X")
    reader.close()
    reader.close()
    peer.check()


def test_status_tells_the_serial_number_and_asks_for_it_once(script: Callable[..., Any]) -> None:
    look = (sheet.ASK_FIND, sheet.NO_CARD)
    peer = script(GREETING, GREETING, (sheet.ASK_ID, sheet.SAM_ID), look, GREETING, look)
    reader = opened(peer)
    for _ in range(2):
        status = reader.status()
        assert status.state is State.ONLINE
        assert status.firmware == "SAM 05.03-20240101-0000000001-0000000099"
    peer.check()


@pytest.mark.parametrize(
    ("answer", "tried"),
    [
        (sheet.SELF_TEST_FAILED, [(sheet.ASK_RESET, sheet.SELF_TEST_FAILED)]),
        (sheet.NOT_AUTHORISED, []),
    ],
)
def test_a_module_that_cannot_work_is_a_fault_at_opening(
    script: Callable[..., Any], answer: bytes, tried: list[tuple[bytes, bytes]]
) -> None:
    peer = script(*3 * [(sheet.ASK_STATUS, answer)], *tried)
    with pytest.raises(PeripheralError) as caught:
        opened(peer, status_timeout_s=0.05)
    assert caught.value.reason is Reason.READER_FAULT
    peer.check()


def test_a_reset_may_cure_a_module_whose_self_test_failed(script: Callable[..., Any]) -> None:
    broken, reset = (sheet.ASK_STATUS, sheet.SELF_TEST_FAILED), (sheet.ASK_RESET, sheet.DONE)
    told = (sheet.ASK_ID, sheet.SAM_ID)
    peer = script(*3 * [broken], reset, GREETING, broken, reset, GREETING, told, FIND)
    reader = opened(peer, status_timeout_s=0.05)
    assert reader.status().state is State.ONLINE
    peer.check()


def test_a_module_that_is_still_starting_is_waited_for(script: Callable[..., Any]) -> None:
    peer = script((sheet.ASK_STATUS, sheet.SELF_TEST_FAILED), GREETING, FIND, SELECT, READ)
    assert opened(peer, status_timeout_s=0.05).read(1, never).nation == "汉"


def test_a_module_without_sam_status_can_be_read(script: Callable[..., Any]) -> None:
    peer = script((sheet.ASK_STATUS, sheet.UNKNOWN_COMMAND), FIND, SELECT, READ)
    assert opened(peer).read(1, never).nation == "汉"
    silent = script((sheet.ASK_STATUS, None), (sheet.ASK_STATUS, None), FIND, SELECT, READ)
    reader = opened(silent, status_timeout_s=0.05)
    assert reader.status().state is State.OFFLINE
    assert reader.read(1, never).nation == "汉"


def test_a_late_answer_is_not_taken_for_that_to_the_next_question(
    script: Callable[..., Any],
) -> None:
    peer = script(
        (sheet.ASK_STATUS, None),
        (sheet.ASK_FIND, sheet.DONE + sheet.FOUND),
        (sheet.ASK_SELECT, sheet.FOUND + sheet.SELECTED),
        (sheet.ASK_READ, sheet.SELECTED + sheet.CITIZEN),
    )
    assert opened(peer, status_timeout_s=0.05).read(1, never).name == "测试甲"
    peer.check()


@pytest.mark.parametrize(
    ("answer", "reason", "asked"),
    [
        (sheet.WRONG_CHECKSUM, Reason.GARBLED, 3),
        (sheet.HEX("AA AA AA 96 69 00 04 00 00 80 85"), Reason.GARBLED, 3),
        (sheet.HEX("AA AA AA 96 69 10 01 00"), Reason.GARBLED, 3),
        (sheet.FOUND[:9], Reason.GARBLED, 3),
        (sheet.HEX("00 FF AA AA 13"), Reason.GARBLED, 3),
        (None, Reason.SILENT, 3),
        (sheet.WRONG_LENGTH, Reason.REJECTED, 1),
        (sheet.UNKNOWN_COMMAND, Reason.REJECTED, 1),
        (sheet.SELF_TEST_FAILED, Reason.READER_FAULT, 1),
        (sheet.HEX("AA AA AA 96 69 00 04 00 00 47 43"), Reason.READER_FAULT, 3),
        (sheet.HEX("AA AA AA 96 69 00 04 00 00 EE EA"), Reason.REJECTED, 1),
    ],
)
def test_what_find_may_answer(
    script: Callable[..., Any], answer: bytes | None, reason: Reason, asked: int
) -> None:
    peer = script(GREETING, *asked * [(sheet.ASK_FIND, answer)])
    assert failure(opened(peer), 2).reason is reason
    peer.check()


@pytest.mark.parametrize(
    ("status", "reason"),
    [(0x33, Reason.CARD_REFUSED), (0x3F, Reason.CARD_REFUSED), (0x40, Reason.UNSUPPORTED_CARD),
     (0x91, Reason.UNSUPPORTED_CARD), (0x23, Reason.READER_FAULT)],
)  # fmt: skip
def test_what_ends_a_read_at_once(script: Callable[..., Any], status: int, reason: Reason) -> None:
    answer = sheet.HEX("AA AA AA 96 69 00 04 00 00") + bytes([status, status ^ 4])
    peer = script(GREETING, FIND, SELECT, (sheet.ASK_READ, answer))
    assert failure(opened(peer), 2).reason is reason
    peer.check()


@pytest.mark.parametrize(
    ("select", "read", "reason"),
    [
        (sheet.SELECT_FAILED, None, Reason.CARD_REFUSED),
        (sheet.AUTH_FAILED, None, Reason.CARD_REFUSED),
        (sheet.NO_CARD, None, Reason.CARD_REMOVED),
        (sheet.SELECTED, sheet.READ_FAILED, Reason.CARD_REMOVED),
        (sheet.SELECTED, sheet.NO_CARD, Reason.CARD_REMOVED),
    ],
)
def test_a_card_that_failed_may_be_laid_again_until_the_end(
    script: Callable[..., Any], select: bytes, read: bytes | None, reason: Reason
) -> None:
    once = [FIND, (sheet.ASK_SELECT, select)] + ([(sheet.ASK_READ, read)] if read else [])
    assert opened(script(GREETING, *once, FIND, SELECT, READ)).read(1, never).name == "测试甲"
    gone = script(GREETING, *once, *100 * [(sheet.ASK_FIND, sheet.NO_CARD)])
    assert failure(opened(gone)).reason is reason


@pytest.mark.parametrize("status", ["31 35", "32 36", "41 45", "81 85"])
def test_a_find_that_fails_is_tried_again_until_the_end(
    script: Callable[..., Any], status: str
) -> None:
    failed = (sheet.ASK_FIND, sheet.HEX(f"AA AA AA 96 69 00 04 00 00 {status}"))
    peer = script(GREETING, failed, FIND, SELECT, READ)
    assert opened(peer).read(10, never).name == "测试甲"
    peer.check()
    reason = Reason.CARD_REMOVED if status == "41 45" else Reason.CARD_REFUSED
    assert failure(opened(script(GREETING, *100 * [failed])), 0.5).reason is reason


def test_a_card_refused_for_good_ends_before_a_long_time_out(script: Callable[..., Any]) -> None:
    peer = script(GREETING, *40 * [FIND, (sheet.ASK_SELECT, sheet.AUTH_FAILED)])
    # Asked on and on it would be silence: the script is over after 8 of the 60 s.
    assert failure(opened(peer, poll_s=0.2), 60).reason is Reason.CARD_REFUSED


def test_a_broken_card_frame_is_asked_for_again(script: Callable[..., Any]) -> None:
    broken = sheet.CITIZEN[:-1] + b"\x7b"
    peer = script(GREETING, FIND, SELECT, (sheet.ASK_READ, broken), READ)
    assert opened(peer).read(1, never).name == "测试甲"
    short = script(GREETING, FIND, SELECT, (sheet.ASK_READ, sheet.CITIZEN[:700]), READ)
    assert opened(short).read(2, never).name == "测试甲"


def test_sw1_and_sw2_are_00_00_or_the_answer_is_broken(script: Callable[..., Any]) -> None:
    found_01 = sheet.HEX("AA AA AA 96 69 00 08 01 00 9F 00 00 00 00 96")
    peer = script(GREETING, (sheet.ASK_FIND, found_01), FIND, SELECT, READ)
    assert opened(peer).read(1, never).name == "测试甲"
    peer.check()
    error = failure(opened(script(GREETING, *9 * [(sheet.ASK_FIND, found_01)])), 1)
    assert error.reason is Reason.GARBLED
    assert error.detail == "FIND: broken answer: SW1 SW2 01 00"


def test_nothing_is_asked_again_after_the_end(script: Callable[..., Any]) -> None:
    peer = script(GREETING, (sheet.ASK_FIND, None))
    assert failure(opened(peer, answer_timeout_s=5), 0.2).reason is Reason.SILENT
    peer.check()


def test_a_card_found_in_time_is_waited_for_as_long_as_a_module_needs(
    script: Callable[..., Any],
) -> None:
    peer = script(GREETING, FIND, SELECT, (sheet.ASK_READ, None))
    reader = opened(peer, read_timeout_s=20)
    late = threading.Timer(1.2, peer.port.send, [sheet.CITIZEN])
    late.start()
    assert reader.read(0.3, never).name == "测试甲"
    for_ever = script(GREETING, FIND, SELECT, (sheet.ASK_READ, None))
    assert failure(opened(for_ever, read_timeout_s=20), 0.3).reason is Reason.SILENT
    for_ever.check()


def test_a_card_that_dribbles_is_read_or_told_as_garbled(simulate: Callable[..., Any]) -> None:
    sim = simulate("sdt_reader", card="jia")
    sim.dribble_ms = 5
    reader = SPEC.open(SdtOptions(**sim.options))
    OPENED.append(reader)
    assert reader.read(30, never).name == "测试甲"  # longer than any time-out of an answer
    sim.lift()
    reader.status()
    sim.lay("jia")
    sim.dribble_ms = 40  # a card of 52 s, given up on the way
    assert failure(reader, 1).reason is Reason.GARBLED


@pytest.mark.parametrize("answer", [None, sheet.NO_CARD])
def test_cancelling_takes_effect_soon(script: Callable[..., Any], answer: bytes | None) -> None:
    reader = opened(script(GREETING, *500 * [(sheet.ASK_FIND, answer)]), answer_timeout_s=5)
    cancelled = threading.Event()
    threading.Timer(0.2, cancelled.set).start()
    with pytest.raises(PeripheralError) as caught:
        reader.read(30, cancelled.is_set)
    assert caught.value.reason is Reason.CANCELLED  # waited for to its end it would be SILENT


def test_no_log_holds_anything_of_the_card(script: Callable[..., Any]) -> None:
    broken = sheet.CITIZEN[:-1] + b"\x7b"
    with structlog.testing.capture_logs() as logs:
        peer = script(GREETING, FIND, SELECT, (sheet.ASK_READ, broken), READ, GREETING)
        reader = opened(peer)
        reader.read(1, never)
        reader.status()
    text = repr(logs)
    assert "1295" in text
    for secret in ("测试甲", "渝中", "50010319000101001X", sheet.CITIZEN_TEXT[:6].hex(" ")):
        assert secret not in text


def test_only_speeds_of_the_module_are_taken() -> None:
    assert SdtOptions(port="x", baud=9600).baud == 9600
    assert SdtOptions.model_validate({"port": "x", "baud": "19200"}).baud == 19200
    assert SdtOptions(port="x", baud="auto").baud == "auto"
    for wrong in (14400, "fast", None, 115200.5):
        with pytest.raises(ValueError, match="115200, 57600"):
            SdtOptions.model_validate({"port": "x", "baud": wrong})
