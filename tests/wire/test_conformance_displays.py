"""The conformance suite on our displays."""

from pathlib import Path

import pytest
from conforming import BY_KIND, OPTIONS

from drivers.conformance.subject import Subject
from drivers.conformance.suite import DriverConformance
from drivers.conformance.timeouts import why_no_silence
from drivers.interfaces import Kind

MUTE = "{} is never answered, and says so (unconfirmed): silence is its health"
NO_FAULT = "the simulator of {} has no fault named silent that could be switched on"


class TestDisplays(DriverConformance):
    hall_drivers = BY_KIND[Kind.DISPLAY]
    hall_options = OPTIONS


@pytest.mark.parametrize(
    ("driver", "told"),
    [("alpha_sign", MUTE), ("cd5220", MUTE), ("modbus_digits", NO_FAULT), ("onbon_bx", NO_FAULT)],
)
def test_why_silence_cannot_be_told_where_no_fault_plays_it(
    driver: str, told: str, tmp_path: Path
) -> None:
    """As if none of the simulators had one: only of mute displays is it no lack of theirs."""
    subject = Subject(driver, {}, 20.0, tmp_path)
    try:
        assert why_no_silence(subject) == told.format(driver)
    finally:
        subject.end()
