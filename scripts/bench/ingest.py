"""How fast the hall takes in what terminals report, against a bare subscriber that does nothing.

50,000 QoS 1 health messages of 1,000 terminals wait in Mosquitto for two persistent sessions: that
of the hall, and that of a paho client with an empty callback. Each drains them in a process of its
own. Nine of ten messages repeat what was known, one brings a change, which becomes a fact on disk.
"""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from bus import topics
from bus.broker import EmbeddedBroker
from bus.codec import encode
from bus.credentials import Login, Role, provide
from bus.link import Link
from bus.messages import Health, PeripheralState
from bus.settings import LinkSettings
from config.schema import HallSettings
from hall_controller.from_settings import subscriptions, terminals_of
from scripts.bench.row import Row, at_least, median
from scripts.bench.work import Bench, BenchError, kiosk_id, run_part, settings_in
from scripts.demo.processes import wait_until

TERMINALS, ROUNDS, PAIRS = 1_000, 50, 3
CHANGE_EVERY = 10
MESSAGES = TERMINALS * ROUNDS
WITH_RETAINED = MESSAGES + TERMINALS  # subscribing at the connection brings the last ones again
BARE = "bench-bare"
SESSION_S = 3_600


@dataclass(frozen=True, slots=True)
class Drain:
    """One drain: messages a second, and CPU microseconds a message."""

    per_second: float
    cpu_us: float

    @classmethod
    def of(cls, part: dict[str, Any]) -> "Drain":
        """From what a draining process printed."""
        count = int(part["messages"])
        return cls(count / part["seconds"], part["cpu_s"] / count * 1e6)


def run(folder: Path, say: Callable[[str], None], _wanted: frozenset[str]) -> list[Row]:
    """Pairs on a fresh broker and store each, in alternating order.

    bus_ingest_ratio: median of our messages a second ÷ the bare subscriber's of the same pair.
    """
    settings = settings_in(folder, TERMINALS)
    logins = provide(
        folder / "var",
        host=settings.broker.host,
        port=settings.broker.port,
        site=settings.site.code,
        controller=settings.controller.id,
        terminals=terminals_of(settings),
    )
    pairs = []
    for number in range(PAIRS):
        hall, bare = _pair(folder / f"pair-{number}", settings, logins, bool(number % 2))
        pairs.append((hall, bare))
        say(
            f"drained {hall.per_second:,.0f} messages/s at {hall.cpu_us:.0f} µs CPU,"
            f" bare {bare.per_second:,.0f}/s at {bare.cpu_us:.0f} µs"
        )
    return _rows(pairs)


def _rows(pairs: list[tuple[Drain, Drain]]) -> list[Row]:
    ratio = median([hall.per_second / bare.per_second for hall, bare in pairs])
    cpu_ratio = median([hall.cpu_us / bare.cpu_us for hall, bare in pairs])
    hall_us, bare_us = (median([pair[side].cpu_us for pair in pairs]) for side in (0, 1))
    rates = [median([pair[side].per_second for pair in pairs]) for side in (0, 1)]
    note = f"median of {len(pairs)} pairs of {MESSAGES:,} messages"
    return [
        at_least("bus_ingest_ratio", ratio, "ratio", 0.6, ratio=ratio, note=note),
        Row("bus_ingest_per_second", rates[0], "msg/s", baseline=rates[1], ratio=ratio),
        Row("bus_ingest_cpu_us", hall_us, "µs/msg", baseline=bare_us, ratio=cpu_ratio),
        Row("bus_bare_cpu_us", bare_us, "µs/msg"),
    ]


def _pair(
    folder: Path, settings: HallSettings, logins: tuple[Login, ...], bare_first: bool
) -> tuple[Drain, Drain]:
    host, port = settings.broker.host, settings.broker.port
    broker = EmbeddedBroker(folder / "broker", host, port, logins)
    controller = next(login.link for login in logins if login.role is Role.CONTROLLER)
    link_file = folder / "controller.json"
    controller.save(link_file)
    broker.run()
    try:
        _begin_session(controller, controller.client_id, subscriptions(settings))
        _begin_session(controller, BARE, [topics.everywhere(topics.HEALTH)])
        _fill(controller)
        bare = _drain_bare(link_file) if bare_first else None
        hall = Drain.of(run_part("ingest_hall", folder.parent / "hall.toml", folder, WITH_RETAINED))
        _nothing_left(controller)
        return hall, bare or _drain_bare(link_file)
    finally:
        broker.stop()


