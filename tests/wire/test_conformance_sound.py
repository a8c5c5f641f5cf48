"""The conformance suite on our speakers."""

from conforming import BY_KIND, OPTIONS

from drivers.conformance.suite import DriverConformance
from drivers.interfaces import Kind


class TestSpeakers(DriverConformance):
    hall_drivers = BY_KIND[Kind.SPEAKER]
    hall_options = OPTIONS
