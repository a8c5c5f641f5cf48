"""Why the core refuses. The words are those of the wire (a test compares them with the bus)."""

EXPIRED = "expired"
NOT_OWNER = "not_owner"
UNKNOWN_QUEUE = "unknown_queue"
UNKNOWN_TICKET = "unknown_ticket"
UNKNOWN_WINDOW = "unknown_window"
WITHDRAWN = "withdrawn"
WRONG_STATE = "wrong_state"
NOTHING_WAITING = "nothing_waiting"
NOT_ALLOWED = "not_allowed"
QUEUE_FULL = "queue_full"
BAD_REQUEST = "bad_request"
STORE_FAILED = "store_failed"


class RuleError(Exception):
    """A rule says no. Raised inside the core only: `decide` turns it into a `Refused` answer."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
