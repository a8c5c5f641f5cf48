"""Our own drivers pass the suite that is shipped for others' (docs/drivers.md), kind by kind."""

from conforming import BY_KIND

from drivers import registry, sim


def test_every_driver_of_ours_has_a_simulator_and_goes_through_the_suite() -> None:
    assert sim.names() == registry.names()
    assert sorted(name for names in BY_KIND.values() for name in names) == registry.names()
