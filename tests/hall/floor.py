"""A hall for tests: a real controller on a real broker, in this process or in one of its own."""

import json
import os
import queue
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import psutil

from bus import topics
from bus.broker import EmbeddedBroker
from bus.credentials import Role, provide
from bus.link import Delivery, Link
from bus.messages import IssueTicket, Message, Presence, PresenceState, Reply, Request
from bus.sealing import Sealer
from bus.settings import LinkSettings
from config.loader import load
from config.schema import HallSettings
from hall_controller.bus_door import BusDoor
from hall_controller.commands import Act, Actor, Command
from hall_controller.commands import Role as ActorRole
from hall_controller.from_settings import rules_of, sealers_of, subscriptions, terminals_of
from hall_controller.hall import Hall
from hall_controller.loop import HallLoop
from hall_controller.main import clock
from hall_controller.opening import keys_folder, open_store
from hall_controller.port import Answer
from hall_controller.staff import open_staff
from tests.broker import free_port, until

SITE = "500240116000"
TERMINALS = ("kiosk-1", "kiosk-2")
PERSON = {"name": "测试甲", "number": "50010319000101001X", "address": "重庆市渝中区测试路1号"}


def write_settings(folder: Path, terminals: tuple[str, ...] = TERMINALS, **site: object) -> Path:
    """A settings file of the sample hall with these kiosks, on free ports, under `folder`."""
    lines = [
        f"[controller]\ndata_dir = {json.dumps(str(folder / 'var'))}",
        f"[broker]\nport = {free_port()}",
        f"[web]\nport = {free_port()}",
        *(f'[[kiosks]]\nid = "{terminal}"' for terminal in terminals),
    ]
    path = folder / "hall.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


class Kiosk:
    """A terminal on the bus: asks, and keeps every message that it may see."""

    def __init__(self, settings: LinkSettings) -> None:
        self.name = settings.terminal
        self.site = settings.site
        self.settings = settings
        self.got: list[tuple[topics.Address, Message]] = []
        self._replies: queue.Queue[Reply] = queue.Queue()
        site = topics.Site(settings.site)
        self.link = Link(
            settings,
            subscribe=[
                topics.topic(topics.REPLY, site, settings.terminal),
                topics.all_of_site(topics.BOARD, site),
                topics.all_of_site(topics.WINDOW, site),
            ],
            on_delivery=self._take,
            session_s=0,
        )
        self.link.start()
        # The first board comes after the hall's subscription: before, a request would reach nobody.
        until(lambda: any(address.channel is topics.BOARD for address, _ in self.got), 20)

    def send(self, body: Any, *, id_: str | None = None, expires_s: float = 60.0) -> str:
        """Publish a request; returns its id."""
        now = clock()
        request = Request(
            id=id_ or str(uuid.uuid4()),
            reply_to=topics.topic(topics.REPLY, topics.Site(self.site), self.name),
            sent_ms=now,
            expires_ms=now + round(expires_s * 1000),
            body=body,
        )
        assert self.link.publish(topics.REQUEST, self.name, request)
        return request.id

    def ask(self, body: Any, *, id_: str | None = None, expires_s: float = 60.0) -> Reply:
        """Publish a request and wait for its reply."""
        request_id = self.send(body, id_=id_, expires_s=expires_s)
        return self.reply_to(request_id)

    def reply_to(self, request_id: str) -> Reply:
        """The next reply, which must be to this request."""
        reply = self._replies.get(timeout=30)
        assert reply.id == request_id
        return reply

    def last(self, channel: topics.Channel, name: str) -> Any:
        """The newest message of a board or window, or None."""
        found = [m for a, m in self.got if a.channel is channel and a.name == name]
        return found[-1] if found else None

    def seal(self, person: dict[str, str] = PERSON) -> str:
        """A person, sealed with this terminal's key."""
        return Sealer(self.settings.seal_key).seal(msgspec.json.encode(person))

    def stop(self) -> None:
        """Leave the bus."""
        self.link.stop()

    def _take(self, delivery: Delivery) -> None:
        if not delivery.payload:
            self.link.ack(delivery)
            return
        message = delivery.decode()
        self.got.append((delivery.address, message))
        if isinstance(message, Reply):
            self._replies.put(message)
        self.link.ack(delivery)


