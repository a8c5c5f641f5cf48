"""The hall's side of `ingest`: the real loop on the real bus and store, without its web."""

import json
import sys
import threading
import time
from pathlib import Path
from typing import Any

from bus import topics
from bus.credentials import Role, provide
from bus.messages import Presence, PresenceState
from config import log
from config.loader import load
from hall_controller.batch import Batch
from hall_controller.bus_door import BusDoor
from hall_controller.from_settings import rules_of, sealers_of, subscriptions, terminals_of
from hall_controller.hall import Hall
from hall_controller.loop import HallLoop
from hall_controller.main import clock
from hall_controller.opening import keys_folder, open_store
from hall_controller.staff import open_staff
from scripts.bench.ingest import CHANGE_EVERY, ROUNDS, paper_at


class CountingLoop(HallLoop):
    """The loop; counts the health messages whose commit is done and which it acknowledges."""

    def __init__(self, *arguments: Any, expected: int) -> None:
        super().__init__(*arguments)
        self.left = expected
        self.done = threading.Event()

    def acknowledge(self, batch: Batch) -> None:
        """See `HallLoop`."""
        super().acknowledge(batch)
        self.left -= sum(each.address.channel is topics.HEALTH for each in batch.deliveries)
        if self.left <= 0:
            self.done.set()


class Stopwatch:
    """Starts when the broker has accepted us."""

    def __init__(self) -> None:
        self._begun: tuple[float, float] | None = None

    def start(self) -> None:
        """Begin, once."""
        self._begun = self._begun or (time.monotonic(), time.process_time())

    def read(self) -> tuple[float, float]:
        """Seconds and CPU seconds since."""
        assert self._begun is not None
        return time.monotonic() - self._begun[0], time.process_time() - self._begun[1]


def main(settings_file: Path, folder: Path, expected: int) -> dict[str, float]:
    """Drain `expected` health messages; seconds and CPU seconds from the connection on."""
    settings = load(settings_file)
    log.configure(settings.log.level)
    logins = provide(
        settings.controller.data_dir,
        host=settings.broker.host,
        port=settings.broker.port,
        site=settings.site.code,
        controller=settings.controller.id,
        terminals=terminals_of(settings),
    )
    store = open_store(settings, folder / "hall", clock())
    staff, _pins = open_staff(settings.staff, keys_folder(folder / "hall"))
    loop = CountingLoop(Hall(rules_of(settings), store, clock), staff, expected=expected)
    watch = Stopwatch()

    def on_change() -> None:
        watch.start()
        loop.show_soon()

    door = BusDoor(
        next(login.link for login in logins if login.role is Role.CONTROLLER),
        loop.hall.rules,
        sealers_of(logins),
        subscribe=subscriptions(settings),
        presence=Presence(state=PresenceState.READY, run_id="bench", at_ms=clock()),
        on_change=on_change,
    )
    loop.start(door)
    if not loop.done.wait(120):
        raise SystemExit(f"{loop.left} of {expected} messages were not acknowledged")
    seconds, cpu_s = watch.read()
    loop.stop()
    _check_applied(loop)
    store.close()
    return {"messages": expected, "seconds": seconds, "cpu_s": cpu_s}


def _check_applied(loop: HallLoop) -> None:
    """The state must be that of the last message of each terminal."""
    last = paper_at((ROUNDS - 1) // CHANGE_EVERY)
    terminals = loop.hall.state.terminals
    for terminal in loop.hall.rules.terminals:
        papers = [each.paper for each in terminals[terminal].peripherals if each.id == "printer"]
        if terminal.startswith("kiosk-") and papers != [last]:
            raise SystemExit(f"{terminal} has paper {papers}, reported was {last}")


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))))
