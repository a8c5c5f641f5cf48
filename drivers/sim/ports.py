"""Ports that a simulator is plugged into: a pseudo-terminal pair, or a TCP server.

For simulators only; the real drivers' side is `drivers/transports/`.
"""

import contextlib
import ctypes
import os
import select
import shutil
import socket
import struct
import tempfile
import termios
import threading
import time
import tty
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any

from drivers.saying import saying

SEND_LIMIT_S = 2.0  # a driver that stopped reading does not stop the simulator
LOOK_S = 0.05  # how often a port looks whether it is paused
ATTACH_FILTER, DETACH_FILTER = 26, 27  # SO_… of Linux, which the socket module does not name
DROP_ALL = struct.pack("HBBI", 0x06, 0, 0, 0)  # a classic BPF program: ret 0


class Port(ABC):
    """A cable with a thread that reads it.

    `paused`: take no bytes (a full buffer). `bytes_per_s`: take them no faster (a slow one).
    """

    def __init__(self) -> None:
        self.options: dict[str, Any] = {}
        self.paused = self._blocked = False
        self.bytes_per_s: float | None = None
        self._feed: Callable[[bytes], None] = lambda data: None
        self._connected: Callable[[], None] = lambda: None
        self._thread: threading.Thread | None = None
        self._pulled = threading.Event()
        self._wake = -1  # an eventfd: whoever pulls the cable waits for no time-out
        self._lock = threading.Lock()

    def begin(self, feed: Callable[[bytes], None], connected: Callable[[], None]) -> None:
        """Plug in; `feed` gets what arrives, `connected` each new TCP connection."""
        self._feed = feed
        self._connected = connected
        self.plug()

    @property
    def blocked(self) -> bool:
        """Whether the line is stopped: nobody takes bytes, not even the system's buffers if it can
        be helped."""
        return self._blocked

    @blocked.setter
    def blocked(self, value: bool) -> None:
        self._blocked = self.paused = bool(value)
        self._stop_output()

    @property
    def plugged(self) -> bool:
        """Whether the cable is in."""
        alive = self._thread is not None and self._thread.is_alive()
        return alive and not self._pulled.is_set()

    @property
    def in_use(self) -> bool:
        """Whether bytes could be sent to a driver; nobody can tell whether it has a PTY open."""
        with self._lock:
            return self._data_fd() is not None

    def plug(self) -> None:
        """Open; does nothing when plugged in already."""
        if self.plugged:
            return
        if self._thread is not None:
            self._thread.join()  # a cable pulled from within `feed` may still be closing
        self._pulled.clear()
        self._open()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._thread = threading.Thread(target=self._run, name=f"sim {self.options}", daemon=True)
        self._thread.start()

    def unplug(self) -> None:
        """Break the connection and stop listening; may be called from `feed`."""
        self._pulled.set()
        with self._lock:
            if self._wake >= 0:
                os.eventfd_write(self._wake, 1)
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def drop(self) -> None:
        """Break the connection and go on listening; a cable that has none is pulled."""
        self.unplug()

    def close(self) -> None:
        """Unplug and remove what was left on disk."""
        self.unplug()

    def send(self, data: bytes) -> None:
        """Send to the driver; given up when it does not read for two seconds."""
        with self._lock, contextlib.suppress(OSError):
            fd = self._data_fd()
            end = time.monotonic() + SEND_LIMIT_S
            while data and fd is not None and time.monotonic() < end and not self._pulled.is_set():
                if select.select([], [fd], [], 0.05)[1]:
                    data = data[os.write(fd, data) :]

    def _run(self) -> None:
        try:
            while not self._pulled.is_set():
                if self.paused:
                    self._pulled.wait(0.01)
                    continue
                limit = 4096
                if self.bytes_per_s is not None:
                    limit = max(1, int(self.bytes_per_s / 100))
                    self._pulled.wait(limit / self.bytes_per_s)
                data = self._receive(limit)
                if data:
                    self._feed(data)
        finally:
            with self._lock:
                self._shut()
                os.close(self._wake)
                self._wake = -1

    def _readable(self, *waiting: Any) -> list[Any]:
        """Those that can be read, or none after a moment or when the cable was pulled."""
        return select.select([*waiting, self._wake], [], [], LOOK_S)[0]

    def _stop_output(self) -> None:  # noqa: B027 - not every port can
        """Have the system take nothing from the driver while `blocked`, and go on after it."""

    @abstractmethod
    def _open(self) -> None: ...

    @abstractmethod
    def _shut(self) -> None: ...

    @abstractmethod
    def _data_fd(self) -> int | None: ...

    @abstractmethod
    def _receive(self, limit: int) -> bytes:
        """Wait at most 50 ms for bytes."""


