"""Visits as lists of presses: what is pressed, and the screen that stands there afterwards."""

import pytest

from kiosk.flow.effects import (
    AskTicket,
    Print,
    Raised,
    RaiseEvent,
    ReportPrint,
    StartReading,
    StopReading,
    Wipe,
    WithdrawRequest,
)
from kiosk.flow.events import (
    BoardChanged,
    CardFailed,
    CardRead,
    DevicesChanged,
    HallContact,
    HallReplied,
    Press,
    Printed,
    PrintOutcome,
)
from kiosk.flow.visit import CardNotice, Cards, Language, QueueFacts, Screen, Trouble
from tests.flow.table import PERSON, RULES, TICKET, Play

P = Press

JOURNEYS = {
    "card announced": [(P.TAKE_NUMBER, "identify"), ("card", "domains"), ("d0", "items")],
    "card laid on home": [("card", "domains"), ("d0", "items"), ("d0-i0", "confirm")],
    "no card": [(P.NO_CARD, "domains"), ("d0", "items"), ("d0-i0", "confirm")],
    "forgot the card after all": [(P.TAKE_NUMBER, "identify"), (P.NO_CARD, "domains")],
    "the whole way": [
        (P.NO_CARD, "domains"),
        ("d1", "items"),
        ("d1-i0", "confirm"),
        (P.CONFIRM, "issuing"),
        ("reply", "printing"),
        ("printed", "take_paper"),
        (P.DONE, "home"),
    ],
    "back, one step each": [
        (P.TAKE_NUMBER, "identify"),
        (P.NO_CARD, "domains"),
        ("d1", "items"),
        ("d1-i0", "confirm"),
        (P.CONFIRM, "issuing"),
        (P.BACK, "confirm"),
        (P.BACK, "items"),
        (P.BACK, "domains"),
        (P.BACK, "identify"),
        (P.BACK, "home"),
        (P.BACK, "home"),
    ],
    "back without identify": [(P.NO_CARD, "domains"), (P.BACK, "home")],
    "no way back before a number that was given": [
        (P.NO_CARD, "domains"),
        ("d1", "items"),
        ("d1-i0", "confirm"),
        (P.CONFIRM, "issuing"),
        ("reply", "printing"),
        (P.BACK, "printing"),
        ("unsure", "trouble"),
        (P.BACK, "trouble"),
        (P.REPRINT, "printing"),
        ("printed", "take_paper"),
        (P.BACK, "take_paper"),
    ],
    "presses that mean nothing here": [
        (P.CONFIRM, "home"),
        (P.REPRINT, "home"),
        (P.DONE, "home"),
        (P.RETRY, "home"),
        ("d0", "home"),
        (P.NO_CARD, "domains"),
        ("d1-i0", "domains"),
        (P.CONFIRM, "domains"),
        ("nonsense", "domains"),
        ("d0", "items"),
        ("d1-i0", "items"),  # an item of another domain
    ],
}


@pytest.mark.parametrize("journey", JOURNEYS.values(), ids=JOURNEYS.keys())
def test_journey(journey: list[tuple[Press | str, str]]) -> None:
    play = Play()
    for at, (pressed, screen) in enumerate(journey):
        match pressed:
            case "card":
                play.card()
            case "reply":
                play.reply()
            case "printed":
                play.printed(PrintOutcome.PRINTED)
            case "unsure":
                play.printed(PrintOutcome.UNSURE, "unconfirmed")
            case _:
                play.press(pressed)
        assert play.visit.screen == screen, f"step {at}: {pressed}"


def test_the_hall_is_asked_for_the_chosen_item_with_the_person() -> None:
    play = Play().card().press("d2", "d2-i0", P.CONFIRM)
    assert play.asked == [AskTicket("run-1-1", "general", "d2-i0", PERSON)]
    play.reply()
    assert play.prints == [Print("run-1", TICKET, "事项2-0")]
    play.printed(PrintOutcome.PRINTED)
    assert ReportPrint("t-1", PrintOutcome.PRINTED) in play.effects


