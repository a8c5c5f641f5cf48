"""What holds for any sequence of events, found by random ones."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.flow.effects import (
    AskTicket,
    Print,
    StartReading,
    StopReading,
    Wipe,
    WithdrawRequest,
)
from kiosk.flow.events import (
    BoardChanged,
    CardFailed,
    CardRead,
    ChoseDomain,
    ChoseItem,
    DevicesChanged,
    Event,
    HallContact,
    HallReplied,
    Press,
    Pressed,
    Printed,
    PrintOutcome,
    Tick,
)
from kiosk.flow.step import step
from kiosk.flow.visit import CardNotice, Cards, QueueFacts, Screen
from tests.flow.table import MENU, PERSON, RULES, TICKET, Play

SESSIONS = st.sampled_from(["run-1", "run-2", "run-3", "current"])
EVENTS: st.SearchStrategy[object] = st.one_of(
    st.sampled_from([Pressed(press) for press in Press]),
    st.builds(ChoseDomain, st.sampled_from(["d0", "d7", "none"])),
    st.builds(ChoseItem, st.sampled_from(["d0-i0", "d7-i13", "none"])),
    st.builds(CardRead, SESSIONS, st.sampled_from([PERSON, None]), st.none()),
    st.builds(CardRead, SESSIONS, st.none(), st.sampled_from(CardNotice)),
    st.builds(CardFailed, SESSIONS, st.none() | st.sampled_from(CardNotice)),
    st.builds(
        HallReplied,
        st.sampled_from(["pending", "run-1-1", "run-2-1"]),
        st.none(),
        st.sampled_from(["queue_full", "store_failed", "new_word"]),
    ),
    st.builds(Printed, SESSIONS, st.just("t-1"), st.sampled_from(PrintOutcome)),
    st.builds(HallContact, st.booleans()),
    st.builds(DevicesChanged, st.booleans(), st.booleans(), st.sampled_from(Cards)),
    st.just(BoardChanged(QueueFacts("general", "综合服务", waiting=3))),
    st.integers(min_value=-1_000, max_value=70_000),  # a tick, so much later
)

WAY = (Pressed(Press.NO_CARD), ChoseDomain("d0"), ChoseItem("d0-i0"), Pressed(Press.CONFIRM))
NUMBER = HallReplied("pending", TICKET)
# Ways that chance alone would hardly find, taken as one.
WAYS = st.sampled_from(
    [
        (HallContact(True), Pressed(Press.HOME), *WAY),
        (HallContact(True), Pressed(Press.HOME), *WAY, NUMBER),
        (HallContact(True), Pressed(Press.HOME), *WAY, Pressed(Press.BACK)),
        (HallContact(True), Pressed(Press.HOME), *WAY, NUMBER, Pressed(Press.REPRINT)),
        (Printed("current", "t-1", PrintOutcome.UNSURE), Pressed(Press.REPRINT)),
        (NUMBER,),
        (HallContact(True), CardRead("current", PERSON), *WAY[1:]),
        (9_000,),
        (100_000,),
    ]
)
VISITS = st.lists(st.one_of(EVENTS, WAYS), max_size=40)


class Watched(Play):
    """A play that checks after every event what must hold always."""

    def __init__(self) -> None:
        super().__init__()
        self.pending: set[str] = set()
        self.reading: str | None = None
        self.allowed_prints = 0
        self.printing = False  # a job of this visit is with the printer
        self._follow(self.take())

    def play(self, visit: list[object]) -> "Watched":
        for drawn in visit:
            for each in drawn if isinstance(drawn, tuple) else (drawn,):
                self.drawn(each)
        return self

    def drawn(self, drawn: object) -> None:
        event = self._filled_in(drawn)
        before = self.visit
        self.feed(event)
        if before.pending and event == HallReplied(before.pending, TICKET):
            self.allowed_prints += 1
        if event == Pressed(Press.REPRINT) and not self.printing:
            self.allowed_prints = min(self.allowed_prints + 1, 1)
        if isinstance(event, Printed) and event.session == before.id and before.ticket:
            self.printing = False
        if isinstance(event, HallReplied):
            self.pending.discard(event.tag)
        if isinstance(event, CardRead | CardFailed) and event.session == self.reading:
            self.reading = None
        wiped = before.id != self.visit.id
        if wiped:
            self.printing, self.allowed_prints = False, 0
        taken = self.take()
        assert (Wipe() in taken) == wiped
        self._follow(taken)
        self._holds()

    def _filled_in(self, drawn: object) -> Event:
        match drawn:
            case int(ms):
                return Tick(self.visit.now_ms + ms)
            case CardRead("current") | CardFailed("current") | Printed("current"):
                return replace(drawn, session=self.visit.id)
            case HallReplied("pending"):
                return replace(drawn, tag=self.visit.pending or "nobody asked")
        return drawn  # type: ignore[return-value]

    def _follow(self, effects: list) -> None:  # type: ignore[type-arg]
        for effect in effects:
            match effect:
                case AskTicket(tag):
                    assert tag not in self.pending
                    self.pending.add(tag)
                case WithdrawRequest(tag):
                    self.pending.remove(tag)
                case StopReading():
                    assert self.reading is not None, "nothing to stop"
                    self.reading = None
                case StartReading(session):
                    assert self.reading is None, "two reads at once"
                    self.reading = session
                case Print():
                    assert not self.printing, "a second print while one is under way"
                    self.printing = True
                    self.allowed_prints -= 1
        assert self.allowed_prints >= 0, "a print that nobody asked for"

    def _holds(self) -> None:
        visit = self.visit
        # What the hall was asked and has not answered is either waited for or withdrawn.
        assert self.pending == ({visit.pending} if visit.pending else set())
        assert visit.pending is None or visit.screen in (Screen.ISSUING, Screen.TROUBLE)
        if visit.screen in (Screen.IDLE, Screen.HOME, Screen.IDENTIFY):
            assert visit.person is None
            assert visit.ticket is None
        assert self.reading == (visit.id if visit.reading else None)
        assert (visit.trouble is not None) == (visit.screen is Screen.TROUBLE)
        needs_ticket = visit.screen in (Screen.PRINTING, Screen.TAKE_PAPER)
        assert not needs_ticket or visit.ticket is not None


@settings(max_examples=400, deadline=None)
@given(VISITS)
def test_any_sequence_of_events(drawn: list[object]) -> None:
    Watched().play(drawn)


@settings(max_examples=200, deadline=None)
@given(VISITS)
def test_home_leads_home_from_anywhere_and_wipes(drawn: list[object]) -> None:
    play = Watched().play(drawn)
    if play.visit.screen is Screen.IDLE:
        play.drawn(Pressed(Press.TOUCH))
    before = play.visit
    play.drawn(Pressed(Press.HOME))
    after = play.visit
    assert after.screen is Screen.HOME
    assert after.id != before.id
    kept = replace(after, reading=False)
    fresh = replace(Play().visit, reading=False, serial=after.serial, hall=after.hall)
    now = after.now_ms
    assert kept == replace(fresh, now_ms=now, touched_ms=now, entered_ms=now)
    assert play.pending == set()


@settings(max_examples=100, deadline=None)
@given(VISITS)
def test_left_alone_it_comes_to_rest_on_the_idle_screen(drawn: list[object]) -> None:
    play = Watched().play(drawn)
    for _ in range(700 + 60 + 75):
        play.drawn(1000)
        if play.visit.screen is Screen.IDLE:
            break
    assert play.visit.screen is Screen.IDLE
    assert step(play.visit, Tick(play.visit.now_ms + 1), MENU, RULES)[0].screen is Screen.IDLE
