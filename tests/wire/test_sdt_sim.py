"""The simulated reader: its bytes against literal ones, and each fault through the real driver."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sdt_sheet as sheet
from stdnum.cn import ric

from drivers.cards.sdt_options import SdtOptions
from drivers.cards.sdt_reader import SPEC
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import CardProblem, IdentityCard
from drivers.sim.people import CITIZENS, OTHERS
from drivers.status import State
from drivers.transports import SerialOptions, open_transport


def never() -> bool:
    return False


class Bench:
    """A simulated reader with the real driver opened on it."""

    def __init__(self, simulator: Any) -> None:
        self.sim = simulator
        self.reader = SPEC.open(SdtOptions(**simulator.options, answer_timeout_s=0.3, gap_s=0.2))

    def read(self, timeout_s: float = 3) -> IdentityCard:
        card = self.reader.read(timeout_s, never)
        assert isinstance(card, IdentityCard)
        return card

    def reason(self, timeout_s: float = 3) -> Reason:
        with pytest.raises(PeripheralError) as caught:
            self.read(timeout_s)
        return caught.value.reason


@pytest.fixture
def bench(simulate: Callable[..., Any]) -> Iterator[Bench]:
    bench = Bench(simulate("sdt_reader"))
    yield bench
    bench.reader.close()


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (sheet.ASK_STATUS, sheet.DONE),
        (sheet.HEX("AA AA AA 96 69 00 03 10 FF EC"), sheet.DONE),
        (sheet.ASK_ID, sheet.SAM_ID),
        (sheet.ASK_FIND, sheet.NO_CARD),
        (sheet.ASK_SELECT, sheet.SELECT_FAILED),
        (sheet.ASK_READ, sheet.READ_FAILED),
        (sheet.HEX("AA AA AA 96 69 00 03 20 01 DD"), sheet.WRONG_CHECKSUM),
        (sheet.HEX("AA AA AA 96 69 00 03 20 01 21"), sheet.WRONG_CHECKSUM),
        (sheet.HEX("AA AA AA 96 69 00 03 20 00 23"), sheet.UNKNOWN_COMMAND),
        (sheet.ASK_PRINTS, sheet.READ_FAILED),
        (sheet.ASK_ADDRESS, sheet.READ_FAILED),
        (sheet.HEX("AA AA AA 96 69 00 03 30 05 36"), sheet.UNKNOWN_COMMAND),
        (sheet.HEX("AA AA AA 96 69 00 03 60 FF 9C"), sheet.UNKNOWN_COMMAND),
        (sheet.HEX("00 AA AA") + sheet.ASK_STATUS, sheet.DONE),
    ],
)
def test_bytes_without_a_card(simulate: Callable[..., Any], question: bytes, answer: bytes) -> None:
    port = open_transport(SerialOptions(**simulate("sdt_reader").options))
    for byte in question:
        port.write(bytes([byte]), 1)
    assert port.read(4096, 1) == answer
    port.close()


def ask(port: Any, question: bytes, answer: bytes) -> None:
    port.write(question, 1)
    got = b""
    while len(got) < len(answer):
        piece = port.read(4096, 1)
        assert piece, f"only {got.hex(' ')}"
        got += piece
    assert got == answer


@pytest.mark.parametrize(
    ("text", "frame"),
    [
        (sheet.CITIZEN_TEXT, sheet.CITIZEN),
        (sheet.PERMIT_TEXT, sheet.PERMIT),
        (sheet.FOREIGN_TEXT, sheet.FOREIGN),
    ],
)
def test_bytes_with_a_card(simulate: Callable[..., Any], text: bytes, frame: bytes) -> None:
    sim = simulate("sdt_reader")
    sim.lay_text(text)
    port = open_transport(SerialOptions(**sim.options))
    ask(port, sheet.ASK_FIND, sheet.FOUND)
    ask(port, sheet.ASK_SELECT, sheet.SELECTED)
    ask(port, sheet.ASK_READ, frame)
    ask(port, sheet.ASK_FIND, sheet.NO_CARD)
    assert sim.received == sheet.ASK_FIND + sheet.ASK_SELECT + sheet.ASK_READ + sheet.ASK_FIND
    port.close()


def test_bytes_of_fingerprints_and_newest_address(simulate: Callable[..., Any]) -> None:
    sim = simulate("sdt_reader", card="jia")
    port = open_transport(SerialOptions(**sim.options))
    ask(port, sheet.ASK_FIND, sheet.FOUND)
    ask(port, sheet.ASK_SELECT, sheet.SELECTED)
    ask(port, sheet.ASK_PRINTS, sheet.CITIZEN_PRINTS)
    sim.prints = 0
    ask(port, sheet.ASK_PRINTS, sheet.CITIZEN_NO_PRINTS)
    ask(port, sheet.ASK_ADDRESS, sheet.NO_SUCH_ITEM)
    sim.lay("moved")
    ask(port, sheet.ASK_SELECT, sheet.SELECTED)
    ask(port, sheet.ASK_ADDRESS, sheet.ADDRESS)
    sim.old_module = True
    ask(port, sheet.ASK_PRINTS, sheet.UNKNOWN_COMMAND)
    port.close()


def test_numbers_of_the_citizens_have_their_check_digit_but_one() -> None:
    wrong = {
        name for name, who in CITIZENS.items() if ric.calc_check_digit(who.number) != who.number[-1]
    }
    assert wrong == {"wrong"}
    for who in CITIZENS.values():
        assert who.number[6:14] == who.birth
        assert who.birth.startswith("190001") or who.birth == "19000229"  # a day that never was
        assert int(who.number[16]) % 2 == int(who.sex) % 2
        assert len(who.address) <= 35


@pytest.mark.parametrize("name", CITIZENS)
def test_every_citizen_is_read_as_laid(bench: Bench, name: str) -> None:
    bench.sim.lay(name)
    card, who = bench.read(), CITIZENS[name]
    assert (card.name, card.number, card.address, card.issuer) == (
        who.name, who.number, who.address, who.issuer,
    )  # fmt: skip
    expected = {
        "expired": (CardProblem.EXPIRED,),
        "early": (CardProblem.NOT_YET_VALID,),
        "wrong": (CardProblem.CHECK_DIGIT,),
        "undated": (CardProblem.CHECK_DIGIT,),
    }
    assert card.problems == expected.get(name, ())


@pytest.mark.parametrize(
    ("name", "latin"),
    [
        ("hmt", None),
        ("foreign_2017", "TEST, ALPHA"),
        ("foreign_2023", "TEST, BETA"),
        ("latin_only", "TESTOPOULOU-TESTERIDOU, MARIA EVAS ANASTASIAX"),
    ],
)
def test_other_cards_are_read_as_laid(bench: Bench, name: str, latin: str | None) -> None:
    bench.sim.lay(name)
    card, laid = bench.read(), OTHERS[name]
    assert (card.name, card.number, card.name_latin) == (laid.name, laid.number, latin)
    assert (card.kind.value, card.problems) == (name.replace("latin_only", "foreign_2023"), ())


def test_a_card_of_no_known_kind_is_unsupported(bench: Bench) -> None:
    bench.sim.lay("unknown_type")
    assert bench.reason() is Reason.UNSUPPORTED_CARD


def test_fingerprints_and_newest_address_when_wanted(simulate: Callable[..., Any]) -> None:
    sim = simulate("sdt_reader")
    wanted = SdtOptions(**sim.options, fingerprints=True, newest_address=True)
    reader = SPEC.open(wanted)
    for card, old, prints, address in (
        ("moved", False, 1024, "重庆市渝中区测试路3号"),
        ("moved", False, 512, "重庆市渝中区测试路3号"),
        ("jia", False, 0, None),
        ("moved", True, 1024, None),
    ):
        sim.old_module, sim.prints = old, prints
        sim.lift()
        assert reader.status().card_present is None or card == "moved"
        sim.lay(card)
        read = reader.read(3, never)
        assert read.newest_address == address
        assert read.fingerprints == (None if old or not prints else bytes(prints))
    reader.close()


def test_a_module_that_goes_on_finding_reads_a_card_once(bench: Bench) -> None:
    bench.sim.keeps_finding = True
    bench.sim.lay()
    assert bench.read().name == "测试甲"
    assert bench.reason(0.5) is Reason.NO_CARD
    bench.sim.lift()
    assert bench.reason(0.3) is Reason.NO_CARD
    bench.sim.lay("yi")
    assert bench.read().name == "测试乙"


def test_a_reset_cures_what_it_can(bench: Bench) -> None:
    bench.sim.sam_fault, bench.sim.reset_cures = "60", True
    assert bench.reader.status().state is State.ONLINE
    assert bench.sim.sam_fault is None


def test_a_card_is_read_once_until_it_was_lifted(bench: Bench) -> None:
    assert bench.reason(0.3) is Reason.NO_CARD
    bench.sim.lay()
    assert bench.read().name == "测试甲"
    assert bench.reason(0.3) is Reason.NO_CARD
    bench.sim.lift()
    assert bench.reason(0.3) is Reason.NO_CARD
    bench.sim.lay()
    assert bench.read().name == "测试甲"


def test_lifted_between_select_and_read(bench: Bench) -> None:
    bench.sim.lifted_midway = True
    bench.sim.lay()
    assert bench.reason(0.5) is Reason.CARD_REMOVED
    assert not bench.sim.card_lies


@pytest.mark.parametrize(
    ("fault", "value", "reason"),
    [
        ("select_fails", True, Reason.CARD_REFUSED),
        ("refused", True, Reason.CARD_REFUSED),
        ("sam_fault", "60", Reason.READER_FAULT),
        ("sam_fault", "66", Reason.READER_FAULT),
        ("silent", True, Reason.SILENT),
        ("bad_checksum", 99, Reason.GARBLED),
        ("short_frame", 99, Reason.GARBLED),
        ("read_status", "33", Reason.CARD_REFUSED),
        ("read_status", "40", Reason.UNSUPPORTED_CARD),
        ("baud", 9600, Reason.SILENT),
    ],
)
def test_faults_have_their_reason_and_pass(
    bench: Bench, fault: str, value: object, reason: Reason
) -> None:
    bench.sim.lay()
    before = getattr(bench.sim, fault)
    setattr(bench.sim, fault, value)
    assert bench.reason(1.5) is reason
    setattr(bench.sim, fault, before)
    assert bench.read().name == "测试甲"


@pytest.mark.parametrize(
    ("fault", "value"),
    [("bad_checksum", 2), ("short_frame", 1), ("garbage", True), ("tricky_photo", True),
     ("dribble_ms", 1), ("late_ms", 200), ("old_answers", 3), ("paced", True), ("baud", 115200)],
)  # fmt: skip
def test_a_card_is_read_in_spite_of(bench: Bench, fault: str, value: object) -> None:
    bench.sim.lay("long")
    setattr(bench.sim, fault, value)
    assert bench.read(10).number == CITIZENS["long"].number


def test_a_slow_line_is_judged_by_its_gaps_not_by_the_total(bench: Bench) -> None:
    bench.sim.dribble_ms = 1.5  # 1295 bytes take 1.9 s
    bench.sim.lay()
    assert bench.read(1.0).name == "测试甲"


def test_the_next_read_is_clean_after_a_frame_that_came_too_late(bench: Bench) -> None:
    bench.sim.lay()
    bench.sim.late_ms = 400
    assert bench.reason(0.9) in (Reason.SILENT, Reason.GARBLED)
    bench.sim.late_ms = 0
    assert bench.read().name == "测试甲"


def test_status_follows_the_module(bench: Bench) -> None:
    assert bench.reader.status().state is State.ONLINE
    bench.sim.sam_fault = "66"
    assert bench.reader.status().state is State.HARDWARE_ERROR
    bench.sim.sam_fault = None
    bench.sim.silent = True
    assert bench.reader.status().state is State.OFFLINE


def test_unplugging_is_lost_and_then_no_device_until_plugged(bench: Bench) -> None:
    path = bench.sim.options["port"]
    bench.sim.unplug()
    assert bench.reason() is Reason.LOST
    bench.reader.close()
    assert not os.path.lexists(path)
    with pytest.raises(PeripheralError) as caught:
        SPEC.open(SdtOptions(port=path))
    assert (caught.value.reason, caught.value.sent) == (Reason.NO_DEVICE, False)
    bench.sim.plug()
    bench.sim.lay()
    bench.reader = SPEC.open(SdtOptions(port=path))
    assert bench.read().name == "测试甲"


def test_control_lines(simulate: Callable[..., Any]) -> None:
    sim = simulate("sdt_reader")
    assert sim.control("lay bing") == {"ok": True, "did": "lay"}
    assert sim.control('{"do": "lift"}') == {"ok": True, "did": "lift"}
    assert sim.control('{"set": "bad_checksum", "value": 3}')["ok"]
    assert (sim.bad_checksum, sim.card_lies) == (3, False)
    assert sim.control("silent true")["ok"]
    assert sim.silent is True
    for wrong in ("", "lay nobody", "dance", "silent", "stop", "port 3", "{", '{"do": "__init__"}'):
        assert sim.control(wrong)["ok"] is False
