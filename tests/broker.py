"""A real Mosquitto for tests, started by our own launcher on a free port."""

import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bus.broker import EmbeddedBroker
from bus.credentials import Login, provide
from bus.settings import LinkSettings

SITE = "500240116000"  # 石柱土家族自治县冷水镇
OTHER_SITE = "500101001000"


@dataclass(frozen=True)
class Running:
    """A broker that runs, and the link settings of everyone who may log in."""

    broker: EmbeddedBroker
    data_dir: Path
    port: int
    links: dict[str, LinkSettings]
    logins: tuple[Login, ...]


@contextmanager
def running_broker(
    data_dir: Path, terminals: Sequence[str] = ("kiosk-1", "node-1"), site: str = SITE
) -> Iterator[Running]:
    """A broker with logins for `controller`, `monitor` and `terminals`; stopped at the end."""
    port = free_port()
    logins = provide(
        data_dir,
        host="127.0.0.1",
        port=port,
        site=site,
        controller="controller",
        terminals=terminals,
    )
    broker = EmbeddedBroker(data_dir / "broker", "127.0.0.1", port, logins)
    broker.run()
    links = {login.link.terminal: login.link for login in logins}
    try:
        yield Running(broker, data_dir, port, links, logins)
    finally:
        broker.stop()


def free_port() -> int:
    """A TCP port that nobody uses just now."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    """Wait until `condition` holds; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)
