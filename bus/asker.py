"""Requests of a terminal that survive lost lines, dead controllers and its own restart.

A request goes to the outbox before it goes to the broker, and is sent again, at each connection and
with growing pauses, until the owner's reply or its expiry. The owner answers a repeat with the
reply that it stored, so repeating is harmless. STORE_FAILED is the one refusal that it does not
store: the request may still be carried out, so it goes on as if nothing had been answered.

No number is left with nobody to claim it: a ticket whose asker is gone, or whose request expires
without an answer, is withdrawn.
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
from bus.messages import IssueTicket, Refusal, Reply, ReportPrint, Request, WithdrawTicket
from bus.outbox import Entry, Outbox

OnReply = Callable[[Reply | BusError], None]
Body = IssueTicket | WithdrawTicket | ReportPrint

TICK_S = 0.25
FIRST_REPEAT_S = 2.0
LONGEST_REPEAT_S = 60.0
TIDY_S = 5.0
LIVES_S = 7 * 24 * 3600.0  # of what must be heard, however late

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Pending:
    """A request on its way. `on_reply` is None when nobody waits for the answer."""

    request: Request
    on_reply: OnReply | None
    pause_s: float = FIRST_REPEAT_S
    next_at: float = 0.0  # monotonic


class Asker:
    """Asks the owner of the terminal's site over `link`, safely kept in `outbox`.

    `ask` and `withdraw` come from any thread and return at once; the disk and all callbacks are
    left to the link's driving thread. The link must subscribe `reply_topic` and hand every REPLY
    delivery to `feed`. Entries left by an earlier run are taken up: tickets are withdrawn, for
    whoever asked is gone; all else is sent again.
    """

    def __init__(self, link: Link, outbox: Outbox) -> None:
        self._link, self._outbox = link, outbox
        self._site, self._terminal = link.site, link.settings.terminal
        self._pending: dict[str, _Pending] = {}
        self._take_up()
        link.when_up(self._send_all)
        link.timers.every(TICK_S, self._tick)
        link.timers.every(TIDY_S, outbox.tidy)

    @property
    def reply_topic(self) -> str:
        """The terminal's own reply topic."""
        return topics.topic(topics.REPLY, self._site, self._terminal)

    def ask(
        self,
        body: Body,
        *,
        expires_s: float,
        on_reply: OnReply | None,
        id_: str = "",
        instead_of: str | None = None,
    ) -> str:
        """Ask `body`; returns the request id (`id_`, or a new UUID).

        `on_reply` is called exactly once on the driving thread, unless the request is withdrawn:
        with the Reply, a refusal included, or with BusError TIMED_OUT after `expires_s`, or
        STORE_FAILED at once when the request could not be written and so was not sent. Where
        nobody waits for the answer (None), it is then sent from memory, which is better than not
        at all. `instead_of` names a request or bequest that is forgotten in the same moment.
        """
        request = self._request(id_ or str(uuid.uuid4()), body, expires_s)
        self._link.post(partial(self._begin, request, on_reply, instead_of))
        return request.id

    def withdraw(self, of: str) -> None:
        """The citizen left: forget request `of` and have the owner undo it, however late it hears.

        A reply to `of` that still comes is swallowed.
        """
        self._link.post(partial(self._begin, self._withdrawal(of), None, of))

    def bequeath(self, body: Body, *, id_: str, instead_of: str | None = None) -> None:
        """Have the next run ask `body` as `id_`, should this one end without replacing it.

        Call it on the driving thread; returns when it is on disk, or when the disk refuses.
        """
        self._write(self._request(id_, body, LIVES_S), instead_of)

    def feed(self, delivery: Delivery) -> None:
        """Take a delivery on the reply topic: call `on_reply`, forget the entry, acknowledge."""
        try:
            reply = delivery.decode()
        except BusError as error:
            self._link.poison.add(str(delivery.address), delivery.payload, error)
            self._link.ack(delivery)
            return
        assert isinstance(reply, Reply)
        if reply.refusal is Refusal.STORE_FAILED:
            self._link.ack(delivery)
            return
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

    def _withdrawal(self, of: str) -> Request:
        return self._request(f"{of}/w", WithdrawTicket(of=of), LIVES_S)

    def _begin(self, request: Request, on_reply: OnReply | None, instead_of: str | None) -> None:
        if instead_of is not None:
            self._pending.pop(instead_of, None)
        problem = self._write(request, instead_of)
        if problem is not None and on_reply is not None:
            on_reply(problem)
            return
        pending = self._pending[request.id] = _Pending(request, on_reply)
        self._send(pending)

    def _write(self, request: Request, instead_of: str | None) -> BusError | None:
        address = topics.Address(topics.REQUEST, self._site, self._terminal)
        entry = Entry(request.id, address, encode(request), request.expires_ms)
        try:
            self._outbox.put(entry, instead_of=instead_of)
        except BusError as error:
            _log.error("bus.outbox_failed", problem=error.detail)
            return error
        return None

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
        request = pending.request
        if isinstance(request.body, IssueTicket):  # the owner may have issued it all the same
            self._begin(self._withdrawal(request.id), None, request.id)
        else:
            del self._pending[request.id]
            self._outbox.forget(request.id)
        if pending.on_reply is not None:
            pending.on_reply(BusError(BusReason.TIMED_OUT, "no reply before the expiry"))

    def _take_up(self) -> None:
        """Go on with what an earlier run left, the expired included: the owner may know of it."""
        for entry in self._outbox.pending():
            try:
                request = decode(topics.REQUEST, entry.payload)
            except BusError as error:  # written by a newer program
                self._link.poison.add(str(entry.address), entry.payload, error)
                if entry.expires_ms <= _now_ms():
                    self._outbox.forget(entry.id)
                continue
            assert isinstance(request, Request)
            if isinstance(request.body, IssueTicket):
                self._begin(self._withdrawal(request.id), None, request.id)
            else:
                self._pending[request.id] = _Pending(request, None)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
