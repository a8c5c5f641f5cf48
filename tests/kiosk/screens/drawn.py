"""What stands on a stage, and what is wrong with it: cut, too small, overlapping, out of sight."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from kivy.base import EventLoop
from PIL import Image

from kiosk.flow.events import ChoseDomain, ChoseItem
from kiosk.flow.menu import Menu
from kiosk.flow.visit import Visit
from kiosk.screens.stage import Stage, StageOptions
from kiosk.theme import NORMAL, rgba
from kiosk.widgets.animated import Animated
from kiosk.widgets.icon import Icon
from kiosk.widgets.press import Press
from kiosk.widgets.surface import Surface
from kiosk.widgets.text import Text

Rect = tuple[float, float, float, float]  # x, y, right, top
SLACK = 1.5  # pixels lost to rounding
_SEEN: dict[int, tuple[Any, tuple[int, int, int, int]]] = {}


@dataclass
class Drawn:
    """One leaf or press, where its ink is, and the presses that it stands on."""

    widget: Any
    ink: Rect
    on: list[Press] = field(default_factory=list)

    def __str__(self) -> str:
        return str(
            getattr(self.widget, "text", None)
            or getattr(self.widget, "name", None)
            or getattr(self.widget, "event", None)
            or type(self.widget).__name__
        )


def staged(window: Any, size: tuple[int, int], menu: Menu, visit: Visit, **options: Any) -> Stage:
    """A stage of `size` in the window, with `visit` on it."""
    stage = show(window, size, Stage(menu, StageOptions(motion=False, **options)))
    stage.render(visit)
    return stage


def show(window: Any, size: tuple[int, int], stage: Stage) -> Stage:
    """Make `stage` the only thing in the window."""
    for old in list(window.children):
        window.remove_widget(old)
    frame()  # Kivy gives textures back at a frame: without one, hundreds of stages take 2 GB
    if tuple(window.size) != size:
        window.size = size
        pump_until(lambda: tuple(window.size) == size)
    window.add_widget(stage)
    stage.size = size
    return stage


def pump_until(done: Callable[[], bool], frames: int = 200) -> None:
    """Let Kivy run until `done`; fails when that takes too long."""
    for _ in range(frames):
        if done():
            return
        frame()
    raise AssertionError("the window did not come so far")


def frame() -> None:
    """One turn of Kivy's main loop."""
    EventLoop.idle()
    EventLoop.window.mainloop()


def leaves(widget: Any, on: tuple[Press, ...] = ()) -> Iterator[Drawn]:
    """Everything that is drawn under `widget`, the presses included."""
    for child in widget.children:
        if isinstance(child, Press):
            yield Drawn(child, (child.x, child.y, child.right, child.top), list(on))
            yield from leaves(child, (*on, child))
        elif isinstance(child, Text):
            yield Drawn(child, _ink(child), list(on))
        elif isinstance(child, Icon | Animated | Surface):
            yield Drawn(child, (child.x, child.y, child.right, child.top), list(on))
        else:
            yield from leaves(child, on)


def _ink(text: Text) -> Rect:
    """The rectangle that the glyphs themselves cover, read from the pixels."""
    boxes = []
    for texture, x, y in text.placed:
        left, upper, right, lower = _glyphs(texture)
        boxes.append((x + left, y + texture.height - lower, x + right, y + texture.height - upper))
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )


def _glyphs(texture: Any) -> tuple[int, int, int, int]:
    """Left, upper, right and lower edge of what is not clear in a texture."""
    if id(texture) not in _SEEN:
        picture = Image.frombytes("RGBA", texture.size, texture.pixels)
        _SEEN[id(texture)] = (texture, picture.getchannel("A").getbbox() or (0, 0, 0, 0))
    return _SEEN[id(texture)][1]


def texts(stage: Stage) -> list[Text]:
    """Every text on the stage."""
    return [one.widget for one in leaves(stage) if isinstance(one.widget, Text)]


def problems(stage: Stage) -> list[str]:
    """What is wrong with what stands on the stage, one line each."""
    unit = stage.scale.unit
    w, h = stage.orientation.value
    sheet = (stage.scale.left, stage.scale.top - h * unit, stage.scale.left + w * unit)
    page = (*sheet, stage.scale.top)
    ground = list(leaves(stage.screen)) + list(leaves(stage.bars))
    over = list(leaves(stage.over))
    found = []
    for layer in (ground, over):
        for one in layer:
            found += _alone(one, page, unit)
        for one, other in combinations(layer, 2):
            if other.widget in one.on or one.widget in other.on:
                continue
            if _meet(one.ink, other.ink) and not _stands_on(one, other):
                found.append(f"{one} overlaps {other}")
        primary = [one for one in layer if _is_primary(one.widget)]
        if len(primary) > 1:
            found.append(f"{len(primary)} primary buttons")
    tiles = [one for one in ground if _is_tile(one.widget)]
    if len(tiles) > NORMAL.tiles_per_page:
        found.append(f"{len(tiles)} tiles")
    return found


def _alone(one: Drawn, page: Rect, unit: float) -> Iterator[str]:
    widget = one.widget
    if not _within(one.ink, page):
        yield f"{one} reaches out of the screen"
    for press in one.on:
        if not _within(one.ink, (press.x, press.y, press.right, press.top)):
            yield f"{one} reaches out of {press.event}"
    if isinstance(widget, Text):
        if not widget.fit.fits:
            yield f"{one} does not fit"
        if not _within(one.ink, (widget.x, widget.y, widget.right, widget.top)):
            yield f"{one} reaches out of its box"
        if widget.fit.size < NORMAL.steps[-1] * unit - 0.5:
            yield f"{one} is set at {widget.fit.size / unit:.1f}"
    if isinstance(widget, Press):
        w, h = widget.width / unit, widget.height / unit
        least = (320, 240) if isinstance(widget.event, ChoseDomain) else (NORMAL.target,) * 2
        if w < least[0] - 0.01 or h < least[1] - 0.01:
            yield f"{one} is only {w:.0f} × {h:.0f}"


def _stands_on(one: Drawn, other: Drawn) -> bool:
    """Whether one of the two is a surface that holds the other whole."""
    if isinstance(one.widget, Surface) and _within(other.ink, one.ink):
        return True
    return isinstance(other.widget, Surface) and _within(one.ink, other.ink)


def _is_primary(widget: Any) -> bool:
    return isinstance(widget, Press) and widget.fill == rgba(NORMAL.palette.primary)


def _is_tile(widget: Any) -> bool:
    return isinstance(widget, Press) and isinstance(widget.event, ChoseDomain | ChoseItem)


def _within(inner: Rect, outer: Rect) -> bool:
    return (
        inner[0] >= outer[0] - SLACK
        and inner[1] >= outer[1] - SLACK
        and inner[2] <= outer[2] + SLACK
        and inner[3] <= outer[3] + SLACK
    )


def _meet(one: Rect, other: Rect) -> bool:
    return (
        min(one[2], other[2]) - max(one[0], other[0]) > SLACK
        and min(one[3], other[3]) - max(one[1], other[1]) > SLACK
    )
