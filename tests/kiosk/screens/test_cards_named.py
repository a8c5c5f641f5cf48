"""The screens ask for the cards that can be read here, in words and in pictures."""

from dataclasses import replace
from typing import Any

import pytest

from config.loader import load
from kiosk.flow.visit import CardNotice, Cards, Language, Screen
from kiosk.menu import menu_of
from kiosk.screens.page import Size
from kiosk.screens.samples import plausible
from kiosk.screens.stage import Stage
from kiosk.widgets.pictures import CardInSlot, CardOnReader, Picture
from tests.kiosk.screens.drawn import staged, texts

MENU = menu_of(load(None))
ASKED = {
    (Cards.IDENTITY, "zh"): ("请把身份证放在读卡区", "平放不动，读完会自动到下一步", "没带身份证"),
    (Cards.SOCIAL_SECURITY, "zh"): (
        "请把社保卡插进读卡器",
        "有芯片的一头朝里插到底，读完会自动到下一步",
        "没带社保卡",
    ),
    (Cards.BOTH, "zh"): (
        "请放身份证，或者插社保卡",
        "身份证平放，社保卡芯片朝里；读完会自动到下一步",
        "没带卡",
    ),
    (Cards.IDENTITY, "en"): (
        "Lay your ID card on the reader",
        "Keep it flat and still. It goes on by itself",
        "I have no ID card",
    ),
    (Cards.SOCIAL_SECURITY, "en"): (
        "Put in your social security card",
        "Chip first, all the way in. It goes on by itself",
        "I have no card",
    ),
    (Cards.BOTH, "en"): (
        "Use your ID or social security card",
        "Lay the ID card flat. Put the other in, chip first",
        "I have no card",
    ),
}
PICTURES = {
    Cards.IDENTITY: {CardOnReader},
    Cards.SOCIAL_SECURITY: {CardInSlot},
    Cards.BOTH: {CardOnReader, CardInSlot},
}
WORDS = {  # what names an identity card and a social security card
    "zh": ("身份证", "社保卡"),
    "en": ("ID", "social security card"),
}


def drawn(window: Any, cards: Cards, language: str, **changed: Any) -> Stage:
    visit = plausible(MENU, Language(language))["home"]
    visit = replace(visit, hall=replace(visit.hall, cards=cards), **changed)
    return staged(window, Size.PORTRAIT.value, MENU, visit)


def words_on(stage: Stage) -> list[str]:
    return [one.text.replace("\n", "") for one in texts(stage)]


@pytest.mark.parametrize(("cards", "language"), list(ASKED))
def test_the_identify_screen_asks_for_what_is_read(
    kivy_window: Any, cards: Cards, language: str
) -> None:
    stage = drawn(kivy_window, cards, language, screen=Screen.IDENTIFY)
    said = words_on(stage)
    assert [sentence for sentence in ASKED[cards, language] if sentence not in said] == []
    assert {type(one) for one in stage.walk() if isinstance(one, Picture)} == PICTURES[cards]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("screen", [Screen.HOME, Screen.IDENTIFY])
@pytest.mark.parametrize("notice", [None, *CardNotice])
def test_no_screen_asks_for_a_card_that_no_reader_takes(
    kivy_window: Any, language: str, screen: Screen, notice: CardNotice | None
) -> None:
    identity, social = WORDS[language]
    changed = {"screen": screen, "card_notice": notice}
    chip = " ".join(words_on(drawn(kivy_window, Cards.SOCIAL_SECURITY, language, **changed)))
    assert identity not in chip
    laid = " ".join(words_on(drawn(kivy_window, Cards.IDENTITY, language, **changed)))
    assert social not in laid


@pytest.mark.parametrize(
    ("cards", "notice", "told"),
    [
        (Cards.SOCIAL_SECURITY, CardNotice.LIFTED, "社保卡取出得太早，请再插一次，读完再取"),
        (Cards.BOTH, CardNotice.LIFTED, "卡拿开得太早，请再来一次，读完再拿"),
        (Cards.SOCIAL_SECURITY, CardNotice.UNREADABLE, "没有读出来，请把芯片朝里再插一次"),
        (Cards.BOTH, CardNotice.UNREADABLE, "没有读出来，请换个面再试一次"),
    ],
)
def test_a_card_is_shown_again_the_way_it_goes(
    kivy_window: Any, cards: Cards, notice: CardNotice, told: str
) -> None:
    stage = drawn(kivy_window, cards, "zh", screen=Screen.IDENTIFY, card_notice=notice)
    assert told in words_on(stage)


@pytest.mark.parametrize(
    ("cards", "button"),
    [(Cards.IDENTITY, "没带身份证"), (Cards.SOCIAL_SECURITY, "没带社保卡"), (Cards.BOTH, "没带卡")],
)
def test_without_a_reader_the_button_named_is_there(
    kivy_window: Any, cards: Cards, button: str
) -> None:
    visit = plausible(MENU, Language.ZH)["home_no_reader"]
    visit = replace(visit, hall=replace(visit.hall, cards=cards))
    said = words_on(staged(kivy_window, Size.PORTRAIT.value, MENU, visit))
    assert button in said
    assert f"读卡器暂时不能用，请点“{button}”" in said