def test_pages_stop_at_both_ends_and_back_returns_to_the_page() -> None:
    play = Play().press(P.NO_CARD)
    pages = [play.press(P.PAGE_NEXT).visit.page for _ in range(3)]
    assert pages == [1, 1, 1]
    play.press("d7")
    assert play.visit.page == 0
    assert [play.press(P.PAGE_NEXT).visit.page for _ in range(3)] == [1, 2, 2]
    play.press("d7-i13", P.BACK)
    assert (play.visit.screen, play.visit.page) == (Screen.ITEMS, 2)
    play.press(P.BACK)
    assert (play.visit.screen, play.visit.page) == (Screen.DOMAINS, 1)
    assert play.press(P.PAGE_PREV, P.PAGE_PREV).visit.page == 0


def test_language_stays_for_the_visit_only() -> None:
    play = Play().press(P.LANGUAGE, P.NO_CARD, "d0")
    assert play.visit.language is Language.EN
    assert play.press(P.HOME).visit.language is Language.ZH


def test_help_is_raised_once_and_the_notice_goes_with_the_next_touch() -> None:
    play = Play().press(P.NO_CARD, P.HELP, P.HELP)
    assert play.visit.help_called
    assert play.effects.count(RaiseEvent(Raised.HELP_PRESSED)) == 1
    assert not play.press(P.TOUCH).visit.help_called


# --- cards


@pytest.mark.parametrize(
    "notice", [CardNotice.EXPIRED, CardNotice.CHECK_DIGIT, CardNotice.NOT_YET_VALID]
)
def test_a_doubtful_card_is_told_and_not_used(notice: CardNotice) -> None:
    play = Play()
    play.feed(CardRead(play.visit.id, None, notice))
    assert (play.visit.screen, play.visit.card_notice) == (Screen.IDENTIFY, notice)
    assert RaiseEvent(Raised.CARD_ERROR, notice.value) in play.effects
    assert play.press(P.NO_CARD).visit.screen is Screen.DOMAINS
    assert play.visit.person is None


def test_trying_again_after_a_card_that_was_lifted() -> None:
    play = Play().press(P.TAKE_NUMBER)
    play.feed(CardFailed(play.visit.id, CardNotice.LIFTED))
    assert play.visit.card_notice is CardNotice.LIFTED
    assert play.press(P.RETRY).visit.card_notice is None
    play.take()
    play.later(1)
    assert play.take() == [StartReading("run-1")]
    assert play.card().visit.screen is Screen.DOMAINS


def test_the_reader_reads_on_idle_home_and_identify_only() -> None:
    play = Play()
    assert play.take() == [StartReading("run-1")]
    play.press(P.TAKE_NUMBER)
    assert play.take() == []
    play.press(P.NO_CARD)
    assert play.take() == [StopReading()]
    play.press(P.HOME)
    assert play.take() == [Wipe(), StartReading("run-2")]
    play.press(P.HOME)
    assert play.take() == [Wipe(), StopReading(), StartReading("run-3")]


def test_the_next_look_for_a_card_follows_at_once() -> None:
    play = Play()
    play.take()
    play.feed(CardFailed(play.visit.id, None))
    assert play.take() == [StartReading("run-1")]


def test_a_reader_that_fails_at_once_is_asked_once_a_second_at_most() -> None:
    play = Play()
    play.take()
    for _ in range(5):
        play.feed(CardFailed(play.visit.id, CardNotice.READER_GONE))
    assert play.take() == []
    assert (play.visit.screen, play.visit.card_notice) == (Screen.HOME, None)
    play.later(1)
    assert play.take() == [StartReading("run-1")]


def test_a_broken_reader_is_told_to_who_stands_before_it() -> None:
    play = Play().press(P.TAKE_NUMBER).feed(DevicesChanged(False, True))
    assert play.visit.card_notice is CardNotice.READER_GONE
    assert not play.visit.reading
    play.feed(DevicesChanged(True, True)).later(1)
    assert play.visit.card_notice is None
    assert play.visit.reading
    broken = Play().feed(DevicesChanged(False, True)).press(P.TAKE_NUMBER)
    assert broken.visit.card_notice is CardNotice.READER_GONE


