"""Taking numbers, taking them back, reporting the print."""

import pytest
from desk import KIOSK, LI, MINUTE, NINE, SITE, SYSTEM, Desk

from hall_controller import facts
from hall_controller.commands import (
    Actor,
    CallNext,
    Finish,
    IssueTicket,
    MarkMissed,
    ReportPrint,
    Role,
    StartServing,
    WithdrawRequest,
)
from hall_controller.core import days
from hall_controller.core.days import business_day, ticket_number

HOUR = 60 * MINUTE
KIOSK_2 = Actor(Role.TERMINAL, "kiosk-2")


def test_a_ticket_says_all_about_itself() -> None:
    desk = Desk()
    issued = desk.do(
        IssueTicket(queue="social", item_id="pension", person=b"{}"),
        request_id="r-1",
        person_id="person-7",
    )
    assert issued == (
        facts.TicketIssued(
            ticket_id="id-1",
            queue="social",
            business_day="2026-11-25",
            sequence=1,
            number="A001",
            item_id="pension",
            person_id="person-7",
            terminal="kiosk-1",
            issued_ms=NINE,
        ),
    )
    ticket = desk.state.of_request("r-1")
    assert ticket is not None
    assert (ticket.queue, ticket.business_day, ticket.sequence) == ("social", "2026-11-25", 1)


def test_each_queue_counts_for_itself() -> None:
    desk = Desk()
    taken = [desk.take(queue).number for queue in ("social", "civil", "social", "other", "civil")]
    assert taken == ["A001", "B001", "A002", "C001", "B002"]


@pytest.mark.parametrize(
    ("sequence", "number"), [(1, "A001"), (42, "A042"), (999, "A999"), (1000, "A1000")]
)
def test_number_format(sequence: int, number: str) -> None:
    assert ticket_number("A", sequence) == number


@pytest.mark.parametrize(
    ("utc_ms", "day"),
    [
        (1_795_535_999_999, "2026-11-24"),  # 23:59:59.999 in Chongqing, 15:59:59.999 UTC
        (1_795_536_000_000, "2026-11-25"),
        (0, "1970-01-01"),
        (253_402_271_999_999, "9999-12-31"),
    ],
)
def test_the_business_day_is_that_of_shanghai(utc_ms: int, day: str) -> None:
    assert business_day(utc_ms) == day


def test_a_new_day_starts_at_one_and_keeps_the_old_tickets_from_being_called() -> None:
    desk = Desk().staffed()
    old = desk.take()
    desk.now += 24 * HOUR
    new = desk.take()
    assert (old.number, new.number) == ("A001", "A001")
    assert old.business_day < new.business_day
    assert desk.refused(CallNext(window="1", ticket_id=old.ticket_id), LI) == "wrong_state"
    desk.do(CallNext(window="1"), LI)
    assert desk.state.window("1").ticket_id == new.ticket_id
    desk.do(Finish(window="1"), LI)
    assert desk.refused(CallNext(window="1"), LI) == "nothing_waiting"


def test_old_days_are_forgotten_but_not_who_is_at_a_window() -> None:
    desk = Desk().staffed()
    served, left = desk.take(request_id="r-1"), desk.take(request_id="r-2")
    desk.do(CallNext(window="1"), LI)
    desk.now += 24 * HOUR
    days.forget_before(desk.state, days.first_day_kept(desk.now))
    assert list(desk.state.tickets) == [served.ticket_id, left.ticket_id]  # yesterday is kept
    desk.now += 24 * HOUR
    days.forget_before(desk.state, days.first_day_kept(desk.now))
    assert list(desk.state.tickets) == [served.ticket_id]
    assert desk.state.of_request("r-2") is None
    assert desk.take().number == "A001"
    desk.do(Finish(window="1"), LI)


def test_late_reports_and_withdrawals_find_yesterdays_ticket() -> None:
    desk = Desk()
    printed, ghost = desk.take(request_id="r-1"), desk.take(request_id="r-2")
    desk.now += 24 * HOUR
    days.forget_before(desk.state, days.first_day_kept(desk.now))
    desk.do(ReportPrint(ticket_id=printed.ticket_id, outcome="unsure"))
    assert desk.ticket(printed).print_outcome == "unsure"
    assert desk.do(WithdrawRequest(of="r-2")) == (
        facts.TicketWithdrawn(ticket_id=ghost.ticket_id, at_ms=desk.now),
    )


def test_what_nobody_can_ask_for_any_more_is_forgotten() -> None:
    desk = Desk()
    desk.do(WithdrawRequest(of="old"))
    seen, new = desk.take(person_id="person-1"), desk.now + 9 * 24 * HOUR
    desk.state.persons["person-1"] = "测**"
    desk.now = new
    desk.do(WithdrawRequest(of="new"))
    days.forget_before(desk.state, days.first_day_kept(new), new - 8 * 24 * HOUR)
    assert desk.state.withdrawn == {"new": new}
    assert seen.ticket_id not in desk.state.tickets
    assert desk.state.persons == {}


