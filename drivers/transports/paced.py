"""A transport that sends no faster than its peripheral can take it.

For serial printers without any flow control, whose buffer would overrun.
"""

import time

from drivers.errors import PeripheralError, Reason
from drivers.transports.base import Transport

PIECES_PER_S = 20


class PacedTransport:
    """A `Transport` around another one: at most `bytes_per_s`, in small pieces."""

    def __init__(self, inner: Transport, bytes_per_s: int) -> None:
        self._inner = inner
        self._bytes_per_s = bytes_per_s
        self._piece = max(1, bytes_per_s // PIECES_PER_S)
        self._free_at = 0.0  # when the next piece may go

    @property
    def sensitive(self) -> bool:
        """See `Transport`."""
        return self._inner.sensitive

    @sensitive.setter
    def sensitive(self, value: bool) -> None:
        self._inner.sensitive = value

    @property
    def written(self) -> int:
        """See `Transport`."""
        return self._inner.written

    @written.setter
    def written(self, value: int) -> None:
        self._inner.written = value

    @property
    def can_read(self) -> bool:
        """See `Transport`."""
        return self._inner.can_read

    @can_read.setter
    def can_read(self, value: bool) -> None:
        self._inner.can_read = value

    def write(self, data: bytes, deadline_s: float) -> None:
        """See `Transport.write`; the pauses that the pace wants come on top of `deadline_s`."""
        begun = self.written
        for at in range(0, len(data), self._piece):
            piece = data[at : at + self._piece]
            time.sleep(max(0.0, self._free_at - time.monotonic()))
            try:
                self._inner.write(piece, deadline_s)
            except PeripheralError as e:
                e.sent = e.sent or self.written > begun
                if e.reason is Reason.SILENT:
                    e.detail = f"{e.detail}, {self.written - begun} of {len(data)} bytes in all"
                raise
            self._free_at = max(self._free_at, time.monotonic()) + len(piece) / self._bytes_per_s

    def read(self, limit: int, timeout_s: float) -> bytes:
        """See `Transport.read`."""
        return self._inner.read(limit, timeout_s)

    def close(self) -> None:
        """See `Transport.close`."""
        self._inner.close()