def test_what_is_asked_for_is_what_the_readers_take_now() -> None:
    play = Play().feed(DevicesChanged(True, True, Cards.BOTH)).press(P.TAKE_NUMBER)
    assert play.visit.hall.cards is Cards.BOTH
    play.feed(DevicesChanged(True, True, Cards.SOCIAL_SECURITY))  # the other one went
    assert (play.visit.screen, play.visit.hall.cards) == (Screen.IDENTIFY, Cards.SOCIAL_SECURITY)
    assert play.visit.reading
    play.press(P.HOME)
    assert play.visit.hall.cards is Cards.SOCIAL_SECURITY  # the next visitor's too


def test_a_card_of_the_last_visitor_is_dropped() -> None:
    play = Play()
    old = play.visit.id
    play.press(P.TAKE_NUMBER, P.HOME).feed(CardRead(old, PERSON))
    assert play.visit.screen is Screen.HOME
    assert play.visit.person is None


# --- the hall


def test_no_answer_in_time_and_then_the_answer_comes() -> None:
    play = Play().to_issuing().later(8)
    assert (play.visit.screen, play.visit.trouble) == (Screen.TROUBLE, Trouble.HALL_UNREACHABLE)
    play.press(P.RETRY)
    assert play.visit.screen is Screen.ISSUING
    assert len(play.asked) == 1  # the same request, still being sent
    play.later(8).reply()
    assert play.visit.screen is Screen.PRINTING


def test_who_leaves_withdraws_and_a_late_answer_prints_nothing() -> None:
    play = Play().to_issuing().later(8)
    tag = play.visit.pending or ""
    play.take()
    play.press(P.DONE)
    assert WithdrawRequest(tag) in play.take()
    play.feed(HallReplied(tag, TICKET))
    assert play.take() == [ReportPrint("t-1", PrintOutcome.NOT_PRINTED)]
    assert play.visit.screen is Screen.HOME


def test_a_citizen_who_walks_away_withdraws_too() -> None:
    play = Play().to_issuing()
    tag = play.visit.pending or ""
    play.later(8 + 60 + 15)
    assert play.visit.screen is Screen.HOME
    assert play.effects.count(WithdrawRequest(tag)) == 1


def test_no_line_is_said_at_the_start_not_after_four_screens() -> None:
    play = Play(connected=False).press(P.NO_CARD)
    assert play.visit.trouble is Trouble.HALL_UNREACHABLE
    assert play.press(P.RETRY).visit.screen is Screen.TROUBLE
    play.feed(HallContact(True))
    assert play.press(P.RETRY).visit.screen is Screen.HOME


def test_no_line_at_confirm_asks_nothing_until_retried() -> None:
    play = Play().press(P.NO_CARD, "d0", "d0-i0").feed(HallContact(False)).press(P.CONFIRM)
    assert play.visit.trouble is Trouble.HALL_UNREACHABLE
    assert play.asked == []
    play.feed(HallContact(True)).press(P.RETRY)
    assert play.visit.screen is Screen.ISSUING
    assert len(play.asked) == 1


@pytest.mark.parametrize(
    ("refusal", "trouble", "retry_helps"),
    [
        ("queue_full", Trouble.QUEUE_FULL, False),
        ("unknown_queue", Trouble.REFUSED, False),
        ("store_failed", Trouble.REFUSED, True),
        ("expired", Trouble.REFUSED, True),
    ],
)
def test_refusals(refusal: str, trouble: Trouble, retry_helps: bool) -> None:
    play = Play().to_issuing().reply(None, refusal)
    assert (play.visit.trouble, play.visit.retry_helps) == (trouble, retry_helps)
    play.press(P.RETRY)
    assert len(play.asked) == (2 if retry_helps else 1)
    assert len({ask.tag for ask in play.asked}) == len(play.asked)


def test_the_board_tells_of_queues() -> None:
    play = Play().feed(BoardChanged(QueueFacts("general", "综合", waiting=4)))
    play.feed(BoardChanged(QueueFacts("general", "综合", waiting=5)))
    assert [queue.waiting for queue in play.visit.hall.queues] == [5]
    assert play.press(P.HOME).visit.hall.queue("general") is not None
    play.feed(BoardChanged(QueueFacts("gone", "旧队列", waiting=4)))  # no item leads there
    assert [queue.id for queue in play.visit.hall.queues] == ["general"]


# --- the printer


