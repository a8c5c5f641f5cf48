"""What the answers of reader, hall and printer do. Answers to an earlier visit change nothing."""

from dataclasses import replace

from kiosk.flow.effects import Effect, Raised, RaiseEvent, ReportPrint
from kiosk.flow.events import (
    CardFailed,
    CardRead,
    DevicesChanged,
    HallReplied,
    Printed,
    PrintOutcome,
)
from kiosk.flow.menu import Menu
from kiosk.flow.moves import Step, go, into_trouble, print_ticket
from kiosk.flow.rules import Rules
from kiosk.flow.touch import begin, service_name
from kiosk.flow.visit import CardNotice, Screen, Trouble, Visit

READER_ARMED = (Screen.IDLE, Screen.HOME, Screen.IDENTIFY)
_TRY_AGAIN = ("store_failed", "expired")  # refusals that a second attempt may cure


def card_read(visit: Visit, event: CardRead, rules: Rules) -> Step:
    """A good card starts the visit at once; a doubtful one is told of and not used."""
    if event.session != visit.id:
        return visit, ()
    visit = replace(visit, reading=False)
    if visit.screen not in READER_ARMED:
        return visit, ()
    if event.notice is not None or event.person is None:
        return _notice(visit, event.notice, rules)
    return begin(replace(visit, person=event.person), Screen.DOMAINS, rules), ()


def card_failed(visit: Visit, event: CardFailed, rules: Rules) -> Step:
    """No card came, or it could not be read."""
    if event.session != visit.id:
        return visit, ()
    visit = replace(visit, reading=False)
    if visit.screen not in READER_ARMED:
        return visit, ()
    return _notice(visit, event.notice, rules)


def _notice(visit: Visit, notice: CardNotice | None, rules: Rules) -> Step:
    """Say what is wrong with the card, on the identify screen.

    The same notice again (a card left lying) counts neither as a touch nor as a new event. The
    reader's own fault interests only who stands before it already.
    """
    if notice in (None, visit.card_notice):
        return visit, ()
    if notice is CardNotice.READER_GONE:
        here = visit.screen is Screen.IDENTIFY
        return (replace(visit, card_notice=notice) if here else visit), ()
    if visit.screen is not Screen.IDENTIFY:
        visit = begin(visit, Screen.IDENTIFY, rules)
    told = replace(visit, card_notice=notice) if visit.screen is Screen.IDENTIFY else visit
    return told, (RaiseEvent(Raised.CARD_ERROR, str(notice)),)


def hall_replied(visit: Visit, event: HallReplied, menu: Menu, rules: Rules) -> Step:
    """The number, or a refusal. A number for a request that was left gets no paper."""
    if event.tag != visit.pending:
        if event.ticket is None:
            return visit, ()
        return visit, (ReportPrint(event.ticket.ticket_id, PrintOutcome.NOT_PRINTED),)
    visit = replace(visit, pending=None)
    if event.ticket is not None:
        return print_ticket(visit, event.ticket, service_name(visit, menu), rules)
    full = event.refusal == "queue_full"
    trouble = Trouble.QUEUE_FULL if full else Trouble.REFUSED
    return into_trouble(visit, trouble, rules, retry_helps=event.refusal in _TRY_AGAIN), ()


def printed(visit: Visit, event: Printed, rules: Rules) -> Step:
    """How the slip came out. The hall is told in any case, also when the citizen has left."""
    effects: tuple[Effect, ...] = (ReportPrint(event.ticket_id, event.outcome),)
    if event.outcome is PrintOutcome.UNSURE:
        effects = (*effects, RaiseEvent(Raised.PRINT_UNSURE, event.reason or ""))
    mine = visit.ticket is not None and visit.ticket.ticket_id == event.ticket_id
    if event.session != visit.id or not mine or not visit.print_under_way:
        return visit, effects
    visit = replace(visit, print_under_way=False, print_reason=event.reason)
    if event.outcome is PrintOutcome.PRINTED:
        return go(visit, Screen.TAKE_PAPER, rules), effects
    not_printed = event.outcome is PrintOutcome.NOT_PRINTED
    trouble = Trouble.NOT_PRINTED if not_printed else Trouble.PRINT_UNSURE
    return into_trouble(visit, trouble, rules, retry_helps=False), effects


def devices_changed(visit: Visit, event: DevicesChanged) -> Visit:
    """Reader or printer went or came back; who stands before the reader is told."""
    hall = replace(
        visit.hall,
        reader_works=event.reader_works,
        printer_works=event.printer_works,
        cards=event.cards,
    )
    notice = visit.card_notice
    if visit.screen is Screen.IDENTIFY:
        if not event.reader_works:
            notice = CardNotice.READER_GONE
        elif notice is CardNotice.READER_GONE:
            notice = None
    return replace(visit, hall=hall, card_notice=notice)
