"""Every channel of docs/asyncapi.yaml is fed what its schema forbids, and what it barely allows.

After each batch everybody is alive, each bad message is one clear line in its receiver's log, and a
ticket can be taken, called and shown.
"""

import contextlib
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from bus.topics import CHANNELS
from scripts.demo.clerk import Clerk, browser
from scripts.demo.hall import PLANS, DemoHall
from tests.broker import until
from tests.whole.hardware_side import large_texts, panel_texts
from tests.whole.hostile import LIMIT, Contract
from tests.whole.intruder import Intruder, intruding
from tests.whole.play import Citizen, demo_hall, logs, metric, pids

CONTRACT = Contract()
REQUESTS = CONTRACT.address("request", "node-1")
TOLERATED = {"ticket.kind missing"}  # there is one kind only; a wrong one is refused
NOT_AUTHORIZED = 0x87


@dataclass(frozen=True)
class Ear:
    """Who hears a channel, and the name that stands in the topic. No program: nobody listens yet,
    and the broker alone stands it."""

    program: str | None
    name: str = "kiosk-1"


EARS = {
    "presence": Ear("controller"),
    "health": Ear("controller"),
    "event": Ear("controller"),
    "request": Ear("controller"),
    "result": Ear("controller"),
    "reply": Ear("kiosk-1"),
    "board": Ear("kiosk-1", name="general"),
    "window": Ear("node", name="3"),
    "command": Ear(None),
    "config": Ear(None),
}
FROM_TERMINAL = [name for name, ear in EARS.items() if ear.program == "controller"]


@dataclass
class Floor:
    """The hall, a clerk at window 3, and a terminal that takes numbers."""

    hall: DemoHall
    clerk: Clerk
    terminal: Intruder  # an honest one
    running: dict[str, int]

    def complaints(self, ear: Ear) -> list[dict[str, object]]:
        """Lines in the receiver's log about bad messages."""
        lines = logs(self.hall)[str(ear.program)].splitlines()
        found = [json.loads(line) for line in lines if line.startswith("{")]
        return [line for line in found if line["event"] == "bus.poison"]

    def serve_one(self) -> None:
        """Take a number, call it, see it on the panel, finish."""
        number = self.terminal.take_number(REQUESTS)["ticket"]["number"]
        panel = self.hall.devices["panel-3"]
        panel.forget_received()
        self.clerk.call(number)
        self.clerk.shows(number, 20)
        until(lambda: f"{number} 3窗" in panel_texts(panel.received), 20)
        self.clerk.page.click('[data-testid="finish"]')
        self.clerk.page.wait_for_selector('[data-testid="current-number"][data-number=""]')

    def all_is_well(self) -> None:
        """Everybody runs since the start, and nobody has been surprised."""
        self.hall.children.check()
        assert pids(self.hall) == self.running
        assert httpx.get(f"{self.hall.web}/healthz", timeout=20).json()["ok"]
        for name, text in logs(self.hall).items():
            for line in text.splitlines():
                assert "Traceback" not in line, (name, line)
                assert '"level": "error"' not in line, (name, line)


@pytest.fixture(scope="module")
def floor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Floor]:
    folder = tmp_path_factory.mktemp("hostile")
    with demo_hall(folder / "hall", PLANS[:1], ticket_shown_s=30.0) as hall, browser() as opened:
        clerk = Clerk(opened, hall.web)
        clerk.sign_in("zhang", "3", hall.pins()["zhang"])
        with intruding(hall, "node-1") as terminal:
            yield Floor(hall, clerk, terminal, pids(hall))


def test_every_channel_of_the_document_has_cases() -> None:
    assert CONTRACT.channels.keys() == {channel.leaf for channel in CHANNELS}
    assert CONTRACT.channels.keys() == EARS.keys(), "say who hears the new channel"
    for channel in CONTRACT.channels:
        cases = CONTRACT.cases(channel)
        assert len(cases) > 80
        assert len({case.name for case in cases}) > 80
        for field in CONTRACT.sample(CONTRACT.schema(channel)):
            assert any(field in case.name for case in cases) or field == "v"


@pytest.mark.parametrize("channel", CONTRACT.channels)
def test_the_controller_s_login_publishes_anything(floor: Floor, channel: str) -> None:
    with intruding(floor.hall, "controller") as intruder:
        feed(floor, intruder, channel)
    floor.serve_one()
    floor.all_is_well()


