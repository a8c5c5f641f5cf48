"""What changes of a peripheral the hall hears of as events, beside the retained health."""

from dataclasses import replace

from bus.messages import EventKind, PeripheralState, PresenceState
from drivers.status import Paper, PeripheralHealth, State

WORKING = frozenset({State.ONLINE, State.BUSY})
_LOST = frozenset({State.NO_DEVICE, State.HARDWARE_ERROR})


def works(health: PeripheralHealth | None) -> bool:
    """Whether it can be used now, or is just starting; a peripheral that is not there cannot."""
    return health is not None and health.state in WORKING | {State.STARTING}


def settled(before: PeripheralHealth | None, report: PeripheralHealth) -> PeripheralHealth:
    """The report without what comes and goes with every visit: busy (a reader that waits for a
    card) counts as what it was before, and `since_ms` begins with the state that others see."""
    state = report.state
    if state is State.BUSY:
        state = before.state if before is not None else State.ONLINE
    same = before is not None and before.state is state
    since_ms = before.since_ms if before is not None and same else report.since_ms
    return replace(report, state=state, since_ms=since_ms)


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
    if any(report.state is State.STARTING for report in reports):
        return PresenceState.INIT
    ready = all(report.state in WORKING for report in reports)
    return PresenceState.READY if ready else PresenceState.ALERT


def on_the_wire(report: PeripheralHealth) -> PeripheralState:
    """The report as the bus carries it."""
    return PeripheralState(
        id=report.id,
        driver=report.driver,
        state=report.state.value,
        paper=report.paper.value if report.paper else None,
        cover_open=report.cover_open,
        firmware=report.firmware,
        detail=report.detail[:200],
        since_ms=report.since_ms,
    )
