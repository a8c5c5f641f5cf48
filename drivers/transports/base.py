"""The promise every transport keeps, and the one implementation over a file descriptor."""

import os
import select
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

import structlog

from drivers.errors import PeripheralError, Reason
from drivers.saying import saying

LOGGED = 256  # bytes of one piece: no log holds a whole picture

log = structlog.get_logger()


class Transport(Protocol):
    """A byte stream to one peripheral, used from its one owner thread.

    `sensitive`: while true, only lengths are logged. `written`: bytes handed to the system since
    opening, so that a driver can tell what may have arrived when a write failed half-way.
    `can_read`: false for write-only devices, whose `read` always times out.
    """

    sensitive: bool
    written: int
    can_read: bool

    def write(self, data: bytes, deadline_s: float) -> None:
        """Hand over all of `data` within `deadline_s` seconds.

        Raises LOST (connection broke) or SILENT (it did not take the bytes in time); `sent` of the
        error tells whether any byte of this call went out.
        """

    def read(self, limit: int, timeout_s: float) -> bytes:
        """Return 1 to `limit` bytes as soon as there are any, or b"" after `timeout_s` seconds.

        Raises LOST when the connection broke.
        """

    def close(self) -> None:
        """Give the port back. Never raises; a second call does nothing."""


@contextmanager
def one_call(transport: Transport) -> Iterator[None]:
    """Let `sent` of an error tell of all that went out since the beginning, not of its last write.

    For a device's call that asks several things one after another.
    """
    begun = transport.written
    try:
        yield
    except PeripheralError as e:
        e.sent = e.sent or transport.written > begun
        raise


def lost(name: str, why: str, sent: bool = True) -> PeripheralError:
    """The error of a connection that broke."""
    return PeripheralError(
        Reason.LOST,
        saying("lost {name}: {why}", name=name, why=why),
        advice=saying("Check the cable and the power of the peripheral."),
        sent=sent,
    )


def not_taken(name: str, count: int, whole: int) -> PeripheralError:
    """The error of a peripheral that took no more than `count` bytes in time."""
    return PeripheralError(
        Reason.SILENT,
        saying("{name} took {count} of {whole} bytes in time", name=name, count=count, whole=whole),
        advice=saying("Check that the peripheral is on and not halted."),
        sent=count > 0,
    )


class FdTransport:
    """A `Transport` over an open, non-blocking descriptor. `close` gives back what was opened."""

    can_read = True

    def __init__(self, fd: int, name: str, close: Callable[[], None]) -> None:
        self.sensitive = False
        self.written = 0
        self._fd = fd
        self._name = name
        self._close: Callable[[], None] | None = close
        self.on_closed: Callable[[], None] = lambda: None

    def write(self, data: bytes, deadline_s: float) -> None:
        """See `Transport.write`."""
        begun = self.written
        end = time.monotonic() + deadline_s
        rest = memoryview(data)
        while rest:
            hung_up = self._wait(select.POLLOUT, end)
            if hung_up is None:
                raise not_taken(self._name, self.written - begun, len(data))
            try:
                count = os.write(self._fd, rest)
            except (BlockingIOError, InterruptedError):
                if hung_up:
                    raise self._lost(saying("hung up"), self.written > begun) from None
                continue
            except OSError as e:
                raise self._lost(str(e), self.written > begun) from e
            self.written += count
            self._log("out", bytes(rest[:count]))
            rest = rest[count:]

    def read(self, limit: int, timeout_s: float) -> bytes:
        """See `Transport.read`."""
        if self._wait(select.POLLIN, time.monotonic() + timeout_s) is None:
            return b""
        try:
            data = os.read(self._fd, limit)
        except (BlockingIOError, InterruptedError):
            return b""
        except OSError as e:
            raise self._lost(str(e)) from e
        if not data:
            # Readable without data is how both a vanished port and a closed connection look.
            raise self._lost(saying("closed by the other side"))
        self._log("in", data)
        return data

    def close(self) -> None:
        """See `Transport.close`."""
        close, self._close = self._close, None
        if close is not None:
            self._fd = -1
            close()
            self.on_closed()

    def _wait(self, event: int, end: float) -> bool | None:
        """None when `end` passed; else whether the other side hung up."""
        if self._fd < 0:
            raise self._lost(saying("closed on this side"), sent=False)
        poll = select.poll()
        poll.register(self._fd, event)
        events = poll.poll(max(0.0, end - time.monotonic()) * 1000)
        if not events:
            return None
        return bool(events[0][1] & (select.POLLHUP | select.POLLERR | select.POLLNVAL))

    def _lost(self, why: str, sent: bool = True) -> PeripheralError:
        return lost(self._name, why, sent)

    def _log(self, direction: str, data: bytes) -> None:
        shown = {} if self.sensitive else {"hex": data[:LOGGED].hex(" ")}
        log.debug("wire", port=self._name, direction=direction, length=len(data), **shown)
