"""A clerk's acts, as tables: from every state of a window every act, done or refused."""

import pytest
from desk import KIOSK, LI, NINE, SYSTEM, WANG, Desk

from hall_controller import facts
from hall_controller.commands import (
    CallNext,
    CloseWindow,
    Finish,
    IssueTicket,
    MarkMissed,
    OpenWindow,
    PauseWindow,
    Recall,
    ResumeWindow,
    StartServing,
    Undo,
    WithdrawRequest,
)
from hall_controller.core import tickets, windows
from hall_controller.core.refusals import RuleError
from hall_controller.core.tickets import Ticket, TicketState
from hall_controller.core.windows import Window, WindowState

OPEN, CLOSE = OpenWindow(window="1"), CloseWindow(window="1")
PAUSE, RESUME = PauseWindow(window="1", reason="午休"), ResumeWindow(window="1")
CALL, RECALL, SERVE = CallNext(window="1"), Recall(window="1"), StartServing(window="1")
MISS, FINISH, UNDO = MarkMissed(window="1"), Finish(window="1"), Undo(window="1")
ALL_ACTS = [OPEN, CLOSE, PAUSE, RESUME, CALL, RECALL, SERVE, MISS, FINISH, UNDO]

WAY_TO = {
    "closed": [],
    "idle": [OPEN],
    "paused": [OPEN, PAUSE],
    "calling": [OPEN, CALL],
    "serving": [OPEN, CALL, SERVE],
}
ALLOWED = {
    "closed": {OPEN: "idle"},
    "idle": {OPEN: "idle", CLOSE: "closed", PAUSE: "paused", CALL: "calling"},
    "paused": {OPEN: "paused", CLOSE: "closed", PAUSE: "paused", RESUME: "idle"},
    "calling": {
        OPEN: "calling",
        RECALL: "calling",
        SERVE: "serving",
        MISS: "idle",
        FINISH: "idle",
    },
    "serving": {OPEN: "serving", FINISH: "idle", CALL: "calling"},
}


def desk_in(state: str) -> Desk:
    desk = Desk()
    desk.take()
    desk.take()
    for act in WAY_TO[state]:
        desk.do(act, LI)
    assert desk.state.window("1").state == state
    return desk


@pytest.mark.parametrize("act", ALL_ACTS, ids=lambda act: type(act).__name__)
@pytest.mark.parametrize("state", WAY_TO)
def test_every_act_in_every_state(state: str, act: object) -> None:
    desk = desk_in(state)
    if act in ALLOWED[state]:
        desk.do(act, LI)
        assert desk.state.window("1").state == ALLOWED[state][act]
    else:
        before = desk.replayed()
        assert desk.refused(act, LI) == "wrong_state"
        assert desk.state == before


@pytest.mark.parametrize("act", ALL_ACTS[1:], ids=lambda act: type(act).__name__)
@pytest.mark.parametrize("state", [state for state in WAY_TO if state != "closed"])
def test_only_the_clerk_of_a_window_works_it(state: str, act: object) -> None:
    desk = desk_in(state)
    assert desk.refused(act, WANG) == "not_allowed"
    assert desk.refused(act, KIOSK) == "not_allowed"
    assert desk.refused(OPEN, WANG) == "wrong_state"


@pytest.mark.parametrize("state", WAY_TO)
def test_the_system_may_do_what_the_clerk_may(state: str) -> None:
    for act in ALLOWED[state]:
        if act is not OPEN:
            desk_in(state).do(act, SYSTEM)


@pytest.mark.parametrize("act", [IssueTicket(queue="social"), WithdrawRequest(of="r-1")])
def test_a_clerk_does_not_act_for_a_kiosk(act: object) -> None:
    assert Desk().refused(act, LI) == "not_allowed"


@pytest.mark.parametrize("kind", [type(act) for act in ALL_ACTS])
def test_unknown_windows(kind: type) -> None:
    assert Desk().refused(kind(window="9"), LI) == "unknown_window"


def test_a_clerk_sits_at_one_window() -> None:
    desk = Desk().staffed("1")
    assert desk.refused(OpenWindow(window="2"), LI) == "wrong_state"
    desk.do(CLOSE, LI)
    desk.do(OpenWindow(window="2"), LI)


