"""Two kiosks and three windows at work, seen by a watcher on the broker; nobody can be read."""

import base64
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bus.topics import CHANNELS
from scripts.demo.clerk import Clerk, browser
from scripts.demo.hall import DemoHall
from tests.broker import until
from tests.whole import traces
from tests.whole.hardware_side import large_texts, panel_texts
from tests.whole.play import Citizen, demo_hall, logs, pids
from tests.whole.watcher import SITE, Watcher, watching

# Spoken so far. Commands and configuration come with the issues that give them a sender.
SPOKEN = {"presence", "health", "event", "request", "reply", "board", "window"}
SILENT = {"command", "result", "config"}
TERMINALS = ("controller", "node-1", "kiosk-1", "kiosk-2")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("watched")


@pytest.fixture(scope="module")
def hall(folder: Path) -> Iterator[DemoHall]:
    with demo_hall(folder / "hall", reply_timeout_s=60.0, ticket_shown_s=30.0) as running:
        yield running


@pytest.fixture(scope="module")
def watcher(hall: DemoHall, folder: Path) -> Iterator[Watcher]:
    with watching(hall, folder / "seen") as watcher:
        yield watcher


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    wanted = traces.of_citizen("jia")
    hidden = {
        "utf-16": "…测试甲…".encode("utf-16-be"),
        "hex": "50010319000101001X".encode("gb18030").hex().upper().encode(),
        "base64": base64.b64encode(b'{"a":"' + "测试甲".encode("gb18030")),
        "base64+1": base64.b64encode(b'{"ab":"' + "重庆市渝中区测试路1号".encode()),
        "base64+2": base64.b64encode(b'{"abc":"' + "50010319000101001X".encode("utf-16-le") + b"}"),
    }
    for name, content in hidden.items():
        (tmp_path / name).write_bytes(b"before" + content + b"after")
    (tmp_path / "nothing").write_bytes(os.urandom(100_000))
    found = traces.on_disk(wanted, tmp_path)
    assert {Path(path).name for path in found} == hidden.keys()
    with (tmp_path / "hex").open("rb") as held:
        (tmp_path / "hex").unlink()
        assert held.name + " (deleted)" in traces.in_open_files(wanted, os.getpid())


def test_two_kiosks_and_three_windows_work_together(hall: DemoHall, watcher: Watcher) -> None:
    citizens = [Citizen(hall, kiosk) for kiosk in ("kiosk-1", "kiosk-2")]
    numbers = [large_texts(citizens[0].take_number())[0], *at_the_same_moment(citizens)]
    assert sorted(numbers) == ["A001", "A002", "A003"]
    called = call_at_three_windows(hall)
    assert sorted(called.values()) == sorted(numbers)
    for window, number in called.items():
        panel = hall.devices[f"panel-{window}"]
        until(lambda: f"{number} {window}窗" in panel_texts(panel.received), 20)  # noqa: B023
        until(lambda: watcher.last(f"{SITE}/window/{window}")["number"] == number, 20)  # noqa: B023
        others = set(called.values()) - {number}
        assert not [t for t in panel_texts(panel.received) if any(n in t for n in others)]
    on_board = watcher.last(f"{SITE}/board/general")["calls"]
    assert {call["window"]: call["number"] for call in on_board} == called
    for citizen in citizens:
        citizen.leave()
    citizens[1].printer.paper_out = True  # noticed when the kiosk asks next, seen below


def at_the_same_moment(citizens: list[Citizen]) -> list[str]:
    """Both come to the last question, then touch together; the numbers on their paper."""
    for citizen in citizens:
        citizen.to_confirm()
    together = threading.Barrier(len(citizens))

    def touch(citizen: Citizen) -> None:
        together.wait()
        citizen.hand.press("confirm")

    fingers = [threading.Thread(target=touch, args=(citizen,)) for citizen in citizens]
    for finger in fingers:
        finger.start()
    for finger in fingers:
        finger.join()
    return [number for each in citizens for number in large_texts(each.take_paper())]


def call_at_three_windows(hall: DemoHall) -> dict[str, str]:
    """Three clerks sign in, then all press *call next*; the number at each window."""
    with browser() as opened:
        clerks = {}
        for window, (name, pin) in zip("123", hall.pins().items(), strict=False):
            clerks[window] = Clerk(opened, hall.web)
            clerks[window].sign_in(name, window, pin)
        for clerk in clerks.values():
            clerk.page.click('[data-testid="call-next"]', no_wait_after=True)
        shown = '[data-testid="current-number"]:not([data-number=""])'
        return {
            window: clerk.page.locator(shown).get_attribute("data-number") or ""
            for window, clerk in clerks.items()
        }


