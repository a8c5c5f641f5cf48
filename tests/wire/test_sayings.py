"""What drivers say has a Chinese sentence for every English one, and nobody says it past them."""

import ast
import errno
import gettext
import os
import pickle
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers import saying as said_in
from drivers.saying import in_language, is_said_in, saying, together
from drivers.status import PeripheralHealth, State

ROOT = Path(said_in.__file__).parent
LOOK_UP = {  # of getaddrinfo
    "Name or service not known",
    "Temporary failure in name resolution",
    "No address associated with hostname",
}


def sayings() -> Iterator[tuple[Path, int, str]]:
    """Every literal sentence of every call of `saying` in the package."""
    for file in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            named = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "saying"
            if named and file.name != "saying.py":
                first = node.args[0]  # type: ignore[attr-defined]
                assert isinstance(first, ast.Constant), f"{file}:{node.lineno}: not a literal"  # type: ignore[attr-defined]
                yield file, node.lineno, first.value  # type: ignore[attr-defined]


def catalogue() -> dict[str, str]:
    """The compiled one."""
    found = gettext.translation(said_in.DOMAIN, ROOT / "locale", ["zh_CN"])
    return {key: told for key, told in found._catalog.items() if key}  # type: ignore[attr-defined]


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_every_sentence_has_a_chinese_one_with_the_same_values() -> None:
    known = catalogue()
    missing = [f"{f}:{line}: {text}" for f, line, text in sayings() if text not in known]
    assert not missing, "\n".join(missing)
    wrong = [key for key, told in known.items() if fields(key) != fields(told)]
    assert not wrong


def test_no_chinese_sentence_is_left_over() -> None:
    used = {text for _, _, text in sayings()}
    assert not catalogue().keys() - used


def test_a_saying_is_its_english_text_and_can_be_said_in_chinese() -> None:
    why = saying("{name} did not come to an end within {limit_s:g} s", name="escpos", limit_s=2.0)
    assert why == "escpos did not come to an end within 2 s"
    assert in_language(why, "zh") == "escpos 在 2 秒内没有结束"
    assert in_language(why, "en") == why
    assert type(in_language(why, "en")) is str
    assert pickle.loads(pickle.dumps(why)).pieces == why.pieces


def test_sayings_together_are_said_piece_by_piece() -> None:
    check = saying("Check the power of the peripheral and its cable.")
    both = together(check, "", "IOError 5", check)
    assert both == f"{check} IOError 5 {check}"
    assert in_language(both, "zh") == "检查设备电源和连接线。IOError 5 检查设备电源和连接线。"
    assert not is_said_in(both, "zh")
    assert is_said_in(together(check, check), "zh")
    assert is_said_in("", "zh")
    assert is_said_in("正常", "zh")
    assert not is_said_in("words", "zh")


def test_a_health_that_is_sent_on_is_plain_texts() -> None:
    health = PeripheralHealth("reader", "sdt_reader", State.OFFLINE, detail=saying("cancelled"))
    assert type(health.plain()["detail"]) is str


def test_what_the_system_says_is_told_in_chinese() -> None:
    for why in (
        os.strerror(errno.ECONNREFUSED),
        str(OSError(errno.ECONNREFUSED, "Connection refused")),
    ):
        told = saying("cannot connect to {name}: {why}", name="a4:9100", why=why)
        assert in_language(told, "zh") == "连不上 a4:9100：对方拒绝连接"
        assert in_language(told, "en").endswith("Connection refused")


def test_the_system_does_say_so() -> None:
    found = gettext.translation(said_in.SYSTEM, ROOT / "locale", ["zh_CN"])
    said = {os.strerror(number) for number in errno.errorcode} | LOOK_UP | {"timed out"}
    assert {key for key in found._catalog if key} <= said  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", ["a plain text", ""])
def test_a_plain_text_stays_as_it_is(text: str) -> None:
    assert in_language(text, "zh") == text