def test_the_same_request_keeps_its_ticket() -> None:
    desk = Desk()
    first = desk.take(request_id="r-1")
    assert desk.do(IssueTicket(queue="social"), request_id="r-1") == ()
    assert desk.take(request_id="r-1") is first
    assert desk.take(request_id="r-2").number == "A002"


def test_another_terminal_does_not_get_a_foreign_ticket() -> None:
    desk = Desk()
    mine = desk.take(request_id="r-1")
    act = IssueTicket(queue="social")
    assert desk.refused(act, KIOSK_2, request_id="r-1") == "not_allowed"
    assert desk.refused(WithdrawRequest(of="r-1"), KIOSK_2) == "not_allowed"
    report = ReportPrint(ticket_id=mine.ticket_id, outcome="printed")
    assert desk.refused(report, KIOSK_2) == "not_allowed"
    assert desk.do(report, SYSTEM)


def test_a_withdrawal_that_overtakes_its_request_refuses_it() -> None:
    desk = Desk()
    assert desk.do(WithdrawRequest(of="r-1")) == (facts.RequestWithdrawn(of="r-1", at_ms=NINE),)
    assert desk.do(WithdrawRequest(of="r-1")) == ()
    assert desk.refused(IssueTicket(queue="social"), request_id="r-1") == "withdrawn"
    assert desk.take(request_id="r-2").number == "A001"


def test_a_withdrawn_ticket_is_never_called() -> None:
    desk = Desk().staffed()
    ghost, guest = desk.take(request_id="r-1"), desk.take()
    assert desk.do(WithdrawRequest(of="r-1")) == (
        facts.TicketWithdrawn(ticket_id=ghost.ticket_id, at_ms=NINE),
    )
    assert desk.do(WithdrawRequest(of="r-1")) == ()
    assert desk.refused(CallNext(window="1", ticket_id=ghost.ticket_id), LI) == "wrong_state"
    desk.do(CallNext(window="1"), LI)
    assert desk.state.window("1").ticket_id == guest.ticket_id


def test_withdrawing_a_called_ticket_frees_the_window() -> None:
    desk = Desk().staffed()
    desk.take(request_id="r-1")
    desk.do(CallNext(window="1"), LI)
    desk.now += MINUTE
    desk.do(WithdrawRequest(of="r-1"))
    window = desk.state.window("1")
    assert (window.state, window.ticket_id, window.since_ms) == ("idle", None, desk.now)
    assert window.clerk == LI.id


@pytest.mark.parametrize(
    ("acts", "answer"),
    [
        ([MarkMissed(window="1")], "done"),
        ([StartServing(window="1")], "wrong_state"),
        ([Finish(window="1")], "wrong_state"),
        ([StartServing(window="1"), Finish(window="1")], "wrong_state"),
    ],
)
def test_withdrawing_a_ticket_that_went_on(acts: list, answer: str) -> None:
    desk = Desk().staffed()
    desk.take(request_id="r-1")
    for act in [CallNext(window="1"), *acts]:
        desk.do(act, LI)
    if answer == "done":
        assert len(desk.do(WithdrawRequest(of="r-1"))) == 1
    else:
        assert desk.refused(WithdrawRequest(of="r-1")) == answer


def test_print_reports() -> None:
    desk = Desk()
    ticket = desk.take()
    waiting_behind = desk.take()
    unsure = ReportPrint(ticket_id=ticket.ticket_id, outcome="unsure")
    assert desk.do(unsure) == (
        facts.TicketPrintReported(ticket_id=ticket.ticket_id, outcome="unsure"),
    )
    assert desk.do(unsure) == ()
    desk.do(ReportPrint(ticket_id=ticket.ticket_id, outcome="printed"))
    assert desk.ticket(ticket).print_outcome == "printed"
    line = desk.state.line("social", ticket.business_day, ticket.state)
    assert list(line) == [ticket.ticket_id, waiting_behind.ticket_id]  # its place is kept


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (IssueTicket(queue="moon"), "unknown_queue"),
        (IssueTicket(queue=""), "unknown_queue"),
        (ReportPrint(ticket_id="nobody", outcome="printed"), "unknown_ticket"),
        (ReportPrint(ticket_id="nobody", outcome="eaten"), "bad_request"),
    ],
)
def test_bad_requests(act: object, reason: str) -> None:
    assert Desk().refused(act, KIOSK, request_id="r-1") == reason


def test_foreign_sites_and_late_requests_are_refused() -> None:
    desk = Desk()
    act = IssueTicket(queue="social")
    assert desk.refused(act, site="500240116001") == "not_owner"
    assert desk.refused(act, SYSTEM, site="") == "not_owner"
    assert desk.refused(act, expires_ms=NINE - 1) == "expired"
    assert desk.do(act, expires_ms=NINE, site=SITE)
