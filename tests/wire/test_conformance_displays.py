"""The conformance suite on our displays."""

from conforming import BY_KIND, OPTIONS

from drivers.conformance.suite import DriverConformance
from drivers.interfaces import Kind


class TestDisplays(DriverConformance):
    hall_drivers = BY_KIND[Kind.DISPLAY]
    hall_options = OPTIONS
