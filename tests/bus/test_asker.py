"""Requests that survive: a dead owner, a restart of the asker, a citizen who leaves."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bus import messages as m
from bus import topics
from bus.asker import Asker
from bus.errors import BusError, BusReason
from bus.link import Delivery, Link
from bus.outbox import Outbox
from tests.broker import Running, until

TICKET = m.IssueTicket(queue="general")


@dataclass
class Owner:
    """A controller that answers what it is told to, and remembers every request."""

    link: Link
    seen: list[m.Request] = field(default_factory=list)
    answers: bool = True

    def take(self, delivery: Delivery) -> None:
        request = delivery.decode()
        assert isinstance(request, m.Request)
        self.seen.append(request)
        if self.answers:
            self.reply(request.id)
        self.link.ack(delivery)

    def reply(self, id_: str) -> None:
        self.link.publish(topics.REPLY, "kiosk-1", m.Reply(id=id_, outcome=m.Outcome.DONE))


@dataclass
class Kiosk:
    """One run of an asking program."""

    link: Link
    outbox: Outbox
    asker: Asker

    def end(self) -> None:
        self.link.stop()
        self.outbox.close()


@pytest.fixture
def owner(hall: Running) -> Iterator[Owner]:
    link = Link(
        hall.links["controller"],
        subscribe=[topics.everywhere(topics.REQUEST)],
        on_delivery=lambda delivery: owner.take(delivery),  # noqa: PLW0108
        session_s=0,
    )
    owner = Owner(link)
    link.start()
    until(lambda: link.connected)
    yield owner
    link.stop()


@pytest.fixture
def begin(hall: Running, tmp_path: Path) -> Iterator[Callable[[], Kiosk]]:
    kiosks: list[Kiosk] = []

    def run() -> Kiosk:
        settings = hall.links["kiosk-1"]
        topic = topics.topic(topics.REPLY, topics.Site(settings.site), "kiosk-1")

        def feed(delivery: Delivery) -> None:
            asker.feed(delivery)

        link = Link(settings, subscribe=[topic], on_delivery=feed)
        outbox = Outbox(tmp_path / "outbox")
        asker = Asker(link, outbox)
        assert asker.reply_topic == topic
        kiosks.append(Kiosk(link, outbox, asker))
        link.start()
        return kiosks[-1]

    yield run
    for kiosk in kiosks:
        kiosk.end()


def test_answered_and_forgotten(owner: Owner, begin: Callable[[], Kiosk]) -> None:
    kiosk, replies = begin(), []
    id_ = kiosk.asker.ask(TICKET, expires_s=30, on_reply=replies.append)
    until(lambda: replies)
    assert replies == [m.Reply(id=id_, outcome=m.Outcome.DONE)]
    assert [each.body for each in owner.seen] == [TICKET]
    until(lambda: not kiosk.outbox.pending())


def test_repeated_until_answered(owner: Owner, begin: Callable[[], Kiosk]) -> None:
    owner.answers = False
    kiosk, replies = begin(), []
    id_ = kiosk.asker.ask(TICKET, expires_s=30, on_reply=replies.append)
    until(lambda: len(owner.seen) >= 2)
    assert {each.id for each in owner.seen} == {id_}
    assert kiosk.outbox.pending()
    owner.reply(id_)
    owner.reply(id_)
    until(lambda: replies)
    time.sleep(0.2)
    assert len(replies) == 1


def test_expiry(owner: Owner, begin: Callable[[], Kiosk]) -> None:
    owner.answers = False
    kiosk, replies = begin(), []
    kiosk.asker.ask(TICKET, expires_s=0.5, on_reply=replies.append)
    until(lambda: replies)
    (error,) = replies
    assert isinstance(error, BusError)
    assert error.reason is BusReason.TIMED_OUT
    until(lambda: not kiosk.outbox.pending())
    owner.reply(owner.seen[0].id)  # comes too late, and is swallowed
    time.sleep(0.2)
    assert len(replies) == 1


def test_sent_again_after_a_restart(owner: Owner, begin: Callable[[], Kiosk]) -> None:
    owner.answers = False
    first, replies = begin(), []
    id_ = first.asker.ask(TICKET, expires_s=60, on_reply=replies.append)
    until(lambda: owner.seen)
    first.end()
    owner.seen.clear()
    owner.answers = True
    second = begin()
    assert [each.id for each in second.asker.left_over] == [id_]
    until(lambda: [each.id for each in owner.seen][:1] == [id_])
    until(lambda: not second.outbox.pending())
    assert replies == []


def test_asked_while_the_line_is_down(hall: Running, begin: Callable[[], Kiosk]) -> None:
    kiosk, replies = begin(), []
    until(lambda: kiosk.link.connected)
    assert hall.broker.pid is not None
    hall.broker.stop()
    until(lambda: not kiosk.link.connected)
    id_ = kiosk.asker.ask(TICKET, expires_s=60, on_reply=replies.append)
    until(kiosk.outbox.pending)
    hall.broker.run()
    link = Link(
        hall.links["controller"],
        subscribe=[topics.everywhere(topics.REQUEST)],
        on_delivery=lambda delivery: late.take(delivery),  # noqa: PLW0108
    )
    late = Owner(link)
    link.start()
    until(lambda: replies)
    assert replies[0].id == id_
    link.stop()


def test_withdrawn(owner: Owner, begin: Callable[[], Kiosk]) -> None:
    owner.answers = False
    kiosk, replies = begin(), []
    id_ = kiosk.asker.ask(TICKET, expires_s=60, on_reply=replies.append)
    until(lambda: owner.seen)
    kiosk.asker.withdraw(id_)
    until(lambda: [each.id for each in owner.seen][-1] == f"{id_}/w")
    assert owner.seen[-1].body == m.WithdrawTicket(of=id_)
    assert [each.id for each in kiosk.outbox.pending()] == [f"{id_}/w"]
    owner.reply(id_)
    owner.reply(f"{id_}/w")
    until(lambda: not kiosk.outbox.pending())
    assert replies == []


def test_a_withdrawal_survives_a_restart(owner: Owner, begin: Callable[[], Kiosk]) -> None:
    owner.answers = False
    first = begin()
    id_ = first.asker.ask(TICKET, expires_s=60, on_reply=lambda _reply: None)
    first.asker.withdraw(id_)
    until(lambda: [each.id for each in first.outbox.pending()] == [f"{id_}/w"])
    first.end()
    owner.seen.clear()
    owner.answers = True
    second = begin()
    until(lambda: [each.id for each in owner.seen][:1] == [f"{id_}/w"])
    until(lambda: not second.outbox.pending())


def test_what_cannot_be_written_is_not_sent(owner: Owner, begin: Callable[[], Kiosk]) -> None:
    kiosk, replies = begin(), []
    until(lambda: kiosk.link.connected)
    kiosk.outbox._db.execute("PRAGMA query_only = 1")  # as on a full or read-only disk
    kiosk.asker.ask(TICKET, expires_s=60, on_reply=replies.append)
    until(lambda: replies)
    kiosk.outbox._db.execute("PRAGMA query_only = 0")
    assert isinstance(replies[0], BusError)
    assert replies[0].reason is BusReason.STORE_FAILED
    time.sleep(0.1)
    assert owner.seen == []
