"""Anything may be asked of the hall in any order: what must always hold all the same."""

from collections import Counter
from typing import Any, get_args

import pytest
from desk import LI, NINE, RULES, SITE, SYSTEM, WANG, Desk
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from msgspec.structs import fields

from hall_controller import commands, facts
from hall_controller.commands import Act, Actor, Command, Role
from hall_controller.core import refusals
from hall_controller.core.answers import Done, Refused
from hall_controller.core.apply import apply
from hall_controller.core.board import queue_board, window_board
from hall_controller.core.days import business_day
from hall_controller.core.decide import decide
from hall_controller.core.state import HallState
from hall_controller.core.tickets import TicketState
from hall_controller.core.view import ViewMaker

KIOSKS = [Actor(Role.TERMINAL, name) for name in ("kiosk-1", "kiosk-2", "stranger")]
WINDOWS = st.sampled_from(["1", "2", "3", "9"])
QUEUES = st.sampled_from(["social", "civil", "other", "moon"])
REQUESTS = st.sampled_from([f"r-{n}" for n in range(8)])
WINDOW_ACTS = [
    commands.OpenWindow,
    commands.CloseWindow,
    commands.PauseWindow,
    commands.ResumeWindow,
    commands.CallNext,
    commands.Recall,
    commands.StartServing,
    commands.MarkMissed,
    commands.Finish,
    commands.Undo,
]
PAPERS = st.sampled_from([None, "ok", "out"])
REPORTS = st.builds(
    commands.PeripheralReport,
    id=st.sampled_from(["printer", "reader"]),
    driver=st.just("escpos"),
    state=st.sampled_from(["online", "offline"]),
    paper=PAPERS,
)
REASONS = {word for name, word in vars(refusals).items() if name.isupper()}


