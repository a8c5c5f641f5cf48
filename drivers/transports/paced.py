"""A transport that sends no faster than its peripheral can take it.

For serial printers without any flow control, whose buffer would overrun.
"""

import time

from drivers.errors import PeripheralError, Reason
from drivers.saying import saying
from drivers.transports.base import Transport
from drivers.transports.wrapped import WrappedTransport

PIECES_PER_S = 20


class PacedTransport(WrappedTransport):
    """A `Transport` around another one: at most `bytes_per_s`, in small pieces."""

    def __init__(self, inner: Transport, bytes_per_s: int) -> None:
        super().__init__(inner)
        self._bytes_per_s = bytes_per_s
        self._piece = max(1, bytes_per_s // PIECES_PER_S)
        self._free_at = 0.0  # when the next piece may go

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
                    e.detail = saying(
                        "{detail}, {count} of {whole} bytes in all",
                        detail=e.detail,
                        count=self.written - begun,
                        whole=len(data),
                    )
                raise
            self._free_at = max(self._free_at, time.monotonic()) + len(piece) / self._bytes_per_s
