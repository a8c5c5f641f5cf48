"""The whole suite as one class, to be collected as it is or as a base class.

class TestMyDisplay(DriverConformance):
    hall_drivers = ("my_display",)
    hall_options = {"my_display": {"reply_timeout_s": 0.2}}
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from drivers.conformance.documents import Documents
from drivers.conformance.health import Health
from drivers.conformance.life import Life
from drivers.conformance.questions import Questions
from drivers.conformance.timeouts import Timeouts
from drivers.conformance.unplugging import Unplugging
from drivers.conformance.wire import Wire


class DriverConformance(Documents, Life, Wire, Unplugging, Timeouts, Health, Questions):
    """All tests, on `hall_drivers`: those of `--hall-driver`, or all installed, when empty.

    `hall_options`: options by driver besides those that its simulator gives.
    """

    hall_drivers: ClassVar[Sequence[str]] = ()
    hall_options: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
