"""The demo's desk of peripherals in a real browser: every model used, and what a fault looks like.

One of each model with its simulator behind it, on real PTYs, ports, a pcscd and a print server.
"""

import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from playwright.sync_api import Locator, Page, expect, sync_playwright

from scripts.demo.clerk import CHROMIUM, FLAGS
from scripts.demo.desk_plan import PLANS
from scripts.demo.processes import free_port
from scripts.demo.stage import Stage

# A use takes a print server's time on a busy machine.
PATIENCE_MS = 30_000
DRIVERS = [plan.driver for plan in PLANS]
USES = {
    "sdt_reader": ("测试甲", "读一张卡", "500103********001X"),
    "social_security_card": ("测试甲", "读一张卡", "500000********0007"),
    "serial_scanner": ("渝中区A001", "扫一个码", "渝中区A001"),
    "escpos": (None, "打一张号票", "已打印"),
    "cups_printer": (None, "打一页A4", "已打印"),
    "onbon_bx": (None, "请A001到3号窗口", "请A001到3号窗口"),
    "alpha_sign": (None, "请A001到3号窗口", "A001 TO 3"),
    "cd5220": (None, "请A001到3号窗口", "A001 TO 3"),
    "modbus_digits": (None, "请A001到3号窗口", "A001"),
    "speaker": (None, "A001 → 3号窗口", "三号窗口"),
}
FAULTS = {
    "escpos": ("没有纸", "没有纸了"),
    "cups_printer": ("卡纸", "卡纸了"),
    "onbon_bx": ("没有回答", "暂时不能用"),
    "sdt_reader": ("安全模块故障", "坏了"),
}


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """The desk, set up, without a hall beside it."""
    stage = Stage(cast(Any, SimpleNamespace(devices={}, programs=())), free_port())
    stage.start()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            page = browser.new_page(viewport={"width": 1440, "height": 1000})
            page.set_default_timeout(PATIENCE_MS)
            page.goto(f"{stage.address}bench")
            yield page
            browser.close()
    finally:
        stage.stop()


def place(page: Page, driver: str) -> Locator:
    """That peripheral's box, once it is ready; skips where it cannot be played here."""
    box = page.locator("section.place", has=page.locator(f".driver:text-is('{driver}')"))
    expect(box.locator(".citizen span")).not_to_have_text("正在准备…", timeout=PATIENCE_MS)
    told = box.locator(".citizen span").inner_text()
    if told.startswith("这里装不了"):
        pytest.skip(told)
    return box


@pytest.mark.parametrize("driver", USES)
def test_every_peripheral_can_be_used(page: Page, driver: str) -> None:
    hand, use, outcome = USES[driver]
    box = place(page, driver)
    if hand is not None:
        box.locator(".hands").get_by_role("button", name=hand, exact=True).click()
    box.locator(".uses").get_by_role("button", name=use, exact=True).click()
    expect(box.locator(".last")).to_contain_text("✓", timeout=PATIENCE_MS)
    expect(box.locator(".last")).to_contain_text(outcome)
    if driver in ("escpos", "cups_printer", "onbon_bx", "alpha_sign", "cd5220", "modbus_digits"):
        drawn = "image => image.complete && image.naturalWidth > 0"
        expect(box.locator("img")).to_be_visible()
        page.wait_for_function(drawn, arg=box.locator("img").element_handle())
    if driver == "speaker":
        expect(box.locator("audio")).to_be_visible()


def test_a_scanner_that_types_is_used_while_it_is_waited_for(page: Page) -> None:
    box = place(page, "keyboard_scanner")
    box.locator(".uses").get_by_role("button", name="扫一个码").click()
    expect(box.locator(".last")).to_contain_text("正在进行")
    box.locator(".hands").get_by_role("button", name="号票 A001").click()
    expect(box.locator(".last")).to_contain_text("✓ A001")


@pytest.mark.parametrize("driver", FAULTS)
def test_a_fault_is_told_to_the_citizen_and_goes_away_again(page: Page, driver: str) -> None:
    fault, words = FAULTS[driver]
    box = place(page, driver)
    expect(box).to_have_class(re.compile("good"))
    box.locator("summary").click()
    button = box.locator(".faults").get_by_role("button", name=fault, exact=True)
    button.click()
    expect(box.locator(".citizen")).to_contain_text(words)
    expect(box).to_have_class(re.compile("bad"))
    button.click()
    expect(box).to_have_class(re.compile("good"))


@pytest.mark.parametrize("driver", [name for name in DRIVERS if name not in ("alpha_sign",)])
def test_a_pulled_cable_is_seen_and_forgiven(page: Page, driver: str) -> None:
    box = place(page, driver)
    expect(box).to_have_class(re.compile("good"))
    box.get_by_role("button", name="拔线").click()
    expect(box).to_have_class(re.compile("bad"))
    box.get_by_role("button", name="插回").click()
    expect(box).to_have_class(re.compile("good"))
