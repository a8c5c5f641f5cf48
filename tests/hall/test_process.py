"""The controller as a program: start, restart, crash, a second one, and words instead of traces."""

import base64
import json
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bus import topics
from bus.link import Link
from bus.messages import IssueTicket, Outcome, PresenceState, WindowShows
from tests.broker import until
from tests.hall.floor import PERSON, SITE, ControllerProcess, Kiosk, issue, runs


@pytest.fixture
def controller(tmp_path: Path) -> Iterator[ControllerProcess]:
    program = ControllerProcess(tmp_path)
    yield program
    program.clean_up()


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[ControllerProcess]:
    """The same without its web, which takes a second to start."""
    program = ControllerProcess(tmp_path, "tests.hall.crash_runner")
    yield program
    program.clean_up()


def web(controller: ControllerProcess, path: str) -> httpx.Response:
    return httpx.get(f"http://127.0.0.1:{controller.settings.web.port}{path}", timeout=20)


def test_a_day_with_a_crash_and_a_restart(controller: ControllerProcess) -> None:
    controller.start()
    kiosk = Kiosk(controller.link("kiosk-1"))
    first = issue(kiosk, sealed=kiosk.seal())
    assert first.ticket is not None
    assert first.ticket.number == "A001"
    broker = controller.broker_pid
    controller.kill()
    request_id = kiosk.send(IssueTicket(queue="general"))  # while nobody is there
    controller.start()
    assert controller.broker_pid == broker, "the broker was adopted"
    second = kiosk.reply_to(request_id)
    assert second.ticket is not None
    assert (second.ticket.number, second.ticket.people_ahead) == ("A002", 1)
    repeated = kiosk.ask(IssueTicket(queue="general", sealed=kiosk.seal()), id_=first.id)
    assert repeated == first
    until(lambda: kiosk.last(topics.BOARD, "general").waiting == 2)
    assert kiosk.last(topics.WINDOW, "1").shows is WindowShows.CLOSED
    assert web(controller, "/healthz").json()["ok"]
    assert "hall_tickets_issued_total 1.0" in web(controller, "/metrics").text
    kiosk.stop()
    assert controller.stop(signal.SIGINT) == 0
    assert not runs(broker), "our broker ends with us"


def test_our_own_presence_is_ready_then_lost(plain: ControllerProcess) -> None:
    plain.start("--keep-broker")
    seen: list[PresenceState] = []
    link = Link(
        plain.link("monitor"),
        subscribe=[topics.everywhere(topics.PRESENCE)],
        on_delivery=lambda d: (seen.append(d.decode().state), link.ack(d))[0],  # type: ignore[attr-defined]
        session_s=0,
    )
    link.start()
    until(lambda: seen == [PresenceState.READY])
    plain.kill()
    until(lambda: seen[-1] is PresenceState.LOST)
    plain.start("--keep-broker")
    until(lambda: seen[-1] is PresenceState.READY)
    assert plain.stop() == 0
    until(lambda: seen[-1] is PresenceState.DISCONNECTED)
    assert runs(plain.broker_pid)
    link.stop()


def test_nothing_readable_of_a_person_is_left_anywhere(controller: ControllerProcess) -> None:
    controller.start()
    kiosk = Kiosk(controller.link("kiosk-1"))
    assert issue(kiosk, sealed=kiosk.seal()).outcome is Outcome.DONE
    kiosk.stop()
    time.sleep(0.2)
    found = traces(controller.output.parent)
    assert controller.stop() == 0
    assert found == []
    assert traces(controller.output.parent) == []


def traces(folder: Path) -> list[tuple[str, str]]:
    """Every file in which something of the person can be read, and as what."""
    needles: dict[str, bytes] = {}
    for field, text in PERSON.items():
        for coding in ("utf-8", "utf-16-le", "utf-16-be", "gb18030"):
            raw = text.encode(coding)
            needles[f"{field} {coding}"] = raw
            needles[f"{field} {coding} hex"] = raw.hex().encode()
            needles[f"{field} {coding} HEX"] = raw.hex().upper().encode()
            for shift in range(3):  # base64 of it at any place within something longer
                inner = base64.b64encode(b"\0" * shift + raw)[4 if shift else 0 :]
                needles[f"{field} {coding} base64 {shift}"] = inner[: len(raw) * 4 // 3 - 4]
        needles[f"{field} escaped"] = json.dumps(text).strip('"').encode()
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) > 8
    return [
        (path.name, name)
        for path in files
        for name, needle in needles.items()
        if needle in path.read_bytes()
    ]


