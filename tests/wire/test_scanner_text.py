"""From bytes to text: character sets, AIM identifiers, and what is refused."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import PeripheralError, Reason
from drivers.interfaces import ScannedCode
from drivers.masking import mask_numbers_in
from drivers.scanners.code_mask import mask_code
from drivers.scanners.code_text import Charset, Rules, decode, ends_inside_character, understand

AIM = Rules(aim=True)


def refusal(data: bytes, rules: Rules | None = None) -> PeripheralError:
    with pytest.raises(PeripheralError) as caught:
        understand(data, rules or Rules())
    assert caught.value.reason is Reason.REJECTED
    assert caught.value.advice
    return caught.value


def test_utf8_of_the_sheet() -> None:
    data = bytes.fromhex("5D 51 31 E6 B8 9D E4 B8 AD E5 8C BA 41 30 30 31")
    assert understand(data, AIM) == ScannedCode("渝中区A001", "QR, no ECI", "]Q1", "utf-8")


def test_gbk_of_the_sheet() -> None:
    data = bytes.fromhex("5D 51 31 D3 E5 D6 D0 C7 F8 41 30 30 31")
    assert understand(data, AIM) == ScannedCode("渝中区A001", "QR, no ECI", "]Q1", "gb18030")


@pytest.mark.parametrize(
    ("data", "text", "charset"),
    [
        (b"A001", "A001", "ascii"),
        ("取号".encode(), "取号", "utf-8"),  # as GBK it would be 鍙栧彿
        (bytes.fromhex("E4 BA AC"), "京", "utf-8"),
        ("身份".encode("gb18030"), "身份", "gb18030"),
        # C2 A1 to DF BF are also valid two-byte UTF-8: short GB2312 text is not Latin or Greek.
        (bytes.fromhex("C4 E3"), "你", "gb18030"),
        (bytes.fromhex("C4 B3 C8 CB"), "某人", "gb18030"),
        (bytes.fromhex("C4 B3"), "某", "gb18030"),
        (bytes.fromhex("41 D1 A7 30"), "A学0", "gb18030"),
        ("𠀀".encode("gb18030"), "𠀀", "gb18030"),
        ("é京".encode(), "é京", "utf-8"),
    ],
)
def test_utf8_first_then_gb18030_but_for_the_trap(data: bytes, text: str, charset: str) -> None:
    assert decode(data) == (text, charset)


def test_all_930_gb2312_characters_of_the_trap_are_chinese() -> None:
    codes = [bytes([a, b]) for a in range(0xC2, 0xE0) for b in range(0xA1, 0xC0)]
    assert len(codes) == 930
    for code in codes:
        code.decode("utf-8")  # valid, which is the trap
        assert decode(code) == (code.decode("gb18030"), "gb18030")


def test_a_configured_character_set_is_the_only_one() -> None:
    assert decode(bytes.fromhex("C4 B3"), "utf-8") == ("ĳ", "utf-8")
    assert decode("取号".encode(), "gb18030") == ("鍙栧彿", "gb18030")
    with pytest.raises(PeripheralError):
        decode("身份".encode("gb18030"), "utf-8")


@pytest.mark.parametrize("data", [b"\x80", b"\xff\xff", b"A\xe6", b"\xe6\xb8\x9d\xff"])
def test_text_in_no_character_set_is_refused(data: bytes) -> None:
    assert "character set" in refusal(data).detail


@pytest.mark.parametrize(
    ("wire", "charset"),
    [
        ("EF BB BF E6 B8 9D 41", "utf-8"),
        ("84 31 95 33 D3 E5 41", "gb18030"),
        ("5D 51 32 5C 30 30 30 30 32 36 EF BB BF E6 B8 9D 41", "utf-8"),
    ],
)
def test_a_byte_order_mark_is_no_text(wire: str, charset: str) -> None:
    code = understand(bytes.fromhex(wire), AIM)
    assert (code.text, code.charset) == ("渝A", charset)
    assert refusal(bytes.fromhex("EF BB BF")).detail == "the code is empty"


@pytest.mark.parametrize(
    ("data", "text", "charset"),
    [
        (b"]Q2\\000026" + "渝中区".encode(), "渝中区", "utf-8"),
        (b"]Q2\\000026" + bytes.fromhex("C4 B3"), "ĳ", "utf-8"),  # told, so no trap
        (b"]Q2\\000029" + "渝中区".encode("gb2312"), "渝中区", "gb18030"),
        (b"]Q2\\000032" + "渝中区".encode("gb18030"), "渝中区", "gb18030"),
        (b"]Q2\\000026A\\\\B", "A\\B", "ascii"),
        (b"]Q2A\\000026" + "渝".encode() + b"\\000032" + "渝".encode("gb18030"), "A渝渝", "utf-8"),
        (b"]Q2\\000003A", "A", "ascii"),
        (b"]Q2" + "渝中区".encode(), "渝中区", "utf-8"),
        (b"]Q2C:\\\\x", "C:\\\\x", "ascii"),  # no set is named, so nothing is doubled
        (b"]Q2A\\\\000026", "A\\000026", "ascii"),
    ],
)
def test_eci_inside_the_data(data: bytes, text: str, charset: str) -> None:
    assert understand(data, AIM) == ScannedCode(text, "QR with ECI", "]Q2", charset)


@pytest.mark.parametrize(
    ("aim", "symbology"),
    [
        ("]Q0", "QR model 1"), ("]Q3", "QR, FNC1 first"), ("]C0", "Code 128"), ("]C1", "GS1-128"),
        ("]E0", "EAN-13 / UPC"), ("]E4", "EAN-8"), ("]A0", "Code 39"),
        ("]I0", "Interleaved 2 of 5"), ("]d1", "Data Matrix ECC200"), ("]d2", "Data Matrix FNC1"),
        ("]L0", "PDF417"), ("]L2", "PDF417"), ("]z0", "Aztec"), ("]z3", "Aztec"),
        ("]h0", "Han Xin"), ("]h1", "Han Xin"), ("]F0", "Codabar"), ("]G0", "Code 93"),
        ("]X0", "other"), ("]Q9", "QR"), ("]Y1", None),
    ],
)  # fmt: skip
def test_symbologies(aim: str, symbology: str | None) -> None:
    assert understand(aim.encode() + b"A001", AIM) == ScannedCode("A001", symbology, aim, "ascii")


@pytest.mark.parametrize("data", [b"]Q1", b"\x02]Q1", b"\x02", b"]Q2\\000026"])
def test_a_code_of_nothing_is_refused(data: bytes) -> None:
    rules = Rules(aim=True, prefix=data[:1] if data[:1] == b"\x02" else b"")
    assert refusal(data, rules).detail == "the code is empty"
    assert understand(b"]Q1", Rules()) == ScannedCode("]Q1")


@pytest.mark.parametrize(
    ("data", "charset", "inside"),
    [
        ("41 E6", "auto", True),
        ("E6 B8", "auto", True),
        ("E6 B8 9D", "auto", False),
        ("E6 B8 9D E4", "auto", True),
        ("F0 A0 80", "auto", True),
        ("D3 E5 D6", "auto", True),  # no UTF-8, and GB18030 but for a byte
        ("D3 E5 D6 D0", "auto", False),
        ("41 C4", "auto", True),
        ("C4 E3", "gb18030", False),
        ("95 32 82", "gb18030", True),
        ("D3 E5 D6", "utf-8", False),  # no text at all
        ("FF 41", "auto", False),
        ("41", "auto", False),
        ("", "auto", False),
    ],
)
def test_whether_bytes_end_inside_a_character(data: str, charset: Charset, inside: bool) -> None:
    assert ends_inside_character(bytes.fromhex(data), charset) is inside


def test_identifiers_are_taken_off_only_where_configured_and_only_once() -> None:
    assert understand(b"]Q1A001", Rules()) == ScannedCode("]Q1A001")
    assert understand(b"]Q1]Q1A", AIM).text == "]Q1A"
    assert understand(b"A001", AIM) == ScannedCode("A001")


def test_a_prefix_comes_before_the_identifier_and_must_be_there() -> None:
    rules = Rules(aim=True, prefix=b"\x02")
    assert understand(b"\x02]C0A001", rules) == ScannedCode("A001", "Code 128", "]C0")
    assert "prefix" in refusal(b"A001", rules).detail


def test_length_is_counted_without_identifier_and_prefix() -> None:
    rules = Rules(aim=True, prefix=b"\x02", longest=4)
    assert understand(b"\x02]Q1A001", rules).text == "A001"
    assert "longer than 4" in refusal(b"\x02]Q1A0012", rules).detail
    assert len(understand(b"A" * 2953, Rules()).text) == 2953
    refusal(b"A" * 2954)


@pytest.mark.parametrize(
    "text", ["A\0B", "A\x1bB", "A\nB", "\x7f", "A\x85B", "\u2028", "\u202e001A", "\u2066x"]
)
def test_control_characters_are_refused_without_repeating_them(text: str) -> None:
    assert refusal(text.encode(), Rules(charset="utf-8")).detail == (
        "the code holds control characters"
    )


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_give_a_clean_text_or_a_refusal(data: bytes, aim: bool) -> None:
    try:
        code = understand(data, Rules(aim=aim))
    except PeripheralError as e:
        assert e.reason is Reason.REJECTED  # noqa: PT017 - a code may also be fine
    else:
        assert all(unicodedata.category(c) != "Cc" for c in code.text)
        assert code.charset in ("ascii", "utf-8", "gb18030")


@given(st.text("渝中区甲某身份0189azAZ-é𠀀", max_size=20), st.sampled_from(["utf-8", "gb18030"]))
def test_a_masked_code_has_the_same_length_and_is_understood_the_same(
    text: str, charset: str
) -> None:
    data = text.encode(charset)
    masked = mask_code(data)
    before, after = decode(data), decode(masked)
    assert len(masked) == len(data)
    assert (after[1], len(after[0])) == (before[1], len(before[0]))
    assert not set(after[0]) & set("渝中区甲身份189zZ")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("身份证50010319000101001X", "身份证500103********001X"),
        ("500103900101001", "500103*****1001"),
        ("５００１０３１９０００１０１００１Ｘ", "５００１０３********００１Ｘ"),
        ("５００１０３１９０００１０１００１8。", "５００１０３********００１8。"),
        ("①500103190001010018", "①500103190001010018"),  # 19 digits are no ID number
        ("500103 19000101 001X", "500103 ******** 001X"),
        ("证：500103-19000101-001x，完", "证：500103-********-001x，完"),
        ("500103－1900－01－01－0018", "500103－****－**－**－0018"),
        ("5 0 0 1 0 3 1 9 0 0 0 1 0 1 0 0 1 X", "5 0 0 1 0 3 * * * * * * * * 0 0 1 X"),
        ("500103\u3000１９000101\u200b001X", "500103\u3000********\u200b001X"),
        ("500103 900101 001", "500103 *****1 001"),
        ("12-500103.1900.0101.0018 A001", "12-500103.****.****.0018 A001"),
        ("50010319000101001X 50010319000101001X", "500103********001X 500103********001X"),
        # None of these is an ID number.
        ("2024-05-06 10:20:30 A001", "2024-05-06 10:20:30 A001"),
        ("023-63512345 13800138000", "023-63512345 13800138000"),
        ("渝中区A001 http://x.cn/?a=1-2", "渝中区A001 http://x.cn/?a=1-2"),
        ("6222 0212 3456 7890 123", "6222 0212 3456 7890 123"),
        ("", ""),
    ],
)
def test_id_numbers_in_a_text_are_masked_in_every_form(text: str, shown: str) -> None:
    assert mask_numbers_in(text) == shown


@given(st.text("0123456789５Ｘx -年", max_size=60))
def test_masking_a_text_only_puts_stars_for_digits(text: str) -> None:
    masked = mask_numbers_in(text)
    assert len(masked) == len(text)
    for before, after in zip(text, masked, strict=True):
        assert after == before or (after == "*" and before.isdigit())
    assert mask_numbers_in(masked) == masked


@given(st.binary(max_size=100))
def test_masking_any_bytes_keeps_their_number(data: bytes) -> None:
    masked = mask_code(data)
    assert len(masked) == len(data)
    rest = re.sub(rb"[\x81-\xfe]\d[\x81-\xfe]\d", b"", masked)  # one character of GB18030
    assert not set(rest) & set(b"123456789bcdxyzBCDXYZ") or data.startswith((b"]", b"\\"))
