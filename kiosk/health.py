"""What changes of a peripheral the hall hears of as events, beside the retained health."""

from bus.messages import EventKind, PeripheralState, PresenceState
from drivers.status import WORKING, Paper, PeripheralHealth, State, readiness

_LOST = frozenset({State.NO_DEVICE, State.HARDWARE_ERROR})


def works(health: PeripheralHealth | None) -> bool:
    """Whether it can be used now, or is just starting; a peripheral that is not there cannot."""
    return health is not None and health.state in WORKING | {State.STARTING}


def events_between(
    before: PeripheralHealth | None, after: PeripheralHealth
) -> tuple[EventKind, ...]:
    """What happened from one report of a peripheral to the next."""
    kinds: list[EventKind] = []
    was_lost = before is not None and before.state in _LOST
    if after.state in _LOST and not was_lost:
        kinds.append(EventKind.PERIPHERAL_LOST)
    if after.state in WORKING and was_lost:
        kinds.append(EventKind.PERIPHERAL_BACK)
    paper_before = before.paper if before else None
    if after.paper is Paper.LOW and paper_before is not Paper.LOW:
        kinds.append(EventKind.PAPER_LOW)
    if after.paper is Paper.OUT and paper_before is not Paper.OUT:
        kinds.append(EventKind.PAPER_OUT)
    if after.cover_open and not (before and before.cover_open):
        kinds.append(EventKind.COVER_OPEN)
    return tuple(kinds)


def presence_of(reports: tuple[PeripheralHealth, ...]) -> PresenceState:
    """How the terminal is: ready when all its peripherals can be used."""
    return PresenceState(readiness(report.state for report in reports))


def on_the_wire(report: PeripheralHealth) -> PeripheralState:
    """The report as the bus carries it."""
    return PeripheralState(**{**report.plain(), "detail": report.detail[:200]})
