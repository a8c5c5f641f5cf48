"""The TV board in a real browser, and its stream byte by byte."""

import http.client
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from web_hall import Watched, WebHall, chromium, until

from hall_controller import commands as c
from hall_controller.console.board.stream import assets_version, latest_calls
from hall_controller.views import CallView


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[WebHall]:
    hall = WebHall(tmp_path)
    hall.start_web()
    assert not hall.clerk(c.OpenWindow(window="w1"), "li")
    yield hall
    hall.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1920, "height": 1080})
    page.set_default_timeout(8000)
    yield page
    page.close()


def call(hall: WebHall) -> str:
    """Finish what is at window 1 and call the next; returns its number."""
    if hall.window().ticket is not None:
        assert not hall.clerk(c.Finish(window="w1"), "li")
    assert not hall.clerk(c.CallNext(window="w1"), "li")
    hall.settled()
    return hall.view.calls[0].number


def opened(page: Page, hall: WebHall) -> None:
    page.goto(hall.url + "/board")
    expect(page.locator("body.known")).to_have_count(1)


def numbers(page: Page) -> list[str | None]:
    rows = page.get_by_test_id("board-call").all()
    return [row.get_attribute("data-number") for row in rows]


def chimes(page: Page) -> int:
    return int(page.evaluate("Number(document.body.dataset.chimes || 0)"))


def test_a_call_stands_on_top_flashes_and_chimes_once(hall: WebHall, page: Page) -> None:
    watched = Watched(page)
    for _ in range(3):
        hall.take()
    call(hall)
    opened(page, hall)
    top = page.get_by_test_id("board-call").first
    expect(top).to_have_attribute("data-number", "A001")
    assert "flash" not in (top.get_attribute("class") or "")
    assert chimes(page) == 0  # never at load
    call(hall)
    expect(top).to_have_attribute("data-number", "A002")
    expect(top).to_have_class("call newest flash")
    assert chimes(page) == 1
    hall.take("general")  # another change of the hall is no call
    expect(page.locator("[data-testid=board-queue][data-queue=general] .count")).to_have_text("1")
    assert chimes(page) == 1
    assert numbers(page) == ["A002", "A001"]
    assert watched.errors == []


def test_a_recall_moves_the_number_up_and_flashes_again(hall: WebHall, page: Page) -> None:
    hall.take("social")
    hall.take("general")
    assert not hall.clerk(c.OpenWindow(window="w2"), "wang")
    call(hall)
    assert not hall.clerk(c.CallNext(window="w2"), "wang")
    hall.settled()
    opened(page, hall)
    assert numbers(page) == ["C001", "A001"]
    assert not hall.clerk(c.Recall(window="w1"), "li")
    top = page.get_by_test_id("board-call").first
    expect(top).to_have_attribute("data-number", "A001")
    expect(top).to_have_class("call newest flash")
    assert numbers(page) == ["A001", "C001"]
    assert chimes(page) == 1


def test_lost_contact_is_said_and_comes_back_by_itself(hall: WebHall, page: Page) -> None:
    hall.take()
    hall.take()
    call(hall)
    opened(page, hall)
    expect(page.locator("#lost")).to_be_hidden()
    assert hall.web is not None
    port = hall.web.tcp_port
    hall.web.stop()
    expect(page.locator("#lost")).to_be_visible()
    expect(page.locator("#lost")).to_have_text("信号中断，以现场叫号为准")
    call(hall)
    hall.start_web(port)
    expect(page.locator("#lost")).to_be_hidden(timeout=15_000)
    expect(page.get_by_test_id("board-call").first).to_have_attribute("data-number", "A002")


def test_a_standing_hall_is_lost_contact_too(hall: WebHall, page: Page) -> None:
    hall.take()
    call(hall)
    opened(page, hall)
    hall.loop.stop()
    expect(page.locator("#lost")).to_be_visible()


def test_an_older_board_reloads_itself(hall: WebHall, page: Page) -> None:
    page.route(
        "**/board",
        lambda route: route.fulfill(
            body=route.fetch().text().replace(assets_version(), "older"), content_type="text/html"
        ),
        times=1,
    )
    page.goto(hall.url + "/board")
    meta = page.locator("meta[name=board-version]")
    expect(meta).to_have_attribute("content", assets_version())


