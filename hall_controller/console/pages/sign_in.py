"""`/`: a clerk says who they are and where they sit, and types the PIN."""

import asyncio
from collections.abc import Coroutine
from html import escape
from typing import Any

from fastapi.responses import RedirectResponse
from nicegui import app, ui

from hall_controller.commands import OpenWindow
from hall_controller.console.desk import Desk, clerk_id, clerk_name, find_clerk, shows_clerk
from hall_controller.console.live import LiveView
from hall_controller.console.pages.frame import Store, button, dress, raw, toggles
from hall_controller.console.pages.parts import icon
from hall_controller.console.texts import text
from hall_controller.port import HallPort, LockedOut

SHOWN_TIMEOUT_S = 2.0


def register(port: HallPort, live: LiveView) -> None:
    """Put the page at `/`; one process has one."""

    @ui.page("/", title=text("zh", "app.title"))
    def sign_in_page(ended: str = "") -> RedirectResponse | None:
        store: Store = app.storage.user
        clerk, window = store.get("clerk"), store.get("window")
        if clerk and window and shows_clerk(live.current, window, clerk):
            return RedirectResponse("/console")
        SignIn(port, live, store).build("signin.ended" if ended else None)
        return None


class SignIn:
    """One sign-in page in one browser."""

    def __init__(self, port: HallPort, live: LiveView, store: Store) -> None:
        self._port = port
        self._live = live
        self._store = store
        self._lang = "zh"
        self._chosen: dict[str, str | None] = {"clerk": None, "window": None}
        self._choices: dict[str, dict[str, ui.element]] = {"clerk": {}, "window": {}}
        self._busy = False
        self._proved: tuple[str, str] | None = None  # clerk and taken window, the PIN was right

    def build(self, why: str | None) -> None:
        """Draw the page; `why` is a text key said at the start."""
        self._lang = dress(self._store)
        with ui.element("div").props("id=sign-in"):
            with ui.element("div").classes("top").style("min-height: 48px"):
                raw(f'<span class="hall">{escape(self._live.current.hall_name)}</span>')
                toggles(self._store, self._lang)
            with ui.element("main"), ui.element("div").classes("form card"):
                raw(f"<h1>{self._text('signin.title')}</h1>")
                self._build_clerks()
                self._build_windows()
                self._build_pin()
                self._error = ui.element("div").classes("sign-in-error")
                self._error.props('role=alert data-testid="sign-in-error"')
                with self._error:
                    self._error_text = raw()
                    self._build_take_over()
        self._preselect()
        if why:
            self._say(self._text(why))

    def _text(self, key: str, **values: object) -> str:
        return text(self._lang, key, **values)

    def _build_clerks(self) -> None:
        staff = self._port.staff()
        with self._group("who", "sign-in-clerk", "signin.who"):
            for clerk in staff:
                self._choice("clerk", clerk.id, clerk.name, "")
            if not staff:
                raw(f"<p>{self._text('signin.no_staff')}</p>")

    def _build_windows(self) -> None:
        with self._group("where", "sign-in-window", "signin.where"):
            for window in self._live.current.windows:
                name = clerk_name(self._port, window)
                taken = window.shows != "closed" and clerk_id(window) is not None
                note = self._text("signin.taken", name=name) if taken else self._text("signin.free")
                self._choice("window", window.id, window.name, note)

    def _group(self, area: str, testid: str, legend: str) -> ui.element:
        with ui.element("fieldset").classes(area):
            raw(f"<legend>{self._text(legend)}</legend>")
            group = ui.element("div").classes("choices")
        return group.props(f'role=radiogroup data-testid="{testid}"')

    def _choice(self, kind: str, value: str, name: str, note: str) -> None:
        element = ui.element("button").classes("choice")
        element.props(f'type=button role=radio aria-checked=false data-value="{value}"')
        element.on("click", lambda: self._choose(kind, value), [])
        with element:
            small = f"<small>{escape(note)}</small>"
            raw(f"<span>{escape(name)}</span>{small}{icon('check_circle')}")
        self._choices[kind][value] = element

    def _build_pin(self) -> None:
        with ui.element("div").classes("pin-row"):
            with ui.element("label"):
                raw(self._text("signin.pin"))
                self._pin = ui.element("input").props(
                    'type=text inputmode=numeric pattern="[0-9]*" maxlength=12 autofocus '
                    'autocomplete=off data-testid="sign-in-pin"'
                )
                read = "(e) => emit(e.target.value)"
                self._pin.on("keydown.enter", self._submit, js_handler=read)
            submit = ui.element("button").props('type=button data-testid="sign-in-submit"')
            find = '(e) => emit(document.querySelector("[data-testid=sign-in-pin]").value)'
            submit.on("click", self._submit, js_handler=find)
            with submit:
                raw(self._text("signin.submit"))

    def _build_take_over(self) -> None:
        self._take_over = ui.element("div").classes("take-over").props("hidden")
        with self._take_over:
            button("take-over", self._text("signin.take_over"), self._taking_over)
            button("keep-out", self._text("signin.keep_out"), lambda: self._say(""))

    def _preselect(self) -> None:
        for kind in ("clerk", "window"):
            choices, last = self._choices[kind], self._store.get(f"last_{kind}")
            if last in choices:
                self._choose(kind, last)
            elif len(choices) == 1:
                self._choose(kind, next(iter(choices)))

    def _choose(self, kind: str, value: str) -> None:
        self._chosen[kind] = value
        for other, element in self._choices[kind].items():
            element.props(f"aria-checked={'true' if other == value else 'false'}")
        self._say("")
        ui.run_javascript('document.querySelector("[data-testid=sign-in-pin]").focus()')

    def _say(self, sentence: str) -> None:
        self._proved = None
        self._take_over.props("hidden")
        mark = icon("info") + " " if sentence else ""
        self._error_text.content = mark + escape(sentence)

    async def _submit(self, event: Any) -> None:
        await self._one_at_a_time(self._try(str(event.args or "").strip()))

    async def _taking_over(self) -> None:
        if self._proved is not None:
            clerk, window = self._proved
            await self._one_at_a_time(self._open(clerk, window, take_over=True))

    async def _one_at_a_time(self, attempt: Coroutine[None, None, str | None]) -> None:
        """Await `attempt`, which gives None when signed in, else the sentence that says why not."""
        if self._busy:
            attempt.close()
            return
        self._busy = True
        try:
            problem = await attempt
        finally:
            self._busy = False
        if problem is None:
            ui.navigate.to("/console")
        else:
            proved = self._proved
            self._say(problem)
            self._offer(proved)
            clear = 'const p = document.querySelector("[data-testid=sign-in-pin]");'
            ui.run_javascript(clear + 'p.value = ""; p.focus();')

    def _offer(self, proved: tuple[str, str] | None) -> None:
        """Let the clerk take the window over, whose PIN was right."""
        self._proved = proved
        if proved is not None:
            self._take_over.props(remove="hidden")

    async def _try(self, pin: str) -> str | None:
        """Sign in with what was chosen; None when done, else the sentence that says why not."""
        clerk, window = self._chosen["clerk"], self._chosen["window"]
        if clerk is None or find_clerk(self._port, clerk) is None:
            return self._text("signin.choose_clerk")
        if window is None:
            return self._text("signin.choose_window")
        try:
            right = await asyncio.to_thread(self._port.verify, clerk, pin)
        except LockedOut as locked:
            return self._text("signin.locked", seconds=max(1, round(locked.seconds)))
        if not right:
            return self._text("signin.wrong_pin")
        return self._taken(clerk, window) or await self._open(clerk, window)

    async def _open(self, clerk: str, window: str, *, take_over: bool = False) -> str | None:
        """Have the window, unless it is the clerk's already; as `_try`."""
        desk = Desk(self._port, clerk, window, self._lang)
        if not shows_clerk(self._live.current, window, clerk):
            problem = await desk.ask(OpenWindow(window=window, take_over=take_over))
            if problem is not None:
                return problem
        await self._until_shown(window, clerk)
        self._store.update(clerk=clerk, window=window, last_clerk=clerk, last_window=window)
        return None

    def _taken(self, clerk: str, window: str) -> str | None:
        """The two refusals that a clerk meets daily, with the names that help; the window of
        another may be taken over."""
        windows = self._live.current.windows
        for other in windows:
            if other.id != window and clerk_id(other) == clerk:
                return self._text("signin.elsewhere", window=other.name)
        for other in windows:
            if other.id == window and clerk_id(other) not in (None, clerk):
                self._proved = (clerk, window)
                name = clerk_name(self._port, other)
                return self._text("signin.window_taken", window=other.name, name=name)
        return None

    async def _until_shown(self, window: str, clerk: str) -> None:
        """The answer may be a moment ahead of the picture that the console is drawn from."""
        ends = asyncio.get_running_loop().time() + SHOWN_TIMEOUT_S
        while not shows_clerk(self._live.current, window, clerk):
            left = ends - asyncio.get_running_loop().time()
            if left <= 0 or not await self._live.wait(left):
                return
