"""The whole hall at work: citizens at a kiosk's window, a clerk in a browser, a panel, and memory.

Everything as in the demo: real programs, touches through the X server, Chromium, and simulators
that note when each byte arrived.
"""

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from drivers.sim.onbon_bx import OnbonSimulator
from hall_controller.commands import Actor, Command, IssueTicket, Role
from hall_controller.main import clock
from hall_controller.offline import OfflineHall
from scripts.bench.machine import memory_mib
from scripts.bench.row import Row, at_most, percentile, spread
from scripts.bench.work import Bench, BenchError
from scripts.demo.clerk import Clerk, browser
from scripts.demo.hall import PLANS, DemoHall
from scripts.demo.journeys import Timing, play_short_journeys
from scripts.demo.processes import wait_until
from scripts.demo.seed import play_morning

TOUCH, LED = "touch_to_first_byte_p99_ms", "call_to_led_p99_ms"
JOURNEYS = 200
SOME = 20  # journeys a progress line
CALLS = 200
KIOSK, WINDOW, CLERK = "kiosk-1", "3", "zhang"
SESSION = {"attract_s": 3_600.0}  # the kiosk stays at home between two journeys
_NUMBER = re.compile(r"[A-Z]{1,2}\d{3,}")


def run(folder: Path, say: Callable[[str], None], wanted: frozenset[str]) -> Iterator[Row]:
    """Journeys first, then memory, then calls of the tickets that the journeys took.

    touch_to_first_byte_p99_ms: from the finger's touch on *confirm* (before its 60 ms hold: the
    kiosk acts when the finger lifts) to the first byte of the slip at the printer; questions about
    the printer's status are no part of the slip.
    memory_mib_*: proportional set size after the journeys.
    call_to_led_p99_ms: from the key F1 arriving in the console's page (the event's own time stamp)
    to the arrival of the frame with that number at the panel.
    """
    hall = DemoHall(folder / "hall", PLANS[:1], say=say, session=SESSION)
    try:
        hall.prepare()
        play_morning(hall.settings, clock())
        if wanted == {LED}:
            _crowd(hall)
        hall.start_controller()
        hall.start_rest(viewers=False)
        if wanted != {LED}:
            first_ms = [each.touch_to_first_byte_ms for each in _journeys(hall, say)]
            note = f"{spread(first_ms)}; 60 ms of it the finger's"
            yield at_most(TOUCH, percentile(first_ms, 99), "ms", 150, note=note)
            yield from _memory(hall)
        if LED in wanted:
            led_ms = _calls(hall, say)
            yield at_most(LED, percentile(led_ms, 99), "ms", 100, note=spread(led_ms))
    finally:
        hall.stop()


def _crowd(hall: DemoHall) -> None:
    """As many people waiting as will be called."""
    settings, now_ms = hall.settings, clock()
    kiosk = Actor(Role.TERMINAL, KIOSK)
    with OfflineHall(settings, settings.controller.data_dir, now_ms) as offline:
        for number in range(CALLS):
            command = Command(
                act=IssueTicket(queue=settings.queues[0].id),
                actor=kiosk,
                site=settings.site.code,
                request_id=f"crowd-{number}",
                sent_ms=now_ms,
            )
            offline.run(command, now_ms)


def _journeys(hall: DemoHall, say: Callable[[str], None]) -> list[Timing]:
    timings: list[Timing] = []
    while len(timings) < JOURNEYS:
        timings += play_short_journeys(hall, KIOSK, min(SOME, JOURNEYS - len(timings)))
        last = [each.touch_to_first_byte_ms for each in timings[-SOME:]]
        say(f"{len(timings)} journeys, touch to first byte {max(last):.0f} ms at most")
    if len({each.number for each in timings}) != len(timings):
        raise BenchError("a number came out twice")
    return timings


def _memory(hall: DemoHall) -> list[Row]:
    record = json.loads((hall.data_dir / "broker" / "broker.json").read_text(encoding="utf-8"))
    pids = {
        "controller": hall.children.named("controller").process.pid,
        "broker": int(record["pid"]),
        "node": hall.children.named("node").process.pid,
        "kiosk": hall.children.named(KIOSK).process.pid,
    }
    return [
        Row(f"memory_mib_{name}", memory_mib(pid), "MiB", note="PSS") for name, pid in pids.items()
    ]


def _calls(hall: DemoHall, say: Callable[[str], None]) -> list[float]:
    """Milliseconds of each call from the clerk's key to the panel."""
    panel = hall.devices[f"panel-{WINDOW}"]
    assert isinstance(panel, OnbonSimulator)
    delays_ms = []
    with browser() as opened:
        clerk = Clerk(opened, hall.web)
        clerk.sign_in(CLERK, WINDOW, hall.pins()[CLERK])
        clerk.page.evaluate(
            "window.addEventListener('keydown', event => {"
            " window.pressedAt = performance.timeOrigin + event.timeStamp }, true)"
        )
        for _ in range(CALLS):
            delays_ms.append(_call(clerk, panel))
    say(f"{len(delays_ms)} calls, {max(delays_ms):.0f} ms to the panel at most")
    return delays_ms


def _call(clerk: Clerk, panel: OnbonSimulator) -> float:
    before = shown(panel)
    panel.arrivals.clear()
    clerk.page.keyboard.press("F1")
    wait_until(lambda: shown(panel) not in (None, before), "the call on the panel", 5)
    number = shown(panel)
    assert number is not None
    at = next(at for at, data in list(panel.arrivals) if number.encode() in data)
    pressed_ms = float(clerk.page.evaluate("window.pressedAt"))
    delay_ms = at * 1000 - (pressed_ms - (time.time() - time.monotonic()) * 1000)
    clerk.shows(number)
    clerk.page.keyboard.press("F7")  # served: the next F1 ends that and calls
    clerk.page.locator('[data-testid="recall"][aria-disabled="true"]').wait_for(timeout=5_000)
    if not 0 < delay_ms < 5_000:
        raise BenchError(f"the page's clock and ours differ: {delay_ms:.0f} ms")
    return delay_ms


def shown(panel: OnbonSimulator) -> str | None:
    """The number that stands on the panel."""
    found = (_NUMBER.search(area.text) for area in panel.state.areas)
    return next((each[0] for each in found if each), None)


BENCH = Bench(
    (
        TOUCH,
        LED,
        *(f"memory_mib_{name}" for name in ("controller", "broker", "node", "kiosk")),
    ),
    run,
)
