"""Every screen × language × orientation, usual and longest data: nothing cut, nothing overlaps."""

from dataclasses import replace
from typing import Any

import pytest

from config.loader import load
from kiosk.flow.menu import Menu
from kiosk.flow.visit import Language, Screen
from kiosk.menu import menu_of
from kiosk.screens.page import Size
from kiosk.screens.samples import plausible, worst
from tests.kiosk.screens.drawn import problems, show, staged, texts

MENU = menu_of(load(None))
NAMES = sorted(plausible(MENU, Language.ZH))
EVERY = [
    pytest.param(name, size, language, id=f"{name}-{size.name.lower()}-{language}")
    for size in Size  # outermost: turning the window takes time
    for language in Language
    for name in NAMES
]


def test_samples_show_every_screen() -> None:
    shown = {visit.screen for visit in plausible(MENU, Language.ZH).values()}
    assert shown == set(Screen)


@pytest.mark.parametrize(("name", "size", "language"), EVERY)
def test_usual_data_fit(kivy_window: Any, name: str, size: Size, language: Language) -> None:
    stage = staged(kivy_window, size.value, MENU, plausible(MENU, language)[name])
    assert texts(stage)
    assert problems(stage) == []


@pytest.mark.parametrize(("name", "size", "language"), EVERY)
def test_longest_data_fit(kivy_window: Any, name: str, size: Size, language: Language) -> None:
    menu, scenes = worst(language)
    assert problems(staged(kivy_window, size.value, menu, scenes[name])) == []


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("size", Size)
def test_every_domain_and_item_of_the_catalogue_fits(
    kivy_window: Any, size: Size, language: Language
) -> None:
    scenes = plausible(MENU, language)
    stage = staged(kivy_window, size.value, MENU, scenes["items"])
    for domain in MENU.domains:
        for page in range(2):
            stage.render(replace(scenes["items"], domain_id=domain.id, page=page))
            assert problems(stage) == [], domain.name
    for item in sorted(MENU.items, key=lambda item: -len(item.name + item.name_en))[:10]:
        chosen = {"item_id": item.id, "domain_id": item.domain_id}
        for name in ("confirm", "take_paper", "trouble_not_printed"):
            stage.render(replace(scenes[name], **chosen))
            assert problems(stage) == [], (name, item.name)


@pytest.mark.parametrize("window", [(1280, 1024), (768, 1366), (800, 1900)], ids=str)
def test_other_windows_get_the_whole_design(kivy_window: Any, window: tuple[int, int]) -> None:
    for name, visit in plausible(MENU, Language.ZH).items():
        stage = staged(kivy_window, window, MENU, visit)
        scale, (w, h) = stage.scale, stage.orientation.value
        assert scale.left >= 0
        assert scale.left + w * scale.unit <= window[0] + 0.01
        assert scale.top <= window[1] + 0.01
        assert scale.top - h * scale.unit >= -0.01
        assert problems(stage) == [], name


def test_a_turned_window_is_drawn_anew(kivy_window: Any) -> None:
    visit = plausible(MENU, Language.ZH)["confirm"]
    stage = staged(kivy_window, Size.PORTRAIT.value, MENU, visit)
    show(kivy_window, Size.LANDSCAPE.value, stage)
    assert stage.orientation is Size.LANDSCAPE
    assert problems(stage) == []


def test_the_checker_sees_what_is_cut(kivy_window: Any) -> None:
    menu, scenes = worst(Language.ZH)
    item = replace(menu.items[0], name=menu.items[0].name * 40)
    stage = staged(kivy_window, Size.PORTRAIT.value, Menu(menu.domains, (item,)), scenes["items"])
    assert any("does not fit" in one for one in problems(stage))


def test_the_checker_sees_what_overlaps_or_is_too_small(kivy_window: Any) -> None:
    visit = plausible(MENU, Language.ZH)["home"]
    stage = staged(kivy_window, Size.PORTRAIT.value, MENU, visit)
    press = next(one for one in stage.bars.children if hasattr(one, "event"))
    press.size = (80, 80)
    assert any("is only 80 × 80" in one for one in problems(stage))
    press.size = (400, 160)
    press.y = 600
    assert any("overlaps" in one for one in problems(stage))
