"""Presence and health: what is news and what is not."""

import pytest
from desk import KIOSK, LI, NINE, SYSTEM, Desk

from hall_controller import facts
from hall_controller.commands import (
    Actor,
    PeripheralReport,
    Role,
    TerminalEvent,
    TerminalHealth,
    TerminalPresence,
)


def presence(state: str, run_id: str = "run-1", software: str = "0.1.0") -> TerminalPresence:
    return TerminalPresence(terminal="kiosk-1", state=state, run_id=run_id, software=software)


def health(*peripherals: PeripheralReport) -> TerminalHealth:
    return TerminalHealth(terminal="kiosk-1", at_ms=NINE, peripherals=peripherals)


def printer(**more: object) -> PeripheralReport:
    fields = {"id": "printer", "driver": "escpos", "state": "online", "paper": "ok"} | more
    return PeripheralReport(**fields)


def state_of(desk: Desk) -> str:
    return desk.state.terminals["kiosk-1"].state


@pytest.mark.parametrize(
    ("heard", "changes", "ends"),
    [
        ([presence("init"), presence("ready")], 2, "ready"),
        ([presence("ready"), presence("ready"), presence("ready")], 1, "ready"),
        ([presence("ready"), presence("lost", software="")], 2, "lost"),
        ([presence("lost")], 1, "lost"),
        # The will of a run that was replaced comes late.
        ([presence("ready"), presence("init", "run-2"), presence("lost")], 2, "init"),
        ([presence("ready"), presence("ready", "run-2"), presence("disconnected")], 2, "ready"),
        # A run that was never seen alive is not an old one: it came and went unheard.
        ([presence("ready"), presence("lost", "run-2")], 2, "lost"),
        # Two machines with one id: whoever speaks is there.
        ([presence("ready"), presence("ready", "run-2"), presence("ready")], 3, "ready"),
        (
            [
                presence("ready"),
                presence("ready", "run-2"),
                presence("ready"),
                presence("lost", "run-2"),
            ],
            3,
            "ready",
        ),
    ],
)
def test_presence(heard: list, changes: int, ends: str) -> None:
    desk = Desk()
    for act in heard:
        desk.do(act)
    assert len(desk.facts) == changes
    assert state_of(desk) == ends
    assert desk.state.terminals["kiosk-1"].software == "0.1.0"


def test_since_when() -> None:
    desk = Desk()
    desk.do(presence("ready"))
    desk.now += 1_000
    desk.do(presence("ready"))
    assert desk.state.terminals["kiosk-1"].since_ms == NINE


@pytest.mark.parametrize(
    ("then", "changed"),
    [
        (printer(), False),
        (printer(detail="other words"), False),
        (printer(since_ms=7), False),
        (printer(paper="low"), True),
        (printer(state="offline"), True),
        (printer(cover_open=True), True),
        (printer(driver="other"), True),
    ],
)
def test_only_changes_of_a_peripheral_become_facts(then: PeripheralReport, changed: bool) -> None:
    desk = Desk()
    assert len(desk.do(health(printer()))) == 1
    desk.now += 1_000
    assert len(desk.do(health(then))) == int(changed)
    (known,) = desk.state.terminals["kiosk-1"].peripherals
    assert (known.state, known.paper, known.cover_open) == (then.state, then.paper, then.cover_open)
    assert known.since_ms == (desk.now if then.state == "offline" else NINE)


def test_a_peripheral_that_is_gone_from_the_list_is_stopped_once() -> None:
    desk = Desk()
    reader = PeripheralReport(id="reader", driver="sdt_reader", state="online")
    desk.do(health(printer(), reader))
    (fact,) = desk.do(health(reader))
    assert (fact.peripheral, fact.state) == ("printer", "stopped")
    assert desk.do(health(reader)) == ()
    assert desk.do(health(reader, printer())) != ()


def test_presence_keeps_the_peripherals() -> None:
    desk = Desk()
    desk.do(health(printer()))
    desk.do(presence("ready"))
    assert [p.id for p in desk.state.terminals["kiosk-1"].peripherals] == ["printer"]


def test_events_are_remembered() -> None:
    act = TerminalEvent(terminal="kiosk-1", event_id="e-1", kind="paper_out", peripheral="printer")
    assert Desk().do(act) == (
        facts.TerminalEventSeen(
            terminal="kiosk-1", event_id="e-1", kind="paper_out", peripheral="printer", at_ms=NINE
        ),
    )


@pytest.mark.parametrize(
    ("actor", "reason"),
    [
        (Actor(Role.TERMINAL, "kiosk-2"), "not_allowed"),  # speaks for another
        (Actor(Role.TERMINAL, "stranger"), "not_allowed"),
        (LI, "not_allowed"),
    ],
)
def test_who_may_speak_for_a_terminal(actor: Actor, reason: str) -> None:
    for act in (presence("ready"), health(printer())):
        assert Desk().refused(act, actor) == reason
        assert Desk().do(act, SYSTEM)


def test_a_stranger_is_not_heard_even_about_itself() -> None:
    act = TerminalPresence(terminal="stranger", state="ready", run_id="run-1")
    assert Desk().refused(act, Actor(Role.TERMINAL, "stranger")) == "not_allowed"


def test_no_such_presence() -> None:
    assert Desk().refused(presence("dancing"), KIOSK) == "bad_request"
