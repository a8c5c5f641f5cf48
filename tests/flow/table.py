"""A visit played as a list of events, for tests that read as tables."""

from kiosk.flow.effects import AskTicket, Effect, Print
from kiosk.flow.events import (
    CardRead,
    ChoseDomain,
    ChoseItem,
    Event,
    HallContact,
    HallReplied,
    Press,
    Pressed,
    Printed,
    PrintOutcome,
    Tick,
)
from kiosk.flow.menu import Menu, MenuDomain, MenuItem
from kiosk.flow.moves import first_visit
from kiosk.flow.rules import Rules
from kiosk.flow.step import step
from kiosk.flow.visit import HallFacts, Language, Person, Ticket

RULES = Rules(
    language=Language.ZH,
    idle_ms=60_000,
    countdown_ms=15_000,
    visit_limit_ms=600_000,
    ticket_shown_ms=12_000,
    attract_ms=60_000,
    reply_timeout_ms=8_000,
    print_timeout_ms=60_000,
)
MENU = Menu(
    domains=tuple(MenuDomain(f"d{n}", f"领域{n}", f"Domain {n}") for n in range(8)),
    items=tuple(
        MenuItem(f"d{d}-i{n}", f"事项{d}-{n}", f"Item {d}-{n}", f"d{d}", "general")
        for d in range(8)
        for n in range(14 if d == 7 else 1)
    ),
)
PERSON = Person(masked_name="测**", record=b'{"name":"x"}')
TICKET = Ticket("t-1", "A007", "general", "2026-11-24", 3, 12, 1_764_000_000_000)


class Play:
    """Feeds events, keeps all effects. Session, tag and ticket of results are filled in."""

    def __init__(self, *, connected: bool = True) -> None:
        self.visit = first_visit("run", HallFacts(name="冷水镇公共服务中心"), RULES, 0)
        self.effects: list[Effect] = []
        self.feed(Tick(0), HallContact(connected))

    def feed(self, *events: Event) -> "Play":
        for event in events:
            self.visit, effects = step(self.visit, event, MENU, RULES)
            self.effects.extend(effects)
        return self

    def press(self, *presses: Press | str) -> "Play":
        """`Press` members, `d3` for a domain, `d3-i0` for an item."""
        for press in presses:
            if isinstance(press, Press):
                self.feed(Pressed(press))
            elif "-" in press:
                self.feed(ChoseItem(press))
            else:
                self.feed(ChoseDomain(press))
        return self

    def later(self, seconds: float) -> "Play":
        """Time passes in ticks of a second, as in the shell."""
        end_ms = self.visit.now_ms + round(seconds * 1000)
        while self.visit.now_ms < end_ms:
            self.feed(Tick(min(self.visit.now_ms + 1000, end_ms)))
        return self

    def card(self) -> "Play":
        return self.feed(CardRead(self.visit.id, PERSON))

    def reply(self, ticket: Ticket | None = TICKET, refusal: str | None = None) -> "Play":
        return self.feed(HallReplied(self.visit.pending or "", ticket, refusal))

    def printed(self, outcome: PrintOutcome, reason: str | None = None) -> "Play":
        return self.feed(Printed(self.visit.id, "t-1", outcome, reason))

    def to_issuing(self) -> "Play":
        return self.press(Press.NO_CARD, "d0", "d0-i0", Press.CONFIRM)

    def to_printing(self) -> "Play":
        return self.to_issuing().reply()

    @property
    def asked(self) -> list[AskTicket]:
        return [effect for effect in self.effects if isinstance(effect, AskTicket)]

    @property
    def prints(self) -> list[Print]:
        return [effect for effect in self.effects if isinstance(effect, Print)]

    def take(self) -> list[Effect]:
        """The effects since the last call."""
        taken, self.effects = self.effects, []
        return taken
