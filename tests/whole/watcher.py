"""Somebody who watches the broker with another program, mosquitto_sub, and the monitor's login."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.demo.hall import DemoHall
from tests.broker import until

SITE = "hall/1/500240/116/000"


@dataclass(frozen=True)
class Seen:
    """One message as it came."""

    retained: bool
    topic: str
    payload: bytes


class Watcher:
    """Everything that mosquitto_sub has written down so far."""

    def __init__(self, file: Path) -> None:
        self._file = file

    @property
    def seen(self) -> list[Seen]:
        lines = self._file.read_text().split("\n")[:-1]
        rows = [line.split(" ", 2) for line in lines]
        return [Seen(flag == "1", topic, bytes.fromhex(rest)) for flag, topic, rest in rows]

    def last(self, topic: str) -> Any:
        """The newest payload of a topic, as JSON; None before the first."""
        found = [each.payload for each in self.seen if each.topic == topic]
        return json.loads(found[-1]) if found else None

    def presence(self, terminal: str) -> str | None:
        """What a terminal said last of how it is."""
        message = self.last(f"{SITE}/{terminal}/presence")
        return message["state"] if message else None


@contextmanager
def watching(hall: DemoHall, file: Path) -> Iterator[Watcher]:
    """Watch `hall/1/#` from now on; `file` is where mosquitto_sub writes."""
    login = json.loads((hall.data_dir / "links" / "monitor.json").read_text())
    with file.open("wb") as output:
        process = subprocess.Popen(
            ["stdbuf", "-oL", "mosquitto_sub", "-V", "mqttv5", "-q", "1",
             "-h", login["host"], "-p", str(login["port"]),
             "-u", login["username"], "-P", login["password"], "-t", "hall/1/#", "-F", "%r %t %x"],
            stdout=output,
        )  # fmt: skip
    watcher = Watcher(file)
    try:
        until(lambda: watcher.seen, 20)
        yield watcher
    finally:
        process.terminate()
        process.wait()
