"""The one exception of this package, with its reasons."""

from enum import StrEnum


class BusReason(StrEnum):
    """Why the bus could not do something."""

    BAD_TOPIC = "bad_topic"  # not a topic of this system
    BAD_PAYLOAD = "bad_payload"  # not the message type of its topic
    TOO_LARGE = "too_large"  # above the message size limit
    UNREACHABLE = "unreachable"  # no connection to the broker
    REFUSED = "refused"  # the broker refused login, subscription or message
    TIMED_OUT = "timed_out"  # no answer before the deadline
    BROKEN_SEAL = "broken_seal"  # a sealed field that this key does not open
    STORE_DAMAGED = "store_damaged"  # the outbox file is not readable
    STORE_FAILED = "store_failed"  # the outbox could not be written: disk full, rights
    BAD_SETTINGS = "bad_settings"  # the link settings file is missing, unreadable or malformed
    BROKER_MISSING = "broker_missing"  # no mosquitto program found
    BROKER_FAILED = "broker_failed"  # the broker did not start
    PORT_BUSY = "port_busy"  # another program listens on the broker's port


class BusError(Exception):
    """Something on the bus failed. `reason` for programs, the text for people."""

    def __init__(self, reason: BusReason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
