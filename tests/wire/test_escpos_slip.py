"""Bytes of a slip, literally, and how text is encoded for Chinese mode."""

import re

import pytest
from escpos_peer import SLIP
from hypothesis import given
from hypothesis import strategies as st
from test_slip_layout import slips

from drivers.papers.layout import Align, Cut, Qr, Rule, Text, lay_out
from drivers.papers.slip import Slip
from drivers.printers.escpos import EscposOptions
from drivers.printers.escpos_slip import compose, encode, missing_in
from drivers.printers.escpos_traits import Look

REALTIME = re.compile(rb"\x10[\x04\x05\x14]")


def look(**more: object) -> Look:
    return EscposOptions.model_validate({"host": "printer", **more}).look()


def bytes_of(*lines: Text | Rule | Qr | Cut, **more: object) -> str:
    return b"".join(compose(lines, look(**more)).chunks[1:]).hex(" ").upper()


def test_set_up_is_init_and_chinese_mode() -> None:
    assert compose([], look()).chunks == (bytes.fromhex("1B 40 1C 26"),)
    assert compose([], look(codepage=255)).chunks == (bytes.fromhex("1B 40 1C 26 1B 74 FF"),)


def test_number_three_by_three_in_plain_ascii() -> None:
    assert bytes_of(Text("A001", Align.CENTER, width=3, height=3)) == (
        "1B 61 01 1B 21 00 1D 21 22 41 30 30 31 0A 1B 21 00 1D 21 00"
    )


def test_bold_chinese() -> None:
    assert bytes_of(Text("请到3号窗口", bold=True)) == (
        "1B 61 00 1B 21 08 1D 21 00 C7 EB B5 BD 33 BA C5 B4 B0 BF DA 0A 1B 21 00 1D 21 00"
    )


def test_native_qr_code() -> None:
    assert bytes_of(Qr("A001")) == (
        "1B 61 01 1B 4A 18 "
        "1D 28 6B 04 00 31 41 32 00 1D 28 6B 03 00 31 43 06 1D 28 6B 03 00 31 45 31 "
        "1D 28 6B 07 00 31 50 30 41 30 30 31 1D 28 6B 03 00 31 51 30 1B 4A 18"
    )


def test_a_large_qr_code_gets_smaller_modules() -> None:
    """300 Chinese characters on 58 mm: version 24 has 113 modules, 121 with margins, 384 dots."""
    code = bytes_of(Qr("字" * 300), columns=32)
    assert "1D 28 6B 03 00 31 43 03" in code


def test_raster_qr_code_is_a_picture() -> None:
    code = bytes_of(Qr("A001"), qr="raster")
    # 21 modules and one on each side, six dots each: 138 dots, 18 bytes a row, 96 + 42 rows
    assert "1B 61 01 1D 76 30 00 12 00 60 00" in code
    assert "1D 76 30 00 12 00 2A 00" in code
    assert "1D 28 6B" not in code
    assert "1B 74" not in code  # the library's own code page command


@pytest.mark.parametrize(
    ("cut", "expected"),
    [
        ("partial", "1B 61 00 1D 56 42 00"),
        ("full", "1B 61 00 1B 64 06 1D 56 00"),
        ("none", "1B 61 00 1B 64 05"),
    ],
)
def test_cut(cut: str, expected: str) -> None:
    assert bytes_of(Cut(), cut=cut) == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("取号A001", "C8 A1 BA C5 41 30 30 31"),
        ("。，", "A1 A3 A3 AC"),
        ("①", "A2 D9"),
        ("龥", "FD 9B"),
        ("大青㭎村", "B4 F3 C7 E0 FE 68 B4 E5"),
        ("¥中", "A3 A4 D6 D0"),
        ("㐀𠀀", "A1 FE A1 FE"),
        ("\ue000\ud800", "A1 FE A1 FE"),
    ],
)
def test_encoding(text: str, code: str) -> None:
    assert encode(text) == bytes.fromhex(code)


def test_a_gb2312_font_gets_marks_for_what_it_lacks() -> None:
    assert encode("瀼渡镇", "gb2312") == bytes.fromhex("A1 FE B6 C9 D5 F2")
    assert missing_in("瀼渡镇·蔈草", "gb2312") == "瀼蔈"
    assert missing_in("瀼渡镇·蔈草") == ""
    assert missing_in("〓𠀀") == "𠀀"


@given(st.text())
def test_text_is_only_one_or_two_byte_codes(text: str) -> None:
    """A four-byte code would show a second byte of 30h to 39h."""
    code = encode(text)
    at = 0
    while at < len(code):
        if code[at] < 0x80:
            at += 1
            continue
        assert 0x81 <= code[at] <= 0xFE
        assert 0x40 <= code[at + 1] <= 0xFE
        at += 2


@given(slips(), st.sampled_from(["native", "raster"]), st.sampled_from([48, 32]))
def test_no_slip_hides_a_realtime_command(slip: Slip, qr: str, columns: int) -> None:
    job = b"".join(compose(lay_out(slip, columns), look(qr=qr, columns=columns)).chunks)
    assert not REALTIME.search(job)


def test_the_whole_slip() -> None:
    job = b"".join(compose(lay_out(SLIP, 48), look()).chunks)
    assert job.startswith(bytes.fromhex("1B 40 1C 26"))
    assert job.endswith(bytes.fromhex("1D 56 42 00"))
    assert b"\nA001\n" in job.replace(b"\x1d\x21\x22", b"\n")
    for line in (
        "石柱土家族自治县冷水镇公共服务中心",
        "城乡居民养老保险参保登记",
        "过号请到服务台",
    ):
        assert line.encode("gb18030") in job
    assert len(job) < 500


def test_nothing_is_written_to_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    """The library likes to print warnings there; stdout is the command's answer."""
    compose(lay_out(SLIP, 48), look(qr="raster"))
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "wrong", [{}, {"host": "a", "port": "/dev/ttyS0"}, {"host": "a", "columns": 40}]
)
def test_bad_options(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"exactly one|columns"):
        EscposOptions.model_validate(wrong)
