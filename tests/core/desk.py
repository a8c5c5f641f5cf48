"""A hall in memory for tests of the core: gives commands, applies facts, keeps all of them."""

from collections.abc import Iterator
from itertools import count

from hall_controller.commands import Act, Actor, Command, IssueTicket, OpenWindow, Role
from hall_controller.core.answers import Decision, Done, Refused
from hall_controller.core.apply import apply
from hall_controller.core.decide import decide
from hall_controller.core.rules import HallRules, QueueRule, WindowRule
from hall_controller.core.state import HallState
from hall_controller.core.tickets import Ticket
from hall_controller.facts import Fact

SITE = "500240116000"
NINE = 1_795_570_200_000  # 2026-11-25 09:30 in Chongqing
MINUTE = 60_000
KIOSK = Actor(Role.TERMINAL, "kiosk-1")
SYSTEM = Actor(Role.SYSTEM, "system")
LI = Actor(Role.CLERK, "clerk:li")
WANG = Actor(Role.CLERK, "clerk:wang")

RULES = HallRules(
    site=SITE,
    hall_name="石柱土家族自治县冷水镇公共服务中心",
    queues=(
        QueueRule("social", "社会保障", "Social security", "A", weight=2),
        QueueRule("civil", "民政事务", "Civil affairs", "B"),
        QueueRule("other", "综合事务", "General", "C"),
    ),
    windows=(
        WindowRule("1", "1号窗口", ("social", "civil")),
        WindowRule("2", "2号窗口", ("civil", "other")),
        WindowRule("3", "3号窗口", ("social",)),
    ),
    owns=frozenset({SITE}),
    terminals=frozenset({"kiosk-1", "kiosk-2", "node-1"}),
    item_names={"pension": "城乡居民养老保险参保登记"},
)


class Desk:
    """One hall; `now` is its clock. `facts` holds (fact, request id) in order."""

    def __init__(self, rules: HallRules = RULES, now: int = NINE) -> None:
        self.rules, self.now, self.state = rules, now, HallState()
        self.facts: list[tuple[Fact, str | None]] = []
        self._ids: Iterator[int] = count(1)

    def new_id(self) -> str:
        return f"id-{next(self._ids)}"

    def judge(self, act: Act, actor: Actor = KIOSK, **more: object) -> Decision:
        """Decide and apply."""
        person_id = more.pop("person_id", None)
        fields = {"site": SITE, "request_id": None, "sent_ms": self.now} | more
        command = Command(act=act, actor=actor, **fields)
        decision = decide(
            self.state, self.rules, command, self.now, self.new_id, person_id=person_id
        )
        for fact in decision.facts:
            apply(self.state, fact, command.request_id)
            self.facts.append((fact, command.request_id))
        return decision

    def do(self, act: Act, actor: Actor = KIOSK, **more: object) -> tuple[Fact, ...]:
        """A command that must be done; returns its facts."""
        decision = self.judge(act, actor, **more)
        assert isinstance(decision.answer, Done), decision.answer
        return decision.facts

    def refused(self, act: Act, actor: Actor = KIOSK, **more: object) -> str:
        """A command that must be refused, without facts; returns the reason."""
        decision = self.judge(act, actor, **more)
        assert isinstance(decision.answer, Refused), decision
        assert decision.facts == ()
        assert decision.answer.detail
        return decision.answer.reason

    def take(self, queue: str = "social", request_id: str | None = None, **more: object) -> Ticket:
        """A ticket taken at the kiosk."""
        answer = self.judge(IssueTicket(queue=queue), request_id=request_id, **more).answer
        assert isinstance(answer, Done), answer
        return self.state.tickets[answer.ticket_id or ""]

    def ticket(self, ticket: Ticket) -> Ticket:
        """The same ticket as it is now."""
        return self.state.tickets[ticket.ticket_id]

    def staffed(self, window: str = "1", clerk: Actor = LI) -> "Desk":
        """The same desk, with a clerk signed in."""
        self.do(OpenWindow(window=window), clerk)
        return self

    def replayed(self) -> HallState:
        """A state made from all facts so far."""
        state = HallState()
        for fact, request_id in self.facts:
            apply(state, fact, request_id)
        return state

    def reloaded(self) -> HallState:
        """A state made as the store makes it, from rows in no particular order."""
        state = self.state
        return HallState.load(
            tickets=sorted(state.tickets.values(), key=lambda t: t.number[::-1]),
            next_sequence=state.next_sequence,
            windows=state.windows.values(),
            terminals=state.terminals.values(),
            calls=state.calls,
            withdrawn=state.withdrawn,
        )