class Hall(RuleBasedStateMachine):
    """Clerks, kiosks and the clock, all at once."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk()
        self.maker = ViewMaker(RULES)

    def ask(self, act: Act, actor: Actor, **more: object) -> None:
        before = self.desk.replayed()
        decision = self.desk.judge(act, actor, **more)
        if isinstance(decision.answer, Refused):
            assert decision.facts == ()
            assert decision.answer.reason in REASONS
            assert self.desk.state == before
        else:
            assert isinstance(decision.answer, Done)

    @initialize()
    def open_all(self) -> None:
        self.desk.staffed("1", LI).staffed("2", WANG)

    @rule(queue=QUEUES, request=st.none() | REQUESTS, kiosk=st.sampled_from([*KIOSKS, SYSTEM]))
    def take(self, queue: str, request: str | None, kiosk: Actor) -> None:
        self.ask(commands.IssueTicket(queue=queue), kiosk, request_id=request)

    @rule(of=REQUESTS, kiosk=st.sampled_from(KIOSKS))
    def leave(self, of: str, kiosk: Actor) -> None:
        self.ask(commands.WithdrawRequest(of=of), kiosk)

    @rule(kind=st.sampled_from(WINDOW_ACTS), window=WINDOWS, who=st.sampled_from([LI, WANG]))
    def press(self, kind: type, window: str, who: Actor) -> None:
        self.ask(kind(window=window), who)

    @rule(kind=st.sampled_from(WINDOW_ACTS), window=WINDOWS)
    def press_right(self, kind: type, window: str) -> None:
        clerk = self.desk.state.window(window).clerk
        self.ask(kind(window=window), Actor(Role.CLERK, clerk) if clerk else SYSTEM)

    @rule(window=WINDOWS, data=st.data())
    def call_one(self, window: str, data: st.DataObject) -> None:
        ticket_id = data.draw(st.sampled_from([*self.desk.state.tickets, "nobody"]))
        self.ask(commands.CallNext(window=window, ticket_id=ticket_id), SYSTEM)

    @rule(outcome=st.sampled_from(["printed", "unsure", "eaten"]), data=st.data())
    def printed(self, outcome: str, data: st.DataObject) -> None:
        ticket_id = data.draw(st.sampled_from([*self.desk.state.tickets, "nobody"]))
        self.ask(commands.ReportPrint(ticket_id=ticket_id, outcome=outcome), KIOSKS[0])

    @rule(
        state=st.sampled_from(["init", "ready", "lost", "dancing"]),
        run_id=st.sampled_from(["run-1", "run-2", "run-3"]),
    )
    def presence(self, state: str, run_id: str) -> None:
        act = commands.TerminalPresence(terminal="kiosk-1", state=state, run_id=run_id)
        self.ask(act, KIOSKS[0])

    @rule(reports=st.lists(REPORTS, max_size=3))
    def health(self, reports: list[commands.PeripheralReport]) -> None:
        act = commands.TerminalHealth(
            terminal="kiosk-1", at_ms=self.desk.now, peripherals=tuple(reports)
        )
        self.ask(act, KIOSKS[0])
        self.desk.do(act)
        assert self.desk.do(act) == ()

    @rule(ms=st.sampled_from([1, 3_000, 60_000, 3_600_000, 86_400_000, -60_000]))
    def time_passes(self, ms: int) -> None:
        self.desk.now += ms

    @invariant()
    def no_number_twice(self) -> None:
        issued = [fact for fact, _ in self.desk.facts if isinstance(fact, facts.TicketIssued)]
        numbers = Counter((fact.queue, fact.business_day, fact.number) for fact in issued)
        sequences = Counter((fact.queue, fact.business_day, fact.sequence) for fact in issued)
        requests = Counter(
            request
            for fact, request in self.desk.facts
            if isinstance(fact, facts.TicketIssued) and request is not None
        )
        assert all(times == 1 for c in (numbers, sequences, requests) for times in c.values())
        assert len({fact.ticket_id for fact in issued}) == len(issued)

    @invariant()
    def facts_and_rows_give_the_same_state(self) -> None:
        state = self.desk.state
        for other in (self.desk.replayed(), self.desk.reloaded()):
            assert other == state
            for ticket in state.tickets.values():
                line = ticket.queue, ticket.business_day, ticket.state
                assert other.line(*line) == state.line(*line)
                if ticket.state is TicketState.WAITING:
                    assert list(other.line(*line)) == list(state.line(*line))
                if ticket.request_id is not None:
                    assert other.of_request(ticket.request_id) is not None

    @invariant()
    def a_ticket_is_at_a_window_exactly_while_called_or_served(self) -> None:
        state = self.desk.state
        shows = {"called": "calling", "serving": "serving"}
        at = {w.ticket_id: (w.id, w.state) for w in state.windows.values() if w.ticket_id}
        assert at == {
            ticket.ticket_id: (ticket.window, shows[ticket.state])
            for ticket in state.tickets.values()
            if ticket.state in shows
        }

    @invariant()
    def lines_hold_every_ticket_once(self) -> None:
        state = self.desk.state
        for ticket in state.tickets.values():
            for other in TicketState:
                line = state.line(ticket.queue, ticket.business_day, other)
                assert (line.get(ticket.ticket_id) is ticket) is (other is ticket.state)

    @invariant()
    def everything_can_be_shown(self) -> None:
        desk = self.desk
        view = self.maker.make(desk.state, desk.now)
        day = business_day(desk.now)
        for queue, shown in zip(RULES.queues, view.queues, strict=True):
            numbers = [desk.state.tickets[t.ticket_id] for t in shown.waiting]
            assert all(t.business_day == day for t in numbers)
            assert [t.sequence for t in numbers] == sorted(t.sequence for t in numbers)
            board = queue_board(desk.state, RULES, queue, desk.now)
            assert board.waiting == len(shown.waiting)
        for window, seen in zip(RULES.windows, view.windows, strict=True):
            assert window_board(desk.state, window).shows == seen.shows


TestHall = Hall.TestCase
TestHall.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


VALUES: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(max_size=8) | st.sampled_from(["social", "1", "kiosk-1", "ready", "r-1"]),
    int: st.integers(),
    bool: st.booleans(),
    bytes: st.binary(max_size=4),
    type(None): st.none(),
}


def anything(kind: type) -> st.SearchStrategy[Any]:
    """Instances of a struct with any values of the right types."""
    return st.builds(kind, **{field.name: _value(field.type) for field in fields(kind)})


def _value(kind: Any) -> st.SearchStrategy[Any]:
    if kind in VALUES:
        return VALUES[kind]
    if kind == tuple[commands.PeripheralReport, ...]:
        return st.lists(anything(commands.PeripheralReport), max_size=3).map(tuple)
    return st.one_of(*[_value(part) for part in get_args(kind)])


ACTS = st.one_of(*[anything(kind) for kind in Act.__subclasses__()], st.just(Act()))
ACTORS = st.sampled_from([*KIOSKS, SYSTEM, LI, Actor(Role.CLERK, "")])


@given(
    acts=st.lists(st.tuples(ACTS, ACTORS, st.none() | st.text(max_size=3)), max_size=12),
    now_ms=st.integers(0, 250_000_000_000_000),
    expires_ms=st.none() | st.integers(),
)
@settings(deadline=None, max_examples=300)
def test_no_command_makes_the_core_raise(acts: list, now_ms: int, expires_ms: int | None) -> None:
    desk = Desk(now=now_ms)
    desk.do(commands.OpenWindow(window="1"), LI)
    for act, actor, request_id in acts:
        desk.judge(act, actor, request_id=request_id, expires_ms=expires_ms)


@given(history=st.lists(st.one_of(*[anything(kind) for kind in facts.Fact.__subclasses__()])))
@settings(deadline=None, max_examples=300)
def test_no_fact_makes_apply_raise(history: list[facts.Fact]) -> None:
    state = HallState()
    for fact in [*history, facts.Fact()]:
        apply(state, fact, None)


def test_an_act_without_a_rule_is_a_bad_request() -> None:
    desk = Desk()
    assert desk.refused(Act(), SYSTEM) == "bad_request"
    assert desk.refused(Act(), LI) == "not_allowed"


@pytest.mark.parametrize("kind", Act.__subclasses__())
def test_every_act_has_a_rule(kind: type) -> None:
    act = kind(**_least(kind))
    command = Command(act=act, actor=SYSTEM, site=SITE, request_id=None, sent_ms=NINE)
    answer = decide(HallState(), RULES, command, NINE, lambda: "id").answer
    assert not (isinstance(answer, Refused) and "no rule" in answer.detail)


def _least(kind: type) -> dict[str, object]:
    values = {str: "x", int: 1}
    return {field.name: values[field.type] for field in fields(kind) if field.required}
