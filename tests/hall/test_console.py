"""A clerk's work in a real browser, on the real loop and store."""

import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from web_hall import Watched, WebHall, chromium, until

from hall_controller import commands as c
from hall_controller.console.app import WebError, start_web


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[WebHall]:
    hall = WebHall(tmp_path)
    hall.start_web()
    yield hall
    hall.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    page = context.new_page()
    page.set_default_timeout(8000)
    yield page
    context.close()


def sign_in(page: Page, hall: WebHall, clerk: str = "li", window: str = "w1") -> None:
    page.goto(hall.url)
    page.locator(f"[data-testid=sign-in-clerk] [data-value={clerk}]").click()
    page.locator(f"[data-testid=sign-in-window] [data-value={window}]").click()
    expect(page.locator(f"[data-testid=sign-in-window] [data-value={window}]")).to_have_attribute(
        "aria-checked", "true"
    )
    page.get_by_test_id("sign-in-pin").fill(hall.pins[clerk])
    page.keyboard.press("Enter")
    page.wait_for_url("**/console")
    expect(page.get_by_test_id("call-next")).to_be_visible()


def number(page: Page, said: str) -> None:
    expect(page.get_by_test_id("current-number")).to_have_attribute("data-number", said)


def test_a_ticket_is_called_recalled_served_and_finished_by_keys(hall: WebHall, page: Page) -> None:
    watched = Watched(page)
    hall.take("social", 0)
    hall.take("social", 1)
    sign_in(page, hall)
    page.keyboard.press("F1")
    number(page, "A001")
    expect(page.get_by_test_id("current-person")).to_have_text("测**")
    first_call = hall.view.calls[0].call_id
    page.keyboard.press("F2")
    until(lambda: hall.view.calls[0].call_id != first_call)
    assert hall.window().ticket is not None
    expect(page.get_by_text("已呼 2 次")).to_be_visible()
    page.keyboard.press("F7")
    expect(page.get_by_text("正在办理").first).to_be_visible()
    page.keyboard.press("F4")
    number(page, "")
    assert hall.view.queues[0].finished_today == 1
    expect(page.get_by_test_id("undo")).to_be_visible()
    page.keyboard.press("Control+z")
    number(page, "A001")
    assert hall.window().shows == "serving"
    page.keyboard.press("F1")  # finish and call the next in one
    number(page, "A002")
    until(lambda: hall.view.queues[0].finished_today == 1)
    assert watched.errors == []


def test_the_same_by_mouse_with_missed_and_called_again(hall: WebHall, page: Page) -> None:
    hall.take("social", 0)
    sign_in(page, hall)
    page.get_by_test_id("call-next").click()
    number(page, "A001")
    page.get_by_test_id("recall").click()
    expect(page.get_by_text("已呼 2 次")).to_be_visible()
    page.get_by_test_id("missed").click()
    number(page, "")
    page.get_by_test_id("undo").click()
    number(page, "A001")
    page.get_by_test_id("missed").click()
    page.get_by_test_id("call-missed").click()
    number(page, "A001")
    page.get_by_test_id("serve").click()
    page.get_by_test_id("finish").click()
    number(page, "")


def test_undo_goes_away_after_five_seconds(hall: WebHall, page: Page) -> None:
    hall.take()
    sign_in(page, hall)
    page.keyboard.press("F1")
    number(page, "A001")
    page.keyboard.press("F3")
    expect(page.get_by_test_id("undo")).to_be_visible()
    expect(page.get_by_test_id("undo")).to_be_hidden(timeout=6500)
    page.keyboard.press("Control+z")
    expect(page.get_by_test_id("message")).to_contain_text("没有可以撤销的操作")


def test_pause_and_resume(hall: WebHall, page: Page) -> None:
    hall.take()
    sign_in(page, hall)
    page.keyboard.press("F6")
    expect(page.get_by_test_id("pause")).to_contain_text("恢复")
    until(lambda: hall.window().shows == "paused")
    page.keyboard.press("F1")
    expect(page.get_by_test_id("message")).to_contain_text("已暂停")
    page.get_by_test_id("pause").click()
    until(lambda: hall.window().shows == "idle")