def test_a_visit_in_facts() -> None:
    desk = Desk()
    ticket = desk.take()
    told = [fact for act in (OPEN, CALL, RECALL, SERVE, FINISH) for fact in desk.do(act, LI)]
    at = {"ticket_id": ticket.ticket_id, "window": "1", "at_ms": NINE}
    assert told == [
        facts.WindowOpened(window="1", clerk="clerk:li", at_ms=NINE),
        facts.TicketCalled(call_id="id-2", times=1, **at),
        facts.TicketCalled(call_id="id-3", times=2, **at),
        facts.TicketServed(**at),
        facts.TicketFinished(**at),
    ]
    ended = desk.ticket(ticket)
    assert (ended.state, ended.window, ended.call_times) == ("finished", "1", 2)


def test_calling_the_next_finishes_the_one_being_served() -> None:
    desk = desk_in("serving")
    first = desk.state.window("1").ticket_id
    told = desk.do(CALL, LI)
    assert [type(fact) for fact in told] == [facts.TicketFinished, facts.TicketCalled]
    assert desk.state.tickets[first].state == "finished"
    assert desk.refused(UNDO, LI) == "wrong_state"


def test_with_nobody_waiting_the_one_being_served_stays() -> None:
    desk = Desk().staffed()
    ticket = desk.take()
    desk.do(CALL, LI)
    desk.do(SERVE, LI)
    assert desk.refused(CALL, LI) == "nothing_waiting"
    assert desk.ticket(ticket).state == "serving"


def test_a_ticket_may_be_called_out_of_turn_while_waiting_or_missed() -> None:
    desk = Desk().staffed("1", LI).staffed("2", WANG)
    social, civil, later = desk.take(), desk.take("civil"), desk.take("civil")
    desk.do(CallNext(window="1", ticket_id=civil.ticket_id), LI)
    by_id = CallNext(window="2", ticket_id=civil.ticket_id)
    assert desk.refused(by_id, WANG) == "wrong_state"  # called at window 1
    desk.do(MISS, LI)
    desk.do(by_id, WANG)
    assert desk.ticket(civil).window == "2"
    desk.do(Finish(window="2"), WANG)
    assert desk.refused(by_id, WANG) == "wrong_state"  # finished
    wrong_queue = CallNext(window="2", ticket_id=social.ticket_id)
    assert desk.refused(wrong_queue, WANG) == "not_allowed"
    assert desk.refused(CallNext(window="2", ticket_id="nobody"), WANG) == "unknown_ticket"
    desk.do(CallNext(window="2"), WANG)
    assert desk.state.window("2").ticket_id == later.ticket_id


@pytest.mark.parametrize(
    ("acts", "back_to"),
    [
        ([CALL, MISS], "called"),
        ([CALL, FINISH], "called"),
        ([CALL, SERVE, FINISH], "serving"),
    ],
)
def test_undo_brings_back_what_was(acts: list, back_to: str) -> None:
    desk = Desk().staffed()
    desk.take()
    for act in acts[:-1]:
        desk.do(act, LI)
    ticket_before, window_before = list(desk.state.tickets.values()), desk.state.window("1")
    desk.do(acts[-1], LI)
    desk.now += 5_000
    (fact,) = desk.do(UNDO, LI)
    assert fact.back_to == back_to
    assert list(desk.state.tickets.values()) == ticket_before
    window = desk.state.window("1")
    assert (window.state, window.ticket_id) == (window_before.state, window_before.ticket_id)
    assert desk.refused(UNDO, LI) == "wrong_state"


@pytest.mark.parametrize("between", ["late", "called", "called elsewhere", "withdrawn", "left"])
def test_undo_is_refused_once_things_went_on(between: str) -> None:
    desk = Desk().staffed("1", LI).staffed("3", WANG)
    missed = desk.take(request_id="r-1")
    desk.do(CALL, LI)
    desk.do(MISS, LI)
    if between == "late":
        desk.now += 5_001
    elif between == "called":
        desk.take()
        desk.do(CALL, LI)
    elif between == "called elsewhere":
        desk.do(CallNext(window="3", ticket_id=missed.ticket_id), WANG)
        desk.do(MarkMissed(window="3"), WANG)
    elif between == "withdrawn":
        desk.do(WithdrawRequest(of="r-1"))
    else:
        desk.do(CLOSE, LI)
        desk.do(OPEN, LI)
    assert desk.refused(UNDO, LI) == "wrong_state"


