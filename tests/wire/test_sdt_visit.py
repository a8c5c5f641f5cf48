"""More than text and photo, and one read a card: against literal bytes on a real PTY."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sdt_sheet as sheet

from drivers.cards.sdt_options import SdtOptions
from drivers.cards.sdt_reader import SPEC, SdtReader
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import CardKind

GREETING = (sheet.ASK_STATUS, sheet.DONE)
IDENTITY = (sheet.ASK_ID, sheet.SAM_ID)
FIND = (sheet.ASK_FIND, sheet.FOUND)
NONE = (sheet.ASK_FIND, sheet.NO_CARD)
SELECT = (sheet.ASK_SELECT, sheet.SELECTED)
READ = (sheet.ASK_READ, sheet.CITIZEN)
ADDRESS = (sheet.ASK_ADDRESS, sheet.ADDRESS)
# All four addresses that a card has room for; the others are blank.
FOUR = sheet.HEX("AA AA AA 96 69 01 1C 00 00 90") + sheet.ADDRESS[10:80] + 105 * b" \0" + b"\x81"
QUICK = {"answer_timeout_s": 0.15, "read_timeout_s": 0.2, "gap_s": 0.1, "poll_s": 0.02}
OPENED: list[SdtReader] = []


def never() -> bool:
    return False


def opened(peer: Any, **options: Any) -> SdtReader:
    reader = SPEC.open(SdtOptions(**peer.port.options, **QUICK | options))
    assert isinstance(reader, SdtReader)
    OPENED.append(reader)
    return reader


@pytest.fixture(autouse=True)
def close_all() -> Iterator[None]:
    yield
    while OPENED:
        OPENED.pop().close()


def reason(reader: SdtReader, timeout_s: float = 0.3) -> Reason:
    with pytest.raises(PeripheralError) as caught:
        reader.read(timeout_s, never)
    return caught.value.reason


@pytest.mark.parametrize(
    ("frame", "kind"), [(sheet.PERMIT, CardKind.HMT), (sheet.FOREIGN, CardKind.FOREIGN_2017)]
)
def test_other_published_cards(script: Callable[..., Any], frame: bytes, kind: CardKind) -> None:
    peer = script(GREETING, FIND, SELECT, (sheet.ASK_READ, frame))
    card = opened(peer).read(1, never)
    assert (card.kind, card.photo, card.fingerprints) == (kind, bytes(1024), None)
    peer.check()


@pytest.mark.parametrize(
    ("answer", "size"), [(sheet.CITIZEN_PRINTS, 1024), (sheet.CITIZEN_NO_PRINTS, None)]
)
def test_fingerprints(script: Callable[..., Any], answer: bytes, size: int | None) -> None:
    peer = script(GREETING, FIND, SELECT, (sheet.ASK_PRINTS, answer))
    card = opened(peer, fingerprints=True).read(1, never)
    assert (card.name, card.photo) == ("测试甲", bytes(1024))
    assert card.fingerprints == (size and bytes(size))
    peer.check()


def test_an_old_module_is_asked_for_fingerprints_once(script: Callable[..., Any]) -> None:
    refused = (sheet.ASK_PRINTS, sheet.UNKNOWN_COMMAND)
    peer = script(GREETING, FIND, SELECT, refused, READ, NONE, FIND, SELECT, READ)
    reader = opened(peer, fingerprints=True)
    for _ in range(2):
        card = reader.read(1, never)
        assert (card.name, card.fingerprints) == ("测试甲", None)
    peer.check()


@pytest.mark.parametrize(
    ("answer", "address"),
    [
        (sheet.ADDRESS, "重庆市渝中区测试路3号"),
        (sheet.CITIZEN + sheet.ADDRESS, "重庆市渝中区测试路3号"),  # a card frame that came late
        (FOUR, "重庆市渝中区测试路3号"),
        (sheet.NO_SUCH_ITEM, None),
        (sheet.UNKNOWN_COMMAND, None),
        (sheet.HEX("AA AA AA 96 69 00 04 00 00 23 27"), None),
        (sheet.READ_FAILED, None),
        (sheet.HEX("AA AA AA 96 69 00 24 00 00 90") + 32 * b"\x41" + b"\xb4", None),
        (None, None),
    ],
)
def test_the_newest_address(
    script: Callable[..., Any], answer: bytes | None, address: str | None
) -> None:
    peer = script(GREETING, FIND, SELECT, READ, (sheet.ASK_ADDRESS, answer))
    card = opened(peer, newest_address=True).read(1, never)
    assert (card.address, card.newest_address) == ("重庆市渝中区测试路1号", address)
    peer.check()


def test_a_newest_address_that_stays_garbled_does_not_lose_the_card(
    script: Callable[..., Any],
) -> None:
    broken = (sheet.ASK_ADDRESS, sheet.ADDRESS[:-1] + b"\xf7")
    peer = script(GREETING, FIND, SELECT, READ, broken, broken, broken, *9 * [FIND])
    reader = opened(peer, newest_address=True)
    card = reader.read(2, never)
    assert (card.name, card.newest_address) == ("测试甲", None)
    assert reason(reader, 0.05) is Reason.NO_CARD  # and the card is read no second time


@pytest.mark.parametrize(
    "answer",
    [
        sheet.CITIZEN,  # the answer to 30 01
        sheet.HEX("AA AA AA 96 69 00 04 00 00 37 33"),
        sheet.HEX("AA AA AA 96 69 00 04 00 00 23 27"),
        None,
    ],
)
def test_whatever_becomes_of_fingerprints_the_card_is_read(
    script: Callable[..., Any], answer: bytes | None
) -> None:
    peer = script(GREETING, FIND, SELECT, (sheet.ASK_PRINTS, answer), READ)
    card = opened(peer, fingerprints=True).read(2, never)
    assert (card.name, card.fingerprints) == ("测试甲", None)
    peer.check()


def test_a_module_that_goes_on_finding_reads_a_card_once(script: Callable[..., Any]) -> None:
    peer = script(GREETING, FIND, SELECT, READ, *500 * [FIND])
    reader = opened(peer)
    assert reader.read(1, never).name == "测试甲"
    assert reason(reader) is Reason.NO_CARD


def test_one_find_without_a_card_frees_the_next_read(script: Callable[..., Any]) -> None:
    once = [FIND, SELECT, READ]
    peer = script(GREETING, *once, FIND, FIND, NONE, *once, NONE, *once)
    reader = opened(peer)
    for _ in range(3):
        assert reader.read(1, never).name == "测试甲"
    peer.check()


def test_a_card_of_an_unknown_kind_is_not_read_again_either(script: Callable[..., Any]) -> None:
    text = sheet.CITIZEN_TEXT[:248] + "Q".encode("utf-16-le") + sheet.CITIZEN_TEXT[250:]
    frame = sheet.CITIZEN[:14] + text + bytes(1024) + bytes([0x7A ^ ord(" ") ^ ord("Q")])
    peer = script(GREETING, FIND, SELECT, (sheet.ASK_READ, frame), *500 * [FIND])
    reader = opened(peer)
    assert reason(reader) is Reason.UNSUPPORTED_CARD
    assert reason(reader) is Reason.NO_CARD


def test_a_card_that_failed_may_be_read_without_lifting(script: Callable[..., Any]) -> None:
    failed = (sheet.ASK_READ, sheet.READ_FAILED)
    peer = script(GREETING, FIND, SELECT, failed, FIND, SELECT, READ)
    assert opened(peer).read(1, never).name == "测试甲"
    peer.check()


def test_status_tells_of_a_card_unless_a_read_one_may_lie_there(
    script: Callable[..., Any],
) -> None:
    asked = [GREETING, FIND, GREETING, NONE, FIND, SELECT, READ, GREETING, NONE, GREETING, FIND]
    silent = (sheet.ASK_FIND, None)
    peer = script(GREETING, GREETING, IDENTITY, NONE, *asked, GREETING, silent)
    reader = opened(peer)
    assert [reader.status().card_present for _ in range(3)] == [False, True, False]
    reader.read(1, never)
    assert [reader.status().card_present for _ in range(3)] == [None, True, None]
    peer.check()


def test_status_sees_the_card_lifted_between_two_reads(script: Callable[..., Any]) -> None:
    once = [FIND, SELECT, READ]
    peer = script(GREETING, *once, GREETING, IDENTITY, NONE, *once)
    reader = opened(peer)
    reader.read(1, never)
    reader.status()
    assert reader.read(1, never).name == "测试甲"
    peer.check()
