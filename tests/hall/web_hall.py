"""A whole hall behind the web, for tests: real store, real loop, real web, no bus.

Its clock can be set, so that a morning passes in a moment.
"""

import contextlib
import json
import os
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from config.schema import StaffSettings
from hall_controller import commands as c
from hall_controller.console.app import WebServer, start_web
from hall_controller.core.days import business_day
from hall_controller.core.rules import HallRules, QueueRule, WindowRule
from hall_controller.hall import Hall
from hall_controller.loop import HallLoop
from hall_controller.staff import open_staff
from hall_controller.store.store import Store
from hall_controller.views import HallView, WindowView

SITE = "500240116000"
MINUTE_MS = 60_000
HOUR_MS = 3_600_000
ITEMS = {
    "pension": "城乡居民养老保险参保登记",
    "medical": "基本医疗保险参保信息变更登记",
    "birth": "生育登记",
    "food": "食品经营许可（小餐饮）登记",
    "house": "农村宅基地和建房（规划许可）审批",
}
NAMES = ("测试甲", "测试", "欧阳测试", None, "测试乙")
RULES = HallRules(
    site=SITE,
    hall_name="石柱土家族自治县冷水镇公共服务中心",
    queues=(
        QueueRule("social", "社会保障", "Social security", "A", weight=2),
        QueueRule("health", "医疗健康", "Health", "B"),
        QueueRule("general", "综合业务", "General", "C"),
    ),
    windows=(
        WindowRule("w1", "1号窗口", ("social", "general")),
        WindowRule("w2", "2号窗口", ("health", "general")),
        WindowRule("w3", "3号综合窗口", ("general",)),
    ),
    owns=frozenset({SITE}),
    terminals=frozenset({"kiosk-1", "kiosk-2", "node-1"}),
    item_names=ITEMS,
    notices=("请携带本人身份证和户口簿。", "过号请到服务台。"),
)
STAFF = (
    StaffSettings(id="li", name="李秀英"),
    StaffSettings(id="wang", name="王建国"),
    StaffSettings(id="zhao", name="赵敏"),
)


class WebHall:
    """The hall, its clerks' PINs, and a web that can be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.shift_ms = 0
        first_hour = business_day(time.time_ns() // 1_000_000 - HOUR_MS) != business_day(
            time.time_ns() // 1_000_000
        )
        self._out_of_midnight_ms = 2 * HOUR_MS if first_hour else 0
        self.staff, self.pins = open_staff(STAFF, _made(folder / "keys"))
        self.store = Store(folder, os.urandom(32))
        self.store.claim("controller", [SITE], self.now())
        self.loop = HallLoop(Hall(RULES, self.store, self.now), self.staff, on_fatal=print)
        self.loop.start()
        self.web: WebServer | None = None

    def now(self) -> int:
        """The hall's clock: the machine's, shifted, and never in the first hour of a day, so that
        the hour before now is of today."""
        machine_ms = int(time.time() * 1000)
        return machine_ms + self._out_of_midnight_ms + self.shift_ms

    @property
    def view(self) -> HallView:
        """The newest picture."""
        return self.loop.feed.current

    def window(self, window_id: str = "w1") -> WindowView:
        """A window in the newest picture."""
        return next(w for w in self.view.windows if w.id == window_id)

    @property
    def url(self) -> str:
        assert self.web is not None
        return self.web.url

    def start_web(self, tcp_port: int = 0) -> None:
        """Start the web; port 0 takes any free one."""
        self.web = start_web(
            self.loop,
            host="127.0.0.1",
            tcp_port=tcp_port,
            storage_secret="of a test" * 4,
            storage_dir=self.folder / "web",
        )

    def close(self) -> None:
        if self.web is not None:
            self.web.stop()
        self.loop.stop()
        self.store.close()

    def ask(self, act: c.Act, actor: str = "kiosk-1", role: c.Role = c.Role.TERMINAL) -> str:
        """Ask the hall; returns the refusal, or nothing when done."""
        now = self.now()
        command = c.Command(
            act=act,
            actor=c.Actor(role=role, id=actor),
            site=SITE,
            request_id=str(uuid.uuid4()),
            sent_ms=now,
        )
        answer = self.loop.submit(command).result(10)
        return str(answer.refusal or "")

    def clerk(self, act: c.Act, clerk: str = "wang") -> str:
        """Ask as a clerk who sits elsewhere."""
        return self.ask(act, f"clerk:{clerk}", c.Role.CLERK)

    def take(self, queue: str = "social", place: int = 3) -> None:
        """Somebody takes a number; `place` picks item and name (every fifth has none)."""
        name = NAMES[place % len(NAMES)]
        person = _identity(name, place) if name else None
        item = list(ITEMS)[place % len(ITEMS)]
        assert not self.ask(c.IssueTicket(queue=queue, item_id=item, person=person))

    def busy_morning(self, people: int = 40, minutes: int = 58) -> None:
        """So many take numbers, evenly over the minutes before now."""
        step = minutes * MINUTE_MS // people
        for place in range(people):
            self.shift_ms = -(people - place) * step
            self.take(("social", "general", "health", "social")[place % 4], place)
        self.shift_ms = 0
        self.settled()

    def settled(self) -> None:
        """Wait for a picture made after now."""
        before = self.view.revision

        def newer() -> bool:
            self.loop.show_soon()
            self.loop.wake()
            return self.view.revision > before

        until(newer)

    def report(self, terminal: str, *peripherals: c.PeripheralReport, state: str = "ready") -> None:
        """A terminal reports presence and health."""
        presence = c.TerminalPresence(terminal=terminal, state=state, run_id=f"run-{terminal}")
        self.ask(presence, terminal)
        if peripherals:
            health = c.TerminalHealth(terminal=terminal, at_ms=self.now(), peripherals=peripherals)
            self.ask(health, terminal)


def until(happened: Callable[[], bool], timeout_s: float = 5.0) -> None:
    """Wait until `happened()` is true."""
    ends = time.monotonic() + timeout_s
    while not happened():
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.01)


def _made(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True)
    return folder


def _identity(name: str, place: int) -> bytes:
    number = f"500103190001{place:02}001X"
    return json.dumps({"name": name, "number": number}, ensure_ascii=False).encode()


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """A real browser."""
    arguments = (
        "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
        " --disable-component-update --disable-sync --autoplay-policy=no-user-gesture-required"
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=arguments.split()
        )
        yield browser
        browser.close()


class Watched:
    """Listens to a page: what it asked the network for, and what went wrong in it."""

    def __init__(self, page: Page) -> None:
        self.addresses: list[str] = []
        self.errors: list[str] = []
        page.on("request", lambda request: self.addresses.append(request.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._said)

    def _said(self, message: object) -> None:
        if getattr(message, "type", "") in ("error", "warning"):
            self.errors.append(str(getattr(message, "text", message)))