@pytest.mark.parametrize("size", [(1920, 1080), (3840, 2160), (1080, 1920), (1280, 720)])
def test_no_text_is_small_or_cut_at_any_size(
    hall: WebHall, page: Page, size: tuple[int, int]
) -> None:
    for _ in range(7):
        hall.take()
        call(hall)
    width, height = size
    page.set_viewport_size({"width": width, "height": height})
    opened(page, hall)
    expect(page.get_by_test_id("board-call")).to_have_count(6)
    scale = page.evaluate(
        "parseFloat(getComputedStyle(document.querySelector('.call .number')).fontSize) / 160"
    )
    problems = page.evaluate(SMALL_OR_CUT, scale)
    assert problems == []
    assert page.evaluate("[document.body.scrollWidth, document.body.scrollHeight]") == [
        width,
        height,
    ]
    if size == (1920, 1080):
        assert scale == 1
        windows = "parseFloat(getComputedStyle(document.querySelector('.window')).fontSize)"
        assert page.evaluate(windows) == 120


SMALL_OR_CUT = """(scale) => {
  const problems = [];
  for (const e of document.querySelectorAll("body *")) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !e.checkVisibility({ visibilityProperty: true })) continue;
    const font = parseFloat(getComputedStyle(e).fontSize);
    if (font < 40 * scale - 0.1) problems.push(`small: ${e.textContent} ${font}`);
    const box = e.getBoundingClientRect();
    if (e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline")
      problems.push(`cut: ${e.textContent}`);
    if (box.left < 0 || box.right > innerWidth + 1 || box.top < -1 || box.bottom > innerHeight + 1)
      problems.push(`outside: ${e.textContent}`);
  }
  return problems;
}"""


class Stream:
    """A board without a browser."""

    def __init__(self, hall: WebHall) -> None:
        assert hall.web is not None
        self._connection = http.client.HTTPConnection("127.0.0.1", hall.web.tcp_port, timeout=10)
        self._connection.request("GET", "/board/events")
        self._answer = self._connection.getresponse()
        assert self._answer.headers["content-type"].startswith("text/event-stream")

    def next(self) -> tuple[str, dict[str, object]]:
        name = ""
        while True:
            line = self._answer.readline().decode().rstrip("\n")
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                return name, json.loads(line.removeprefix("data: "))

    def until(self, wanted: str) -> dict[str, object]:
        while True:
            name, data = self.next()
            if name == wanted:
                return data

    def close(self) -> None:
        self._connection.close()


def test_the_stream_says_hello_beat_board_and_then_only_what_changed(hall: WebHall) -> None:
    hall.take("social", 0)
    hall.settled()
    stream = Stream(hall)
    assert stream.next() == ("hello", {"version": assets_version()})
    name, beat = stream.next()
    assert (name, beat["alive"]) == ("beat", True)
    name, board = stream.next()
    assert name == "board"
    assert board["queues"] == [
        {"id": "social", "name": "社会保障", "waiting": 1},
        {"id": "health", "name": "医疗健康", "waiting": 0},
        {"id": "general", "name": "综合业务", "waiting": 0},
    ]
    hall.report("kiosk-1")  # nothing that the public sees
    assert stream.next()[0] == "beat"
    call(hall)
    calls = stream.until("board")["calls"]
    assert isinstance(calls, list)
    assert [(one["number"], one["window"]) for one in calls] == [("A001", "1号窗口")]
    stream.close()


def test_nothing_of_a_person_goes_to_the_board(hall: WebHall) -> None:
    hall.take("social", 0)
    call(hall)
    assert hall.window().ticket is not None
    assert hall.window().ticket.person == "测**"
    stream = Stream(hall)
    said = json.dumps([stream.next() for _ in range(3)], ensure_ascii=False)
    assert "A001" in said
    assert "测" not in said
    assert "养老" not in said
    stream.close()


def test_many_boards_share_one_serialisation_and_leave_nothing(hall: WebHall) -> None:
    assert hall.web is not None
    stream = hall.web.board
    hall.take()
    hall.settled()
    boards = [Stream(hall) for _ in range(20)]
    for board in boards:
        board.until("board")
    assert stream.connected == 20
    assert stream.board_event() is stream.board_event()
    for board in boards:
        board.close()
    until(lambda: stream.connected == 0, 10.0)


def test_stopping_the_web_does_not_wait_for_boards(hall: WebHall) -> None:
    assert hall.web is not None
    stream = Stream(hall)
    stream.until("beat")
    hall.web.stop()
    assert "web" not in {thread.name for thread in threading.enumerate()}
    stream.close()


def test_each_number_is_listed_once_newest_first() -> None:
    calls = tuple(
        CallView(f"c{at}", number, "w1", "1号窗口", "social", at)
        for at, number in enumerate(
            ["A001", "A002", "A001", "B001", "A003", "A004", "A005", "A006"]
        )
    )
    assert [call.call_id for call in latest_calls(calls)] == ["c7", "c6", "c5", "c4", "c3", "c2"]
