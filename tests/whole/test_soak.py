"""Many journeys in a row by pointer events: nothing is left over, and memory settles.

`YUKUAI_SOAK` is how many journeys at each of two kiosks, 200 for the full soak.
"""

import os
import signal
import statistics
import struct
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import psutil
import pytest

from scripts.demo.hall import DemoHall
from scripts.demo.journeys import play_short_journeys
from tests.broker import until
from tests.whole.play import demo_hall, descriptors, logs, pids

JOURNEYS = int(os.environ.get("YUKUAI_SOAK", "20"))
WARM_UP = 5
BLOCKS = 5
# What may stay of one journey: rows and replies that the hall keeps for its day, no more.
KEPT_BYTES = 16 * 1024
# Caches and allocators fill in the first dozens of journeys, once.
SETTLING_BYTES = 5 * 1024 * 1024
KIVY_FONTS = 65  # kivy/core/text/_text_sdl2.pyx: the oldest goes when there are more than 64
CHUNKS = {4: "retained", 5: "subscription", 6: "client"}


@dataclass(frozen=True)
class Level:
    """What the processes hold at one moment."""

    threads: dict[str, int]
    files: dict[str, dict[str, int]]  # of each process: how many descriptors of each kind
    broker: dict[str, int]  # what the broker keeps for those who come back


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
    )


def memory(hall: DemoHall) -> dict[str, int]:
    """Bytes that are each process's own."""
    return {name: psutil.Process(pid).memory_full_info().uss for name, pid in pids(hall).items()}


def kinds(open_files: dict[str, str]) -> dict[str, int]:
    """Descriptors by what they are; numbers of sockets and pipes do not matter. Kivy keeps its
    newest fonts open, one for each size in use."""
    fonts = [name for name in open_files.values() if name.endswith(".otf")]
    assert len(fonts) <= KIVY_FONTS
    return dict(Counter(name.split(":[")[0] for name in open_files.values() if name not in fonts))


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
                flat = _flat(is_) - _flat(was), _flat(was) - _flat(is_)
                differs[what] = {"more": flat[0], "fewer": flat[1]}
        return not differs

    try:
        until(is_level, 15)
    except AssertionError:
        pytest.fail(f"before and after: {differs}")


def _flat(counts: dict[str, Any]) -> Counter[str]:
    flat: Counter[str] = Counter()
    for key, value in counts.items():
        inner = value if isinstance(value, dict) else {"": value}
        flat.update({f"{key} {name}".strip(): count for name, count in inner.items()})
    return flat


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
    block = max(2, (JOURNEYS - WARM_UP) // BLOCKS)
    samples = [memory(hall)]
    for _ in range(BLOCKS):
        numbers += play(hall, block)
        samples.append(memory(hall))
    assert len(set(numbers)) == len(numbers) == len(hall.kiosks) * (WARM_UP + BLOCKS * block)
    settle(hall, before)
    for name in samples[0]:
        grown = growth([sample[name] for sample in samples], block)
        print(f"{name}: {grown / 1024:.0f} KiB a journey")
        assert grown < bound(BLOCKS * block), (name, samples)
    for name, text in logs(hall).items():
        assert "Traceback" not in text, name


def growth(samples: list[int], block: int) -> float:
    """Bytes a journey in the middle block: a leak grows in every block, while Mesa's software
    drawing takes tens of megabytes in one step, when two pictures are first drawn at once."""
    return statistics.median(b - a for a, b in pairwise(samples)) / block


def bound(journeys: int) -> float:
    return KEPT_BYTES + SETTLING_BYTES / journeys


def test_a_leak_is_told_from_a_step() -> None:
    mb = 1024 * 1024
    assert growth([200 * mb, 200 * mb, 228 * mb, 228 * mb, 228 * mb, 228 * mb], 39) < bound(195)
    assert growth([mb * (200 + 2 * block) for block in range(6)], 3) > bound(15)
    assert growth([mb * (200 + 2 * block) for block in range(6)], 39) > bound(195)
