"""The kiosk's side of the bus: asks the hall, tells it how the terminal is, hears the board.

One thread of its own drives the link; everything else only posts work to it. The link settings are
made by the controller at its first start, so this thread waits until they are there, and takes up
new ones when the old do not connect any more.
"""

import threading
import time
import uuid
from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from bus import messages
from bus.errors import BusError
from bus.settings import LinkSettings
from drivers.status import PeripheralHealth, settled
from kiosk.flow.effects import AskTicket, RaiseEvent
from kiosk.flow.events import Event, HallContact, PrintOutcome
from kiosk.health import events_between, presence_of

if TYPE_CHECKING:  # it brings paho and the ciphers, which can wait until the window is there
    from kiosk.line import Line

LOOK_S = 1.0  # how often a missing or changed settings file is looked for

_log = structlog.get_logger()


class Hall:
    """The line to the hall. `start` and `stop` once; the rest from any thread, never blocking.

    post: receives HallContact, BoardChanged and HallReplied, on this line's thread.
    controller: id of the terminal that answers, on the same site.
    longest_visit_s: a request for a number is good that long; who leaves earlier withdraws it.
    """

    def __init__(
        self,
        settings_path: Path,
        outbox_path: Path,
        post: Callable[[Event], None],
        software: str,
        *,
        controller: str,
        longest_visit_s: float,
    ) -> None:
        self._settings_path = settings_path
        self._outbox_path = outbox_path
        self._post = post
        self._software = software
        self._controller = controller
        self._longest_visit_s = longest_visit_s
        self._run_id = uuid.uuid4().hex
        # What is posted before there is a line waits here; the oldest is dropped if it is long.
        self._work: deque[Callable[[Line], None]] = deque(maxlen=1000)
        self._stopping = threading.Event()
        self._line: Line | None = None
        self._forgotten: set[str] = set()  # see `Line`
        self._health: dict[str, PeripheralHealth] = {}
        self._is_started = False
        self._thread = threading.Thread(target=self._run, name="hall", daemon=True)

    def start(self) -> None:
        """Begin to look for the settings, then connect."""
        self._thread.start()

    def stop(self) -> None:
        """Do what was posted, say good-bye, end the thread."""
        self._stopping.set()
        self._wake()
        if self._thread.ident is not None:
            self._thread.join(timeout=10)

    def ask(self, effect: AskTicket) -> None:
        """Ask for a number; posts HallReplied with the effect's tag."""
        self._do(lambda line: line.ask(effect, self._longest_visit_s))

    def withdraw(self, tag: str) -> None:
        """Withdraw the request `tag`; kept on disk until the hall has confirmed it."""
        self._do(lambda line: line.withdraw(tag))

    def report_print(self, ticket_id: str, outcome: PrintOutcome) -> None:
        """Tell how a slip came out; kept on disk until the hall has confirmed it."""
        self._do(lambda line: line.report_print(ticket_id, outcome))

    def raise_event(self, effect: RaiseEvent) -> None:
        """Tell of something that happened; lost when there is no line."""
        kind = messages.EventKind(effect.kind.value)
        self._do(lambda line: line.event(kind, detail=effect.detail))

    def report_health(self, report: PeripheralHealth) -> None:
        """Publish a peripheral's state, the terminal's presence, and what happened in between."""
        self._do(partial(self._new_health, report))

    def started(self) -> None:
        """All peripherals have begun to start: the terminal's presence is what theirs makes it."""
        self._do(self._has_started)

    def _has_started(self, line: "Line") -> None:
        self._is_started = True
        self._publish_state(line)

    def _publish_state(self, line: "Line") -> None:
        reports = tuple(self._health.values())
        line.publish_health(reports)
        line.announce(presence_of(reports) if self._is_started else messages.PresenceState.INIT)

    def _new_health(self, report: PeripheralHealth, line: "Line") -> None:
        before = self._health.get(report.id)
        report = settled(before, report)
        if report == before:
            return
        self._health[report.id] = report
        self._publish_state(line)
        for kind in events_between(before, report):
            line.event(kind, peripheral=report.id)

    def _do(self, act: Callable[["Line"], None]) -> None:
        self._work.append(act)
        self._wake()

    def _wake(self) -> None:
        line = self._line
        if line is not None:
            line.link.wake()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                settings = self._wait_for_settings()
                if settings is not None:
                    self._drive(settings)
            except Exception:  # noqa: BLE001 (the thread's outermost loop)
                _log.exception("kiosk.hall_line_failed")
                self._stopping.wait(LOOK_S)

    def _wait_for_settings(self) -> LinkSettings | None:
        told = False
        while not self._stopping.is_set():
            try:
                return LinkSettings.load(self._settings_path)
            except BusError as error:
                if not told:
                    _log.warning("kiosk.waiting_for_hall", problem=error.detail)
                told = True
            self._stopping.wait(LOOK_S)
        return None

    def _drive(self, settings: LinkSettings) -> None:
        """Keep one line up until the program stops or other settings are to be used."""
        from kiosk.line import Line

        line = Line(
            settings,
            self._outbox_path,
            self._post,
            self._run_id,
            self._software,
            controller=self._controller,
            forgotten=self._forgotten,
        )
        self._line = line
        try:
            self._publish_state(line)
            looked_s = time.monotonic()
            while not self._stopping.is_set():
                self._run_work(line)
                line.link.pump(LOOK_S)
                if not line.link.connected and time.monotonic() - looked_s >= LOOK_S:
                    looked_s = time.monotonic()
                    if self._settings_differ(settings):
                        return
            self._run_work(line)
        finally:
            self._line = None
            line.close()
            self._post(HallContact(False))

    def _run_work(self, line: "Line") -> None:
        while self._work:
            self._work.popleft()(line)

    def _settings_differ(self, used: LinkSettings) -> bool:
        try:
            return LinkSettings.load(self._settings_path) != used
        except BusError:
            return False