def test_the_search_for_traces_finds_what_is_there(tmp_path: Path) -> None:
    for number in range(9):
        (tmp_path / str(number)).write_bytes(b"x" * 100)
    assert traces(tmp_path) == []
    (tmp_path / "0").write_text("…" + PERSON["name"] + "…", encoding="gb18030")
    (tmp_path / "1").write_text(PERSON["number"].encode("utf-16-le").hex())
    (tmp_path / "2").write_bytes(base64.b64encode(b'{"number":"' + PERSON["number"].encode()))
    assert {name for name, _ in traces(tmp_path)} == {"0", "1", "2"}


def one_line(words: str) -> str:
    lines = [line for line in words.splitlines() if not line.startswith("{")]
    assert len(lines) == 1, words
    assert "Traceback" not in words
    return lines[0]


def test_a_second_controller_on_the_same_data_is_refused(controller: ControllerProcess) -> None:
    controller.start()
    status, words = controller.fail("--web-port", "0")
    assert status == 1
    assert "another hall-controller" in one_line(words)
    assert web(controller, "/healthz").json()["ok"]


def test_a_corrupt_store_is_one_clear_line(plain: ControllerProcess) -> None:
    plain.start()
    assert plain.stop() == 0
    path = plain.data_dir / "hall.sqlite3"
    path.write_bytes(b"garbage" * 1000)
    status, words = plain.fail()
    assert status == 1
    assert "is damaged" in one_line(words)
    assert path.read_bytes() == b"garbage" * 1000


def test_the_chain_is_checked_while_the_hall_works_and_a_forgery_shows(
    plain: ControllerProcess,
) -> None:
    def verify() -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "hall_controller", "verify", "--config", plain.settings_file],
            capture_output=True,
            timeout=30,
            check=False,
        )
        return done.returncode, (done.stdout + done.stderr).decode().strip()

    assert verify() == (1, f"hall-controller: there is no store {plain.data_dir / 'hall.sqlite3'}")
    plain.start()
    kiosk = Kiosk(plain.link("kiosk-1"))
    issue(kiosk)
    issue(kiosk)
    kiosk.stop()
    assert verify() == (0, f"{SITE}: 2 facts, whole")
    assert plain.stop() == 0
    assert verify() == (0, f"{SITE}: 2 facts, whole")
    with sqlite3.connect(plain.data_dir / "hall.sqlite3") as store:
        store.execute("UPDATE facts SET actor = 'clerk:li' WHERE seq = 2")
    assert verify() == (1, f"{SITE}: 1 facts, broken: fact 2 was changed")


def test_bad_settings_and_busy_ports_are_one_clear_line(
    controller: ControllerProcess, tmp_path: Path
) -> None:
    for section in ("broker", "web"):
        with socket.create_server(("127.0.0.1", getattr(controller.settings, section).port)):
            status, words = controller.fail()
        assert (section, status) == (section, 1)
        assert str(getattr(controller.settings, section).port) in one_line(words)
    controller.settings_file.write_text("[brokre]\nport = 1\n")
    status, words = controller.fail()
    assert status == 2
    assert "brokre" in one_line(words)
    status, words = controller.fail("--config", str(tmp_path / "nowhere.toml"))
    assert status == 2
    assert "nowhere.toml" in one_line(words)


def test_state_and_pins_survive_a_clean_restart(plain: ControllerProcess) -> None:
    plain.start()
    assert plain.output.read_text().count("PIN") == 4
    kiosk = Kiosk(plain.link("kiosk-1"))
    issue(kiosk)
    kiosk.stop()
    assert plain.stop() == 0
    assert not (plain.data_dir / "hall.sqlite3-wal").exists()
    plain.start()
    assert "PIN" not in plain.output.read_text()
    kiosk = Kiosk(plain.link("kiosk-1"))
    assert issue(kiosk).ticket.number == "A002"  # type: ignore[union-attr]
    kiosk.stop()
    with sqlite3.connect(plain.data_dir / "hall.sqlite3") as store:
        assert store.execute("SELECT site, epoch FROM sites").fetchall() == [(SITE, 2)]