def test_a_grey_button_says_why(hall: WebHall, page: Page) -> None:
    sign_in(page, hall)
    for testid, why in (("call-next", "没有人等候"), ("recall", "没有号")):
        button = page.get_by_test_id(testid)
        expect(button).to_have_attribute("aria-disabled", "true")
        assert why in (button.get_attribute("title") or "")
    page.keyboard.press("F1")
    expect(page.get_by_test_id("message")).to_contain_text("没有人等候")


def test_a_key_held_down_or_hit_twice_is_one_press(hall: WebHall, page: Page) -> None:
    hall.take()
    sign_in(page, hall)
    page.keyboard.down("F6")
    page.keyboard.down("F6")
    page.keyboard.up("F6")
    page.keyboard.press("F6")
    expect(page.get_by_test_id("pause")).to_contain_text("恢复")
    page.wait_for_timeout(500)
    assert hall.window().shows == "paused"


def test_what_happens_elsewhere_shows_by_itself(hall: WebHall, page: Page) -> None:
    sign_in(page, hall)
    expect(page.get_by_test_id("queue-list")).to_contain_text("没有人等候")
    hall.take("general", 2)
    expect(page.locator("[data-testid=queue-list] [data-number=C001]")).to_be_visible()
    assert not hall.clerk(c.OpenWindow(window="w2"))
    assert not hall.clerk(c.CallNext(window="w2"))
    expect(page.locator("[data-testid=queue-list] [data-number=C001]")).to_have_count(0)
    expect(page.locator("[data-window=w2]")).to_contain_text("C001")


def test_trouble_at_a_terminal_shows_with_a_word(hall: WebHall, page: Page) -> None:
    sign_in(page, hall)
    printer = c.PeripheralReport(id="printer", driver="escpos", state="offline", paper="out")
    hall.report("kiosk-1", printer)
    expect(page.get_by_test_id("terminal-strip")).to_contain_text("kiosk-1 打印机 缺纸")
    hall.report("kiosk-1", state="lost")
    expect(page.get_by_test_id("terminal-strip")).to_contain_text("kiosk-1 失联")
    expect(page.get_by_test_id("bus-state")).to_contain_text("终端通信中断")


def test_a_wrong_pin_is_refused_calmly_and_then_locked(hall: WebHall, page: Page) -> None:
    page.goto(hall.url)
    page.locator("[data-testid=sign-in-clerk] [data-value=li]").click()
    page.locator("[data-testid=sign-in-window] [data-value=w1]").click()
    wrong = f"{(int(hall.pins['li']) + 1) % 1_000_000:06}"
    for _ in range(5):
        page.get_by_test_id("sign-in-pin").fill(wrong)
        page.get_by_test_id("sign-in-submit").click()
        expect(page.get_by_test_id("sign-in-pin")).to_have_value("")
        expect(page.get_by_test_id("sign-in-error")).to_contain_text("口令不对")
    page.get_by_test_id("sign-in-pin").fill(hall.pins["li"])
    page.get_by_test_id("sign-in-submit").click()
    expect(page.get_by_test_id("sign-in-error")).to_contain_text("秒后再试")
    assert hall.window().shows == "closed"


def test_the_console_needs_a_sign_in_and_a_taken_window_is_refused(
    hall: WebHall, page: Page
) -> None:
    page.goto(hall.url + "/console")
    expect(page.get_by_test_id("sign-in-pin")).to_be_visible()
    assert not hall.clerk(c.OpenWindow(window="w1"), "wang")
    hall.settled()
    page.reload()
    page.locator("[data-testid=sign-in-clerk] [data-value=li]").click()
    page.locator("[data-testid=sign-in-window] [data-value=w1]").click()
    page.get_by_test_id("sign-in-pin").fill(hall.pins["li"])
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("sign-in-error")).to_contain_text("王建国")


