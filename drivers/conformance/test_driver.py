"""What `pytest --pyargs drivers.conformance` collects."""

from drivers.conformance.suite import DriverConformance


class TestDriver(DriverConformance):
    """The drivers of `--hall-driver`, or all that are installed."""
