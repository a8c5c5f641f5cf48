"""The conformance suite on our card readers."""

from conforming import BY_KIND, OPTIONS

from drivers.conformance.suite import DriverConformance
from drivers.interfaces import Kind


class TestCardReaders(DriverConformance):
    hall_drivers = BY_KIND[Kind.CARD_READER]
    hall_options = OPTIONS
