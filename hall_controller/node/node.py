"""The node: one loop that hears the hall, drives the panels and has calls said.

All state belongs to the thread that calls `run`; peripherals' threads only put work into `_inbox`.
"""

import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path

import structlog

from bus import topics
from bus.errors import BusError
from bus.link import Delivery, Link, LinkSettings
from bus.messages import Health, Presence, PresenceState, WindowState
from config.schema import NodeSettings, SpeakerSettings
from drivers.interfaces import Kind
from drivers.lifecycle import Owner
from drivers.registry import make_owner
from drivers.status import PeripheralHealth
from hall_controller.node.health import HealthBook
from hall_controller.node.panels import Panel
from hall_controller.node.texts import panel_text
from hall_controller.node.voice import Mouth, Voice

TICK_S = 0.1
LOOK_S = 1.0  # how often a missing or changed settings file is looked for

_log = structlog.get_logger()


class Node:
    """A hall PC's panels and speakers. `run` once, `stop` from any thread or a signal.

    Raises PeripheralError BAD_OPTION for peripherals that cannot be.
    """

    def __init__(self, settings: NodeSettings, link_file: Path) -> None:
        self._id = settings.id
        self._link_file = link_file
        self._link: Link | None = None
        self._link_settings: LinkSettings | None = None
        self._look_at = 0.0
        self._run_id = uuid.uuid4().hex
        self._stopping = threading.Event()
        self._inbox: deque[Callable[[], None]] = deque()
        self._news: dict[str, str] = {}  # window → newest text since the last turn
        self._book = HealthBook(entry.id for entry in settings.peripherals)
        self._untold = True
        self._said: PresenceState | None = None
        self._owners: dict[str, Owner] = {}
        try:
            for entry in settings.peripherals:
                heard = partial(self._heard, entry.id)
                self._owners[entry.id] = make_owner(
                    entry.id, entry.driver, entry.options, entry.simulated, heard
                )
        except BaseException:
            self._stop_peripherals()
            raise
        panels = {entry.peripheral: Panel(self._owners[entry.peripheral], self._post)
                  for entry in settings.panels}  # fmt: skip
        self._panels = panels
        self._at: dict[str, Sequence[Panel]] = {
            window: [panels[each.peripheral] for each in settings.panels if each.window == window]
            for window in {entry.window for entry in settings.panels}
        }
        self._voice = Voice(_mouths(settings, self._owners))

    def run(self) -> None:
        """Work until `stop`."""
        for owner in self._owners.values():
            owner.start()
        try:
            while not self._stopping.is_set():
                try:
                    self._turn()
                except Exception:  # noqa: BLE001 - the outermost loop
                    _log.exception("node.turn_failed")
                    self._stopping.wait(TICK_S)
        finally:
            self._close()

    def stop(self) -> None:
        """End `run` soon."""
        self._stopping.set()
        self._wake()

    def _turn(self) -> None:
        self._look_for_settings()
        if self._link is not None:
            self._link.pump(TICK_S)
        else:
            self._stopping.wait(TICK_S)
        for _ in range(len(self._inbox)):
            self._inbox.popleft()()
        news, self._news = self._news, {}
        for window, text in news.items():
            for panel in self._at[window]:
                panel.want(text)
        for panel in self._panels.values():
            panel.tick()
        self._tell()

    def _look_for_settings(self) -> None:
        """Connect when the settings are there, and anew when they change while we are down."""
        down = self._link is None or not self._link.connected
        if not down or time.monotonic() < self._look_at:
            return
        self._look_at = time.monotonic() + LOOK_S
        try:
            settings = LinkSettings.load(self._link_file)
        except BusError as error:
            if self._link is None:
                _log.warning("node.waiting", problem=error.detail)
            return
        if settings != self._link_settings:
            if self._link is not None:
                self._link.stop()
            self._link_settings = settings
            self._link = self._make_link(settings)

    def _make_link(self, settings: LinkSettings) -> Link:
        self._untold, self._said = True, None
        site = topics.Site(settings.site)
        return Link(
            settings,
            subscribe=self._topics(site),
            on_delivery=self._take,
            will=self._presence(PresenceState.LOST),
            session_s=0,  # retained state is all we want: never a backlog of old texts
        )

    def _topics(self, site: topics.Site) -> list[str]:
        if self._voice.windows is None:
            return [topics.all_of_site(topics.WINDOW, site)]
        windows = sorted({*self._at, *self._voice.windows})
        return [topics.topic(topics.WINDOW, site, window) for window in windows]

    def _take(self, delivery: Delivery) -> None:
        assert self._link is not None
        try:
            state = delivery.decode() if delivery.payload else None  # empty: the window is no more
        except BusError as error:
            self._link.poison.add(str(delivery.address), delivery.payload, error)
        else:
            text = panel_text(state) if isinstance(state, WindowState) else ""
            if isinstance(state, WindowState):
                self._voice.heard(state, retained=delivery.retain)
            if delivery.address.name in self._at:
                self._news[delivery.address.name] = text
        self._link.ack(delivery)

    def _tell(self) -> None:
        """Publish what has changed about us; the link repeats it at each connection."""
        if self._link is None:
            return
        if self._untold:
            self._untold = False
            health = Health(at_ms=_now_ms(), peripherals=self._book.reports())
            self._link.publish(topics.HEALTH, self._id, health)
        if self._said is not self._book.presence:
            self._said = self._book.presence
            self._link.publish(topics.PRESENCE, self._id, self._presence(self._said))

    def _heard(self, peripheral: str, health: PeripheralHealth) -> None:
        """On the peripheral's thread."""
        self._post(partial(self._enter, peripheral, health))

    def _enter(self, peripheral: str, health: PeripheralHealth) -> None:
        self._untold |= self._book.enter(health)
        if peripheral in self._panels:
            self._panels[peripheral].heard(health)

    def _post(self, work: Callable[[], None]) -> None:
        self._inbox.append(work)
        self._wake()

    def _wake(self) -> None:
        link = self._link
        if link is not None:
            link.wake()

    def _presence(self, state: PresenceState) -> Presence:
        software = f"yukuai-hall {version('yukuai-hall')}"
        return Presence(state=state, run_id=self._run_id, at_ms=_now_ms(), software=software)

    def _close(self) -> None:
        self._stop_peripherals()
        if self._link is not None:
            self._link.publish(
                topics.PRESENCE, self._id, self._presence(PresenceState.DISCONNECTED)
            )
            self._link.stop()

    def _stop_peripherals(self) -> None:
        for owner in self._owners.values():
            owner.stop()


def _mouths(settings: NodeSettings, owners: dict[str, Owner]) -> Iterator[Mouth]:
    """The speakers; one without a table of its own announces all windows."""
    tables = {table.peripheral: table for table in settings.speakers}
    for id_, owner in owners.items():
        if owner.spec.kind is Kind.SPEAKER:
            table = tables.get(id_) or SpeakerSettings(peripheral=id_)
            yield Mouth(owner, frozenset(table.windows) or None, table.max_age_s)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
