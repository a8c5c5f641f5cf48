"""Requests that survive: a dead owner, a restart of the asker, a citizen who leaves."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from bus import messages as m
from bus import topics
from bus.asker import Asker
from bus.codec import encode
from bus.errors import BusError, BusReason
from bus.link import Delivery, Link
from bus.outbox import Entry, Outbox
from tests.broker import SITE, Running, until
from tests.full_disk import refusing

TICKET = m.IssueTicket(queue="general")
REPORT = m.ReportPrint(ticket_id="t-1", outcome=m.PrintOutcome.PRINTED)


@dataclass
class Owner:
    """A controller that answers what it is told to, and remembers every request."""

    link: Link
    seen: list[m.Request] = field(default_factory=list)
    answers: bool = True
    refusal: m.Refusal | None = None

    def take(self, delivery: Delivery) -> None:
        request = delivery.decode()
        assert isinstance(request, m.Request)
        self.seen.append(request)
        if self.answers:
            self.reply(request.id)
        self.link.ack(delivery)

    def reply(self, id_: str) -> None:
        outcome = m.Outcome.REFUSED if self.refusal else m.Outcome.DONE
        reply = m.Reply(id=id_, outcome=outcome, refusal=self.refusal)
        self.link.publish(topics.REPLY, "kiosk-1", reply)

    @property
    def ids(self) -> list[str]:
        return [each.id for each in self.seen]


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
    forgotten: set[str] = set()

    def run() -> Kiosk:
        settings = hall.links["kiosk-1"]
        topic = topics.topic(topics.REPLY, topics.Site(settings.site), "kiosk-1")

        def feed(delivery: Delivery) -> None:
            asker.feed(delivery)

        link = Link(settings, subscribe=[topic], on_delivery=feed)
        outbox = Outbox(tmp_path / "outbox", forgotten)
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
    id_ = kiosk.asker.ask(REPORT, expires_s=0.5, on_reply=replies.append)
    until(lambda: replies)
    (error,) = replies
    assert isinstance(error, BusError)
    assert error.reason is BusReason.TIMED_OUT
    until(lambda: not kiosk.outbox.pending())
    owner.reply(id_)  # comes too late, and is swallowed
    time.sleep(0.2)
    assert len(replies) == 1


def test_a_ticket_that_is_not_answered_in_time_is_withdrawn(
    owner: Owner, begin: Callable[[], Kiosk]
) -> None:
    owner.answers = False
    kiosk, replies = begin(), []
    id_ = kiosk.asker.ask(TICKET, expires_s=0.5, on_reply=replies.append)
    until(lambda: replies)
    assert isinstance(replies[0], BusError)
    until(lambda: f"{id_}/w" in owner.ids)
    assert [each.id for each in kiosk.outbox.pending()] == [f"{id_}/w"]


@pytest.mark.parametrize("body", [TICKET, REPORT])
def test_what_the_owner_could_not_store_goes_on(
    owner: Owner, begin: Callable[[], Kiosk], body: m.IssueTicket | m.ReportPrint
) -> None:
    owner.refusal = m.Refusal.STORE_FAILED
    kiosk, replies = begin(), []
    id_ = kiosk.asker.ask(body, expires_s=60, on_reply=replies.append)
    until(lambda: owner.seen)
    owner.refusal = None
    until(lambda: replies)
    assert replies == [m.Reply(id=id_, outcome=m.Outcome.DONE)]
    assert set(owner.ids) == {id_}
    until(lambda: not kiosk.outbox.pending())


def test_a_withdrawal_that_the_owner_could_not_store_goes_on(
    owner: Owner, begin: Callable[[], Kiosk]
) -> None:
    owner.refusal = m.Refusal.STORE_FAILED
    kiosk = begin()
    until(lambda: kiosk.link.connected)
    kiosk.asker.withdraw("left")
    until(lambda: owner.ids == ["left/w"])
    owner.refusal = None
    until(lambda: owner.ids == ["left/w", "left/w"])
    until(lambda: not kiosk.outbox.pending())


def test_an_answer_counts_although_the_disk_is_full(
    owner: Owner, begin: Callable[[], Kiosk], tmp_path: Path
) -> None:
    owner.answers = False
    kiosk, replies = begin(), []
    id_ = kiosk.asker.ask(TICKET, expires_s=60, on_reply=replies.append)
    until(lambda: owner.seen)
    with refusing(tmp_path / "outbox", "DELETE"):
        owner.reply(id_)
        until(lambda: replies)
        until(lambda: not kiosk.outbox.pending())
        kiosk.end()
        owner.answers = True
        again = begin()  # another link of the same process
        until(lambda: again.link.connected)
        again.asker.ask(REPORT, expires_s=60, on_reply=None, id_="report")  # from memory
        until(lambda: "report" in owner.ids)
    assert set(owner.ids) == {id_, "report"}


def test_a_bequest_is_asked_by_the_next_run_only(owner: Owner, begin: Callable[[], Kiosk]) -> None:
    first = begin()
    until(lambda: first.link.connected)
    for ticket in ("t-1", "t-2"):
        body = m.ReportPrint(ticket_id=ticket, outcome=m.PrintOutcome.UNSURE)
        first.link.post(partial(first.asker.bequeath, body, id_=f"{ticket}/slip"))
    first.asker.ask(REPORT, expires_s=60, on_reply=None, id_="known", instead_of="t-1/slip")
    until(lambda: [each.id for each in first.outbox.pending()] == ["t-2/slip"])
    first.end()
    assert owner.ids == ["known"]
    second = begin()
    until(lambda: owner.ids == ["known", "t-2/slip"])
    until(lambda: not second.outbox.pending())


def test_a_report_is_sent_again_after_a_restart(owner: Owner, begin: Callable[[], Kiosk]) -> None:
    owner.answers = False
    first, replies = begin(), []
    id_ = first.asker.ask(REPORT, expires_s=60, on_reply=replies.append)
    until(lambda: owner.seen)
    first.end()
    owner.seen.clear()
    owner.answers = True
    second = begin()
    until(lambda: owner.ids[:1] == [id_])
    until(lambda: not second.outbox.pending())
    assert replies == []


@pytest.mark.parametrize("left_ms", [60_000, -1])
def test_a_ticket_of_an_earlier_run_is_withdrawn(
    owner: Owner, begin: Callable[[], Kiosk], tmp_path: Path, left_ms: int
) -> None:
    now_ms = time.time_ns() // 1_000_000
    address = topics.Address(topics.REQUEST, topics.Site(SITE), "kiosk-1")
    request = m.Request(
        id="left",
        reply_to=topics.topic(topics.REPLY, topics.Site(SITE), "kiosk-1"),
        sent_ms=now_ms,
        expires_ms=now_ms + left_ms,
        body=TICKET,
    )
    earlier = Outbox(tmp_path / "outbox")
    earlier.put(Entry("left", address, encode(request), request.expires_ms))
    earlier.close()
    kiosk = begin()
    until(lambda: owner.seen)
    until(lambda: not kiosk.outbox.pending())
    assert owner.ids == ["left/w"]


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


def test_what_cannot_be_written_is_not_sent(
    owner: Owner, begin: Callable[[], Kiosk], tmp_path: Path
) -> None:
    kiosk, replies = begin(), []
    until(lambda: kiosk.link.connected)
    with refusing(tmp_path / "outbox", "INSERT"):
        kiosk.asker.ask(TICKET, expires_s=60, on_reply=replies.append)
        until(lambda: replies)
        kiosk.asker.withdraw("left")  # but a withdrawal is
        until(lambda: owner.seen)
    assert isinstance(replies[0], BusError)
    assert replies[0].reason is BusReason.STORE_FAILED
    assert owner.ids == ["left/w"]
