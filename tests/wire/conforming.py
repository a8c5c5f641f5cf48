"""Which of our drivers go through the conformance suite, and with which waits."""

from collections.abc import Mapping
from typing import Any

from drivers import registry
from drivers.interfaces import Kind

BY_KIND = {
    kind: [name for name in registry.names() if registry.spec_of(name).kind is kind]
    for kind in Kind
}
# The other side is on the same machine: nobody needs to wait as long as for a slow line.
OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "sdt_reader": {"status_timeout_s": 0.2, "answer_timeout_s": 0.3, "gap_s": 0.2},
    "serial_scanner": {"answer_timeout_s": 0.2},
    "escpos": {"reply_timeout_s": 0.3, "confirm_timeout_s": 1, "write_timeout_s": 1},
    "cups_printer": {"wait_s": 1, "limit_s": 5, "reply_timeout_s": 1},
    "onbon_bx": {"reply_timeout_s": 0.3},
    "modbus_digits": {"reply_timeout_s": 0.2},
    "speaker": {"chime": "none", "speed": 400},
}
