"""The link of one terminal to its broker, kept up until it is stopped.

Who drives it decides where callbacks run: `start()` gives it a thread of its own; or the caller's
loop calls `pump()`. `publish` and `ack` may come from any thread: on the driving thread they act at
once, elsewhere they are posted and the driving thread is woken.

What is retained is remembered and published anew at each connection. A moment is only taken while
connected: what must survive belongs in the outbox (`asker.py`).
"""

import random
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from itertools import islice
from pathlib import Path

import structlog

from bus import topics
from bus.codec import encode
from bus.messages import Message, Presence
from bus.mqtt import Delivery, Session
from bus.poison import PoisonBox
from bus.settings import LinkSettings
from bus.timers import Timers
from bus.wire import BufferedSocket, dial

__all__ = ["Delivery", "Link", "LinkSettings"]

SESSION_S = 7 * 24 * 3600  # the broker keeps what we miss for as long as an outbox entry lives
DIAL_TIMEOUT_S = 5.0
FIRST_DELAY_S = 0.1
LONGEST_DELAY_S = 15.0
STEADY_S = 5.0  # a connection that stood this long was a good one
BATCH = 512  # deliveries handed out by one `pump`, so that a flood cannot keep it for ever

_log = structlog.get_logger(__name__)


class Link:
    """One terminal's connection.

    subscribe: topic filters, subscribed at QoS 1 on each connection.
    on_delivery, on_up, on_down: called on the driving thread, never inside paho. What they raise
        leaves `pump`; nothing is lost by it, the delivery stays unacknowledged.
    will: retained presence that the broker publishes when the connection dies.
    session_s: how long the broker keeps our session; 0 starts afresh on each connection.
    """

    def __init__(
        self,
        settings: LinkSettings,
        *,
        subscribe: Sequence[str] = (),
        on_delivery: Callable[[Delivery], None] = lambda _delivery: None,
        on_up: Callable[[], None] = lambda: None,
        on_down: Callable[[str], None] = lambda _reason: None,
        will: Presence | None = None,
        client_id: str | None = None,
        session_s: int = SESSION_S,
    ) -> None:
        self.settings = settings
        self.site = topics.Site(settings.site)
        self.timers = Timers()  # repeating calls on the driving thread
        self._session = Session(
            settings,
            subscribe=subscribe,
            will=will,
            client_id=client_id or settings.client_id,
            session_s=session_s,
        )
        self._on_delivery, self._on_down = on_delivery, on_down
        self._on_up = [on_up]
        self._announced = False
        self._dialling = False
        self._failures = 0
        self._dial_at: float | None = 0.0  # None while connected or dialling
        self._problem: str | None = None  # why the last dialling failed
        self._posted: deque[Callable[[], object]] = deque()
        self._retained: dict[str, tuple[topics.Channel, bytes]] = {}
        self._owed: dict[str, None] = {}  # retained topics that the broker has yet to get
        self._up_at = 0.0
        self._waker, self._wakes = socket.socketpair()
        self._waker.setblocking(False)
        self._wakes.setblocking(False)
        self._awake = False
        self._driver = 0
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()

    @property
    def connected(self) -> bool:
        """Whether the broker has accepted us and the connection stands, as far as we know."""
        return self._session.connected

    @property
    def generation(self) -> int:
        """The number of the present (or last) connection; it grows by one with each."""
        return self._session.generation

    @property
    def refused(self) -> bool:
        """Whether the broker was reached but did not accept our login."""
        return self._session.refused

    @property
    def problem(self) -> str:
        """Why the link is down, or was last, in words for a technician."""
        where = f"{self.settings.host}:{self.settings.port}"
        return f"{where}: {self._problem or self._session.problem}"

    @property
    def poison(self) -> PoisonBox:
        """Messages that were of no use. Consumers add what `Delivery.decode` refuses."""
        return self._session.poison

    def publish(
        self, channel: topics.Channel, name: str, message: Message, *, site: str | None = None
    ) -> bool:
        """Publish `message`; QoS and retain flag are the channel's, the site ours by default.

        Retained state is always taken (True) and sent now or at the next connection. A moment is
        refused (False) while disconnected; True means handed over, not that it arrived. Raises
        BusError BAD_TOPIC or TOO_LARGE.
        """
        topic = topics.topic(channel, topics.Site(site) if site else self.site, name)
        payload = encode(message)
        if channel.retain:
            self._retained[topic] = (channel, payload)
        elif not self._session.connected:
            return False
        if threading.get_ident() == self._driver:
            return self._send(channel, topic, payload, message)
        self.post(partial(self._send, channel, topic, payload, message))
        return True

    def clear(self, channel: topics.Channel, name: str, *, site: str | None = None) -> None:
        """Remove what is retained on a topic, whoever put it there; only while connected."""
        assert channel.retain, f"nothing is retained on {channel.leaf}"
        topic = topics.topic(channel, topics.Site(site) if site else self.site, name)
        self.post(partial(self._clear, channel, topic))

    def ack(self, delivery: Delivery) -> None:
        """Tell the broker that `delivery` is safe with us. Dropped when its connection is gone,
        for its packet id may by then belong to another message: it will come again."""
        if threading.get_ident() == self._driver:
            self._session.ack(delivery)
        else:
            self.post(partial(self._session.ack, delivery))

    def post(self, work: Callable[[], object]) -> None:
        """Run `work` on the driving thread, soon and in order. Works before `start`, too."""
        self._posted.append(work)
        self.wake()

    def wake(self) -> None:
        """Make a waiting `pump` return."""
        if not self._awake:
            self._awake = True
            with suppress(OSError):  # full: it is awake; closed: nobody waits any more
                self._waker.send(b"\0")

    def when_up(self, call: Callable[[], None]) -> None:
        """Also call `call` after each new connection, on the driving thread."""
        self._on_up.append(call)

    def start(self) -> None:
        """Drive the link in a thread of its own. Never together with `pump`."""
        name = f"bus-{self.settings.terminal}"
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Send what was posted, say good-bye (no last will is published) and close. Idempotent.

        Without `start`, call it on the driving thread.
        """
        self._stopping.set()
        if self._thread is None:
            self._close()
            return
        self.wake()
        if self._thread is not threading.current_thread():
            self._thread.join(timeout=10)

    def pump(self, timeout_s: float) -> None:
        """Wait at most `timeout_s` for something to do, and do it, a bounded amount.

        The thread that calls this is the driving thread. Returns early when woken.
        """
        self._driver = threading.get_ident()
        self._run_posted()
        self._notice_change()
        self._dial_if_due()
        self._session.flush()
        self._wait(timeout_s)
        self._session.read(BATCH)
        self._notice_change()
        self._hand_out()
        self._run_posted()
        self.timers.run()
        self._send_owed()
        self._session.flush()

    def _wait(self, timeout_s: float) -> None:
        now = time.monotonic()
        timeout_s = min(timeout_s, self.timers.due_in(now))
        if self._dial_at is not None:
            timeout_s = min(timeout_s, self._dial_at - now)
        poll = select.poll()
        poll.register(self._wakes, select.POLLIN)
        connection = self._session.socket
        if connection is not None:
            poll.register(connection, select.POLLIN | (select.POLLOUT if connection.unsent else 0))
        if self._owed and connection is not None:
            timeout_s = min(timeout_s, 0.01)
        if self._posted or self._session.arrived or (connection and connection.pending):
            timeout_s = 0.0
        ready = dict(poll.poll(max(timeout_s, 0.0) * 1000))
        if self._wakes.fileno() in ready:
            # The flag never decides whether to read: it is set before its byte is there.
            self._wakes.recv(64)
            self._awake = False

    def _hand_out(self) -> None:
        arrived, on_delivery = self._session.arrived, self._on_delivery
        while arrived:
            on_delivery(arrived.popleft())

    def _run_posted(self) -> None:
        for _ in range(len(self._posted)):
            self._posted.popleft()()

    def _send(self, channel: topics.Channel, topic: str, payload: bytes, message: Message) -> bool:
        session = self._session
        if topic in self._owed:
            return True  # its newest state is about to be sent
        sent = session.connected and session.publish(channel, topic, payload, message)
        if channel.retain and not sent:
            self._owed[topic] = None
        return sent or channel.retain

    def _clear(self, channel: topics.Channel, topic: str) -> None:
        self._retained.pop(topic, None)
        self._owed.pop(topic, None)
        if self._session.connected:
            self._session.publish(channel, topic, b"")

    def _send_owed(self) -> None:
        """Send retained state, a bounded amount, as long as packet ids are free for it."""
        for topic in list(islice(self._owed, BATCH)):
            channel, payload = self._retained[topic]
            if not (self._session.connected and self._session.publish(channel, topic, payload)):
                return
            del self._owed[topic]

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.pump(1.0)
            except Exception:  # noqa: BLE001 - the outermost loop of this thread
                _log.exception("bus.callback_failed", terminal=self.settings.terminal)
                self._stopping.wait(0.05)
        self._close()

    def _close(self) -> None:
        self._driver = threading.get_ident()
        try:
            self._run_posted()
            self._send_owed()
        finally:
            self._session.close()
            self._waker.close()
            self._wakes.close()

    def _dial_if_due(self) -> None:
        if self._dial_at is not None and time.monotonic() >= self._dial_at:
            self._dial_at = None
            self._dialling = True
            settings = self.settings
            ca = Path(settings.tls_ca) if settings.tls_ca else None
            dial(
                settings.host,
                settings.port,
                ca,
                DIAL_TIMEOUT_S,
                lambda result: self.post(partial(self._dialled, result)),
            )

    def _dialled(self, result: BufferedSocket | OSError) -> None:
        self._dialling = False
        if isinstance(result, OSError):
            self._problem = str(result)
            self._dial_later()
        elif self._stopping.is_set():
            result.close()
        else:
            self._problem = None
            self._session.connect(result)

    def _dial_later(self) -> None:
        """Capped, jittered back-off: halls whose power returns together do not return as one."""
        if self._up_at and time.monotonic() - self._up_at > STEADY_S:
            self._failures = 0
        self._up_at = 0.0
        longest = min(LONGEST_DELAY_S, FIRST_DELAY_S * 2 ** min(self._failures, 10))
        self._failures += 1
        self._dial_at = time.monotonic() + longest * random.uniform(0.5, 1.0)
        _log.info("bus.down", terminal=self.settings.terminal, problem=self.problem)

    def _notice_change(self) -> None:
        """Report that the connection came or went, outside of paho."""
        session = self._session
        if session.socket is None and not self._dialling and self._dial_at is None:
            self._dial_later()
        if session.connected == self._announced:
            return
        self._announced = session.connected
        if session.connected:
            self._come_up()
        else:
            self._on_down(self.problem)

    def _come_up(self) -> None:
        self._up_at = time.monotonic()
        _log.info("bus.up", terminal=self.settings.terminal, generation=self.generation)
        self._owed = dict.fromkeys(list(self._retained))
        self._send_owed()
        for call in self._on_up:
            call()
