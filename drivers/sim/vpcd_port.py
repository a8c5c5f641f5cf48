"""The port of a simulated chip card: a slot of the virtual reader of a pcscd of our own.

To the card and back go messages of a two-byte length, big endian, and so many bytes. One byte from
the reader is a control: 00 power off, 01 power on, 02 reset, 04 tell the ATR, the only one that is
answered, every time. Anything longer is a command APDU. To connect is to put the card in.
"""

import contextlib
import select
import socket
from collections.abc import Callable

from drivers.sim.pcscd import SLOT, Pcscd
from drivers.sim.ports import Port

TELL_ATR = b"\x04"
POWER = (b"\x00", b"\x01", b"\x02")


class VpcdPort(Port):
    """`options` are the reader's name and pcscd's socket. Unplugged, the service is away too."""

    def __init__(self, reset: Callable[[], None], private: bool | None = None) -> None:
        """`reset` is called when the card loses its power. Raises CannotPlayError."""
        super().__init__()
        self.pcscd = Pcscd(private)
        self.options = {"reader": SLOT, "socket": str(self.pcscd.socket)}
        self.atr: bytes | None = None  # of the card that is in
        self.reader_in = True  # at the next `plug`
        self._reset = reset
        self._line: socket.socket | None = None

    def insert(self, atr: bytes) -> None:
        """Put a card in, after taking out the one that was."""
        self.remove()
        self.atr = atr

    def remove(self) -> None:
        """Pull the card; also from within `feed`, while a command runs."""
        self.atr = None
        with self._lock:
            self._hang_up()

    def close(self) -> None:
        """See `Port.close`."""
        super().close()
        self.pcscd.close()

    def send(self, data: bytes) -> None:
        """Answer a command."""
        super().send(len(data).to_bytes(2, "big") + data)

    def _open(self) -> None:
        self.pcscd.start(self.reader_in)

    def _shut(self) -> None:
        self._hang_up()
        self.pcscd.stop()

    def _data_fd(self) -> int | None:
        return self._line.fileno() if self._line else None

    def _receive(self, limit: int) -> bytes:
        line = self._connected_line()
        if line is None:
            self._pulled.wait(0.02)
            return b""
        with contextlib.suppress(OSError, ValueError):  # pulled on another thread meanwhile
            if not select.select([line], [], [], 0.05)[0]:
                return b""
            message = _message(line)
            if message == TELL_ATR:
                self.send(self.atr or b"")
            elif message in POWER:
                self._reset()
            elif message is not None:
                return message
            if message is not None:
                return b""
        with self._lock:
            self._hang_up()  # pcscd went away, or the card was pulled
        return b""

    def _connected_line(self) -> socket.socket | None:
        if self._line is None and self.atr is not None:
            with contextlib.suppress(OSError):
                line = socket.create_connection(("127.0.0.1", self.pcscd.port), 1)
                line.settimeout(1)
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with self._lock:
                    self._line = line
                self._reset()
        return self._line

    def _hang_up(self) -> None:
        if self._line is not None:
            with contextlib.suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)
            self._line.close()
        self._line = None


def _message(line: socket.socket) -> bytes | None:
    """The next message, or None at the end of the connection."""
    head = _exactly(line, 2)
    # vpcd sends the length by itself and the rest when that is acknowledged: not in 40 ms, please.
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
    return None if head is None else _exactly(line, int.from_bytes(head, "big"))


def _exactly(line: socket.socket, size: int) -> bytes | None:
    data = b""
    while len(data) < size:
        more = line.recv(size - len(data))
        if not more:
            return None
        data += more
    return data
