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
    "sdt_reader": ("测试甲 长期有效", "读一张卡", "500103********001X"),
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
GIVE_NO_ANSWER = ("alpha_sign", "cd5220")  # what was sent there is not proved to be shown
FAULTS = {
    "escpos": ("没有纸", "没有纸了"),
    "cups_printer": ("卡纸", "卡纸了"),
    "onbon_bx": ("没有应答", "暂时不能用"),
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
    mark = "!" if driver in GIVE_NO_ANSWER else "✓"
    expect(box.locator(".last strong")).to_contain_text(mark, timeout=PATIENCE_MS)
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
    expect(box.locator(".last")).to_contain_text("请在下面出示一个码")
    box.locator(".hands").get_by_role("button", name="号票 A001").click()
    expect(box.locator(".last")).to_contain_text("✓ A001")


@pytest.mark.parametrize("driver", FAULTS)
def test_a_fault_is_told_to_the_citizen_and_goes_away_again(page: Page, driver: str) -> None:
    fault, words = FAULTS[driver]
    box = place(page, driver)
    expect(box).to_have_class(re.compile("good"))
    button = box.locator(".faults").get_by_role("button", name=fault, exact=True)
    button.click()
    expect(box.locator(".citizen")).to_contain_text(words)
    expect(box).to_have_class(re.compile("bad"))
    button.click()
    expect(box).to_have_class(re.compile("good"))


def test_a_card_that_is_refused_is_told_in_the_words_of_the_kiosk(page: Page) -> None:
    box = place(page, "sdt_reader")
    box.locator(".hands").get_by_role("button", name="测试戊 已过期").click()
    box.locator(".uses").get_by_role("button").click()
    expect(box.locator(".last.bad")).to_contain_text("这张卡已过有效期")
    box.get_by_role("button", name="全部恢复正常").click()  # which lifts it
    expect(box.locator(".laid")).to_have_count(0)


def test_all_is_made_well_again_with_one_button(page: Page) -> None:
    box = place(page, "modbus_digits")
    well = box.get_by_role("button", name="全部恢复正常")
    expect(well).to_be_disabled()
    box.locator(".faults").get_by_role("button", name="没有应答").click()
    box.get_by_role("button", name="拔线").click()
    expect(box).to_have_class(re.compile("bad"))
    expect(box.locator(".faults [aria-pressed=true]")).to_have_count(1)
    well.click()
    expect(box.locator(".faults [aria-pressed=true]")).to_have_count(0)
    expect(box).to_have_class(re.compile("good"))


def test_the_whole_page_speaks_english_too(page: Page) -> None:
    box = place(page, "escpos")
    paper_out = box.locator(".faults").get_by_role("button", name="没有纸")
    paper_out.click()
    expect(box.locator(".citizen")).to_contain_text("没有纸了")
    page.get_by_role("button", name="English").click()
    try:
        expect(box.locator(".citizen")).to_contain_text("out of paper")
        chinese = re.compile("[\u4e00-\u9fff]")
        for part in (".do", ".shown", "h2"):
            assert not chinese.search(box.locator(part).inner_text())
    finally:
        page.get_by_role("button", name="中文").click()
        paper_out.click()
    expect(box).to_have_class(re.compile("good"))


@pytest.mark.parametrize("driver", [name for name in DRIVERS if name not in ("alpha_sign",)])
def test_a_pulled_cable_is_seen_and_forgiven(page: Page, driver: str) -> None:
    box = place(page, driver)
    expect(box).to_have_class(re.compile("good"))
    box.get_by_role("button", name="拔线").click()
    expect(box).to_have_class(re.compile("bad"))
    box.get_by_role("button", name="插回").click()
    expect(box).to_have_class(re.compile("good"))