@pytest.mark.parametrize(
    ("outcome", "trouble"),
    [
        (PrintOutcome.NOT_PRINTED, Trouble.NOT_PRINTED),
        (PrintOutcome.UNSURE, Trouble.PRINT_UNSURE),
    ],
)
def test_print_trouble_keeps_the_number_and_prints_again_only_when_pressed(
    outcome: PrintOutcome, trouble: Trouble
) -> None:
    play = Play().to_printing().printed(outcome, "paper_out")
    assert (play.visit.trouble, play.visit.print_reason) == (trouble, "paper_out")
    assert play.visit.ticket == TICKET
    play.press(P.RETRY, P.CONFIRM, P.TOUCH).later(20)
    assert len(play.prints) == 1
    play.press(P.REPRINT, P.REPRINT)
    assert len(play.prints) == 2
    assert play.printed(PrintOutcome.PRINTED).visit.screen is Screen.TAKE_PAPER


def test_a_printer_that_never_ends_is_unsure_and_not_asked_again_meanwhile() -> None:
    play = Play().to_printing().later(60)
    assert play.visit.trouble is Trouble.PRINT_UNSURE
    assert not play.visit.can_reprint
    assert len(play.press(P.REPRINT).prints) == 1
    assert play.printed(PrintOutcome.PRINTED).visit.screen is Screen.TAKE_PAPER


def test_a_slip_that_ends_after_its_visitor_left_is_still_reported() -> None:
    play = Play().to_printing()
    old = play.visit.id
    play.press(P.HOME)
    play.take()
    play.feed(Printed(old, "t-1", PrintOutcome.PRINTED))
    assert play.take() == [ReportPrint("t-1", PrintOutcome.PRINTED)]
    assert play.visit.screen is Screen.HOME


# --- time


def test_idle_counts_down_visibly_and_goes_home_wiped() -> None:
    play = Play().card().press("d0").later(60)
    assert play.visit.countdown_s == 15
    assert play.later(14).visit.countdown_s == 1
    play.take()
    play.later(1)
    assert play.visit.screen is Screen.HOME
    assert play.visit.person is None
    assert Wipe() in play.take()


def test_continue_extends_at_least_ten_times_beyond_the_longest_visit_too() -> None:
    play = Play().press(P.NO_CARD)
    for _ in range(12):
        while play.visit.countdown_s is None:
            play.later(1)
        play.press(P.CONTINUE)
        assert play.visit.screen is Screen.DOMAINS
    assert play.visit.now_ms > 600_000


def test_a_visit_does_not_last_for_ever_by_touching() -> None:
    play = Play().press(P.NO_CARD)
    for _ in range(700):
        play.later(1).press(P.PAGE_NEXT)
    assert play.visit.serial > 1


def test_the_ticket_screen_stays_twelve_seconds() -> None:
    play = Play().to_printing().printed(PrintOutcome.PRINTED).later(11)
    assert play.visit.screen is Screen.TAKE_PAPER
    assert play.later(1).visit.screen is Screen.HOME


@pytest.mark.parametrize("touch", [P.NO_CARD, P.HOME, P.HELP, P.LANGUAGE, "d0"])
def test_the_first_touch_on_idle_only_wakes(touch: Press | str) -> None:
    play = Play().later(60)
    assert play.visit.screen is Screen.IDLE
    play.take()
    play.press(touch)
    assert play.visit.screen is Screen.HOME
    assert play.visit.language is Language.ZH
    assert play.take() == []


def test_a_card_laid_on_the_idle_screen_starts_at_once() -> None:
    assert Play().later(60).card().visit.screen is Screen.DOMAINS


def test_waiting_for_the_hall_is_not_idleness() -> None:
    play = Play().press(P.NO_CARD, "d0", "d0-i0")
    for _ in range(59):
        play.later(10).press(P.TOUCH)
    play.later(9).press(P.CONFIRM).later(7)  # the longest visit ends meanwhile
    assert play.visit.screen is Screen.ISSUING


def test_a_request_is_good_for_longer_than_any_visit() -> None:
    play = Play().press(P.NO_CARD)
    while play.visit.serial == 1:  # who is busy to the limit, then uses each countdown up
        play.later(1)
        if play.visit.countdown_s in (None, 1):
            play.press(P.CONTINUE)
    assert 900_000 < play.visit.now_ms < RULES.longest_visit_ms