def _drain_bare(link_file: Path) -> Drain:
    return Drain.of(run_part("ingest_bare", link_file, BARE, WITH_RETAINED))


def _begin_session(settings: LinkSettings, client_id: str, filters: list[str]) -> None:
    """Subscribe once and leave; from then on the broker keeps what comes."""
    link = Link(settings, subscribe=filters, client_id=client_id, session_s=SESSION_S)
    link.start()
    wait_until(lambda: link.connected, "the broker", 10)
    link.stop()


def _fill(settings: LinkSettings) -> None:
    """Publish everything, and wait until the broker has confirmed all of it."""
    client = connect(settings, "bench-fill", clean=True)
    client.loop_start()
    confirmed, last = threading.Event(), 0

    def published(_client: Any, _data: Any, mid: int, _reason: Any, _properties: Any) -> None:
        if mid == last:
            confirmed.set()

    client.on_publish = published
    for number, (topic, payload) in enumerate(messages(settings.site)):
        info = client.publish(topic, payload, qos=1, retain=True)
        if number % 5_000 == 4_999:  # paced, so that packet ids are free
            info.wait_for_publish(60)
    last = info.mid
    if not info.is_published() and not confirmed.wait(60):
        raise BenchError("the broker did not confirm all messages")
    client.disconnect()
    client.loop_stop()


def messages(site: str) -> Iterator[tuple[str, bytes]]:
    """Topic and payload of each message, the terminals in turn."""
    names = [kiosk_id(number) for number in range(TERMINALS)]
    where = {name: topics.topic(topics.HEALTH, topics.Site(site), name) for name in names}
    now_ms = time.time_ns() // 1_000_000
    for turn in range(ROUNDS):
        payload = encode(health(now_ms + turn * 10_000, turn // CHANGE_EVERY))
        for name in names:
            yield where[name], payload


def health(at_ms: int, change: int) -> Health:
    """A kiosk's health; an odd `change` finds the paper low."""
    reader = PeripheralState(id="reader", driver="sdt_reader", state="online")
    paper = paper_at(change)
    printer = PeripheralState(id="printer", driver="escpos", state="online", paper=paper)
    return Health(at_ms=at_ms, peripherals=[reader, printer])


def paper_at(change: int) -> str:
    """The paper after so many changes."""
    return "low" if change % 2 else "ok"


def _nothing_left(settings: LinkSettings) -> None:
    """Make sure that the broker holds no message for the hall any more: all were acknowledged.

    Its own parting presence, which came when it had left, is none of them.
    """
    left: list[str] = []
    client = connect(settings, settings.client_id, clean=False)
    client.on_message = lambda _client, _data, message: left.append(message.topic)
    until = time.monotonic() + 0.5
    while time.monotonic() < until:
        client.loop(0.1)
    client.disconnect()
    if waiting := [each for each in left if topics.parse(each).channel is topics.HEALTH]:
        raise BenchError(f"the hall left {len(waiting)} messages unacknowledged")


def connect(settings: LinkSettings, client_id: str, *, clean: bool) -> paho.Client:
    """A bare paho client, connecting; the caller drives its loop."""
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id, protocol=paho.MQTTv5)
    client.username_pw_set(settings.username, settings.password)
    client.max_inflight_messages_set(0)
    client.max_queued_messages_set(0)
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = 0 if clean else SESSION_S
    client.connect(settings.host, settings.port, clean_start=clean, properties=properties)
    return client


BENCH = Bench(
    ("bus_ingest_ratio", "bus_ingest_per_second", "bus_ingest_cpu_us", "bus_bare_cpu_us"), run
)
