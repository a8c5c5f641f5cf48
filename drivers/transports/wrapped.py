"""A transport around another one, which is what those share that pace it or listen to it."""

from drivers.transports.base import Transport


class WrappedTransport:
    """A `Transport` that passes everything on to `inner`."""

    def __init__(self, inner: Transport) -> None:
        self._inner = inner

    @property
    def can_read(self) -> bool:
        """See `Transport`; some find out only later that nothing ever comes."""
        return self._inner.can_read

    @can_read.setter
    def can_read(self, value: bool) -> None:
        self._inner.can_read = value

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

    def write(self, data: bytes, deadline_s: float) -> None:
        """See `Transport.write`."""
        self._inner.write(data, deadline_s)

    def read(self, limit: int, timeout_s: float) -> bytes:
        """See `Transport.read`."""
        return self._inner.read(limit, timeout_s)

    def close(self) -> None:
        """See `Transport.close`."""
        self._inner.close()
