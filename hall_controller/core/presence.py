"""Terminals and their peripherals: what is news, and how news changes the state.

A terminal repeats its presence and health at each connection and its last will may come late, so
only what differs from what is known becomes a fact.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from hall_controller.commands import PeripheralReport, TerminalHealth, TerminalPresence
from hall_controller.core import refusals
from hall_controller.core.refusals import RuleError
from hall_controller.core.state import HallState, Peripheral, Terminal
from hall_controller.facts import PeripheralChanged, TerminalChanged

PRESENCES = frozenset({"init", "ready", "alert", "sleeping", "disconnected", "lost"})
GONE = frozenset({"disconnected", "lost"})
RUNS_REMEMBERED = 8


def presence_news(
    state: HallState, act: TerminalPresence, now_ms: int
) -> tuple[TerminalChanged, ...]:
    """The change that `act` brings, or nothing; raises RuleError on an unknown presence.

    A parting word of a run that a newer run has replaced is no news.
    """
    if act.state not in PRESENCES:
        raise RuleError(refusals.BAD_REQUEST, f"no terminal can be {act.state!r}")
    known = terminal_of(state, act.terminal)
    if act.state in GONE and act.run_id in known.past_runs:
        return ()
    software = act.software or known.software  # a last will does not repeat it
    if (act.state, act.run_id, software) == (known.state, known.run_id, known.software):
        return ()
    return (
        TerminalChanged(
            terminal=act.terminal,
            state=act.state,
            run_id=act.run_id,
            software=software,
            at_ms=now_ms,
        ),
    )


def health_news(
    state: HallState, act: TerminalHealth, now_ms: int
) -> tuple[PeripheralChanged, ...]:
    """The changes of state, paper or cover that `act` brings; usually none.

    A peripheral that is no longer listed is reported as `stopped`.
    """
    known = {
        peripheral.id: peripheral for peripheral in terminal_of(state, act.terminal).peripherals
    }
    reports = {report.id: report for report in act.peripherals}
    return tuple(_changes(act.terminal, known, reports, now_ms))


def terminal_of(state: HallState, terminal_id: str) -> Terminal:
    """The terminal as known, or an unknown one."""
    return state.terminals.get(terminal_id) or Terminal(id=terminal_id)


def terminal_changed(state: HallState, fact: TerminalChanged) -> None:
    """Apply a change of presence."""
    known = terminal_of(state, fact.terminal)
    runs = [run for run in (*known.past_runs, known.run_id) if run not in ("", fact.run_id)]
    state.terminals[fact.terminal] = replace(
        known,
        state=fact.state,
        run_id=fact.run_id,
        software=fact.software,
        since_ms=fact.at_ms,
        past_runs=tuple(runs[-RUNS_REMEMBERED:]),
    )


def peripheral_changed(state: HallState, fact: PeripheralChanged) -> None:
    """Apply a change of one peripheral; new ones go last."""
    known = terminal_of(state, fact.terminal)
    peripherals = {peripheral.id: peripheral for peripheral in known.peripherals}
    old = peripherals.get(fact.peripheral)
    peripherals[fact.peripheral] = Peripheral(
        id=fact.peripheral,
        driver=fact.driver,
        state=fact.state,
        paper=fact.paper,
        cover_open=fact.cover_open,
        detail=fact.detail,
        since_ms=old.since_ms if old is not None and old.state == fact.state else fact.at_ms,
    )
    state.terminals[fact.terminal] = replace(known, peripherals=tuple(peripherals.values()))


def _changes(
    terminal: str,
    known: dict[str, Peripheral],
    reports: dict[str, PeripheralReport],
    now_ms: int,
) -> Iterator[PeripheralChanged]:
    for report in reports.values():
        if not _same(known.get(report.id), report):
            yield PeripheralChanged(
                terminal=terminal,
                peripheral=report.id,
                driver=report.driver,
                state=report.state,
                paper=report.paper,
                cover_open=report.cover_open,
                detail=report.detail,
                at_ms=now_ms,
            )
    for peripheral in known.values():
        if peripheral.id not in reports and peripheral.state != "stopped":
            yield PeripheralChanged(
                terminal=terminal,
                peripheral=peripheral.id,
                driver=peripheral.driver,
                state="stopped",
                detail="no longer reported",
                at_ms=now_ms,
            )


def _same(known: Peripheral | None, report: PeripheralReport) -> bool:
    """Whether `report` is no news; its wording may differ."""
    return known is not None and (
        known.state == report.state
        and known.paper == report.paper
        and known.cover_open == report.cover_open
        and known.driver == report.driver
    )
