"""Many journeys in a row by pointer events: nothing is left over, and memory settles.

`YUKUAI_SOAK` is how many journeys at each of two kiosks, 200 for the full soak.
"""

import os
import signal
import struct
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import psutil
import pytest

from scripts.demo.hall import DemoHall
from scripts.demo.journeys import play_short_journeys
from tests.broker import until
from tests.whole.play import demo_hall, descriptors, logs, pids

JOURNEYS = int(os.environ.get("YUKUAI_SOAK", "20"))
WARM_UP = 5
# What may stay of one journey: rows and replies that the hall keeps for its day, no more. The
# allocators of Kivy and Python also take their time to settle, however many journeys there are.
KEPT_BYTES = 16 * 1024
SETTLING_BYTES = 6 * 1024 * 1024
CHUNKS = {4: "retained", 5: "subscription", 6: "client"}


@dataclass(frozen=True)
class Level:
    """What the processes hold at one moment."""

    threads: dict[str, int]
    files: dict[str, dict[str, int]]  # of each process: how many descriptors of each kind
    broker: dict[str, int]  # what the broker keeps for those who come back
    memory: dict[str, int]  # bytes that are a process's own


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoHall]:
    with demo_hall(tmp_path_factory.mktemp("soak") / "hall") as running:
        yield running


def level(hall: DemoHall) -> Level:
    running = pids(hall)
    return Level(
        threads={name: psutil.Process(pid).num_threads() for name, pid in running.items()},
        files={name: kinds(descriptors(pid)) for name, pid in running.items()},
        broker=kept_by_broker(hall, running["broker"]),
        memory={name: psutil.Process(pid).memory_full_info().uss for name, pid in running.items()},
    )


def kinds(open_files: dict[str, str]) -> dict[str, int]:
    """Descriptors by what they are; numbers of sockets and pipes do not matter."""
    return dict(Counter(name.split(":[")[0] for name in open_files.values()))


def kept_by_broker(hall: DemoHall, pid: int) -> dict[str, int]:
    """Clients, subscriptions and retained topics in what Mosquitto saves (its format 5 and 6: a
    header of 23 bytes, then chunks of kind, length and content, all in network order)."""
    file = hall.data_dir / "broker" / "mosquitto.db"
    before = file.stat().st_mtime_ns if file.exists() else 0
    os.kill(pid, signal.SIGUSR1)
    until(lambda: file.exists() and file.stat().st_mtime_ns > before, 30)
    data = file.read_bytes()
    assert data.startswith(b"\x00\xb5\x00mosquitto db")
    assert int.from_bytes(data[19:23], "big") in (5, 6)
    found: Counter[str] = Counter()
    at = 23
    while at < len(data):
        kind, length = struct.unpack_from(">II", data, at)
        found[CHUNKS.get(kind, "other")] += 1
        at += 8 + length
    assert at == len(data)
    del found["other"]  # messages on their way
    assert found["subscription"] > 0
    return dict(found)


def settle(hall: DemoHall, before: Level) -> None:
    """Wait until everything countable is as it was; what is not names itself."""
    differs: dict[str, object] = {}

    def is_level() -> bool:
        now = level(hall)
        differs.clear()
        for what in ("threads", "files", "broker"):
            was, is_ = getattr(before, what), getattr(now, what)
            if was != is_:
                differs[what] = {key: (was[key], is_[key]) for key in was if was[key] != is_[key]}
        return not differs

    try:
        until(is_level, 15)
    except AssertionError:
        pytest.fail(f"before and after: {differs}")


def play(hall: DemoHall, count: int) -> list[str]:
    """`count` journeys at each kiosk, side by side; the numbers on paper."""
    with ThreadPoolExecutor() as hands:
        played = [hands.submit(play_short_journeys, hall, kiosk.id, count) for kiosk in hall.kiosks]
        return [timing.number for each in played for timing in each.result()]


@pytest.mark.slow
@pytest.mark.timeout(120 + 6 * JOURNEYS)
def test_nothing_is_left_over_after_many_journeys(hall: DemoHall) -> None:
    numbers = play(hall, WARM_UP)
    before = level(hall)
    count = max(JOURNEYS - WARM_UP, WARM_UP)
    numbers += play(hall, count)
    assert len(set(numbers)) == len(hall.kiosks) * (WARM_UP + count)
    settle(hall, before)
    after = level(hall)
    grown = {name: after.memory[name] - before.memory[name] for name in before.memory}
    count *= len(hall.kiosks)  # the controller saw them all
    print(f"grown after {count} journeys, KiB:", {k: v // 1024 for k, v in grown.items()})
    for name, size in grown.items():
        assert size < SETTLING_BYTES + count * KEPT_BYTES, (name, size // count)
    for name, text in logs(hall).items():
        assert "Traceback" not in text, name
