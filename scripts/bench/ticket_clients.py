"""The load generator of `tickets`: terminals that ask for numbers, one request each in flight.

    python -m scripts.bench.ticket_clients LINKS_FOLDER CLIENTS SECONDS REPLIES

Runs for SECONDS, and on until REPLIES are there. Prints one JSON object: replies, seconds, its own
CPU seconds, all latencies in milliseconds, all numbers, and refusals by their reason.
"""

import json
import sys
import threading
import time
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

from bus import topics
from bus.link import Delivery, Link
from bus.messages import IssueTicket, Reply, Request
from bus.settings import LinkSettings
from scripts.bench.work import kiosk_id

QUEUES = ("general", "insurance")
PATIENCE_S = 60.0


class Client:
    """One terminal on the bus. All of it happens on its link's thread."""

    def __init__(self, settings: LinkSettings, queue: str) -> None:
        self.latencies_ms: list[float] = []
        self.numbers: list[str] = []
        self.refusals: Counter[str] = Counter()
        self.stopping = False
        self.idle = threading.Event()
        self._queue = queue
        self._request_id = ""
        self._asked = 0.0
        self._topic = topics.topic(topics.REPLY, topics.Site(settings.site), settings.terminal)
        self.link = Link(
            settings,
            subscribe=[self._topic],
            on_delivery=self._take,
            on_up=self._ask,
            session_s=0,
        )

    def _ask(self) -> None:
        now_ms = time.time_ns() // 1_000_000
        self._request_id = str(uuid.uuid4())
        request = Request(
            id=self._request_id,
            reply_to=self._topic,
            sent_ms=now_ms,
            expires_ms=now_ms + 60_000,
            body=IssueTicket(queue=self._queue),
        )
        self._asked = time.monotonic()
        self.link.publish(topics.REQUEST, self.link.settings.terminal, request)

    def _take(self, delivery: Delivery) -> None:
        arrived = time.monotonic()
        reply = delivery.decode()
        self.link.ack(delivery)
        if not isinstance(reply, Reply) or reply.id != self._request_id:
            return
        self.latencies_ms.append((arrived - self._asked) * 1000)
        if reply.ticket is not None:
            self.numbers.append(reply.ticket.number)
        else:
            self.refusals[str(reply.refusal)] += 1
        if self.stopping:
            self.idle.set()
        else:
            self._ask()


def main(links: Path, count: int, seconds: float, replies: int) -> dict[str, Any]:
    """Ask until it is enough; what was measured."""
    clients = [
        Client(LinkSettings.load(links / f"{kiosk_id(number)}.json"), QUEUES[number % 2])
        for number in range(count)
    ]
    begun, cpu_begun = time.monotonic(), time.process_time()
    for client in clients:
        client.link.start()
    while _goes_on(clients, time.monotonic() - begun, seconds, replies):
        time.sleep(0.05)
    result: dict[str, Any] = {
        "replies": _replies(clients),
        "seconds": time.monotonic() - begun,
        "cpu_s": time.process_time() - cpu_begun,
    }
    for client in clients:
        client.stopping = True
    for client in clients:
        client.idle.wait(PATIENCE_S)
        client.link.stop()
    result["latencies_ms"] = [each for client in clients for each in client.latencies_ms]
    result["numbers"] = [each for client in clients for each in client.numbers]
    result["refusals"] = sum((client.refusals for client in clients), Counter())
    return result


def _goes_on(clients: list[Client], passed_s: float, seconds: float, replies: int) -> bool:
    if passed_s > PATIENCE_S:
        return False
    return passed_s < seconds or _replies(clients) < replies


def _replies(clients: list[Client]) -> int:
    return sum(len(client.latencies_ms) for client in clients)


if __name__ == "__main__":
    print(
        json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])))
    )
