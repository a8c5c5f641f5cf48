"""The socket under the link: dialled without blocking the caller, read and written in large pieces.

paho reads a packet in three or more small `recv` calls and sends each acknowledgement alone; behind
this buffer a thousand messages cost one system call each way.
"""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path

_CHUNK = 65_536
_FAREWELL_S = 1.0


class BufferedSocket:
    """A connected, non-blocking socket as paho wants it, plus `pending` and `flush`.

    `recv` raises BlockingIOError (TLS: SSLWantReadError) when nothing is there. `send` takes
    everything and keeps it until `flush`.
    """

    def __init__(self, raw: socket.socket) -> None:
        self._raw = raw
        self._got = b""
        self._at = 0
        self._unsent = bytearray()
        self.farewell = False  # a closing socket first sends what it holds

    @property
    def pending(self) -> int:
        """Bytes that `recv` can give without the network, which `poll` does not see."""
        inside_tls = self._raw.pending() if isinstance(self._raw, ssl.SSLSocket) else 0
        return len(self._got) - self._at + inside_tls

    @property
    def unsent(self) -> bool:
        """Whether `flush` has something to do."""
        return bool(self._unsent)

    def recv(self, buffer_size: int) -> bytes:
        """Up to `buffer_size` bytes; b"" when the other side closed."""
        if self._at == len(self._got):
            self._got = self._raw.recv(_CHUNK)
            self._at = 0
        piece = self._got[self._at : self._at + buffer_size]
        self._at += len(piece)
        return piece

    def send(self, buffer: bytes | bytearray) -> int:
        """Take all of `buffer`; it leaves with the next `flush`."""
        self._unsent += buffer
        return len(buffer)

    def flush(self) -> None:
        """Send what the network takes now. Raises OSError when the connection is broken."""
        with contextlib.suppress(BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            while self._unsent:
                sent = self._raw.send(self._unsent)
                del self._unsent[:sent]

    def close(self) -> None:
        """Close. With `farewell` set, what is unsent goes out first, for at most a second.

        Then what the other side still sends is read to its end: a socket closed with unread bytes
        sends a reset, which may overtake our last words, and a last will would follow a good-bye.
        """
        if self.farewell and self._unsent:
            with contextlib.suppress(OSError):
                self._raw.settimeout(_FAREWELL_S)
                self._raw.sendall(self._unsent)
                self._raw.shutdown(socket.SHUT_WR)
                while self._raw.recv(_CHUNK):
                    pass
        self._raw.close()

    def fileno(self) -> int:
        """Descriptor for `poll`."""
        return self._raw.fileno()

    def setblocking(self, flag: bool) -> None:
        """Part of what paho asks of a socket."""
        self._raw.setblocking(flag)


def dial(
    host: str,
    port: int,
    tls_ca: Path | None,
    timeout_s: float,
    done: Callable[[BufferedSocket | OSError], None],
) -> None:
    """Connect (and shake hands, with `tls_ca`) in a short-lived thread, which calls `done`.

    A name server or a route that swallows packets thus never holds the caller up.
    """

    def run() -> None:
        try:
            result: BufferedSocket | OSError = BufferedSocket(
                _connect(host, port, tls_ca, timeout_s)
            )
        except OSError as error:
            result = error
        except ValueError as error:  # a host name that cannot be one
            result = OSError(str(error))
        done(result)

    threading.Thread(target=run, name=f"bus-dial-{host}", daemon=True).start()


def _connect(host: str, port: int, tls_ca: Path | None, timeout_s: float) -> socket.socket:
    raw = socket.create_connection((host, port), timeout=timeout_s)
    try:
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls_ca is None:
            return raw
        context = ssl.create_default_context(cafile=str(tls_ca))
        return context.wrap_socket(raw, server_hostname=host)
    except BaseException:
        raw.close()
        raise
