"""Ports that notice when a driver opens them: a recording begins then, and waits for nobody."""

import contextlib
import errno
import os
import select

from drivers.sim.keyboard_scanner_port import FifoPort
from drivers.sim.ports import PtyPort, TcpPort
from drivers.sim.social_security_cards import ATR
from drivers.sim.vpcd_port import VpcdPort

LOOK_S = 0.02


class ReplayPty(PtyPort):
    """A PTY whose driver side nobody but the driver holds, so that it hangs up without one."""

    there = False

    def _open(self) -> None:
        super()._open()
        os.close(self._slave)
        self._slave = -1
        self.there = False

    def _shut(self) -> None:
        self._slave = os.open(os.devnull, os.O_RDONLY)  # for the one that is closed there
        self.there = False
        super()._shut()

    def _receive(self, limit: int) -> bytes:
        poll = select.poll()
        poll.register(self._master, select.POLLIN)
        events = dict(poll.poll(LOOK_S * 1000)).get(self._master, 0)
        if events & select.POLLIN:
            self._arrived()
            with contextlib.suppress(OSError):
                return os.read(self._master, limit)
            return b""
        if events & select.POLLHUP:
            self.there = False
            self._pulled.wait(LOOK_S)
        else:
            self._arrived()
        return b""

    def _arrived(self) -> None:
        if not self.there:
            self._connected()
            self.there = True


class ReplayFifo(FifoPort):
    """A FIFO that is open for writing only while a driver reads it."""

    @property
    def there(self) -> bool:
        """Whether a driver has it open."""
        return self._fd >= 0

    def _open(self) -> None:
        super()._open()
        self._leave()

    def _shut(self) -> None:
        self._link.unlink(missing_ok=True)
        self._leave()

    def _receive(self, limit: int) -> bytes:
        if self._fd < 0:
            self._look()
        elif self._gone():
            with self._lock:
                self._leave()
        self._pulled.wait(LOOK_S)
        return b""

    def _look(self) -> None:
        try:
            fd = os.open(self._link, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as e:
            if e.errno != errno.ENXIO:
                raise
            return
        self._connected()
        self._fd = fd

    def _gone(self) -> bool:
        poll = select.poll()
        poll.register(self._fd, 0)
        return bool(poll.poll(0))

    def _leave(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = -1


class ReplayTcp(TcpPort):
    """A TCP server; the recording goes on while a driver is connected."""

    @property
    def there(self) -> bool:
        """Whether a driver is connected."""
        return self._client is not None


class ReplayCard(VpcdPort):
    """A chip card that lies in its reader from the beginning; each powering is a driver's coming.

    A recording holds no answer to reset: it is that of our own cards.
    """

    def __init__(self) -> None:
        super().__init__(self._powered)

    def _powered(self) -> None:
        self._connected()

    @property
    def there(self) -> bool:
        """Whether the reader has it."""
        return self._line is not None

    def _open(self) -> None:
        super()._open()
        self.insert(ATR)
