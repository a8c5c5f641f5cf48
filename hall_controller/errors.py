"""The exceptions of this package. `reason` for programs, the text for people, one line."""

from enum import StrEnum


class HallReason(StrEnum):
    """Why the controller could not do something."""

    STORE_DAMAGED = "store_damaged"  # the file is not a database, or not a whole one
    STORE_IN_USE = "store_in_use"  # another controller holds it
    STORE_REFUSED = "store_refused"  # one row is at fault: a constraint
    STORE_FAILED = "store_failed"  # the store itself is: full disk, rights, a broken disk
    STORE_NEWER = "store_newer"  # written by a newer program
    FENCED = "fenced"  # another controller has claimed the site since
    KEYS_UNFIT = "keys_unfit"  # key files missing, unreadable, or not those of this store
    LOCKED_OUT = "locked_out"  # too many wrong PINs
    NOT_STARTED = "not_started"  # a part did not come up


class HallError(Exception):
    """Base of what this package raises."""

    def __init__(self, reason: HallReason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class StoreError(HallError):
    """The store cannot be used, or refused a commit."""


class LockedOut(HallError):  # noqa: N818 - a state, not a fault
    """Too many wrong PINs. `seconds` is how long until the next try counts."""

    def __init__(self, seconds: float) -> None:
        super().__init__(
            HallReason.LOCKED_OUT, f"locked for {seconds:.0f} s after too many wrong PINs"
        )
        self.seconds = seconds