def test_nobody_can_be_read_while_a_request_is_under_way_or_afterwards(
    hall: DemoHall, watcher: Watcher
) -> None:
    wanted = traces.of_citizen("jia")
    running = pids(hall)
    citizen = Citizen(hall)
    citizen.to_confirm("jia")
    os.kill(running["controller"], signal.SIGSTOP)  # the request rests in outbox and broker
    try:
        citizen.hand.press("confirm")
        until(lambda: any(b'"sealed":"' in each.payload for each in watcher.seen), 20)
        assert b"issue_ticket" in outbox(hall)
        save_broker(hall, running["broker"])
        assert b"/kiosk-1/request" in broker_file(hall).read_bytes()
        nothing_readable(hall, watcher, wanted)
    finally:
        os.kill(running["controller"], signal.SIGCONT)
    assert large_texts(citizen.take_paper()) == ["A004"]
    until(lambda: watcher.last(f"{SITE}/board/general")["waiting"] == 1, 20)
    save_broker(hall, running["broker"])
    nothing_readable(hall, watcher, wanted)
    requests = [each for each in watcher.seen if each.topic.endswith("/request")]
    assert not any(each.retained for each in requests)
    citizen.leave()


def outbox(hall: DemoHall) -> bytes:
    """The kiosk's outbox, with its journal."""
    return b"".join(
        path.read_bytes() for path in sorted((hall.data_dir / "kiosk-1").glob("outbox*"))
    )


def broker_file(hall: DemoHall) -> Path:
    return hall.data_dir / "broker" / "mosquitto.db"


def save_broker(hall: DemoHall, pid: int) -> None:
    """Have the broker write down all that it keeps."""
    file = broker_file(hall)
    before = file.stat().st_mtime_ns if file.exists() else 0
    os.kill(pid, signal.SIGUSR1)
    until(lambda: file.exists() and file.stat().st_mtime_ns > before, 20)


def nothing_readable(hall: DemoHall, watcher: Watcher, wanted: dict[str, bytes]) -> None:
    assert len(list(traces.files(hall.data_dir))) > 12
    assert traces.on_disk(wanted, hall.folder) == {}
    for name, pid in pids(hall).items():
        assert traces.in_open_files(wanted, pid) == {}, name
    for each in watcher.seen:
        assert traces.in_bytes(wanted, each.payload) == [], each.topic


def test_a_watcher_sees_every_topic(hall: DemoHall, watcher: Watcher) -> None:
    until(lambda: f"{SITE}/kiosk-2/event" in {each.topic for each in watcher.seen}, 30)
    until(lambda: watcher.presence("kiosk-2") == "alert", 20)
    hall.devices["kiosk-2/printer"].load_paper()  # type: ignore[attr-defined]
    topics = {each.topic for each in watcher.seen}
    assert topics == {
        *(f"{SITE}/{terminal}/presence" for terminal in TERMINALS),
        *(f"{SITE}/{terminal}/health" for terminal in TERMINALS if terminal != "controller"),
        *(f"{SITE}/{kiosk}/{leaf}" for kiosk in ("kiosk-1", "kiosk-2")
          for leaf in ("request", "reply")),
        f"{SITE}/kiosk-2/event",
        *(f"{SITE}/board/{queue}" for queue in ("general", "insurance")),
        *(f"{SITE}/window/{window}" for window in "123"),
    }  # fmt: skip
    leaves = {part for topic in topics for part in topic.split("/")[5:]}
    assert {channel.leaf for channel in CHANNELS} == SPOKEN | SILENT
    assert leaves & (SPOKEN | SILENT) == SPOKEN


def test_state_is_retained_and_moments_are_not(hall: DemoHall, folder: Path) -> None:
    with watching(hall, folder / "late") as late:
        until(
            lambda: all(late.presence(terminal) in ("ready", "alert") for terminal in TERMINALS), 20
        )
        kept = {each.topic for each in late.seen if each.retained}
    assert {topic.split("/")[6] for topic in kept if topic.split("/")[5] in TERMINALS} == {
        "presence",
        "health",
    }
    assert f"{SITE}/board/general" in kept
    assert f"{SITE}/window/3" in kept


def test_a_killed_kiosk_is_lost_and_comes_back(
    hall: DemoHall, watcher: Watcher, folder: Path
) -> None:
    os.kill(pids(hall)["kiosk-2"], signal.SIGKILL)
    until(lambda: watcher.presence("kiosk-2") == "lost", 20)
    with watching(hall, folder / "after_the_kill") as late:
        until(lambda: late.presence("kiosk-2") == "lost")
    assert watcher.presence("kiosk-1") == "ready"
    hall.children.forget("kiosk-2")
    hall.start_kiosk("kiosk-2")
    until(lambda: watcher.presence("kiosk-2") == "ready", 30)
    citizen = Citizen(hall, "kiosk-2")
    assert large_texts(citizen.take_number()) == ["A005"]
    citizen.leave()


def test_nobody_complained(hall: DemoHall) -> None:
    for name, text in logs(hall).items():
        assert "Traceback" not in text, name
