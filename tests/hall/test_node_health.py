"""What a node tells of a panel that says nothing: once that it is so, not at every try."""

from dataclasses import replace

from bus import messages as m
from bus import topics
from drivers.status import PeripheralHealth, State
from hall_controller.node.health import HealthBook
from tests.broker import until
from tests.hall.test_node import Bench, bench, calling, node_at, presences, states

__all__ = ["bench"]  # the fixture

MUTE = PeripheralHealth("panel-3", "onbon_bx", State.OFFLINE, detail="no answer", since_ms=5)


def test_trying_a_mute_panel_again_is_no_news() -> None:
    book = HealthBook(["panel-3"])
    assert book.enter(MUTE)
    for at_ms in (6, 8):
        assert not book.enter(replace(MUTE, state=State.BUSY, since_ms=at_ms))
        assert not book.enter(replace(MUTE, since_ms=at_ms + 1))
    (report,) = book.reports()
    assert (report.state, report.since_ms) == ("offline", 5)
    assert book.presence is m.PresenceState.ALERT


def test_a_mute_panel_does_not_flood_the_hall(bench: Bench) -> None:
    """The panel is tried again and again; the hall hears one change of it, and one back."""
    with node_at(bench):
        until(lambda: states(bench)[-1:] == ["online"])
        bench.panel.silent = True  # type: ignore[attr-defined]
        bench.show(calling("A001"))
        until(lambda: states(bench)[-1:] == ["offline"])
        bench.panel.forget_received()
        until(lambda: bench.panel.received.count(b"A001 3") >= 3, 20)  # three more tries
        assert states(bench)[-2:] == ["online", "offline"]
        assert presences(bench)[-1] is m.PresenceState.ALERT
        told = len(bench.said(topics.HEALTH))
        bench.panel.silent = False  # type: ignore[attr-defined]
        until(lambda: presences(bench)[-1] is m.PresenceState.READY)
        assert len(bench.said(topics.HEALTH)) == told + 1
