"""One valid message for each channel; a channel without one fails the tests that need it."""

from bus import messages as m
from bus import topics
from bus.topics import Channel

SAMPLES: dict[Channel, m.Message] = {
    topics.PRESENCE: m.Presence(state=m.PresenceState.READY, run_id="run-1", at_ms=1, software="1"),
    topics.HEALTH: m.Health(
        at_ms=1,
        config_version="7",
        peripherals=[m.PeripheralState(id="p", driver="escpos", state="online", paper="low")],
    ),
    topics.EVENT: m.Event(id="e1", kind=m.EventKind.PAPER_OUT, at_ms=1, peripheral="printer"),
    topics.COMMAND: m.Command(
        id="c1",
        verb="restart",
        args={"when": "now"},
        reply_to="hall/1/500240/116/000/kiosk-1/result",
        expires_ms=9_999_999_999_999,
    ),
    topics.RESULT: m.Result(id="c1", state=m.ResultState.PROGRESS, percent=50),
    topics.REQUEST: m.Request(
        id="r1",
        reply_to="hall/1/500240/116/000/kiosk-1/reply",
        sent_ms=1,
        expires_ms=9_999_999_999_999,
        body=m.IssueTicket(queue="general", sealed="AXyz"),
    ),
    topics.REPLY: m.Reply(
        id="r1",
        outcome=m.Outcome.DONE,
        ticket=m.TicketGiven(
            ticket_id="t1",
            number="A001",
            queue="general",
            business_day="2026-11-24",
            people_ahead=3,
            issued_ms=1,
        ),
    ),
    topics.CONFIG: m.ConfigOffer(version="8", url="https://hall/config/8", sha256="0" * 64),
    topics.BOARD: m.BoardState(
        queue="general",
        name="综合",
        waiting=3,
        calls=[m.BoardCall(call_id="k1", number="A001", window="3", window_name="3号", at_ms=1)],
    ),
    topics.WINDOW: m.WindowState(
        window="3", name="3号窗口", shows=m.WindowShows.CALLING, call_id="k1", number="A001"
    ),
}


def name_for(channel: Channel) -> str:
    """Whose topic a sample of `channel` goes to."""
    if channel.direction is topics.Direction.TO_SITE:
        return "3"
    return "kiosk-1"
