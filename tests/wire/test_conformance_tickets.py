"""The conformance suite on our ticket printers."""

from conforming import BY_KIND, OPTIONS

from drivers.conformance.suite import DriverConformance
from drivers.interfaces import Kind


class TestTicketPrinters(DriverConformance):
    hall_drivers = BY_KIND[Kind.TICKET_PRINTER]
    hall_options = OPTIONS
