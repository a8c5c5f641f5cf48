"""Cards of Hong Kong, Macau, Taiwan residents and of foreigners take a number like any other."""

import json
from dataclasses import replace
from datetime import date

import pytest

from bus import topics
from drivers.cards.sdt_text import decode
from drivers.interfaces import CardKind
from drivers.sim.people import OTHERS, card
from hall_controller.persons import read
from kiosk.cards import notice_of, person_of
from kiosk.flow.visit import CardNotice
from tests.broker import SITE, until
from tests.kiosk.conftest import HallProcess
from tests.kiosk.test_kiosk_process import TO_CONFIRM, Watcher, watching

TODAY = date(2026, 11, 24)
LATIN = "TESTOPOULOU-TESTERIDOU, MARIA EVAS ANASTASIAX"


@pytest.mark.parametrize(
    ("name", "kind", "shown", "known_as"),
    [
        ("hmt", CardKind.HMT, "测**", "测试辛"),
        ("foreign_2017", CardKind.FOREIGN_2017, "测**", "测试壬"),
        ("foreign_2023", CardKind.FOREIGN_2023, "测**", "测试癸"),
        ("latin_only", CardKind.FOREIGN_2023, "T***", LATIN),
    ],
)
def test_what_a_visit_keeps_of_a_card(name: str, kind: CardKind, shown: str, known_as: str) -> None:
    laid = decode(card(name).text(), TODAY)
    assert notice_of(laid) is None
    person = person_of(laid)
    record = json.loads(person.record)
    assert (person.masked_name, record["name"], record["kind"]) == (shown, known_as, kind.value)
    assert record.get("name_latin") == laid.name_latin
    opened = read(person.record)  # as the hall does
    assert opened is not None
    assert (opened.number, opened.masked_name) == (laid.number, shown[:3])


def test_the_newest_address_is_the_one_that_counts() -> None:
    laid = decode(card("moved").text(), TODAY)
    assert json.loads(person_of(laid).record)["address"] == "重庆市渝中区测试路12号"
    told = replace(laid, newest_address="重庆市渝中区测试路3号")
    assert json.loads(person_of(told).record)["address"] == "重庆市渝中区测试路3号"


@pytest.mark.parametrize(
    ("name", "notice"),
    [
        ("expired", CardNotice.EXPIRED),
        ("early", CardNotice.NOT_YET_VALID),
        ("wrong", CardNotice.CHECK_DIGIT),
        ("undated", CardNotice.CHECK_DIGIT),
        ("blank", None),
    ],
)
def test_what_speaks_against_a_card(name: str, notice: CardNotice | None) -> None:
    assert notice_of(decode(card(name).text(), TODAY)) is notice


def test_they_get_their_numbers_on_paper(hall: HallProcess) -> None:
    hall.start_controller()
    _, hand = hall.start_kiosk()
    hand.wait_for("home", connected=True, reader_works=True, printer_works=True)
    with watching(hall) as watcher:
        for name, number in (("hmt", b"B001"), ("foreign_2017", b"B002"), ("latin_only", b"B003")):
            hall.reader.lay(name)
            hand.wait_for("domains")
            hand.press(*TO_CONFIRM, "confirm")
            assert hand.wait_for("take_paper")["ticket"] == number.decode()
            assert number in hall.printer.received
            hall.reader.lift()
            hand.wait_for("home", seconds=10)
        until(lambda: watcher.waiting() == 3)
        assert _names_told(watcher) == []


def _names_told(watcher: Watcher) -> list[str]:
    """Names and numbers of these cards that went over the bus in clear."""
    topic = topics.topic(topics.PRESENCE, topics.Site(SITE), "kiosk-1")
    assert topic in watcher.last
    words = [word for laid in OTHERS.values() for word in (laid.name, laid.number) if word]
    told = b"".join(watcher.payloads)
    return [word for word in (*words, LATIN) if word.encode() in told]
