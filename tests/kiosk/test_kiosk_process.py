"""The kiosk as a process on a real X screen, with real controller, broker and simulated hardware.

Touches are pointer events from this process; what is checked is what came out on the other side.
"""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bus import messages, topics
from bus.link import Delivery, Link
from drivers.sim.people import CITIZENS
from tests.broker import SITE, until
from tests.kiosk.conftest import HallProcess

CUT = b"\x1dV"
TO_CONFIRM = ("domain:medical", "item:MED01")


class Watcher:
    """Reads everything on the broker with the monitor's login."""

    def __init__(self, hall: HallProcess) -> None:
        self.last: dict[str, messages.Message] = {}
        self.payloads: list[bytes] = []
        self.link = Link(
            hall.link("monitor"), subscribe=["hall/1/#"], on_delivery=self._take, session_s=0
        )

    def _take(self, delivery: Delivery) -> None:
        self.payloads.append(delivery.payload)
        self.last[str(delivery.address)] = delivery.decode()
        self.link.ack(delivery)

    def presence(self) -> str | None:
        found = self.last.get(topics.topic(topics.PRESENCE, topics.Site(SITE), "kiosk-1"))
        return found.state.value if isinstance(found, messages.Presence) else None

    def waiting(self, queue: str = "insurance") -> int | None:
        found = self.last.get(topics.topic(topics.BOARD, topics.Site(SITE), queue))
        return found.waiting if isinstance(found, messages.BoardState) else None


@contextmanager
def watching(hall: HallProcess) -> Iterator[Watcher]:
    watcher = Watcher(hall)
    watcher.link.start()
    try:
        yield watcher
    finally:
        watcher.link.stop()


def test_a_visit_with_a_card_from_touch_to_paper(hall: HallProcess) -> None:
    hall.start_controller()
    kiosk, hand = hall.start_kiosk()
    hand.wait_for("home", connected=True, reader_works=True, printer_works=True)
    with watching(hall) as watcher:
        until(lambda: watcher.presence() == "ready")
        hall.reader.lay("jia")
        hand.wait_for("domains")
        hand.press(*TO_CONFIRM, "confirm")
        number = hand.wait_for("take_paper")["ticket"]
        assert number == "B001"
        assert number.encode() in hall.printer.received
        until(lambda: watcher.waiting() == 1)
        hall.reader.lift()
        hand.wait_for("home", seconds=10)
        kiosk.send_signal(signal.SIGTERM)
        assert kiosk.wait(10) == 0, hall.log("kiosk")
        until(lambda: watcher.presence() == "disconnected")
        assert watcher.waiting() == 1
        _nothing_readable(hall, watcher.payloads)


def _nothing_readable(hall: HallProcess, payloads: list[bytes]) -> None:
    """Neither name nor number of the visitor is left anywhere on disk or was on the bus."""
    person = CITIZENS["jia"]
    places = {str(path): path.read_bytes() for path in _files(hall.folder)}
    places |= {f"payload {number}": payload for number, payload in enumerate(payloads)}
    for secret in (person.name, person.number, person.address):
        for encoding in ("utf-8", "utf-16-le", "gb18030"):
            for place, content in places.items():
                assert secret.encode(encoding) not in content, f"{secret} in {place}"


def _files(folder: Path) -> Iterator[Path]:
    for parent, _, names in os.walk(folder):
        yield from (Path(parent) / name for name in names)


def test_a_kiosk_that_comes_before_its_hall_waits_and_says_so(hall: HallProcess) -> None:
    _, hand = hall.start_kiosk()
    hand.wait_for("home", connected=False, reader_works=True)
    hand.press("no_card")
    hand.wait_for("trouble")
    hand.press("home")
    hall.start_controller()
    hand.wait_for("home", seconds=15, connected=True)


