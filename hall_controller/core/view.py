"""The picture of the hall for the web, made anew after each commit from what has changed."""

from collections.abc import Mapping

from hall_controller import views
from hall_controller.core.board import shown_calls
from hall_controller.core.days import business_day
from hall_controller.core.presence import terminal_of
from hall_controller.core.rules import HallRules, QueueRule, WindowRule
from hall_controller.core.state import HallState, Terminal
from hall_controller.core.tickets import Ticket, TicketState
from hall_controller.core.undoing import undoable
from hall_controller.core.waiting import estimate_minutes
from hall_controller.core.windows import WindowState


class ViewMaker:
    """Makes `HallView`s of one hall, each with the next revision.

    Tickets and terminals are immutable, so the view of one that is the same object is used again.
    """

    def __init__(self, rules: HallRules) -> None:
        self._rules = rules
        self._terminal_ids = sorted(rules.terminals)
        self._revision = 0
        self._day = ""
        self._tickets: dict[str, tuple[Ticket, views.TicketView]] = {}
        self._terminals: dict[str, tuple[Terminal, views.TerminalView]] = {}

    def make(
        self,
        state: HallState,
        now_ms: int,
        *,
        bus_connected: bool = True,
        skews: Mapping[str, int] | None = None,
    ) -> views.HallView:
        """The whole hall at `now_ms`. Tickets of earlier days show only while at a window.

        `skews`: by terminal, how many ms its clock is ahead; 0 where nothing is known.
        """
        self._revision += 1
        skews = skews or {}
        day = business_day(now_ms)
        if day != self._day:
            self._day = day
            self._tickets.clear()
        rules = self._rules
        return views.HallView(
            revision=self._revision,
            at_ms=now_ms,
            site=rules.site,
            hall_name=rules.hall_name,
            queues=tuple(self._queue(state, queue, day, now_ms) for queue in rules.queues),
            windows=tuple(self._window(state, window, now_ms) for window in rules.windows),
            calls=tuple(
                views.CallView(
                    call.call_id, call.number, call.window, call.window_name, call.queue, call.at_ms
                )
                for call in shown_calls(state, rules, now_ms)
            ),
            terminals=tuple(
                self._terminal(state, terminal, skews.get(terminal, 0))
                for terminal in self._terminal_ids
            ),
            notices=rules.notices,
            bus_connected=bus_connected,
            undo_ms=rules.undo_ms,
        )

    def _queue(self, state: HallState, queue: QueueRule, day: str, now_ms: int) -> views.QueueView:
        waiting = state.line(queue.id, day, TicketState.WAITING)
        return views.QueueView(
            id=queue.id,
            name=queue.name,
            name_en=queue.name_en,
            waiting=self._line(state, waiting),
            missed=self._line(state, state.line(queue.id, day, TicketState.MISSED)),
            estimate_minutes=estimate_minutes(state, self._rules, queue.id, len(waiting), now_ms),
            issued_today=state.next_sequence.get((queue.id, day), 1) - 1,
            finished_today=len(state.line(queue.id, day, TicketState.FINISHED)),
        )

    def _line(self, state: HallState, line: Mapping[str, Ticket]) -> tuple[views.TicketView, ...]:
        return tuple([self._ticket(state, ticket) for ticket in line.values()])

    def _window(self, state: HallState, rule: WindowRule, now_ms: int) -> views.WindowView:
        window = state.window(rule.id)
        ticket = state.tickets.get(window.ticket_id or "")
        act = window.last_act if undoable(state, self._rules, window, now_ms) else None
        if window.state is not WindowState.IDLE:
            act = None
        return views.WindowView(
            id=rule.id,
            name=rule.name,
            queues=rule.queues,
            shows=window.state.value,
            clerk=window.clerk,
            ticket=self._ticket(state, ticket) if ticket is not None else None,
            reason=window.reason,
            since_ms=window.since_ms,
            undo_until_ms=act.at_ms + self._rules.undo_ms if act is not None else None,
            undo_act=act.act if act is not None else None,
        )

    def _ticket(self, state: HallState, ticket: Ticket) -> views.TicketView:
        person = state.persons.get(ticket.person_id) if ticket.person_id is not None else None
        made = self._tickets.get(ticket.ticket_id)
        if made is not None and made[0] is ticket and made[1].person == person:
            return made[1]
        item_id = ticket.item_id
        view = views.TicketView(
            ticket_id=ticket.ticket_id,
            number=ticket.number,
            queue=ticket.queue,
            state=ticket.state.value,
            item_id=item_id,
            item_name=self._rules.item_names.get(item_id, item_id) if item_id is not None else "",
            person=person,
            issued_ms=ticket.issued_ms,
            print_outcome=ticket.print_outcome,
            window=ticket.window,
            call_id=ticket.call_id,
            call_times=ticket.call_times,
            called_ms=ticket.called_ms,
            served_ms=ticket.served_ms,
        )
        self._tickets[ticket.ticket_id] = (ticket, view)
        return view

    def _terminal(self, state: HallState, terminal_id: str, skew_ms: int) -> views.TerminalView:
        terminal = terminal_of(state, terminal_id)
        made = self._terminals.get(terminal_id)
        if made is not None and made[0] is terminal and made[1].skew_ms == skew_ms:
            return made[1]
        view = views.TerminalView(
            id=terminal_id,
            state=terminal.state,
            since_ms=terminal.since_ms,
            software=terminal.software,
            peripherals=tuple(
                views.PeripheralView(
                    p.id, p.driver, p.state, p.paper, p.cover_open, p.detail, p.since_ms
                )
                for p in terminal.peripherals
            ),
            skew_ms=skew_ms,
        )
        self._terminals[terminal_id] = (terminal, view)
        return view
