"""The text block: the published card, the other card types, and every odd thing on a card."""

import contextlib
import unicodedata
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sdt_sheet import CITIZEN_TEXT, FOREIGN_TEXT, HEX, PERMIT_TEXT

from drivers.cards.checks import check_digit_holds, number_holds
from drivers.cards.nations import NATIONS
from drivers.cards.pcsc_apdu import Reply
from drivers.cards.sdt_text import address_text, blocks, decode
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
     ("98", "外国血统中国籍人士"), ("  ", None), ("57", None)],
)  # fmt: skip
def test_nation(code: str, nation: str | None) -> None:
    assert card(32, code).nation == nation


def test_there_are_56_nations() -> None:
    assert [card(32, code).nation for code in NATIONS] == list(NATIONS.values())
    assert " ".join(NATIONS[f"{code:02}"] for code in range(1, 57)) == (
        "汉 蒙古 回 藏 维吾尔 苗 彝 壮 布依 朝鲜 满 侗 瑶 白 土家 哈尼 哈萨克 傣 黎 傈僳 佤 畲 "
        "高山 拉祜 水 东乡 纳西 景颇 柯尔克孜 土 达斡尔 仫佬 羌 布朗 撒拉 毛南 仡佬 锡伯 阿昌 "
        "普米 塔吉克 怒 乌孜别克 俄罗斯 鄂温克 德昂 保安 裕固 京 塔塔尔 独龙 鄂伦春 赫哲 门巴 "
        "珞巴 基诺"
    )
    assert list(NATIONS)[56:] == ["97", "98"]


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


def test_a_number_with_a_birth_date_that_never_was_or_is_to_come_is_a_problem() -> None:
    assert check_digit_holds("500229190002290016")
    assert not number_holds("500229190002290016", TODAY)
    assert number_holds("50010319000101001X", date(1900, 1, 1))
    assert not number_holds("50010319000101001X", date(1899, 12, 31))
    assert card(122, "500229190002290016").problems == (CardProblem.CHECK_DIGIT,)


def test_the_published_permit() -> None:
    assert decode(PERMIT_TEXT, TODAY) == IdentityCard(
        kind=CardKind.HMT,
        name="测试乙",
        number="810000190001020021",
        sex=Sex.FEMALE,
        nation=None,
        birth=date(1900, 1, 2),
        address="重庆市渝中区测试路2号",
        issuer="重庆市公安局",
        valid_from=date(2024, 1, 1),
        valid_to=date(2029, 1, 1),
        open_ended=False,
        permit_number="T00000000",
        issue_count="01",
    )


def test_the_published_foreigner_of_2017_whose_number_has_no_check_digit() -> None:
    assert decode(FOREIGN_TEXT, TODAY) == IdentityCard(
        kind=CardKind.FOREIGN_2017,
        name="测试丙",
        name_latin="TEST, ALPHA",
        number="ZZZ500000000000",
        sex=Sex.MALE,
        nation=None,
        birth=date(1900, 1, 3),
        address=None,
        issuer="1500",
        valid_from=date(2024, 1, 1),
        valid_to=date(2029, 1, 1),
        open_ended=False,
        nationality="ZZZ",
    )


def foreign_2023(latin: str, name: str = "测试癸", number: str = "900000190001030010") -> bytes:
    fields = (
        (name, 15), ("1", 1), ("02", 2), ("19000103", 8), (latin[:35], 35), (number, 18), ("", 15),
        ("20240101", 8), ("20290101", 8), (latin[35:], 11), ("ZZZ", 3), ("Y", 1), ("001", 3),
    )  # fmt: skip
    return "".join(value.ljust(size) for value, size in fields).encode("utf-16-le")


def test_a_foreigner_of_2023() -> None:
    assert decode(foreign_2023("TEST, BETA"), TODAY) == IdentityCard(
        kind=CardKind.FOREIGN_2023,
        name="测试癸",
        name_latin="TEST, BETA",
        number="900000190001030010",
        sex=Sex.MALE,
        nation=None,
        birth=date(1900, 1, 3),
        address=None,
        issuer=None,
        valid_from=date(2024, 1, 1),
        valid_to=date(2029, 1, 1),
        open_ended=False,
        nationality="ZZZ",
        earlier_number="001",
        issue_count="02",
    )


@pytest.mark.parametrize(
    "latin",
    [
        "A" * 35,
        "A" * 36,
        "TESTOPOULOU-TESTERIDOU, MARIA EVAS ANASTASIAX",  # a space is the 35th character
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ, ABCDEFGHIJKLMNOPQR",
    ],
)
def test_a_long_latin_name_goes_on_behind_the_dates(latin: str) -> None:
    read = decode(foreign_2023(latin, name=""), TODAY)
    assert (read.name, read.name_latin) == ("", latin)


def test_a_foreigner_of_2023_has_a_check_digit() -> None:
    odd = decode(foreign_2023("TEST", number="900000190001030011"), TODAY)
    assert odd.problems == (CardProblem.CHECK_DIGIT,)
    late = decode(foreign_2023("TEST"), date(2029, 1, 2))
    assert late.problems == (CardProblem.EXPIRED,)


@pytest.mark.parametrize("marker", ["Q", "\0", "j", "甲"])
def test_unknown_cards_are_refused_and_never_decoded(marker: str) -> None:
    with pytest.raises(PeripheralError) as caught:
        decode(text(248, marker), TODAY)
    assert caught.value.reason is Reason.UNSUPPORTED_CARD
    assert caught.value.detail == f"unsupported card type: unknown marker U+{ord(marker):04X}"
    assert "测试" not in f"{caught.value}{caught.value.advice}"


