"""The conformance suite on our page printers."""

from conforming import BY_KIND, OPTIONS

from drivers.conformance.suite import DriverConformance
from drivers.interfaces import Kind


class TestPagePrinters(DriverConformance):
    hall_drivers = BY_KIND[Kind.DOCUMENT_PRINTER]
    hall_options = OPTIONS
