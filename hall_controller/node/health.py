"""What a node says of itself: its presence, and its peripherals' health when that changes."""

from collections.abc import Iterable

from bus.messages import PeripheralState, PresenceState
from drivers.status import PeripheralHealth, State, readiness, settled


class HealthBook:
    """The newest health of each peripheral. Working for a moment (*busy*) is no news."""

    def __init__(self, ids: Iterable[str]) -> None:
        self._known: dict[str, PeripheralHealth | None] = dict.fromkeys(ids)

    def enter(self, report: PeripheralHealth) -> bool:
        """Take note; whether it is worth telling."""
        before = self._known.get(report.id)
        after = self._known[report.id] = settled(before, report)
        return after != before

    @property
    def presence(self) -> PresenceState:
        """*init* until all peripherals were heard of, *ready* when all work, else *alert*."""
        known = self._known.values()
        return PresenceState(readiness(each.state if each else State.STARTING for each in known))

    def reports(self) -> list[PeripheralState]:
        """All that were heard of, in the words of the bus."""
        return [
            PeripheralState(**{**health.plain(), "detail": health.detail[:200]})
            for health in self._known.values()
            if health is not None
        ]