@pytest.mark.parametrize(
    ("data", "prints"),
    [
        (b"", False),
        (HEX("01 00 04 00"), False),
        (HEX("01 00 04 00") + bytes(1279), False),
        (HEX("00 FE 04 00") + bytes(1280), False),
        (HEX("01 00 FF FF") + bytes(1280), False),
        (HEX("01 00 04 00 04 00") + bytes(2303), True),
        (HEX("01 00 04"), True),
    ],
)
def test_lengths_that_do_not_fit_are_garbled(data: bytes, prints: bool) -> None:
    with pytest.raises(PeripheralError) as caught:
        blocks(data, prints=prints)
    assert caught.value.reason is Reason.GARBLED


@pytest.mark.parametrize(
    ("head", "photo", "prints"),
    [("01 00 00 00", 0, None), ("01 00 04 00", 1024, None), ("01 00 04 00 04 00", 1024, 1024),
     ("01 00 04 00 02 00", 1024, 512), ("01 00 04 00 00 00", 1024, 0),
     ("01 00 02 00 00 00", 512, 0)],
)  # fmt: skip
def test_the_length_words_decide_where_everything_is(
    head: str, photo: int, prints: int | None
) -> None:
    data = HEX(head) + CITIZEN_TEXT + photo * b"\x01" + (prints or 0) * b"\x02"
    taken = blocks(data, prints=prints is not None)
    assert taken == (CITIZEN_TEXT, photo * b"\x01", (prints or 0) * b"\x02")


def test_the_newest_address() -> None:
    address = "重庆市渝中区测试路3号"
    assert address_text(address.encode("utf-16-le") + 24 * b" \0") == address
    assert address_text(35 * b" \0") is None


BLANK = 35 * "20 00"
ROAD_3 = "CD 91 86 5E 02 5E 1D 6E 2D 4E 3A 53 4B 6D D5 8B EF 8D 33 00 F7 53" + 24 * "20 00"
ROAD_4 = "CD 91 86 5E 02 5E 1D 6E 2D 4E 3A 53 4B 6D D5 8B EF 8D 34 00 F7 53" + 24 * "20 00"


@pytest.mark.parametrize(
    ("data", "address"),
    [
        (ROAD_3 + 3 * BLANK, "重庆市渝中区测试路3号"),
        (ROAD_3 + ROAD_4 + 2 * BLANK, "重庆市渝中区测试路4号"),
        (ROAD_3 + 70 * "FF" + 70 * "00" + 70 * "FF", "重庆市渝中区测试路3号"),
        (4 * BLANK, None),
        (ROAD_3 + "00", None),
        ("", None),
    ],
)
def test_of_several_addresses_the_last_is_the_newest(data: str, address: str | None) -> None:
    assert address_text(HEX(data)) == address


def test_a_blank_card_is_refused_and_a_latin_name_is_one() -> None:
    for blank in (128 * HEX("20 00"), text(0, 15 * " "), text(122, 18 * " ")):
        with pytest.raises(PeripheralError) as caught:
            decode(blank, TODAY)
        assert caught.value.reason is Reason.CARD_REFUSED
    assert decode(foreign_2023("TEST", name=""), TODAY).name_latin == "TEST"


def test_what_steers_a_terminal_or_turns_a_line_is_dropped() -> None:
    assert card(0, "\x1b测\u202e试\u200f\ue815\u2066\x07").name == "测试\ue815甲"[:3]
    assert "\x1b" not in (card(52, "\x1b[2J").address or "")
    assert card(158, "\x9b重\ufeff").issuer == "重公安局测试分局"


def test_no_length_read_from_a_card_is_told() -> None:
    without_prints = HEX("01 00 04 00") + CITIZEN_TEXT + bytes(1024)
    with pytest.raises(PeripheralError) as caught:
        blocks(without_prints, prints=True)
    assert caught.value.detail == "card data of 1284 bytes does not hold what its lengths say"


@given(st.binary(max_size=1400), st.booleans())
@example(HEX("01 00 00 00") + bytes(256), False)
def test_no_data_breaks_the_decoder(data: bytes, prints: bool) -> None:
    with contextlib.suppress(PeripheralError):
        decode(blocks(data, prints=prints).text, TODAY)


@given(
    st.binary(min_size=248, max_size=248),
    st.sampled_from([(" ", "citizen"), ("J", "hmt"), ("I", "foreign_2017"), ("Y", "foreign_2023")]),
    st.binary(min_size=6, max_size=6),
)
def test_any_block_decodes_to_printable_fields(
    head: bytes, marker: tuple[str, str], tail: bytes
) -> None:
    try:
        read = decode(head + marker[0].encode("utf-16-le") + tail, TODAY)
    except PeripheralError:  # neither name nor number
        return
    told = (read.name, read.number, read.address, read.name_latin, read.issuer, read.nationality)
    assert not {unicodedata.category(c) for c in "".join(one or "" for one in told)} & {"Cc", "Cf"}
    assert repr(read) == f"<IdentityCard {marker[1]}, withheld>"


def test_the_repr_of_what_was_read_shows_nothing_of_it() -> None:
    found = blocks(bytes.fromhex("01 00 04 00") + "测试甲".encode("utf-16-le").ljust(1280, b" "))
    assert repr(found) == "<Blocks of 256 + 1024 + 0 bytes, withheld>"
    assert repr(Reply(b"T00000001", 0x9000)) == "<Reply 9000 with 9 bytes, withheld>"
