"""Touches by a real pointer of the X server on the real window."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from Xlib import X
from Xlib import display as xdisplay
from Xlib.ext import xtest

from config.loader import load
from kiosk.flow.events import ChoseDomain, Pressed, Touch
from kiosk.flow.events import Press as Button
from kiosk.flow.visit import Language
from kiosk.menu import menu_of
from kiosk.screens.page import Size
from kiosk.screens.samples import plausible
from kiosk.screens.stage import Stage, StageOptions
from kiosk.widgets.press import Press
from tests.kiosk.screens.drawn import frame, leaves, pump_until, show, staged, texts

MENU = menu_of(load(None))
SCENES = plausible(MENU, Language.ZH)
PORTRAIT = Size.PORTRAIT.value


class Finger:
    """The X server's pointer, moved by XTEST."""

    def __init__(self, name: str, window: Any) -> None:
        self._display = xdisplay.Display(name)
        self._window = window

    def move(self, x: float, y: float) -> None:
        """To a point of the window, y downwards."""
        x, y = round(x) + self._window.left, round(y) + self._window.top
        xtest.fake_input(self._display, X.MotionNotify, x=x, y=y)
        self._display.sync()

    def down(self) -> None:
        xtest.fake_input(self._display, X.ButtonPress, 1)
        self._display.sync()

    def up(self) -> None:
        xtest.fake_input(self._display, X.ButtonRelease, 1)
        self._display.sync()

    def close(self) -> None:
        self._display.close()


@pytest.fixture
def finger(kivy_window: Any, large_display: str) -> Iterator[Finger]:
    made = Finger(large_display, kivy_window)
    yield made
    made.up()
    for _ in range(5):
        frame()
    made.close()


def find(stage: Stage, event: Touch) -> Press:
    """The press of `event` on the stage."""
    return next(
        one.widget
        for one in leaves(stage)
        if isinstance(one.widget, Press) and one.widget.event == event
    )


def put_on(finger: Finger, window: Any, press: Press) -> None:
    """The finger over the middle of `press`, seen by Kivy."""
    finger.move(press.center_x, window.height - press.center_y)
    pump_until(lambda: press.collide_point(*window.mouse_pos))


def heard(stage: Stage) -> list[Touch]:
    """A list that fills with the stage's events."""
    events: list[Touch] = []
    stage.on_press = events.append
    return events


def test_a_tile_darkens_under_the_finger_and_reports_when_let_go(
    kivy_window: Any, finger: Finger
) -> None:
    stage = staged(kivy_window, PORTRAIT, MENU, SCENES["domains"])
    events, event = heard(stage), ChoseDomain(MENU.domains[0].id)
    tile = find(stage, event)
    put_on(finger, kivy_window, tile)
    for number in range(5):
        assert not tile.is_dark
        finger.down()
        pump_until(lambda: tile.is_dark)
        assert len(events) == number
        finger.up()
        pump_until(lambda expected=number + 1: len(events) == expected)
    assert events == [event] * 5
    assert not tile.is_dark


def test_sliding_away_changes_ones_mind(kivy_window: Any, finger: Finger) -> None:
    stage = staged(kivy_window, PORTRAIT, MENU, SCENES["domains"])
    events = heard(stage)
    tile = find(stage, ChoseDomain(MENU.domains[0].id))
    put_on(finger, kivy_window, tile)
    finger.down()
    pump_until(lambda: tile.is_dark)
    finger.move(540, 20)
    pump_until(lambda: kivy_window.mouse_pos[1] > 1800)
    finger.up()
    pump_until(lambda: not tile.is_dark)
    assert events == []


def test_news_under_the_finger_do_not_lose_the_press(kivy_window: Any, finger: Finger) -> None:
    visit = SCENES["home"]
    stage = staged(kivy_window, PORTRAIT, MENU, visit)
    events = heard(stage)
    tile = find(stage, Pressed(Button.TAKE_NUMBER))
    put_on(finger, kivy_window, tile)
    finger.down()
    pump_until(lambda: tile.is_dark)
    queues = tuple(replace(queue, waiting=77) for queue in visit.hall.queues)
    stage.render(replace(visit, hall=replace(visit.hall, queues=queues)))
    finger.up()
    pump_until(lambda: bool(events))
    assert events == [Pressed(Button.TAKE_NUMBER)]
    pump_until(lambda: any(one.text == "77 人" for one in texts(stage)))


def test_a_touch_on_nothing_shows_presence(kivy_window: Any, finger: Finger) -> None:
    stage = staged(kivy_window, PORTRAIT, MENU, SCENES["identify"])
    events = heard(stage)
    finger.move(540, 200)
    finger.down()
    pump_until(lambda: bool(events))
    assert events == [Pressed(Button.TOUCH)]


@pytest.mark.parametrize(
    ("scene", "button"), [("countdown", Button.CONTINUE), ("help", Button.TOUCH)]
)
def test_what_lies_over_a_screen_takes_the_touch(
    kivy_window: Any, finger: Finger, scene: str, button: Button
) -> None:
    stage = staged(kivy_window, PORTRAIT, MENU, SCENES[scene])
    events = heard(stage)
    covered = find(stage, ChoseDomain(MENU.domains[0].id))
    put_on(finger, kivy_window, covered)
    finger.down()
    finger.up()
    pump_until(lambda: bool(events))
    assert events == [Pressed(Button.TOUCH)]
    events.clear()
    wanted = [one for one in leaves(stage.over) if isinstance(one.widget, Press)][::-1]
    labelled = next(one.widget for one in wanted if one.on and one.widget.event == Pressed(button))
    put_on(finger, kivy_window, labelled)
    finger.down()
    finger.up()
    pump_until(lambda: bool(events))
    assert events == [Pressed(button)]


def test_the_countdown_stays_in_time(kivy_window: Any) -> None:
    visit = SCENES["countdown"]
    stage = staged(kivy_window, PORTRAIT, MENU, visit)
    assert stage.ring is not None
    assert stage.ring.seconds == 14
    stage.render(replace(visit, countdown_s=5))
    assert stage.ring.seconds == 5
    stage.render(replace(visit, countdown_s=None))
    assert stage.ring is None


def test_a_screen_slides_in_and_a_double_tap_does_not_press_it(
    kivy_window: Any, finger: Finger
) -> None:
    stage = show(kivy_window, PORTRAIT, Stage(MENU, StageOptions(motion=True)))
    stage.render(SCENES["home"])
    assert stage.at_rest
    events = heard(stage)
    finger.move(540, 700)
    stage.render(SCENES["domains"])
    assert not stage.at_rest
    finger.down()
    finger.up()
    pump_until(lambda: stage.at_rest)
    assert events == []


def test_nothing_moves_when_motion_is_off(kivy_window: Any) -> None:
    stage = staged(kivy_window, PORTRAIT, MENU, SCENES["home"])
    stage.render(SCENES["domains"])
    assert stage.at_rest


def test_forgetting_drops_every_text(kivy_window: Any) -> None:
    from kiosk.widgets import glyphs

    stage = staged(kivy_window, PORTRAIT, MENU, SCENES["confirm"])
    assert any("欧***" in key[0] for key in glyphs.kept())
    stage.render(SCENES["home"])
    stage.forget()
    assert not glyphs.kept()


def test_warming_opens_every_size(kivy_window: Any) -> None:
    from kiosk.widgets import glyphs

    stage = staged(kivy_window, PORTRAIT, MENU, SCENES["home"])
    stage.forget()
    stage.warm()
    pump_until(lambda: len({key[2] for key in glyphs.kept()}) >= 14, 3000)
