"""The conformance suite on our scanners."""

from conforming import BY_KIND, OPTIONS

from drivers.conformance.suite import DriverConformance
from drivers.interfaces import Kind


class TestScanners(DriverConformance):
    hall_drivers = BY_KIND[Kind.SCANNER]
    hall_options = OPTIONS
