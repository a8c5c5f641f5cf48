"""What both pages share: style, language, theme, the title bar."""

import time
from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Any

from nicegui import ui

from hall_controller.console.pages.parts import icon
from hall_controller.console.texts import TABLES, text

Store = MutableMapping[str, Any]
STATIC = Path(__file__).parents[1] / "static"


def dress(store: Store) -> str:
    """Put style and theme on the page being built; returns its language."""
    for name in ("console.css", "console.js"):
        stamp = int((STATIC / name).stat().st_mtime)
        address = f"/assets/console/{name}?v={stamp}"
        tag = (
            f'<link rel="stylesheet" href="{address}">'
            if name.endswith(".css")
            else f'<script src="{address}"></script>'
        )
        ui.add_head_html(tag)
    ui.dark_mode(bool(store.get("dark", False)))
    lang = store.get("lang", "zh")
    return lang if lang in TABLES else "zh"


def raw(html: str = "") -> ui.html:
    """HTML of our own making; whatever comes from outside was escaped where it was put in."""
    return ui.html(html, sanitize=False).classes("raw")


def toggles(store: Store, lang: str) -> None:
    """Buttons for language and theme."""

    def other_language() -> None:
        store["lang"] = "en" if lang == "zh" else "zh"
        ui.navigate.reload()

    def other_theme() -> None:
        store["dark"] = not store.get("dark", False)
        ui.navigate.reload()

    button("language-toggle", text(lang, "lang.other"), other_language)
    name = text(lang, "theme.toggle")
    button("theme-toggle", icon("contrast"), other_theme).props(
        f'title="{name}" aria-label="{name}"'
    )


def button(testid: str, html: str, on_click: Callable[[], Any]) -> ui.element:
    """A plain button."""
    element = ui.element("button").props(f'type=button data-testid="{testid}"')
    element.on("click", on_click, [])
    with element:
        raw(html)
    return element


def wall_ms() -> int:
    """This machine's clock, for what is not the hall's business."""
    return int(time.time() * 1000)
