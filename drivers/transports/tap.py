"""A tap on the wire: `hall-devices record` hears what goes over it.

Whoever opens a peripheral while a tap is `collecting` has its bytes told to that tap. Transports
made by `open_transport` do so by themselves. A driver with another way to its peripheral (PC/SC,
libusb) keeps what `current()` gave when it opened, and tells it each command and each answer.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from drivers.transports.base import Transport
from drivers.transports.wrapped import WrappedTransport


class Tap(Protocol):
    """Hears bytes as they went over the wire, from any thread. Must not block or raise."""

    def sent(self, data: bytes) -> None:
        """`data` went out to the peripheral."""

    def received(self, data: bytes) -> None:
        """`data` came in from it."""


_CURRENT: ContextVar[Tap | None] = ContextVar("tap", default=None)


@contextmanager
def collecting(tap: Tap) -> Iterator[None]:
    """Peripherals that this thread opens meanwhile are tapped, until they are closed."""
    token = _CURRENT.set(tap)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def current() -> Tap | None:
    """The tap of whoever opens a peripheral now, mostly None."""
    return _CURRENT.get()


def tapped(transport: Transport) -> Transport:
    """`transport`, or one around it that tells the current tap."""
    tap = current()
    return transport if tap is None else TappedTransport(transport, tap)


class TappedTransport(WrappedTransport):
    """A `Transport` that tells a tap what goes through it, also when the deadline cut it short."""

    def __init__(self, inner: Transport, tap: Tap) -> None:
        super().__init__(inner)
        self._tap = tap

    def write(self, data: bytes, deadline_s: float) -> None:
        """See `Transport.write`."""
        before = self._inner.written
        try:
            self._inner.write(data, deadline_s)
        finally:
            if gone := data[: self._inner.written - before]:
                self._tap.sent(bytes(gone))

    def read(self, limit: int, timeout_s: float) -> bytes:
        """See `Transport.read`."""
        data = self._inner.read(limit, timeout_s)
        if data:
            self._tap.received(data)
        return data
