"""Every sentence comes from gettext, in both languages, and none is left over."""

import gettext
import re
import string
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from config.loader import load
from kiosk.flow.menu import Menu
from kiosk.flow.visit import Language, Visit
from kiosk.i18n import LANGUAGES, LOCALE, Words, words
from kiosk.menu import menu_of
from kiosk.screens.page import Size
from kiosk.screens.samples import plausible, worst
from tests.kiosk.screens.drawn import staged, texts

MENU = menu_of(load(None))
ENTRY = re.compile(
    r'^msgid "(?P<key>[^"]+)"\n(?:msgid_plural "[^"]*"\n)?(?P<said>(?:msgstr.*\n)+)', re.MULTILINE
)
NOT_ON_A_SCREEN = {"slip.notice"}  # stands on the slip


class Marked(Words):
    """Says every sentence in «marks» and remembers which were said."""

    def __init__(self, language: str, said: set[str]) -> None:
        super().__init__(language, gettext.NullTranslations())
        self._real = words(language)
        self._said = said

    def __call__(self, key: str, **values: object) -> str:
        self._said.add(key)
        return "«" + self._real(key, **values).replace("«", "").replace("»", "") + "»"

    def count(self, key: str, number: int, **values: object) -> str:
        self._said.add(key)
        return "«" + self._real.count(key, number, **values) + "»"


def entries(language: str) -> dict[str, list[str]]:
    """Key → its sentences (one, or one a plural form), from the .po file."""
    text = po(language).read_text(encoding="utf-8")
    return {
        match["key"]: re.findall(r'^msgstr(?:\[\d\])? "(.*)"$', match["said"], re.MULTILINE)
        for match in ENTRY.finditer(text)
    }


def po(language: str) -> Path:
    return LOCALE / LANGUAGES[language] / "LC_MESSAGES" / "kiosk.po"


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


@pytest.fixture(scope="module")
def said(kivy_window: Any) -> set[str]:
    """Keys of everything that any screen says, after checking that it says nothing else."""
    keys: set[str] = set()
    for language in Language:
        marked = Marked(language, keys)
        speak: Callable[[str], Words] = lambda _language, marked=marked: marked  # noqa: E731
        for menu, scenes in ((MENU, plausible(MENU, language)), worst(language)):
            for name, visit in scenes.items():
                stage = staged(kivy_window, Size.PORTRAIT.value, menu, visit, words=speak)
                known = _data(menu, visit, language)
                bare = [one.text for one in texts(stage) if not _is_known(one.text, known)]
                assert bare == [], (name, language)
    return keys


def test_screens_say_only_what_gettext_says(said: set[str]) -> None:
    assert len(said) > 60


def test_no_sentence_is_missing_or_left_over(said: set[str]) -> None:
    calendar = {key for key in entries("zh") if key.startswith(("month.", "weekday."))}
    assert said - set(entries("zh")) == set()
    assert set(entries("zh")) - said - calendar - NOT_ON_A_SCREEN == set()


def test_both_languages_say_the_same_things() -> None:
    chinese, english = entries("zh"), entries("en")
    assert list(chinese) == list(english)
    for key, sentences in chinese.items():
        assert all([*sentences, *english[key]]), key
        wanted = {frozenset(placeholders(one)) for one in [*sentences, *english[key]]}
        assert len(wanted) == 1, key


def test_english_has_no_chinese_but_the_language_button() -> None:
    chinese = {
        key
        for key, sentences in entries("en").items()
        if any("一" <= letter <= "鿿" for one in sentences for letter in one)
    }
    assert chinese == {"foot.language"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_compiled_words_are_fresh(language: str, tmp_path: Path) -> None:
    fresh = tmp_path / "kiosk.mo"
    subprocess.run(["msgfmt", "--check-format", "-o", str(fresh), str(po(language))], check=True)
    hint = "run msgfmt -o kiosk.mo kiosk.po"
    assert po(language).with_suffix(".mo").read_bytes() == fresh.read_bytes(), hint


def test_counting() -> None:
    assert words("en").count("people", 1) == "1 person"
    assert words("en").count("people", 2) == "2 people"
    assert words("zh").count("people", 1) == "1 人"


def _data(menu: Menu, visit: Visit, language: Language) -> set[str]:
    """What stands on a screen and is no sentence: names, numbers, the clock."""
    hall = visit.hall
    named = (*menu.domains, *menu.items, *hall.queues)
    names = {one.name_en if language is Language.EN else one.name for one in named}
    people = {visit.person.masked_name} if visit.person else set()
    tickets = {visit.ticket.number} if visit.ticket else set()
    return {hall.name, hall.name_en, "09:41", *hall.notices} | names | people | tickets


def _is_known(text: str, data: set[str]) -> bool:
    return text in data or text.isdigit() or bool(re.fullmatch(r"(«[^»]*»)+", text))
