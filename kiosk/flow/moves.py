"""Moves that several rules share: to another screen, into trouble, asking the hall, leaving."""

from dataclasses import replace

from kiosk.flow.effects import AskTicket, Effect, Print, Wipe, WithdrawRequest
from kiosk.flow.rules import Rules
from kiosk.flow.visit import HallFacts, Screen, Ticket, Trouble, Visit

Step = tuple[Visit, tuple[Effect, ...]]
BEFORE_VISIT = (Screen.IDLE, Screen.HOME)


def first_visit(run: str, hall: HallFacts, rules: Rules, now_ms: int) -> Visit:
    """The state at program start: nobody there, home on the screen."""
    return Visit(
        run=run,
        serial=1,
        hall=hall,
        language=rules.language,
        now_ms=now_ms,
        touched_ms=now_ms,
        entered_ms=now_ms,
    )


def go(visit: Visit, screen: Screen, rules: Rules) -> Visit:
    """To another screen. Leaving home begins the time of the longest visit."""
    limit_ms = visit.limit_ms
    if not limit_ms and screen not in BEFORE_VISIT:
        limit_ms = visit.now_ms + rules.visit_limit_ms
    return replace(
        visit,
        screen=screen,
        entered_ms=visit.now_ms,
        limit_ms=limit_ms,
        countdown_s=None,
        card_notice=None,
        trouble=None,
    )


def into_trouble(visit: Visit, trouble: Trouble, rules: Rules, *, retry_helps: bool) -> Visit:
    """To the trouble screen, with what it is about."""
    return replace(go(visit, Screen.TROUBLE, rules), trouble=trouble, retry_helps=retry_helps)


def leave(visit: Visit, rules: Rules, to: Screen = Screen.HOME) -> Step:
    """End the visit: withdraw what the hall has not answered, forget everything personal."""
    fresh = replace(
        first_visit(visit.run, visit.hall, rules, visit.now_ms),
        serial=visit.serial + 1,
        screen=to,
    )
    return fresh, (*withdrawal(visit), Wipe())


def withdrawal(visit: Visit) -> tuple[Effect, ...]:
    """The withdrawal of the pending request, if there is one."""
    return (WithdrawRequest(visit.pending),) if visit.pending else ()


def ask(visit: Visit, rules: Rules) -> Step:
    """Ask the hall for a number for the chosen item, as a new request."""
    if visit.queue_id is None or visit.item_id is None:
        return visit, ()
    if not visit.hall.connected:
        return into_trouble(visit, Trouble.HALL_UNREACHABLE, rules, retry_helps=True), ()
    attempts = visit.attempts + 1
    tag = f"{visit.id}-{attempts}"
    asked = replace(go(visit, Screen.ISSUING, rules), attempts=attempts, pending=tag)
    return asked, (AskTicket(tag, visit.queue_id, visit.item_id, visit.person),)


def print_ticket(visit: Visit, ticket: Ticket, service: str, rules: Rules) -> Step:
    """Print the slip of `ticket`, once."""
    printing = replace(
        go(visit, Screen.PRINTING, rules), ticket=ticket, print_under_way=True, print_reason=None
    )
    return printing, (Print(visit.id, ticket, service),)
