"""How each fact changes the state."""

from hall_controller.core.state import HallState
from hall_controller.facts import Fact


def apply(state: HallState, fact: Fact, request_id: str | None) -> None:
    """Change `state` in place as `fact` says; `request_id` is that of the fact's row.

    Total: raises nothing. A fact about a ticket that is not (or no longer) known changes nothing.
    """
    raise NotImplementedError