def test_a_dead_controller_is_a_clear_screen_and_who_leaves_leaves_no_ghost(
    hall: HallProcess,
) -> None:
    controller = hall.start_controller()
    _, hand = hall.start_kiosk()
    hand.wait_for("home", connected=True)
    controller.send_signal(signal.SIGSTOP)  # the line stands, nobody answers
    hand.press("no_card", *TO_CONFIRM, "confirm")
    hand.wait_for("trouble")
    assert "retry" in hand.sees()["targets"]
    hand.press("home")
    hand.wait_for("home")
    controller.send_signal(signal.SIGCONT)
    with watching(hall) as watcher:
        time.sleep(1)
        until(lambda: watcher.waiting() == 0)
        hand.press("no_card", *TO_CONFIRM, "confirm")
        hand.wait_for("take_paper")
        until(lambda: watcher.waiting() == 1)
        assert hall.printer.received.count(CUT) == 1


def test_a_citizen_who_waits_gets_the_number_when_the_hall_is_back(hall: HallProcess) -> None:
    controller = hall.start_controller()
    _, hand = hall.start_kiosk()
    hand.wait_for("home", connected=True)
    controller.send_signal(signal.SIGSTOP)
    hand.press("no_card", *TO_CONFIRM, "confirm")
    hand.wait_for("trouble")
    hand.press("retry")
    controller.send_signal(signal.SIGCONT)
    assert hand.wait_for("take_paper")["ticket"] == "B001"


def test_a_killed_kiosk_is_lost_and_its_unanswered_request_withdrawn(hall: HallProcess) -> None:
    controller = hall.start_controller()
    kiosk, hand = hall.start_kiosk()
    hand.wait_for("home", connected=True)
    with watching(hall) as watcher:
        controller.send_signal(signal.SIGSTOP)
        hand.press("no_card", *TO_CONFIRM, "confirm")
        hand.wait_for("trouble")
        kiosk.kill()
        kiosk.wait()
        until(lambda: watcher.presence() == "lost")
        _, again = hall.start_kiosk()
        again.wait_for("home", connected=True)
        controller.send_signal(signal.SIGCONT)
        until(lambda: watcher.presence() == "ready")
        again.press("no_card", *TO_CONFIRM, "confirm")
        again.wait_for("take_paper")
        until(lambda: watcher.waiting() == 1)


def test_no_paper_shows_the_number_and_reprints_only_when_asked(hall: HallProcess) -> None:
    hall.start_controller()
    _, hand = hall.start_kiosk()
    hand.wait_for("home", connected=True, printer_works=True)
    hall.printer.paper_out = True
    hand.press("no_card", *TO_CONFIRM, "confirm")
    number = hand.wait_for("trouble", ticket="B001")["ticket"]
    assert hall.printer.received.count(number.encode()) <= 1
    hall.printer.load_paper()
    time.sleep(1)
    assert hand.sees()["screen"] == "trouble"
    hand.press("reprint")
    hand.wait_for("take_paper", ticket=number)


def test_unplugged_peripherals_are_told_to_the_hall_and_come_back(hall: HallProcess) -> None:
    hall.start_controller()
    _, hand = hall.start_kiosk()
    hand.wait_for("home", connected=True, reader_works=True, printer_works=True)
    with watching(hall) as watcher:
        until(lambda: watcher.presence() == "ready")
        hall.reader.unplug()
        hand.wait_for("home", reader_works=False)
        until(lambda: watcher.presence() == "alert")
        hall.reader.plug()
        hand.wait_for("home", reader_works=True)
        until(lambda: watcher.presence() == "ready")


def test_a_card_lifted_too_early_is_told_kindly(hall: HallProcess) -> None:
    hall.start_controller()
    _, hand = hall.start_kiosk()
    hand.wait_for("home", connected=True, reader_works=True)
    hall.reader.lifted_midway = True
    hall.reader.lay("jia")
    hand.wait_for("identify")
    hall.reader.lifted_midway = False
    hall.reader.lay("jia")
    hand.wait_for("domains")
