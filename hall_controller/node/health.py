"""What a node says of itself: its presence, and its peripherals' health when that changes."""

from collections.abc import Iterable
from dataclasses import replace

from bus.messages import PeripheralState, PresenceState
from drivers.status import PeripheralHealth, State


class HealthBook:
    """The newest health of each peripheral. Working for a moment (*busy*) is no news."""

    def __init__(self, ids: Iterable[str]) -> None:
        self._known: dict[str, PeripheralHealth | None] = dict.fromkeys(ids)

    def enter(self, health: PeripheralHealth) -> bool:
        """Take note; whether it is worth telling."""
        if health.state is State.BUSY:
            health = replace(health, state=State.ONLINE)
        known = self._known.get(health.id)
        if known is not None and known.state is health.state:
            health = replace(health, since_ms=known.since_ms)
        self._known[health.id] = health
        return health != known

    @property
    def presence(self) -> PresenceState:
        """*init* until all peripherals were heard of, *ready* when all work, else *alert*."""
        states = [health.state if health else State.STARTING for health in self._known.values()]
        if State.STARTING in states:
            return PresenceState.INIT
        ready = all(state is State.ONLINE for state in states)
        return PresenceState.READY if ready else PresenceState.ALERT

    def reports(self) -> list[PeripheralState]:
        """All that were heard of, in the words of the bus."""
        return [
            PeripheralState(
                id=health.id,
                driver=health.driver,
                state=health.state.value,
                paper=health.paper.value if health.paper else None,
                cover_open=health.cover_open,
                firmware=health.firmware,
                detail=health.detail[:200],
                since_ms=health.since_ms,
            )
            for health in self._known.values()
            if health is not None
        ]
