"""The one door into the rules: a command comes in, facts and an answer go out."""

from collections.abc import Callable
from dataclasses import dataclass

from hall_controller.commands import Command
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


def decide(
    state: HallState,
    rules: HallRules,
    command: Command,
    now_ms: int,
    new_id: Callable[[], str],
    *,
    person_id: str | None = None,
) -> Decision:
    """Judge `command` at `now_ms` and change nothing; the caller applies the facts in order.

    `new_id` gives a fresh id at each call (tickets, calls). `person_id` is the record that the
    caller made of the opened person of an `IssueTicket`. Raises nothing: a rule that says no, and
    a command that makes no sense, end as `Refused`.
    """
    raise NotImplementedError
