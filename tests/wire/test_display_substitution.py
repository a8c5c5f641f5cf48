"""What becomes of characters that a display cannot show."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.displays.onbon_bx_text import code, presentable
from drivers.displays.substitution import Substituted, can_show_ascii, substitute
from drivers.saying import in_language, is_said_in


def ascii_only(text: str) -> str:
    return substitute(text, can_show_ascii, missing="?", words=True).text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("A001 3", "A001 3"),
        ("请A001到3号窗口", "A001 TO 3"),
        ("请 A012 号到 12 号窗口", "A012 TO 12"),
        ("A001到3", "A001 TO 3"),
        ("请Ｂ００７到3号窗口", "B007 TO 3"),
        ("A001 3窗", "A001 3"),
        ("3号窗口", "WINDOW 3"),
        ("暂停服务", "PAUSED"),
        ("请稍候", "PLEASE WAIT"),
        ("综合窗口", "?? WINDOW"),
        ("Ａ００１，é—“x”…", 'A001,e-"x"...'),
        ("¥5·6", "Y5.6"),
        ("WINDOW 3  A001", "WINDOW 3  A001"),
        ("  PLEASE ", "  PLEASE "),
        (" a\r\n\tb\x1b\u200bc ", " a  b  c "),
        ("A\u3000\u00a0B", "A  B"),
        ("  A001   B   请稍候  ", "  A001   B PLEASE WAIT"),
        ("请 到 号", "PLEASE TO"),
        ("瀼渡镇\ud800", "????"),
        ("暂停办理 停止服务 下班", "PAUSED CLOSED CLOSED"),
        ("正在办理 请稍等", "SERVING PLEASE WAIT"),
        ("欢迎光临 欢迎 谢谢", "WELCOME WELCOME THANK YOU"),
        ("过号 取号 等候5人 等待", "MISSED TAKE A NUMBER WAITING 5 PEOPLE WAITING"),
        ("、。《》【】「」‘’×→〇•−–—", ",.<>[][]''x>0.---"),
        ("", ""),
    ],
)
def test_without_chinese(text: str, shown: str) -> None:
    assert ascii_only(text) == shown


def test_what_was_replaced_is_told_once_each_and_can_be_printed() -> None:
    found = presentable("瀼渡镇，瀼\\ud800".replace("\\ud800", "\ud800"), "gb2312")
    assert found.text == "〓渡镇，〓〓"
    assert found.replaced == (("瀼", "〓"), ("\ud800", "〓"))
    assert "瀼→〓, ?→〓" in found.advice
    found.advice.encode("utf-8")
    for as_given in ("请A001到3号窗口", "  A001   3号\u3000窗口 "):
        assert presentable(as_given, "gb2312") == Substituted(as_given)


@given(st.text(max_size=60))
def test_whatever_comes_in_can_be_shown(text: str) -> None:
    assert all(can_show_ascii(c) for c in ascii_only(text))
    shown = presentable(text, "gb2312").text
    assert all(code(c, "gb2312") for c in shown)
    assert presentable(shown, "gb2312").text == shown


def test_only_what_a_display_can_show_is_looked_at() -> None:
    # Searching all of such a text for calls took minutes, for it begins like one everywhere.
    found = substitute("A" * 100_000, can_show_ascii, missing="?", words=True)
    assert found.text == "A" * 2000


@pytest.mark.parametrize("part", ["1", " ", "1 ", "请 ", "1到", " " * 900 + "1"])
def test_no_text_holds_a_panel_up(part: str) -> None:
    # 2,000 figures took more than a minute.
    begun = time.monotonic()
    ascii_only((part * 2000)[:2000])
    assert time.monotonic() - begun < 10


def test_what_was_replaced_can_be_told_in_chinese() -> None:
    found = substitute("请é号", can_show_ascii, missing="?", words=True)
    assert found.advice == (
        "The display cannot show all of it; replaced: 请→PLEASE, 号→nothing, é→e."
    )
    assert in_language(found.advice, "zh") == (
        "有些字符显示屏没有，已替换：“请”换成“PLEASE”，“号”省去，“é”换成“e”。"
    )
    cut = Substituted("ABC", tuple(("é", str(n)) for n in range(9))).cut_to(2).advice
    assert cut.endswith("é→6, é→7 ….")
    assert in_language(cut, "zh").startswith("内容太长，显示屏放不下：末尾被截去。有些字符")
    assert is_said_in(cut, "zh")


def test_a_text_that_is_not_looked_at_to_its_end_is_cut() -> None:
    assert not substitute(1999 * "号" + "A", can_show_ascii, missing="?", words=True).cut
    assert substitute(2000 * "号" + "A", can_show_ascii, missing="?", words=True).cut
