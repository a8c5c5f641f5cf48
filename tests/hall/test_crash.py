"""`kill -9` of controller or broker with 200 requests in flight: one number each, none lost.

The kiosks ask through the real outbox and asker, and so repeat until they are answered.
"""

import os
import random
import signal
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bus import topics
from bus.asker import Asker
from bus.errors import BusError
from bus.link import Delivery, Link
from bus.messages import IssueTicket, Reply
from bus.outbox import Outbox
from bus.settings import LinkSettings
from tests.broker import until
from tests.hall.crash_runner import POINTS
from tests.hall.floor import ControllerProcess

REQUESTS = 200
SEED = 20261124


@dataclass
class Crowd:
    """Two kiosks that ask for 200 numbers at once; how each request ended, and every reply that
    came for it, repeats included."""

    folder: Path
    replies: dict[str, list[Reply | BusError]] = field(default_factory=dict)
    heard: dict[str, set[Reply]] = field(default_factory=dict)
    askers: list[tuple[Link, Asker]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def connect(self, settings: LinkSettings) -> None:
        """Add a kiosk."""
        reply_topic = topics.topic(topics.REPLY, topics.Site(settings.site), settings.terminal)

        def feed(delivery: Delivery) -> None:
            reply = delivery.decode()
            assert isinstance(reply, Reply)
            with self._lock:
                self.heard.setdefault(reply.id, set()).add(reply)
            asker.feed(delivery)

        link = Link(settings, subscribe=[reply_topic], on_delivery=feed)
        asker = Asker(link, Outbox(self.folder / f"{settings.terminal}.sqlite3"))
        link.start()
        self.askers.append((link, asker))

    def ask(self) -> None:
        """Put all requests in flight."""
        for number in range(REQUESTS):
            _, asker = self.askers[number % len(self.askers)]
            request_id = f"r{number:03}-{os.urandom(4).hex()}"
            self.replies[request_id] = []
            asker.ask(
                IssueTicket(queue="general"),
                expires_s=120,
                on_reply=lambda reply, id_=request_id: self._note(id_, reply),  # type: ignore[misc]
                id_=request_id,
            )

    def wait(self) -> None:
        """Until every request has its reply."""
        until(lambda: all(self.replies.values()), 60)

    def stop(self) -> None:
        """Leave the bus."""
        for link, _ in self.askers:
            link.stop()

    def _note(self, request_id: str, reply: Reply | BusError) -> None:
        with self._lock:
            self.replies[request_id].append(reply)


def problems(crowd: Crowd, store: Path) -> list[str]:
    """What is wrong: each request must have one ticket, each number one request, all on disk."""
    found = []
    numbers: Counter[str] = Counter()
    stored = stored_tickets(store)
    for request_id, replies in crowd.replies.items():
        tickets = [r.ticket for r in replies if isinstance(r, Reply) and r.ticket]
        if len(replies) != 1 or len(tickets) != 1:
            found.append(f"{request_id} ended {replies}")
            continue
        numbers[tickets[0].number] += 1
        if stored.get(request_id) != (tickets[0].ticket_id, tickets[0].number):
            found.append(f"{request_id} was told {tickets[0]}, stored {stored.get(request_id)}")
        if len(crowd.heard[request_id]) != 1:
            found.append(f"{request_id} was told different things: {crowd.heard[request_id]}")
    found += [f"{number} was given {n} times" for number, n in numbers.items() if n > 1]
    if len(stored) != REQUESTS:
        found.append(f"{len(stored)} tickets are stored for {REQUESTS} requests")
    return found


def stored_tickets(store: Path) -> dict[str, tuple[str, str]]:
    """Ticket id and number by request id."""
    with sqlite3.connect(store) as db:
        rows = db.execute("SELECT request_id, ticket_id, number FROM tickets").fetchall()
    assert len({request_id for request_id, _, _ in rows}) == len(rows)
    return {request_id: (ticket_id, number) for request_id, ticket_id, number in rows}


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[ControllerProcess]:
    program = ControllerProcess(tmp_path, "tests.hall.crash_runner")
    yield program
    program.clean_up()


def crash(hall: ControllerProcess, folder: Path, env: dict[str, str]) -> list[str]:
    """One run with a crash at the point that `env` names; returns what is wrong after it."""
    hall.start("--keep-broker", env=env)
    crowd = Crowd(folder)
    try:
        for terminal in ("kiosk-1", "kiosk-2"):
            crowd.connect(hall.link(terminal))
        until(lambda: all(link.connected for link, _ in crowd.askers))
        crowd.ask()
        until(lambda: hall.ended, 30)
        store = hall.data_dir / "hall.sqlite3"
        assert len(stored_tickets(store)) < REQUESTS, "it died with requests in flight"
        hall.start("--keep-broker")
        crowd.wait()
        time.sleep(0.3)  # a second reply would come now
        return problems(crowd, store)
    finally:
        crowd.stop()


@pytest.mark.parametrize("point", POINTS)
def test_killed_between_two_phases(hall: ControllerProcess, tmp_path: Path, point: str) -> None:
    nth = random.Random(f"{SEED}/{point}").randint(1, 8)
    assert crash(hall, tmp_path, {"CRASH": f"{point}:{nth}"}) == []


def test_a_mutant_that_replies_before_the_commit_is_caught(
    hall: ControllerProcess, tmp_path: Path
) -> None:
    assert crash(hall, tmp_path, {"CRASH": "before_commit:5", "MUTANT": "1"}) != []


def test_the_broker_is_killed(hall: ControllerProcess, tmp_path: Path) -> None:
    hall.start()
    crowd = Crowd(tmp_path)
    try:
        for terminal in ("kiosk-1", "kiosk-2"):
            crowd.connect(hall.link(terminal))
        until(lambda: all(link.connected for link, _ in crowd.askers))
        crowd.ask()
        until(lambda: sum(map(bool, crowd.replies.values())) >= 10)
        os.kill(hall.broker_pid, signal.SIGKILL)
        crowd.wait()
        assert problems(crowd, hall.data_dir / "hall.sqlite3") == []
    finally:
        crowd.stop()