@dataclass
class Floor:
    """A hall in this process: broker, store and loop are real, only the web is missing."""

    settings: HallSettings
    loop: HallLoop
    broker: EmbeddedBroker
    links: dict[str, LinkSettings]
    door: BusDoor
    kiosks: dict[str, Kiosk] = field(default_factory=dict)

    @property
    def data_dir(self) -> Path:
        return self.settings.controller.data_dir

    def kiosk(self, name: str = "kiosk-1") -> Kiosk:
        """That kiosk, connected."""
        if name not in self.kiosks:
            self.kiosks[name] = Kiosk(self.links[name])
        return self.kiosks[name]

    def act(self, act: Act, clerk: str = "li", *, id_: str | None = None) -> Answer:
        """What a clerk does, and the hall's answer."""
        command = Command(
            act=act,
            actor=Actor(ActorRole.CLERK, f"clerk:{clerk}"),
            site=SITE,
            request_id=id_ or str(uuid.uuid4()),
            sent_ms=clock(),
        )
        return self.loop.submit(command).result(10)

    def publish_raw(
        self, topic: str, payload: bytes, terminal: str = "kiosk-1", *more: str
    ) -> None:
        """Publish any bytes on any topic, as `terminal`, with another program's client."""
        login = self.links[terminal]
        subprocess.run(
            [
                "mosquitto_pub", "-V", "5", "-q", "1", "-h", login.host, "-p", str(login.port),
                "-u", login.username, "-P", login.password, "-t", topic, "-s" if payload else "-n",
                *more,
            ],
            input=payload,
            check=True,
            timeout=30,
        )  # fmt: skip


@contextmanager
def floor(folder: Path, make_loop: Callable[..., HallLoop] = HallLoop) -> Iterator[Floor]:
    """A hall in this process, stopped at the end."""
    settings = load(write_settings(folder))
    data_dir = settings.controller.data_dir
    store = open_store(settings, data_dir, clock())
    logins = provide(
        data_dir,
        host=settings.broker.host,
        port=settings.broker.port,
        site=SITE,
        controller="controller",
        terminals=terminals_of(settings),
    )
    broker = EmbeddedBroker(data_dir / "broker", settings.broker.host, settings.broker.port, logins)
    broker.run()
    staff, _pins = open_staff(settings.staff, keys_folder(data_dir))
    loop = make_loop(Hall(rules_of(settings), store, clock), staff)
    door = BusDoor(
        next(login.link for login in logins if login.role is Role.CONTROLLER),
        loop.hall.rules,
        sealers_of(logins),
        subscribe=subscriptions(settings),
        presence=Presence(state=PresenceState.READY, run_id="test", at_ms=clock()),
        on_change=loop.show_soon,
        clock=clock,
    )
    loop.start(door)
    until(lambda: door.connected)
    links = {each.link.terminal: each.link for each in logins}
    running = Floor(settings, loop, broker, links, door)
    try:
        yield running
    finally:
        for kiosk in running.kiosks.values():
            kiosk.stop()
        loop.stop()
        broker.stop()
        store.close()


class ControllerProcess:
    """The controller as a program of its own. `module` is what `python -m` runs."""

    def __init__(self, folder: Path, module: str = "hall_controller") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.settings_file = write_settings(folder)
        self.settings = load(self.settings_file)
        self.data_dir = self.settings.controller.data_dir
        self.output = folder / "controller.log"
        self._module = module
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *arguments: str, env: dict[str, str] | None = None) -> "ControllerProcess":
        """Start and wait until the hall is open."""
        with self.output.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", self._module, "--config", self.settings_file, *arguments],
                stdout=output,
                stderr=output,
                env={**os.environ, **(env or {})},
            )
        until(lambda: b"hall: open" in self.output.read_bytes() or self.ended, 30)
        assert not self.ended, self.output.read_text()
        return self

    def fail(self, *arguments: str) -> tuple[int, str]:
        """Start where it must not come up; returns exit status and what it says on stderr."""
        done = subprocess.run(
            [sys.executable, "-m", self._module, "--config", self.settings_file, *arguments],
            capture_output=True,
            timeout=30,
            check=False,
        )
        return done.returncode, done.stderr.decode()

    @property
    def ended(self) -> bool:
        """Whether it runs no longer."""
        return self._process is None or self._process.poll() is not None

    def kill(self) -> None:
        """`kill -9`."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask it to end; returns its exit status."""
        assert self._process is not None
        self._process.send_signal(number)
        return self._process.wait(45)

    def clean_up(self) -> None:
        """End it and its broker, whatever state they are in."""
        if not self.ended:
            self.kill()
        record = self.data_dir / "broker" / "broker.json"
        if record.exists():
            pid = json.loads(record.read_text())["pid"]
            with_pid_ended(pid)

    def link(self, terminal: str) -> LinkSettings:
        """Link settings of a terminal, as a kiosk on this machine finds them."""
        return LinkSettings.load(self.data_dir / "links" / f"{terminal}.json")

    @property
    def broker_pid(self) -> int:
        """Process id of the broker."""
        return int(json.loads((self.data_dir / "broker" / "broker.json").read_text())["pid"])


def runs(pid: int) -> bool:
    """Whether the process lives; one that nobody has waited for yet does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def with_pid_ended(pid: int) -> None:
    """End a process that we started some way down, by its id."""
    if runs(pid):
        os.kill(pid, signal.SIGTERM)
        until(lambda: not runs(pid))


def issue(kiosk: Kiosk, queue_id: str = "general", **more: Any) -> Reply:
    """Take a number."""
    return kiosk.ask(IssueTicket(queue=queue_id, **more))
