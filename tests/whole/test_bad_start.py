"""What a program says that cannot start as it was told, and what goes on all the same."""

import json
import os
import random
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from config.loader import load
from scripts.demo.hall import PLANS, DemoHall
from scripts.demo.seed import play_morning
from tests.broker import free_port, until
from tests.whole.hardware_side import large_texts
from tests.whole.play import Citizen, demo_hall, logs
from tests.whole.watcher import SITE, watching

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = {
    "hall-controller": "hall_controller",
    "kiosk": "kiosk",
    "hall-node": "hall_controller.node",
}
NOBODY: list[int] = []  # a port at which nothing listens
UNKNOWN_KEY = '[broker]\nprot = 18831\n[[kiosks]]\nid = "kiosk-1"\n'
BAD_CONFIGS = {
    UNKNOWN_KEY: [(2, "broker.prot", "did you mean 'port'?")],
    "[brokre]\nport = 1\n": [(1, "brokre", "did you mean 'broker'?")],
    '[web]\nport = "a door"\n': [(2, "web.port", "a valid integer")],
    "[web]\nport = 70000\n": [(2, "web.port", "65535")],
    '[site]\ncode = "500240999000"\n': [(2, "site.code", "no such division: 500240999000")],
    "[site]\ncode = 500240116000\n": [(2, "site.code", "a valid string")],
    '[site]\nkode = "1"\n[calling]\nundo_s = -1\n[log]\nlevel = "loud"\n': [
        (2, "site.kode", "did you mean 'code'?"),
        (4, "calling.undo_s", "greater than 0"),
        (6, "log.level", "debug"),
    ],
    "[site\n": [(None, "", "not valid TOML")],
}


