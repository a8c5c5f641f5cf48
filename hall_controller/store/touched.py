"""Which rows a fact concerns, so that a commit writes these and no others."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from hall_controller import facts
from hall_controller.core.state import Call, HallState


@dataclass(slots=True)
class Touched:
    """Ids of everything that facts of one site changed since the last commit."""

    tickets: set[str] = field(default_factory=set)
    windows: set[str] = field(default_factory=set)
    terminals: set[str] = field(default_factory=set)
    withdrawn: set[str] = field(default_factory=set)  # request ids
    _calls: set[str] = field(default_factory=set)

    def note(self, fact: facts.Fact, state: HallState) -> None:
        """Remember what `fact`, applied to `state` just now, changed."""
        if isinstance(fact, facts.TerminalChanged | facts.PeripheralChanged):
            self.terminals.add(fact.terminal)
        elif isinstance(fact, facts.RequestWithdrawn):
            self.withdrawn.add(fact.of)
        if isinstance(fact, facts.TicketCalled):
            self._calls.add(fact.call_id)
        ticket = state.tickets.get(getattr(fact, "ticket_id", ""))
        if ticket is not None:
            self.tickets.add(ticket.ticket_id)
        for window in (getattr(fact, "window", None), ticket.window if ticket else None):
            if window is not None:
                self.windows.add(window)

    def calls(self, state: HallState) -> Iterator[Call]:
        """The calls among the state's newest that were made since the last commit."""
        return (call for call in state.calls if call.call_id in self._calls)
