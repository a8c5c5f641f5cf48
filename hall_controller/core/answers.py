"""What the core hands back: facts and one answer."""

from collections.abc import Callable
from dataclasses import dataclass

from hall_controller.commands import Actor
from hall_controller.core.rules import HallRules
from hall_controller.core.state import HallState
from hall_controller.facts import Fact


@dataclass(frozen=True, slots=True)
class Done:
    """It was done (or had been done before). `ticket_id` is the ticket that it concerned."""

    ticket_id: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """It was not done. `reason` is one of `refusals`, `detail` is for people."""

    reason: str
    detail: str


Answer = Done | Refused


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a command. A refusal has no facts."""

    facts: tuple[Fact, ...]
    answer: Answer


def done(*facts: Fact, ticket_id: str | None = None) -> Decision:
    """A command that is done by `facts`; without any, it had been done before."""
    return Decision(facts, Done(ticket_id))


@dataclass(frozen=True, slots=True)
class Case:
    """What a rule judges from: all arguments of `decide` but the act itself."""

    state: HallState
    rules: HallRules
    actor: Actor
    request_id: str | None
    now_ms: int
    new_id: Callable[[], str]
    person_id: str | None = None
