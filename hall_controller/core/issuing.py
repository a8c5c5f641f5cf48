"""A terminal's requests about tickets: take a number, take it back, say how it printed."""

from hall_controller.commands import IssueTicket, ReportPrint, WithdrawRequest
from hall_controller.core import permits, refusals
from hall_controller.core.answers import Case, Decision, done
from hall_controller.core.days import business_day, ticket_number
from hall_controller.core.refusals import RuleError
from hall_controller.core.tickets import TicketState, transition
from hall_controller.facts import (
    RequestWithdrawn,
    TicketIssued,
    TicketPrintReported,
    TicketWithdrawn,
)

PRINT_OUTCOMES = frozenset({"printed", "not_printed", "unsure"})


def issue(case: Case, act: IssueTicket) -> Decision:
    """Allocate the next number of the queue's day; a request that has its ticket keeps it."""
    request_id = case.request_id
    if request_id is not None:
        if request_id in case.state.withdrawn:
            raise RuleError(refusals.WITHDRAWN, "the citizen had left before")
        given = case.state.of_request(request_id)
        if given is not None:
            permits.check_own_ticket(case.actor, given.terminal)
            return done(ticket_id=given.ticket_id)
    queue = case.rules.queue_by_id.get(act.queue)
    if queue is None:
        raise RuleError(refusals.UNKNOWN_QUEUE, f"there is no queue {act.queue!r}")
    day = business_day(case.now_ms)
    sequence = case.state.next_sequence.get((queue.id, day), 1)
    fact = TicketIssued(
        ticket_id=case.new_id(),
        queue=queue.id,
        business_day=day,
        sequence=sequence,
        number=ticket_number(queue.prefix, sequence),
        item_id=act.item_id,
        person_id=case.person_id,
        terminal=case.actor.id,
        issued_ms=case.now_ms,
    )
    return done(fact, ticket_id=fact.ticket_id)


def withdraw(case: Case, act: WithdrawRequest) -> Decision:
    """Undo request `of`, or make sure that it is refused should it still come."""
    if act.of in case.state.withdrawn:
        return done()
    ticket = case.state.of_request(act.of)
    if ticket is None:
        return done(RequestWithdrawn(of=act.of, at_ms=case.now_ms))
    permits.check_own_ticket(case.actor, ticket.terminal)
    if ticket.state is not TicketState.WITHDRAWN:
        transition(ticket, TicketState.WITHDRAWN)
        fact = TicketWithdrawn(ticket_id=ticket.ticket_id, at_ms=case.now_ms)
        return done(fact, ticket_id=ticket.ticket_id)
    return done(ticket_id=ticket.ticket_id)


def report_print(case: Case, act: ReportPrint) -> Decision:
    """Remember how the slip came out; a later report replaces an earlier one."""
    if act.outcome not in PRINT_OUTCOMES:
        raise RuleError(refusals.BAD_REQUEST, f"no print ends {act.outcome!r}")
    ticket = case.state.tickets.get(act.ticket_id)
    if ticket is None:
        raise RuleError(refusals.UNKNOWN_TICKET, "there is no such ticket")
    permits.check_own_ticket(case.actor, ticket.terminal)
    if ticket.print_outcome == act.outcome:
        return done(ticket_id=ticket.ticket_id)
    fact = TicketPrintReported(ticket_id=ticket.ticket_id, outcome=act.outcome)
    return done(fact, ticket_id=ticket.ticket_id)
