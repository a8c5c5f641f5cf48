"""What the public and the web see."""

from dataclasses import asdict
from time import process_time

from desk import LI, MINUTE, NINE, RULES, WANG, Desk

from hall_controller.commands import (
    CallNext,
    CloseWindow,
    Finish,
    IssueTicket,
    MarkMissed,
    PauseWindow,
    Recall,
    StartServing,
    TerminalPresence,
    WithdrawRequest,
)
from hall_controller.core.board import queue_board, window_board
from hall_controller.core.view import ViewMaker

SOCIAL, CIVIL, OTHER = RULES.queues
DAY = 24 * 60 * MINUTE


def test_the_board_of_a_queue() -> None:
    desk = Desk()
    closed = queue_board(desk.state, RULES, SOCIAL, desk.now)
    assert (closed.is_open, closed.waiting, closed.calls) == (False, 0, ())
    desk.staffed("3")
    for _ in range(3):
        desk.take()
    desk.do(CallNext(window="3"), LI)
    board = queue_board(desk.state, RULES, SOCIAL, desk.now)
    assert asdict(board) == {
        "queue": "social",
        "name": "社会保障",
        "name_en": "Social security",
        "is_open": True,
        "waiting": 2,
        "estimate_minutes": 12,
        "calls": (
            {
                "call_id": "id-4",
                "number": "A001",
                "queue": "social",
                "window": "3",
                "window_name": "3号窗口",
                "at_ms": NINE,
            },
        ),
    }
    assert queue_board(desk.state, RULES, OTHER, desk.now).calls == ()


def test_calls_are_newest_first_each_ticket_once_and_of_today() -> None:
    desk = Desk().staffed("3")
    for _ in range(14):
        desk.take()
    for _ in range(14):
        desk.do(CallNext(window="3"), LI)
        desk.do(Recall(window="3"), LI)
        desk.do(MarkMissed(window="3"), LI)
    shown = [call.number for call in queue_board(desk.state, RULES, SOCIAL, desk.now).calls]
    assert shown == [f"A{n:03d}" for n in range(14, 2, -1)]
    assert queue_board(desk.state, RULES, SOCIAL, desk.now + DAY).calls == ()


def test_what_a_window_shows() -> None:
    desk = Desk()
    window = RULES.windows[2]
    seen = [window_board(desk.state, window)]
    desk.staffed("3").take()
    for act in (
        CallNext(window="3"),
        Recall(window="3"),
        StartServing(window="3"),
        Finish(window="3"),
        PauseWindow(window="3", reason="午休"),
        CloseWindow(window="3"),
    ):
        desk.do(act, LI)
        seen.append(window_board(desk.state, window))
    assert [(board.shows, board.number, board.call_id, board.reason) for board in seen] == [
        ("closed", None, None, ""),
        ("calling", "A001", "id-2", ""),
        ("calling", "A001", "id-3", ""),
        ("serving", "A001", "id-3", ""),
        ("idle", None, None, ""),
        ("paused", None, None, "午休"),
        ("closed", None, None, ""),
    ]


def test_the_view_of_a_working_hall() -> None:
    desk = Desk().staffed("1", LI).staffed("3", WANG)
    act = IssueTicket(queue="social", item_id="pension")
    desk.do(act, person_id="p-1")
    desk.do(IssueTicket(queue="social", item_id="unheard-of"))
    desk.take()
    desk.state.persons["p-1"] = "测**"
    desk.do(CallNext(window="1"), LI)
    desk.do(MarkMissed(window="1"), LI)
    desk.do(CallNext(window="3"), WANG)
    desk.do(TerminalPresence(terminal="kiosk-1", state="ready", run_id="r", software="0.1"))
    maker = ViewMaker(RULES)
    view = maker.make(desk.state, desk.now + 1_000, bus_connected=False)
    social = view.queues[0]
    assert [(t.number, t.state) for t in social.waiting] == [("A003", "waiting")]
    (missed,) = social.missed
    assert (missed.person, missed.item_name) == ("测**", "城乡居民养老保险参保登记")
    assert (social.issued_today, social.finished_today) == (3, 0)
    first, _, third = view.windows
    assert (first.shows, first.undo_act, first.undo_until_ms) == ("idle", "missed", NINE + 5_000)
    assert (third.shows, third.undo_act, third.clerk) == ("calling", None, "clerk:wang")
    assert third.ticket is not None
    assert (third.ticket.number, third.ticket.item_name) == ("A002", "unheard-of")
    assert [call.number for call in view.calls] == ["A002", "A001"]
    assert [(t.id, t.state) for t in view.terminals] == [
        ("kiosk-1", "ready"),
        ("kiosk-2", "unknown"),
        ("node-1", "unknown"),
    ]
    assert not view.bus_connected
    later = maker.make(desk.state, desk.now + 5_001)
    assert later.windows[0].undo_until_ms is None
    assert later.revision == view.revision + 1
    assert later.queues[0].waiting[0] is social.waiting[0]


def test_the_view_follows_every_change() -> None:
    desk = Desk().staffed("3")
    desk.do(IssueTicket(queue="social"), person_id="p-1")
    used = ViewMaker(RULES)
    for act in (CallNext, Recall, StartServing, Finish):
        used.make(desk.state, desk.now)
        desk.now += MINUTE
        desk.do(act(window="3"), LI)
        desk.state.persons["p-1"] = f"测{desk.now}"
        fresh = ViewMaker(RULES).make(desk.state, desk.now)
        seen = used.make(desk.state, desk.now)
        assert (seen.queues, seen.windows, seen.calls) == (fresh.queues, fresh.windows, fresh.calls)


def test_no_undo_is_offered_once_the_ticket_went_on() -> None:
    desk = Desk().staffed("3")
    desk.take(request_id="r-1")
    desk.do(CallNext(window="3"), LI)
    desk.do(MarkMissed(window="3"), LI)
    assert ViewMaker(RULES).make(desk.state, desk.now).windows[2].undo_act == "missed"
    desk.do(WithdrawRequest(of="r-1"))
    assert ViewMaker(RULES).make(desk.state, desk.now).windows[2].undo_act is None


def test_yesterdays_tickets_show_only_at_a_window() -> None:
    desk = Desk().staffed("3")
    desk.take()
    desk.take()
    desk.do(CallNext(window="3"), LI)
    view = ViewMaker(RULES).make(desk.state, desk.now + DAY)
    assert (view.queues[0].waiting, view.queues[0].issued_today, view.calls) == ((), 0, ())
    assert view.windows[2].ticket is not None


def test_the_view_of_sixty_waiting_takes_less_than_two_milliseconds() -> None:
    desk = Desk().staffed("1")
    for n in range(60):
        desk.take(("social", "civil", "other")[n % 3])
    costs = []
    for _ in range(20):
        maker = ViewMaker(RULES)  # nothing kept from before: the dearest case
        begun = process_time()
        maker.make(desk.state, desk.now)
        costs.append(process_time() - begun)
    assert min(costs) < 0.002
