"""Publishes any bytes anywhere, with somebody's login but a client of its own."""

import json
import queue as queue_
import threading
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

from scripts.demo.hall import DemoHall


class Intruder:
    """A connected client; `publish` waits until the broker has answered every message."""

    def __init__(self, client: paho.Client) -> None:
        self._client = client
        self._answers: dict[int, int] = {}
        self._answered = threading.Condition()
        self._heard: queue_.Queue[bytes] | None = None
        self._is_down = False
        client.on_publish = self._published
        client.on_disconnect = self._lost

    def publish(self, messages: Iterable[tuple[str, bytes]], *, retain: bool = False) -> list[int]:
        """Send (topic, payload) pairs at QoS 1, in order; the broker's reason code for each."""
        sent = [self._client.publish(topic, data, 1, retain).mid for topic, data in messages]
        with self._answered:
            assert self._answered.wait_for(lambda: self._answers.keys() >= set(sent), 30)
            return [self._answers.pop(mid) for mid in sent]

    def _lost(self, *_: object) -> None:
        with self._answered:
            self._is_down = True
            self._answered.notify_all()

    def _published(self, _client: Any, _data: Any, mid: int, reason: Any, _more: Any) -> None:
        with self._answered:
            self._answers[mid] = reason.value
            self._answered.notify_all()

    def is_refused(self, topic: str, payload: bytes) -> bool:
        """Whether the broker answers with a failure, or breaks the connection, as Mosquitto 2.0.11
        does for what is too large. Nothing can be published afterwards."""
        self._client.publish(topic, payload, 1)
        with self._answered:
            assert self._answered.wait_for(lambda: self._answers or self._is_down, 30)
            return self._is_down or min(self._answers.values()) >= 0x80

    def take_number(self, topic: str, queue: str = "general") -> dict[str, Any]:
        """Ask for a ticket on `topic`, a terminal's requests; the reply."""
        now = time.time_ns() // 1_000_000
        request_id = str(uuid.uuid4())
        reply_to = topic.removesuffix("request") + "reply"
        body = {"verb": "issue_ticket", "queue": queue}
        request = {"v": 1, "id": request_id, "reply_to": reply_to, "sent_ms": now,
                   "expires_ms": now + 60_000, "body": body}  # fmt: skip
        if self._heard is None:
            self._heard = queue_.Queue()
            self._client.on_message = lambda _c, _d, message: self._heard.put(message.payload)
            self._client.subscribe(reply_to, 1)
        self._client.publish(topic, json.dumps(request), 1)
        while True:
            reply: dict[str, Any] = json.loads(self._heard.get(timeout=30))
            if reply["id"] == request_id:
                return reply


@contextmanager
def intruding(hall: DemoHall, login: str) -> Iterator[Intruder]:
    """Somebody with the login of `login`."""
    link = json.loads((hall.data_dir / "links" / f"{login}.json").read_text())
    client = paho.Client(
        CallbackAPIVersion.VERSION2,
        reconnect_on_failure=False,
        client_id=f"{login}-{uuid.uuid4()}",
        protocol=paho.MQTTv5,
    )
    client.username_pw_set(link["username"], link["password"])
    client.max_inflight_messages_set(1000)
    up = threading.Event()
    client.on_connect = lambda *_: up.set()
    client.connect(link["host"], link["port"])
    client.loop_start()
    assert up.wait(10)
    try:
        yield Intruder(client)
    finally:
        client.disconnect()
        client.loop_stop()
