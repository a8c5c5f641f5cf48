"""Our own drivers pass the suite that is shipped for others' (docs/drivers.md), kind by kind."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from conforming import BY_KIND

from drivers import registry, sim
from drivers.conformance.peers import Relay, port_like, transport_to


def test_every_driver_of_ours_has_a_simulator_and_goes_through_the_suite() -> None:
    assert sim.names() == registry.names()
    assert sorted(name for names in BY_KIND.values() for name in names) == registry.names()


@pytest.mark.parametrize("driver", ["sdt_reader", "onbon_bx"], ids=["PTY", "TCP"])
def test_a_relay_passes_on_the_simulators_answers_byte_by_byte(
    simulate: Callable[..., Any], driver: str
) -> None:
    simulator = simulate(driver)
    simulator.handle = lambda data: simulator.port.send(b"ANSWER")
    port = port_like(simulator.options)
    assert port is not None
    with Relay(simulator.options, port) as relay:
        for _ in range(2):
            near = transport_to(port.options)
            near.write(b"?", 1)
            heard = []
            while sum(map(len, heard)) < 6:
                heard.append(near.read(100, 5))
                assert heard[-1], heard
            near.close()
            assert b"".join(heard) == b"ANSWER"
            assert len(heard) > 3  # a busy machine may join two
    assert (relay.dribbled, simulator.received) == (12, b"??")
    assert not [thread for thread in threading.enumerate() if thread.name == "relay"]