@pytest.mark.parametrize("channel", FROM_TERMINAL)
def test_a_terminal_publishes_anything_on_its_own_topics(floor: Floor, channel: str) -> None:
    with intruding(floor.hall, "kiosk-1") as intruder:
        feed(floor, intruder, channel)
    floor.serve_one()
    floor.all_is_well()


def feed(floor: Floor, intruder: Intruder, channel: str) -> None:
    """Publish every case; each bad one that got through must be one line at the receiver."""
    ear = EARS[channel]
    cases = CONTRACT.cases(channel)
    topic = CONTRACT.address(channel, ear.name)
    retained = CONTRACT.channels[channel]["description"].startswith("Retained")
    before = len(floor.complaints(ear)) if ear.program else 0
    counted = metric(floor.hall, "hall_poison_total")
    small = [case for case in cases if len(case.payload) <= LIMIT]
    reasons = intruder.publish([(topic, case.payload) for case in small], retain=retained)
    assert max(reasons) < 0x80
    fine = TOLERATED | ({"empty"} if retained else set())  # empty: what was retained is cleared
    bad = [case.name for case in small if not case.valid and case.name not in fine]
    (large,) = (case.payload for case in cases if case not in small)
    assert intruder.is_refused(topic, large)
    if ear.program is None:
        return
    until(lambda: len(floor.complaints(ear)) >= before + len(bad), 30)
    floor.terminal.take_number(REQUESTS, "nowhere")  # whatever came before it was taken in
    new = floor.complaints(ear)[before:]
    assert len(new) == len(bad), [line.get("reason") for line in new]
    assert {line["topic"] for line in new} == {topic}
    assert {line["reason"] for line in new} == {"bad_payload"}
    if ear.program == "controller":
        assert metric(floor.hall, "hall_poison_total") == counted + len(bad)


def test_a_terminal_may_not_speak_for_others(floor: Floor) -> None:
    with intruding(floor.hall, "kiosk-1") as intruder:
        foreign = [(CONTRACT.address(channel, "node-1"), b"{}") for channel in FROM_TERMINAL]
        told = [
            (CONTRACT.address(channel, ear.name), b"{}")
            for channel, ear in EARS.items()
            if channel not in FROM_TERMINAL
        ]
        deaf = metric(floor.hall, "hall_deliveries_total")
        reasons = intruder.publish([*foreign, *told])
        assert reasons == [NOT_AUTHORIZED] * (len(foreign) + len(told))
    floor.serve_one()
    assert metric(floor.hall, "hall_deliveries_total") == deaf + 1
    floor.all_is_well()


def test_topics_that_are_none_of_ours(floor: Floor) -> None:
    topics = [
        "hall/1/abc/116/000/kiosk-1/presence",
        "hall/1/500240/116/000/bad name/request",
        "hall/1/500240/116/000//request",
        f"hall/1/500240/116/000/{'x' * 64}/health",
        "hall/1/500101/001/000/kiosk-1/event",  # well made, of a site that is another's
    ]
    counted = metric(floor.hall, "hall_poison_total")
    with intruding(floor.hall, "controller") as intruder:
        assert set(intruder.publish([(topic, b"{}") for topic in topics])) == {0}
    floor.serve_one()
    assert metric(floor.hall, "hall_poison_total") == counted + len(topics)
    floor.all_is_well()


def test_a_packet_beyond_the_broker_s_patience_cuts_off_its_sender_only(floor: Floor) -> None:
    port = floor.hall.settings.broker.port
    # Raw: no client library would send it.
    with socket.create_connection(("127.0.0.1", port), 10) as rude:
        rude.sendall(b"\x30\xff\xff\xff\x7f" + b"x" * 70_000)
        rude.settimeout(10)
        with contextlib.suppress(ConnectionResetError):
            assert rude.recv(100) == b""
    floor.serve_one()
    floor.all_is_well()


def test_the_kiosk_still_serves_a_citizen(floor: Floor, tmp_path: Path) -> None:
    citizen = Citizen(floor.hall)
    (number,) = large_texts(citizen.take_number("jia"))
    citizen.leave()
    floor.clerk.call(number)
    floor.clerk.shows(number, 20)
    floor.hall.screens["kiosk-1"].grab().save(tmp_path / "kiosk.png")
    floor.all_is_well()
