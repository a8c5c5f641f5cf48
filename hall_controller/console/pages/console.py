"""`/console`: a clerk's whole day on one screen.

The page is built once and then told of new pictures; each part is sent only when its HTML changed.
Keys, clicks and clocks are in `static/console.js`; what may be pressed in `actions.py`.
"""

import asyncio
import json
from html import escape
from typing import Any

import structlog
from fastapi.responses import RedirectResponse
from nicegui import app, ui

from hall_controller.commands import CloseWindow
from hall_controller.console.desk import Desk, clerk_name, find_clerk
from hall_controller.console.live import LiveView
from hall_controller.console.pages import parts
from hall_controller.console.pages.actions import (
    BAR,
    KEYS,
    Button,
    Press,
    act_for,
    buttons,
    find_window,
    waiting_count,
    why_not,
)
from hall_controller.console.pages.frame import Store, button, dress, raw, toggles
from hall_controller.console.pages.strip import terminal_strip
from hall_controller.console.texts import TABLES, text
from hall_controller.port import HallPort
from hall_controller.views import HallView, WindowView

log = structlog.get_logger()

PRESSES_QUEUED = 3  # more are the same impatient press
SHOWN_TIMEOUT_S = 0.5  # the next press is judged by the picture that this one made


def register(port: HallPort, live: LiveView) -> None:
    """Put the page at `/console`; one process has one."""

    @ui.page("/console", title=text("zh", "app.title"))
    def console_page() -> RedirectResponse | None:
        store: Store = app.storage.user
        clerk, window = store.get("clerk"), store.get("window")
        at_window = find_window(live.current, window or "")
        if not clerk or not window or find_clerk(port, clerk) is None or at_window is None:
            return RedirectResponse("/")
        lang = dress(store)
        page = ConsolePage(Desk(port, clerk, window, lang), live, store)
        page.build(at_window)
        page.draw(live.current)
        stop = live.listen(page.draw)
        ui.context.client.on_delete(stop)
        return None


class ActionButton:
    """One button of the bar; it stays the same element, so that focus is never lost."""

    def __init__(self, press: Press) -> None:
        self._press = press
        self._was: tuple[object, ...] = ()
        self._root = ui.element("button").classes("act")
        self._root.props(f'type=button data-act="{press}" data-testid="{press}"')
        with self._root:
            self._face = raw()

    def show(self, lang: str, state: Button) -> None:
        """Draw `state`, if it is news."""
        now = (state.label, state.why_not, state.primary)
        if now == self._was:
            return
        self._was = now
        why = text(lang, state.why_not) if state.why_not else ""
        self._root.props["aria-disabled"] = "true" if why else "false"
        self._root.props["title"] = why
        self._root.classes(
            add="primary" if state.primary else "", remove="" if state.primary else "primary"
        )
        label = text(lang, state.label)
        self._face.content = f"{parts.icon(state.icon)}{label}<kbd>{KEYS[self._press]}</kbd>"