def test_a_call_after_a_miss_counts_anew() -> None:
    desk = Desk().staffed()
    ticket = desk.take()
    for act in (CALL, RECALL, MISS):
        desk.do(act, LI)
    (fact,) = desk.do(CallNext(window="1", ticket_id=ticket.ticket_id), LI)
    assert fact.times == 1


TICKET_MOVES = {
    ("waiting", "called"),
    ("waiting", "withdrawn"),
    ("called", "serving"),
    ("called", "finished"),
    ("called", "missed"),
    ("called", "withdrawn"),
    ("serving", "finished"),
    ("missed", "called"),
    ("missed", "withdrawn"),
}
TICKET_UNDOES = {("missed", "called"), ("finished", "called"), ("finished", "serving")}


@pytest.mark.parametrize("undo", [False, True])
@pytest.mark.parametrize("to", TicketState)
@pytest.mark.parametrize("state", TicketState)
def test_moves_of_a_ticket(state: TicketState, to: TicketState, undo: bool) -> None:
    ticket = Ticket(
        ticket_id="t",
        queue="social",
        business_day="2026-11-25",
        sequence=1,
        number="A001",
        terminal="kiosk-1",
        issued_ms=NINE,
        state=state,
    )
    if (state, to) in (TICKET_UNDOES if undo else TICKET_MOVES):
        assert tickets.transition(ticket, to, undo=undo) is to
    else:
        with pytest.raises(RuleError, match=f"{state}.*{to}") as refusal:
            tickets.transition(ticket, to, undo=undo)
        assert refusal.value.reason == "wrong_state"


def test_an_illegal_move_of_a_window_names_both_states() -> None:
    with pytest.raises(RuleError, match=r"paused.*calling"):
        windows.transition(Window(id="1", state=WindowState.PAUSED), WindowState.CALLING)


@pytest.mark.parametrize("state", ["idle", "paused", "calling", "serving"])
def test_a_clerk_takes_over_a_window_whose_clerk_left(state: str) -> None:
    desk = desk_in(state)
    before = desk.state.window("1")
    assert desk.refused(OPEN, WANG) == "wrong_state"
    desk.now += 1000
    take_over = OpenWindow(window="1", take_over=True)
    assert desk.do(take_over, WANG) == (
        facts.WindowTakenOver(window="1", clerk=WANG.id, left_by=LI.id, at_ms=NINE + 1000),
    )
    assert desk.do(take_over, WANG) == ()
    after = desk.state.window("1")
    assert after.clerk == WANG.id
    assert (after.state, after.ticket_id) == (before.state, before.ticket_id)
    assert (after.reason, after.since_ms) == (before.reason, before.since_ms)
    assert desk.refused(CLOSE, LI) == "not_allowed"
    if before.ticket_id is not None:
        desk.do(FINISH, WANG)
    assert desk.replayed() == desk.state


def test_taking_over_needs_a_clerk_who_is_nowhere_else_and_frees_the_other() -> None:
    desk = Desk().staffed("1", LI).staffed("2", WANG)
    assert desk.refused(OpenWindow(window="1", take_over=True), WANG) == "wrong_state"
    desk.do(CloseWindow(window="2"), WANG)
    desk.do(OpenWindow(window="1", take_over=True), WANG)
    desk.do(OpenWindow(window="2", take_over=True), LI)  # closed: an ordinary signing in
    assert desk.state.window("2").clerk == LI.id


def test_nobody_undoes_what_the_clerk_before_did() -> None:
    desk = desk_in("calling")
    desk.do(MISS, LI)
    desk.do(OpenWindow(window="1", take_over=True), WANG)
    assert desk.refused(UNDO, WANG) == "wrong_state"