class PtyPort(Port):
    """A pseudo-terminal whose driver side is a stable symbolic link, as udev gives it.

    `options["port"]` is the link: `link`, or one in a temporary folder.
    """

    def __init__(self, link: str | Path | None = None) -> None:
        super().__init__()
        self._folder = None if link else tempfile.mkdtemp(prefix="hall-sim-")
        self._link = Path(link) if link else Path(self._folder or "", "port")
        self.options = {"port": str(self._link)}
        self._master = self._slave = -1

    def close(self) -> None:
        """See `Port.close`."""
        super().close()
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _open(self) -> None:
        if self._link.exists():
            why = (
                saying(
                    "{path} is the link of another simulator: end that one, or name another path",
                    path=self._link,
                )
                if self._link.is_symlink()
                else saying(
                    "{path} is there and no link of a simulator: name another path", path=self._link
                )
            )
            raise ValueError(why)
        # Our own hold on the driver's side keeps the pair alive while no driver has it open.
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        fresh = self._link.with_name(self._link.name + ".new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(os.ttyname(self._slave))
        fresh.replace(self._link)
        self._stop_output()

    def _stop_output(self) -> None:
        """As an XOFF does, which a pseudo-terminal without IXON would take for a byte."""
        if self._slave >= 0:
            termios.tcflow(self._slave, termios.TCOOFF if self._blocked else termios.TCOON)

    def _shut(self) -> None:
        with contextlib.suppress(OSError):  # it may be another's by now
            if os.readlink(self._link) == os.ttyname(self._slave):
                self._link.unlink()
        os.close(self._slave)
        os.close(self._master)
        self._master = self._slave = -1

    def _data_fd(self) -> int | None:
        return self._master if self._master >= 0 else None

    def _receive(self, limit: int) -> bytes:
        if self._master not in self._readable(self._master):
            return b""
        with contextlib.suppress(OSError):
            return os.read(self._master, limit)
        return b""


class TcpPort(Port):
    """A TCP server on the loopback with one client at a time, as printers and panels have it.

    A further client waits in the queue until the present one has left. `options` are `host` and
    `tcp_port`; port 0 takes a free one. The number stays ours until `close`, also while unplugged:
    another test's simulator must not get it, or its driver would be heard here.
    """

    def __init__(self, tcp_port: int = 0, host: str = "127.0.0.1") -> None:
        super().__init__()
        self.options = {"host": host, "tcp_port": tcp_port}
        self._server: socket.socket | None = None  # bound; listens only while plugged
        self._client: socket.socket | None = None
        self.connections = 0  # since it was made

    def drop(self) -> None:
        """See `Port.drop`."""
        with self._lock, contextlib.suppress(OSError):
            if self._client:
                self._client.shutdown(socket.SHUT_RDWR)

    def vanish(self) -> None:
        """Pull the network cable: no answer, no acknowledgement and no goodbye any more."""
        code = ctypes.create_string_buffer(DROP_ALL)
        program = struct.pack("HL", 1, ctypes.addressof(code))
        for sock in self._sockets():
            sock.setsockopt(socket.SOL_SOCKET, ATTACH_FILTER, program)

    def appear(self) -> None:
        """Put the network cable back."""
        for sock in self._sockets():
            sock.setsockopt(socket.SOL_SOCKET, DETACH_FILTER, 0)

    def _sockets(self) -> list[socket.socket]:
        with self._lock:
            return [sock for sock in (self._server, self._client) if sock is not None]

    def close(self) -> None:
        """See `Port.close`."""
        super().close()
        with self._lock:
            server, self._server = self._server, None
        if server:
            server.close()

    def _open(self) -> None:
        if self._server is None:
            self._server = self._bound()
        self._server.listen(64)

    def _bound(self) -> socket.socket:
        """A socket that has the port; while it does not listen, connections are refused."""
        server = socket.socket()
        try:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            server.bind((self.options["host"], self.options["tcp_port"]))
        except OSError:
            server.close()
            raise
        self.options["tcp_port"] = server.getsockname()[1]
        return server

    def _shut(self) -> None:
        for sock in (self._client, self._server):
            if sock is not None:
                sock.close()
        self._client = self._server = None
        with contextlib.suppress(OSError):  # somebody was quicker: then `_open` says so
            self._server = self._bound()

    def _data_fd(self) -> int | None:
        return self._client.fileno() if self._client else None

    def _receive(self, limit: int) -> bytes:
        waiting = self._client or self._server
        assert waiting is not None
        if waiting not in self._readable(waiting):
            return b""
        if self._client:
            return self._take(limit)
        with self._lock:
            assert self._server is not None
            self._client = self._server.accept()[0]
            self._client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connections += 1
        self._connected()
        return b""

    def _take(self, limit: int) -> bytes:
        assert self._client is not None
        with contextlib.suppress(OSError):
            data = self._client.recv(limit)
            if data:
                return data
        with self._lock:
            self._client.close()
            self._client = None
        return b""