def test_a_window_whose_clerk_left_is_taken_over_with_its_ticket(
    hall: WebHall, page: Page, browser: Browser
) -> None:
    hall.take()
    sign_in(page, hall, "li")
    page.keyboard.press("F1")
    number(page, "A001")
    with browser.new_context() as context:
        other = context.new_page()
        other.goto(hall.url)
        other.locator("[data-testid=sign-in-clerk] [data-value=wang]").click()
        other.locator("[data-testid=sign-in-window] [data-value=w1]").click()
        expect(other.get_by_test_id("take-over")).to_be_hidden()
        for answer in ("keep-out", "take-over"):
            other.get_by_test_id("sign-in-pin").fill(hall.pins["wang"])
            other.keyboard.press("Enter")
            asked = "1号窗口由李秀英登录。要接替吗？"
            expect(other.get_by_test_id("sign-in-error")).to_contain_text(asked)
            assert hall.window().clerk == "clerk:li"
            other.get_by_test_id(answer).click()
            if answer == "keep-out":
                expect(other.get_by_test_id("take-over")).to_be_hidden()
        other.wait_for_url("**/console")
        number(other, "A001")
        assert (hall.window().clerk, hall.window().shows) == ("clerk:wang", "calling")
        expect(page.get_by_test_id("sign-in-error")).to_contain_text("或由他人登录")
        other.keyboard.press("F4")
        number(other, "")


def test_a_ticket_without_its_slip_is_marked(hall: WebHall, page: Page) -> None:
    for _ in range(4):
        hall.take()
    outcomes = ("printed", "not_printed", "unsure")
    waiting = hall.loop.hall.state.tickets.values()
    for ticket, outcome in zip(list(waiting), outcomes, strict=False):
        assert not hall.ask(c.ReportPrint(ticket_id=ticket.ticket_id, outcome=outcome))
    sign_in(page, hall)
    expect(page.get_by_test_id("unprinted")).to_have_count(2)
    for said, title in (("A002", "号票没有打印出来"), ("A003", "号票可能没有打印出来")):
        mark = page.locator(f"[data-testid=queue-list] [data-number={said}] .unprinted")
        expect(mark).to_have_attribute("title", title)


def test_signing_out_closes_the_window_but_not_with_a_ticket(hall: WebHall, page: Page) -> None:
    hall.take()
    sign_in(page, hall)
    page.keyboard.press("F1")
    number(page, "A001")
    page.get_by_test_id("sign-out").click()
    expect(page.get_by_test_id("message")).to_be_visible()
    assert hall.window().shows == "calling"
    page.keyboard.press("F4")
    number(page, "")
    page.get_by_test_id("sign-out").click()
    expect(page.get_by_test_id("sign-in-pin")).to_be_visible()
    until(lambda: hall.window().shows == "closed")


def test_a_window_closed_elsewhere_ends_the_console(hall: WebHall, page: Page) -> None:
    sign_in(page, hall)
    assert not hall.clerk(c.CloseWindow(window="w1"), "li")
    expect(page.get_by_test_id("sign-in-error")).to_contain_text("请重新登录")


def test_whoever_is_signed_in_stays_so_over_a_restart_of_the_web(hall: WebHall, page: Page) -> None:
    hall.take()
    sign_in(page, hall)
    assert hall.web is not None
    port = hall.web.tcp_port
    hall.web.stop()
    page.wait_for_timeout(300)
    page.keyboard.press("F1")
    expect(page.locator("#offline")).to_be_visible()
    hall.start_web(port)
    page.goto(hall.url + "/console")
    page.wait_for_timeout(500)
    number(page, "")  # the press made while it was away was not kept
    page.keyboard.press("F1")
    number(page, "A001")


