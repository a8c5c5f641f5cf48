"""When a commit fails: the culprit is found and refused, everyone else is answered."""

import resource
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bus.messages import IssueTicket, Outcome, Refusal
from hall_controller import commands as c
from hall_controller.batch import Batch
from hall_controller.loop import HallLoop
from tests.broker import until
from tests.hall.floor import SITE, Floor, floor, issue


class SlowLoop(HallLoop):
    """Holds the loop before a batch is taken, so that a test can fill one batch with many jobs."""

    gate = threading.Event()

    def _take(self) -> Batch:
        if self._bus is not None and not self.gate.is_set():
            return Batch()
        return super()._take()


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Floor]:
    SlowLoop.gate.set()
    with floor(tmp_path, SlowLoop) as running:
        yield running


def sql(hall: Floor, statement: str) -> None:
    with sqlite3.connect(hall.data_dir / "hall.sqlite3", timeout=10) as other:
        other.execute(statement)


def poison(hall: Floor, item: str, kind: str = "ABORT") -> None:
    """A real trigger: the database itself refuses tickets for this item."""
    sql(
        hall,
        f"CREATE TRIGGER poison BEFORE INSERT ON tickets WHEN NEW.item_id = '{item}'"
        f" BEGIN SELECT RAISE({kind}, 'poisoned'); END",
    )


def test_one_poisoned_request_among_many_is_refused_alone(hall: Floor) -> None:
    poison(hall, "bad")
    kiosk = hall.kiosk()
    issue(kiosk)
    SlowLoop.gate.clear()
    items = ["bad" if n in (3, 17) else "good" for n in range(30)]
    ids = [kiosk.send(IssueTicket(queue="general", item_id=item)) for item in items]
    until(lambda: hall.door.waiting >= 30)
    before = hall.loop.counters()["hall_batches_total"]
    SlowLoop.gate.set()
    replies = [kiosk.reply_to(request_id) for request_id in ids]
    assert [r.refusal for r in replies] == [
        Refusal.STORE_FAILED if item == "bad" else None for item in items
    ]
    numbers = [r.ticket.number for r in replies if r.ticket]
    assert numbers == [f"A{n:03}" for n in range(2, 30)], "no number is lost or given twice"
    assert hall.loop.counters()["hall_batches_total"] >= before
    assert hall.loop.hall.store.verify_chain(SITE).facts == 29
    assert hall.loop.alive


def test_a_refused_request_may_succeed_later_under_the_same_id(hall: Floor) -> None:
    poison(hall, "bad")
    kiosk = hall.kiosk()
    failed = kiosk.ask(IssueTicket(queue="general", item_id="bad"), id_="r1")
    assert failed.refusal is Refusal.STORE_FAILED
    sql(hall, "DROP TRIGGER poison")
    again = kiosk.ask(IssueTicket(queue="general", item_id="bad"), id_="r1")
    assert again.outcome is Outcome.DONE


def test_a_clerks_future_ends_too(hall: Floor) -> None:
    sql(hall, "CREATE TRIGGER poison BEFORE INSERT ON windows BEGIN SELECT RAISE(ABORT, 'x'); END")
    answer = hall.act(c.OpenWindow(window="1"))
    assert (answer.outcome, answer.refusal) == ("refused", "store_failed")
    assert hall.loop.hall.state.window("1").state == "closed", "memory is as the store is"
    sql(hall, "DROP TRIGGER poison")
    assert hall.act(c.OpenWindow(window="1")).outcome == "done"


@contextmanager
def full_disk(hall: Floor) -> Iterator[None]:
    """No file of this process grows beyond the store's WAL (the kernel sees to it), so that the
    next commits find no room there. What pytest and logs write is much shorter."""
    wal = hall.data_dir / "hall.sqlite3-wal"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (wal.stat().st_size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_shows_in_health_and_passes(hall: Floor) -> None:
    kiosk = hall.kiosk()
    replies = [issue(kiosk) for _ in range(20)]
    with full_disk(hall):
        while replies[-1].refusal is not Refusal.STORE_FAILED:  # a checkpoint may make room once
            replies.append(issue(kiosk, item_id="x" * 64))
            assert len(replies) < 2000
        assert not hall.loop.alive
    given = [r.ticket.number for r in [*replies, issue(kiosk)] if r.ticket]
    assert given == [f"A{n:03}" for n in range(1, len(given) + 1)], "no gap, nothing twice"
    assert hall.loop.alive


def test_who_is_fenced_ends_without_answering(hall: Floor) -> None:
    sql(hall, "UPDATE sites SET epoch = epoch + 1")
    answer = hall.act(c.OpenWindow(window="1"))
    assert answer.refusal == "store_failed"
    until(lambda: not hall.loop.alive)
    assert hall.act(c.OpenWindow(window="1")).refusal == "store_failed"