def run(program: str, *arguments: str, cwd: Path) -> tuple[int, list[str]]:
    """Exit status and the lines on stderr that are words, not JSON of the log."""
    done = subprocess.run(
        [sys.executable, "-m", PROGRAMS[program], *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), "DISPLAY": ":0"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert "╭" not in done.stderr, done.stderr
    return done.returncode, [line for line in done.stderr.splitlines() if line[:1] != "{"]


def one_line(program: str, *arguments: str, cwd: Path) -> tuple[int, str]:
    status, lines = run(program, *arguments, cwd=cwd)
    assert len(lines) == 1, lines
    assert lines[0].startswith(f"{program}: "), lines
    return status, lines[0]


@pytest.mark.parametrize("text", BAD_CONFIGS, ids=range(len(BAD_CONFIGS)))
def test_every_problem_of_the_settings_is_one_line_with_its_place(
    tmp_path: Path, text: str
) -> None:
    file = tmp_path / "hall.toml"
    file.write_text(text)
    problems = BAD_CONFIGS[text]
    for program in PROGRAMS if text is UNKNOWN_KEY else ["hall-controller"]:
        status, lines = run(program, "--config", str(file), cwd=tmp_path)
        assert (status, len(lines)) == (2, len(problems)), lines
        for (number, key, words), line in zip(problems, lines, strict=True):
            assert f"{file}:{number}" if number else str(file) in line
            assert key in line
            assert words in line
    assert sorted(tmp_path.iterdir()) == [file], "nothing half-starts"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a hall with a morning behind it."""
    folder = tmp_path_factory.mktemp("store")
    file = folder / "hall.toml"
    file.write_text(
        f'[controller]\ndata_dir = "{folder / "var"}"\n'
        f'[broker]\nport = {free_port()}\n[web]\nport = {free_port()}\n'
        '[[kiosks]]\nid = "kiosk-1"\n'
    )  # fmt: skip
    play_morning(load(file), time.time_ns() // 1_000_000)
    return folder


def spoiled(how: str, good: bytes) -> bytes:
    noise = random.Random(957).randbytes
    match how:
        case "random":
            return noise(20_000)
        case "truncated":
            return good[: len(good) // 2]
        case "cut within a page":
            return good[: len(good) - 1000]
        case "no header":
            return noise(100) + good[100:]
        case "a garbled page":
            return good[:8192] + noise(4096) + good[12288:]
    return b""


@pytest.mark.parametrize(
    "how", ["random", "truncated", "cut within a page", "no header", "a garbled page", "emptied"]
)
def test_a_corrupt_store_is_one_line_and_left_as_it_is(store: Path, how: str) -> None:
    path = store / "var" / "hall.sqlite3"
    good = path.read_bytes()
    assert len(good) > 20_000
    bad = spoiled(how, good)
    path.write_bytes(bad)
    try:
        status, line = one_line("hall-controller", "--config", "hall.toml", cwd=store)
        assert status == 1
        assert f"{path} is damaged" in line
        assert path.read_bytes() == bad
    finally:
        path.write_bytes(good)


@pytest.mark.parametrize("program", ["hall-controller", "kiosk"])
@pytest.mark.parametrize("where", ["/proc/nowhere", "a_file", "a_file/below"])
def test_an_unwritable_data_folder_is_one_line(tmp_path: Path, program: str, where: str) -> None:
    (tmp_path / "a_file").write_text("not a folder")
    status, line = one_line(program, "--data-dir", where, cwd=tmp_path)
    assert status == 1
    assert where in line


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoHall]:
    """A hall whose reader has no port and one of whose panels does not answer."""
    folder = tmp_path_factory.mktemp("bad_start") / "hall"
    with demo_hall(folder, PLANS[:1], change=without_a_port, ticket_shown_s=30.0) as running:
        yield running


def without_a_port(settings: str) -> str:
    changed = re.sub(r'port = "[^"]*kiosk-1-reader"', 'port = "/dev/ttyS999"', settings)
    assert changed != settings
    before, panel, after = changed.partition('id = "panel-3"')
    assert panel
    NOBODY.append(free_port())
    return before + panel + re.sub(r"tcp_port = \d+", f"tcp_port = {NOBODY[0]}", after, count=1)


def test_a_port_that_is_not_there_is_told_and_the_rest_works(
    hall: DemoHall, tmp_path: Path
) -> None:
    with watching(hall, tmp_path / "seen") as watcher:
        until(lambda: state_of(watcher, "kiosk-1", "reader") == "no_device", 30)
        until(lambda: state_of(watcher, "node-1", "panel-3") == "no_device", 30)
        until(lambda: state_of(watcher, "kiosk-1", "printer") == "online", 30)
        until(lambda: state_of(watcher, "node-1", "panel-1") == "online", 30)
        until(lambda: watcher.presence("kiosk-1") == "alert", 30)
    citizen = Citizen(hall)
    chip = "kiosk-1/chip" in hall.devices  # where a card service can run, that reader works
    asked_for = (True, "social_security") if chip else (False, "identity")
    until(lambda: cards_of(hall) == asked_for, 30)
    assert large_texts(citizen.take_number()) == ["A001"]
    citizen.leave()
    for program, place in (("kiosk-1", "/dev/ttyS999"), ("node", f":{NOBODY[0]}")):
        lines = [line for line in logs(hall)[program].splitlines() if place in line]
        assert len(lines) == 1, lines
        assert '"peripheral.trouble"' in lines[0]


def cards_of(hall: DemoHall) -> tuple[bool, str]:
    """Whether a reader works at the kiosk, and which cards its screens ask for."""
    told = json.loads(hall.described("kiosk-1").read_text())
    return told["reader_works"], told["cards"]


def state_of(watcher: object, terminal: str, peripheral: str) -> str | None:
    health = watcher.last(f"{SITE}/{terminal}/health")  # type: ignore[attr-defined]
    found = health["peripherals"] if health else []
    return next((each["state"] for each in found if each["id"] == peripheral), None)


def test_busy_ports_are_one_line_and_disturb_nobody(hall: DemoHall, tmp_path: Path) -> None:
    taken = hall.settings
    for option, busy in (("--broker-port", taken.broker.port), ("--web-port", taken.web.port)):
        ports = {"--broker-port": free_port(), "--web-port": free_port()} | {option: busy}
        words = [str(word) for pair in ports.items() for word in pair]
        status, line = one_line(
            "hall-controller", "--data-dir", str(tmp_path / option), *words, cwd=tmp_path
        )
        assert status == 1
        assert str(busy) in line
        for port in ports.values():
            if port != busy:
                with socket.socket() as trial:
                    assert trial.connect_ex(("127.0.0.1", port)), "something half-started"
    hall.children.check()
    assert httpx.get(f"{hall.web}/healthz", timeout=20).json()["ok"]


def test_nobody_was_surprised(hall: DemoHall) -> None:
    for name, text in logs(hall).items():
        assert "Traceback" not in text, name