def test_forty_waiting_fit_one_screen_without_scrolling_the_page(hall: WebHall, page: Page) -> None:
    hall.busy_morning(60)
    sign_in(page, hall)
    page.keyboard.press("F1")
    expect(page.locator("[data-testid=queue-list] .row")).to_have_count(44)
    for width, height in ((1366, 768), (1920, 1080)):
        page.set_viewport_size({"width": width, "height": height})
        size = "const d = document.documentElement; [d.scrollWidth, d.scrollHeight]"
        assert page.evaluate(size) == [width, height]
        for testid in ("current-number", "call-next", "pause", "terminal-strip"):
            box = page.get_by_test_id(testid).bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["y"] >= 0
            assert box["x"] + box["width"] <= width
            assert box["y"] + box["height"] <= height
    longest = page.locator("[data-testid=queue-list] .row").first
    expect(longest).to_contain_text("等候最久")
    expect(longest.locator("time")).to_have_text("57 分钟")


def test_dark_and_english_are_remembered(hall: WebHall, page: Page) -> None:
    hall.take("social", 0)
    sign_in(page, hall)
    page.get_by_test_id("theme-toggle").click()
    expect(page.locator("body.body--dark")).to_have_count(1)
    page.get_by_test_id("language-toggle").click()
    expect(page.get_by_test_id("call-next")).to_contain_text("Call next")
    page.reload()
    expect(page.get_by_test_id("call-next")).to_contain_text("Call next")
    expect(page.locator("body.body--dark")).to_have_count(1)
    page.keyboard.press("F1")
    number(page, "A001")


def test_no_page_asks_the_internet_for_anything(hall: WebHall, page: Page) -> None:
    watched = Watched(page)
    sign_in(page, hall)
    page.goto(hall.url + "/board")
    page.wait_for_timeout(500)
    assert len(watched.addresses) > 10
    own = (hall.url, hall.url.replace("http", "ws"), "data:", "blob:")
    assert [a for a in watched.addresses if not a.startswith(own)] == []
    assert watched.errors == []


def test_a_closed_page_leaves_nothing_listening(hall: WebHall, browser: Browser) -> None:
    page = browser.new_page()
    sign_in(page, hall)
    assert hall.web is not None
    live = hall.web.live
    assert live.listeners == 1
    page.close()
    until(lambda: live.listeners == 0, 20.0)


def test_health_and_metrics(hall: WebHall) -> None:
    hall.take()
    hall.settled()
    with urllib.request.urlopen(hall.url + "/healthz") as answer:
        assert answer.status == 200
        assert b'"ok":true' in answer.read()
    with urllib.request.urlopen(hall.url + "/metrics") as answer:
        said = answer.read().decode()
    assert 'hall_tickets_waiting{queue="social"} 1.0' in said
    assert "hall_loop_alive 1.0" in said
    hall.loop.stop()
    with pytest.raises(urllib.error.HTTPError) as dead:
        urllib.request.urlopen(hall.url + "/healthz")
    assert dead.value.code == 503


def test_a_busy_port_is_one_clear_line(hall: WebHall) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(WebError) as error:
            start_web(hall.loop, host="127.0.0.1", tcp_port=port, storage_secret="x" * 32)
    assert str(port) in str(error.value)
    assert "\n" not in str(error.value)


SLOW_LINE = """const Real = WebSocket;
window.WebSocket = class extends Real {
  set onopen(then) { super.onopen = (e) => setTimeout(() => then(e), 700); }
  set onmessage(then) { super.onmessage = (e) => setTimeout(() => then(e), 700); }
};"""


def test_a_key_pressed_while_the_page_starts_is_not_lost(hall: WebHall, page: Page) -> None:
    hall.take()
    sign_in(page, hall)
    page.add_init_script(SLOW_LINE)
    page.reload(wait_until="domcontentloaded")
    page.wait_for_selector("#console")
    assert page.evaluate("Boolean(window.did_handshake)") is False
    page.keyboard.press("F1")
    number(page, "A001")
    expect(page.locator("#offline")).to_be_hidden()
