"""The text block: the published card, the other card types, and every odd thing on a card."""

import contextlib
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sdt_sheet import CITIZEN_TEXT, HEX, PERMIT_TEXT

from drivers.cards.checks import check_digit_holds
from drivers.cards.nations import NATIONS
from drivers.cards.sdt_text import decode, text_block
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import CardKind, CardProblem, IdentityCard, Sex

TODAY = date(2026, 11, 24)


def card(at: int = 0, characters: str = "") -> IdentityCard:
    """The published card with other characters at one place."""
    return decode(text(at, characters), TODAY)


def text(at: int, characters: str) -> bytes:
    put = characters.encode("utf-16-le", "surrogatepass")
    return CITIZEN_TEXT[:at] + put + CITIZEN_TEXT[at + len(put) :]


def test_the_published_card() -> None:
    assert card() == IdentityCard(
        kind=CardKind.CITIZEN,
        name="测试甲",
        number="50010319000101001X",
        sex=Sex.MALE,
        nation="汉",
        birth=date(1900, 1, 1),
        address="重庆市渝中区测试路1号",
        issuer="重庆市公安局测试分局",
        valid_from=date(2024, 1, 1),
        valid_to=None,
        open_ended=True,
        problems=(),
    )


@pytest.mark.parametrize(
    ("code", "sex"),
    [
        ("0", Sex.UNKNOWN),
        ("1", Sex.MALE),
        ("2", Sex.FEMALE),
        ("9", Sex.UNSTATED),
        (" ", Sex.UNKNOWN),
    ],
)
def test_sex(code: str, sex: Sex) -> None:
    assert card(30, code).sex is sex


@pytest.mark.parametrize(
    ("code", "nation"),
    [("15", "土家"), ("25", "水"), ("26", "东乡"), ("37", "仡佬"), ("56", "基诺"), ("97", "其他"),
     ("  ", None), ("57", None)],
)  # fmt: skip
def test_nation(code: str, nation: str | None) -> None:
    assert card(32, code).nation == nation


def test_there_are_56_nations() -> None:
    assert len(set(NATIONS.values())) == 58
    assert (NATIONS["01"], NATIONS["49"], NATIONS["50"]) == ("汉", "京", "塔塔尔")


@pytest.mark.parametrize(
    ("valid_to", "day", "open_ended", "problems"),
    [
        ("长期      ", None, True, ()),
        ("        ", None, False, ()),
        ("20261124", date(2026, 11, 24), False, ()),
        ("20261123", date(2026, 11, 23), False, (CardProblem.EXPIRED,)),
        ("20269999", None, False, ()),
    ],
)
def test_last_day(
    valid_to: str, day: date | None, open_ended: bool, problems: tuple[CardProblem, ...]
) -> None:
    read = card(204, valid_to)
    assert (read.valid_to, read.open_ended, read.problems) == (day, open_ended, problems)


def test_not_yet_valid_and_wrong_check_digit_are_both_told() -> None:
    odd = decode(text(188, "20261125")[:156] + HEX("30 00") + text(188, "20261125")[158:], TODAY)
    assert odd.problems == (CardProblem.NOT_YET_VALID, CardProblem.CHECK_DIGIT)


def test_a_birth_date_that_does_not_exist_is_no_date() -> None:
    assert card(36, "19000229").birth is None


@pytest.mark.parametrize(
    ("number", "good"),
    [
        ("50010319000101001X", True),
        ("500000190001010007", True),
        ("810000190001020021", True),
        ("500229190002290016", True),
        ("500103190001010010", False),
        ("50010319000101001", False),
        ("50010319000101001XX", False),
        ("50010319000101001x", False),
        ("A0010319000101001X", False),
        ("٥0010319000101001X", False),
    ],
)
def test_check_digit(number: str, good: bool) -> None:
    assert check_digit_holds(number) is good


def test_numbers_are_folded_to_plain_upper_case() -> None:
    assert card(122, "50010319000101001x").number == "50010319000101001X"
    assert card(122, "50010319000101001Ｘ").problems == ()


@pytest.mark.parametrize(
    "name", ["测试䶮", "测试\ue815", "测试𠮷", "测试·阿依古丽", "一二三四五六七八九十甲乙丙丁戊"]
)
def test_rare_names_are_kept(name: str) -> None:
    padded = name.encode("utf-16-le").ljust(30, b"\0")
    padded = padded if len(name) == 15 else padded.replace(b"\0\0", b" \0")
    assert decode(padded + CITIZEN_TEXT[30:], TODAY).name == name


def test_half_a_surrogate_pair_cut_off_by_the_card_is_dropped() -> None:
    assert card(0, "一二三四五六七八九十甲乙丙丁\ud842").name == "一二三四五六七八九十甲乙丙丁"


@pytest.mark.parametrize(
    ("block", "kind"),
    [
        (PERMIT_TEXT, "hmt"),
        (text(248, "I"), "foreign_2017"),
        (text(248, "Y"), "foreign_2023"),
        (text(248, "Q"), "unknown"),
        (text(248, "\0"), "unknown"),
    ],
)
def test_other_cards_are_refused_by_kind_and_never_decoded(block: bytes, kind: str) -> None:
    with pytest.raises(PeripheralError) as caught:
        decode(block, TODAY)
    assert caught.value.reason is Reason.UNSUPPORTED_CARD
    assert caught.value.detail.endswith(kind)
    assert "测试" not in f"{caught.value}{caught.value.advice}"


@pytest.mark.parametrize(
    "data",
    [b"", HEX("01 00 04 00"), HEX("01 00 04 00") + bytes(1279), HEX("00 FE 04 00") + bytes(1280),
     HEX("01 00 FF FF") + bytes(1280)],
)  # fmt: skip
def test_lengths_that_do_not_fit_are_garbled(data: bytes) -> None:
    with pytest.raises(PeripheralError) as caught:
        text_block(data)
    assert caught.value.reason is Reason.GARBLED


def test_the_length_words_decide_where_the_text_is() -> None:
    assert text_block(HEX("01 00 00 00") + CITIZEN_TEXT) == CITIZEN_TEXT


@given(st.binary(max_size=1400))
@example(HEX("01 00 00 00") + bytes(256))
def test_no_data_breaks_the_decoder(data: bytes) -> None:
    with contextlib.suppress(PeripheralError):
        decode(text_block(data), TODAY)


@given(st.binary(min_size=248, max_size=248), st.binary(min_size=6, max_size=6))
def test_any_mainland_block_decodes_to_printable_fields(head: bytes, tail: bytes) -> None:
    read = decode(head + HEX("20 00") + tail, TODAY)
    assert (read.name + read.number + (read.address or "")).encode("utf-8") is not None
    assert repr(read) == "<IdentityCard citizen, withheld>"