class ConsolePage:
    """One console in one browser."""

    def __init__(self, desk: Desk, live: LiveView, store: Store) -> None:
        self._desk = desk
        self._live = live
        self._store = store
        self._lang = desk.lang
        self._in_turn = asyncio.Lock()
        self._queued = 0
        self._left = False
        self._last_number = ""
        self._client = ui.context.client

    def build(self, window: WindowView) -> None:
        """Lay the page out; `draw` fills it."""
        root = ui.element("div").props("id=console")
        root.props["data-now-ms"] = str(self._desk.port.now())
        root.props["data-words"] = json.dumps(
            {
                key: TABLES[self._lang][f"time.{key}"]
                for key in ("just_now", "minutes", "hours", "ago")
            }
        )
        with root:
            self._build_top(window)
            with ui.element("section").classes("desk"):
                with ui.element("div").classes("window card"):
                    self._window = raw()
                with ui.element("div").classes("bar"):
                    self._bar = {press: ActionButton(press) for press in BAR}
                with ui.element("div").classes("say"):
                    self._message = raw()
                    self._toast = raw()
                with ui.element("div").classes("others card"):
                    raw(f"<h2>{self._text('others.title')}</h2>")
                    with ui.element("div").classes("list"):
                        self._others = raw()
            self._build_queue()
            with ui.element("footer").classes("strip").props('data-testid="terminal-strip"'):
                self._strip = raw()
            offline = self._text("say.offline")
            raw(f'<div id="offline" class="offline" role="alert" hidden>{offline}</div>')
        ui.on("hall_act", self._pressed)

    def draw(self, view: HallView) -> None:
        """Show `view`. Called on the event loop, at most ten times a second."""
        window = find_window(view, self._desk.window)
        if window is None or not self._desk.holds(window):
            self._leave("/?ended=1")
            return
        if window.ticket is not None:
            self._last_number = window.ticket.number
        waiting = waiting_count(view, window)
        now = self._desk.port.now()
        for state in buttons(window, waiting, now):
            self._bar[state.press].show(self._lang, state)
        self._draw_queue(view, window, now)
        _put(self._window, parts.window_card(self._lang, window, waiting))
        _put(self._toast, self._toast_html(window, now, view.undo_ms))
        names = {w.id: clerk_name(self._desk.port, w) for w in view.windows}
        _put(self._others, parts.other_windows(self._lang, view, window.id, names))
        _put(self._strip, terminal_strip(self._lang, view))
        _put(self._bus, _bus_html(self._lang, view.bus_connected))

    def _text(self, key: str, **values: object) -> str:
        return text(self._lang, key, **values)

    def _build_top(self, window: WindowView) -> None:
        clerk = find_clerk(self._desk.port, self._desk.clerk)
        name = clerk.name if clerk else self._desk.clerk
        with ui.element("header").classes("top"):
            raw(f'<span class="hall">{escape(self._live.current.hall_name)}</span>')
            self._bus = raw()
            raw(f'<span class="me">{escape(window.name)} · {escape(name)}</span>')
            raw('<span id="clock"></span>')
            toggles(self._store, self._lang)
            button("sign-out", self._text("top.sign_out"), self._sign_out)

    def _build_queue(self) -> None:
        with ui.element("section").classes("queue card"):
            with ui.element("header"):
                self._queue_title = raw()
                self._chips = raw()
            with ui.element("div").classes("rows").props('data-testid="queue-list" tabindex=0'):
                self._rows = raw()
            with ui.element("div").classes("missed").props('data-testid="missed-list"'):
                with ui.element("header"):
                    self._missed_title = raw()
                with ui.element("div").classes("rows"):
                    self._missed = raw()

    def _draw_queue(self, view: HallView, window: WindowView, now_ms: int) -> None:
        waiting, missed = parts.my_tickets(view, window)
        people = self._text("queue.people", count=len(waiting))
        _put(self._queue_title, f"<h2>{self._text('queue.title')} {people}</h2>")
        _put(self._chips, parts.queue_heads(self._lang, view, window))
        may_call = why_not(Press.CALL_THIS, window, len(waiting), now_ms) is None
        _put(self._rows, parts.waiting_rows(self._lang, waiting, may_call))
        people = self._text("queue.people", count=len(missed))
        _put(self._missed_title, f"<h2>{self._text('queue.missed')} {people}</h2>")
        _put(self._missed, parts.missed_rows(self._lang, missed, may_call))

    def _toast_html(self, window: WindowView, now_ms: int, span_ms: int) -> str:
        if window.undo_until_ms is None or window.undo_act is None:
            return ""
        if window.undo_until_ms <= now_ms:
            return ""
        done = self._text(f"undo.{window.undo_act}", number=escape(self._last_number))
        return (
            f'<div class="toast" role="status" data-until="{window.undo_until_ms}" '
            f'data-span-ms="{span_ms}"><span>{done}</span>'
            f'<button type="button" data-act="undo" data-testid="undo">{parts.icon("undo")}'
            f"{self._text('act.undo')} <kbd>{KEYS[Press.UNDO]}</kbd></button></div>"
        )

    async def _pressed(self, event: Any) -> None:
        """A key or a click. Whatever the browser sends is only a wish: the core decides."""
        args = event.args if isinstance(event.args, dict) else {}
        name, ticket = args.get("act"), args.get("ticket")
        if name not in set(Press) or self._queued >= PRESSES_QUEUED:
            return
        self._queued += 1
        try:
            async with self._in_turn:
                await self._press(Press(name), ticket if isinstance(ticket, str) else None)
        finally:
            self._queued -= 1

    async def _press(self, press: Press, ticket_id: str | None) -> None:
        view = self._live.current
        window = find_window(view, self._desk.window)
        if window is None:
            return
        now = self._desk.port.now()
        problem = why_not(press, window, waiting_count(view, window), now)
        if problem is not None:
            self._say(self._text(problem))
            return
        refused = await self._desk.ask(act_for(press, window, ticket_id))
        if refused is None:
            await self._live.newer_than(view.revision, SHOWN_TIMEOUT_S)
        undone = self._text("say.undone") if press is Press.UNDO else ""
        self._say(refused or undone, good=refused is None)

    async def _sign_out(self) -> None:
        refused = await self._desk.ask(CloseWindow(window=self._desk.window))
        if refused is None:
            self._leave("/")
        else:
            self._say(refused)

    def _say(self, sentence: str, *, good: bool = False) -> None:
        kind, mark = ("info", "check_circle") if good else ("warn", "info")
        html = f'<div class="message {kind}" role="status" data-testid="message">{{}}</div>'
        _put(
            self._message,
            html.format(f"{parts.icon(mark)}{escape(sentence)}") if sentence else "",
        )

    def _leave(self, address: str) -> None:
        if not self._left:
            self._left = True
            self._store.pop("clerk", None)
            self._store.pop("window", None)
            self._client.open(address)


def _put(element: ui.html, html: str) -> None:
    if element.content != html:
        element.content = html


def _bus_html(lang: str, connected: bool) -> str:
    mark, key = ("lan", "top.bus_ok") if connected else ("warning", "top.bus_down")
    state = "up" if connected else "down"
    words = f"{parts.icon(mark)} {text(lang, key)}"
    return f'<span class="bus {state}" data-testid="bus-state">{words}</span>'
