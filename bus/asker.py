"""Requests of a terminal that survive lost lines, dead controllers and its own restart.

A request goes to the outbox before it goes to the broker, and is sent again, at each connection and
with growing pauses, until the owner's reply or its expiry. The owner answers a repeat with the
reply that it stored, so repeating is harmless.
"""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import structlog

from bus import topics
from bus.codec import decode, encode
from bus.errors import BusError, BusReason
from bus.link import Delivery, Link
from bus.messages import IssueTicket, Reply, ReportPrint, Request, WithdrawTicket
from bus.outbox import Entry, Outbox

OnReply = Callable[[Reply | BusError], None]
Body = IssueTicket | WithdrawTicket | ReportPrint

TICK_S = 0.25
FIRST_REPEAT_S = 2.0
LONGEST_REPEAT_S = 60.0
WITHDRAWAL_LIVES_S = 7 * 24 * 3600.0

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Pending:
    """A request on its way. `on_reply` is None for one whose asker is gone."""

    request: Request
    on_reply: OnReply | None
    pause_s: float = FIRST_REPEAT_S
    next_at: float = 0.0  # monotonic


class Asker:
    """Asks the owner of the terminal's site over `link`, safely kept in `outbox`.

    `ask` and `withdraw` come from any thread and return at once; the disk and all callbacks are
    left to the link's driving thread. The link must subscribe `reply_topic` and hand every REPLY
    delivery to `feed`. Entries left by an earlier run are taken up and sent again; a program whose
    visitor is gone withdraws the tickets among `left_over`.
    """

    def __init__(self, link: Link, outbox: Outbox) -> None:
        self._link, self._outbox = link, outbox
        self._site, self._terminal = link.site, link.settings.terminal
        self.left_over = self._taken_up()  # of an earlier run; whoever asked is gone
        self._pending = {each.id: _Pending(each, None) for each in self.left_over}
        link.when_up(self._send_all)
        link.timers.every(TICK_S, self._tick)

    @property
    def reply_topic(self) -> str:
        """The terminal's own reply topic."""
        return topics.topic(topics.REPLY, self._site, self._terminal)

    def ask(self, body: Body, *, expires_s: float, on_reply: OnReply, id_: str = "") -> str:
        """Ask `body`; returns the request id (`id_`, or a new UUID).

        `on_reply` is called exactly once on the driving thread, unless the request is withdrawn:
        with the Reply, a refusal included, or with BusError TIMED_OUT after `expires_s`, or
        STORE_FAILED at once when the request could not be written and so was not sent.
        """
        request = self._request(id_ or str(uuid.uuid4()), body, expires_s)
        self._link.post(partial(self._begin, request, on_reply, None))
        return request.id

    def withdraw(self, of: str) -> None:
        """The citizen left: forget request `of` and have the owner undo it, however late it hears.

        A reply to `of` that still comes is swallowed.
        """
        request = self._request(f"{of}/w", WithdrawTicket(of=of), WITHDRAWAL_LIVES_S)
        self._link.post(partial(self._begin, request, None, of))

    def feed(self, delivery: Delivery) -> None:
        """Take a delivery on the reply topic: call `on_reply`, forget the entry, acknowledge."""
        try:
            reply = delivery.decode()
        except BusError as error:
            self._link.poison.add(str(delivery.address), delivery.payload, error)
            self._link.ack(delivery)
            return
        assert isinstance(reply, Reply)
        pending = self._pending.pop(reply.id, None)
        try:
            if pending is not None and pending.on_reply is not None:
                pending.on_reply(reply)
        finally:
            self._outbox.forget(reply.id)
            self._link.ack(delivery)

    def _request(self, id_: str, body: Body, expires_s: float) -> Request:
        now = _now_ms()
        return Request(
            id=id_,
            reply_to=self.reply_topic,
            sent_ms=now,
            expires_ms=now + int(expires_s * 1000),
            body=body,
        )

    def _begin(self, request: Request, on_reply: OnReply | None, instead_of: str | None) -> None:
        if instead_of is not None:
            self._pending.pop(instead_of, None)
        address = topics.Address(topics.REQUEST, self._site, self._terminal)
        entry = Entry(request.id, address, encode(request), request.expires_ms)
        try:
            self._outbox.put(entry, instead_of=instead_of)
        except BusError as error:
            _log.error("bus.outbox_failed", problem=error.detail)
            if on_reply is not None:
                on_reply(error)
                return
            # A withdrawal is better sent from memory than not at all.
        pending = self._pending[request.id] = _Pending(request, on_reply)
        self._send(pending)

    def _send(self, pending: _Pending) -> None:
        pending.next_at = time.monotonic() + pending.pause_s
        pending.pause_s = min(pending.pause_s * 2, LONGEST_REPEAT_S)
        self._link.publish(topics.REQUEST, self._terminal, pending.request)

    def _send_all(self) -> None:
        for pending in list(self._pending.values()):
            pending.pause_s = FIRST_REPEAT_S
            self._send(pending)

    def _tick(self) -> None:
        if not self._pending:
            return
        now, now_ms = time.monotonic(), _now_ms()
        for pending in list(self._pending.values()):
            if pending.request.expires_ms <= now_ms:
                self._give_up(pending)
            elif pending.next_at <= now and self._link.connected:
                self._send(pending)

    def _give_up(self, pending: _Pending) -> None:
        del self._pending[pending.request.id]
        try:
            if pending.on_reply is not None:
                pending.on_reply(BusError(BusReason.TIMED_OUT, "no reply before the expiry"))
        finally:
            self._outbox.forget(pending.request.id)

    def _taken_up(self) -> tuple[Request, ...]:
        """Requests of an earlier run that may still be answered."""
        self._outbox.expire(_now_ms())
        requests = []
        for entry in self._outbox.pending():
            try:
                request = decode(topics.REQUEST, entry.payload)
            except BusError as error:  # written by a newer program
                self._link.poison.add(str(entry.address), entry.payload, error)
                continue
            if isinstance(request, Request):
                requests.append(request)
        return tuple(requests)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
