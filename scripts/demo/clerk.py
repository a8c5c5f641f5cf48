"""A clerk in a real browser, and a look at the TV board, for the played demo."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def browser() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield opened
        finally:
            opened.close()


def testid(name: str) -> str:
    """Selector of an element by its test id."""
    return f'[data-testid="{name}"]'


class Clerk:
    """Works one window in the console."""

    def __init__(self, browser: Browser, web: str) -> None:
        self.page: Page = browser.new_page(viewport={"width": 1366, "height": 768}, locale="zh-CN")
        self._web = web

    def sign_in(self, clerk: str, window: str, pin: str) -> None:
        """Sign in as `clerk` at `window`."""
        self.page.goto(f"{self._web}/")
        self.page.click(f'{testid("sign-in-clerk")} [data-value="{clerk}"]')
        self.page.click(f'{testid("sign-in-window")} [data-value="{window}"]')
        self.page.fill(testid("sign-in-pin"), pin)
        self.page.click(testid("sign-in-submit"))
        self.page.wait_for_selector(testid("current-number"))

    def call(self, number: str) -> float:
        """Call this ticket from the list; the moment of the press, `time.monotonic()`."""
        row = self.page.locator(f'{testid("queue-list")} [data-number="{number}"]')
        button = row.locator(testid("call-this"))
        button.scroll_into_view_if_needed()
        at = time.monotonic()
        button.click()
        return at

    def shows(self, number: str, timeout_s: float = 5.0) -> None:
        """Wait until the console shows `number` as the current one."""
        self.page.locator(testid("current-number"), has_text=number).wait_for(
            timeout=timeout_s * 1000
        )

    def picture(self, path: Path) -> None:
        """A screenshot."""
        self.page.screenshot(path=path)


class Board:
    """The waiting room's TV board."""

    def __init__(self, browser: Browser, web: str) -> None:
        self.page: Page = browser.new_page(viewport={"width": 1920, "height": 1080})
        self.page.goto(f"{web}/board", wait_until="domcontentloaded")
        self.page.wait_for_selector(testid("board-queue"))

    def wait_for(self, number: str, timeout_s: float = 5.0) -> float:
        """Wait until the newest call is `number`; the moment when it was."""
        newest = self.page.locator(testid("board-call")).first
        newest.and_(self.page.locator(f'[data-number="{number}"]')).wait_for(
            timeout=timeout_s * 1000
        )
        return time.monotonic()

    def numbers(self) -> list[str]:
        """The numbers on the board, newest first."""
        calls = self.page.locator(testid("board-call")).all()
        return [call.get_attribute("data-number") or "" for call in calls]

    def picture(self, path: Path) -> None:
        """A screenshot."""
        self.page.screenshot(path=path)
