"""Our own drivers pass the suite that is shipped for others' (see docs/drivers.md)."""

from drivers import registry, sim
from drivers.conformance.suite import DriverConformance


def test_every_driver_of_ours_has_a_simulator_of_its_name() -> None:
    assert sim.names() == registry.names()


class TestOurDrivers(DriverConformance):
    """All that are installed, with waits that suit simulators on the same machine."""

    hall_options = {  # noqa: RUF012 - a ClassVar of the base
        "sdt_reader": {"status_timeout_s": 0.2, "answer_timeout_s": 0.3, "gap_s": 0.2},
        "escpos": {"reply_timeout_s": 0.3, "confirm_timeout_s": 1, "write_timeout_s": 1},
        "onbon_bx": {"reply_timeout_s": 0.3},
    }
