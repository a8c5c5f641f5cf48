"""A TCP connection to a networked peripheral."""

import contextlib
import socket
import struct
import time
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from drivers.errors import PeripheralError, Reason
from drivers.saying import saying, told_by
from drivers.transports.addresses import OF_THIS_MACHINE, Address, Addresses
from drivers.transports.base import FdTransport

KEEPALIVE = (
    (socket.TCP_KEEPIDLE, 5),
    (socket.TCP_KEEPINTVL, 2),
    (socket.TCP_KEEPCNT, 3),
    (socket.TCP_USER_TIMEOUT, 15_000),
)
LEAST_S = 0.05  # to get a connection, however late the address was found
CHECK = saying("Check the address, the network cable and the power of the peripheral.")
NAME_SERVER = saying(
    "Give the address instead of the name, or check the name server of this machine."
)
UNHEARD_S = 2.0  # a peer in the same building acknowledges within milliseconds


class TcpOptions(BaseModel):
    """Options of a peripheral reached over TCP."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = Field(min_length=1, description="Address or name, e.g. 192.168.1.87")
    tcp_port: int = Field(ge=1, le=65535, description="TCP port, e.g. 9100 for a printer")
    connect_timeout_s: float = Field(default=3.0, gt=0, le=60, description="To get a connection")


def open_tcp(options: TcpOptions, addresses: Addresses = OF_THIS_MACHINE) -> FdTransport:
    """Connect. Raises NO_DEVICE, `sent` false, when the address is silent, unknown or refuses."""
    name, limit_s = f"{options.host}:{options.tcp_port}", options.connect_timeout_s
    begun = time.monotonic()
    try:
        found = addresses.find(options.host, options.tcp_port, limit_s)
    except TimeoutError as e:
        raise _not_connected(name, told_by(e), NAME_SERVER) from e
    except OSError as e:
        raise _not_connected(name, str(e)) from e
    try:
        sock = connected(found, begun + limit_s)
    except OSError as e:
        raise _not_connected(name, str(e)) from e
    sock.setblocking(False)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # Without keepalive an unplugged network cable would look like a peripheral with nothing to say.
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in KEEPALIVE:
        sock.setsockopt(socket.IPPROTO_TCP, option, value)
    return TcpTransport(sock, name)


def connected(found: Sequence[Address], end: float) -> socket.socket:
    """A connection to the first address that takes one before `end` (monotonic).

    Each has its part of the time. Raises OSError, that of the first, when none does.
    """
    refused: OSError | None = None
    for count, (family, address) in enumerate(found):
        left_s = (end - time.monotonic()) / (len(found) - count)
        try:
            return _connection(family, address, max(LEAST_S, left_s))
        except OSError as e:  # also of a family that this machine does not have
            refused = refused or e
    raise refused or OSError("no address")


def _connection(family: socket.AddressFamily, address: Any, limit_s: float) -> socket.socket:
    sock = socket.socket(family)
    sock.settimeout(limit_s)
    try:
        sock.connect(address)
    except OSError:
        sock.close()
        raise
    return sock


def _not_connected(name: str, why: str, advice: str = CHECK) -> PeripheralError:
    detail = saying("cannot connect to {name}: {why}", name=name, why=why)
    return PeripheralError(Reason.NO_DEVICE, detail, advice=advice, sent=False)


class TcpTransport(FdTransport):
    """A connection that is lost as soon as the other side stops acknowledging.

    The system itself would repeat what it sent at ever longer intervals: a peripheral that lost
    its power or its network for some seconds would be found again only after as many more.
    """

    def __init__(self, sock: socket.socket, name: str) -> None:
        super().__init__(sock.fileno(), name, lambda: _close(sock))
        self._sock = sock
        self._answerable_since = time.monotonic()  # nothing was unacknowledged before

    def write(self, data: bytes, deadline_s: float) -> None:
        """See `Transport.write`."""
        self._check_heard(sent=False)
        super().write(data, deadline_s)

    def read(self, limit: int, timeout_s: float) -> bytes:
        """See `Transport.read`."""
        data = super().read(limit, timeout_s)
        if not data:
            self._check_heard()
        return data

    def _check_heard(self, sent: bool = True) -> None:
        """Raise LOST when bytes wait for an acknowledgement and none came for a while.

        A peer whose buffer is full goes on acknowledging that it is there, and is not lost.
        """
        if self._fd < 0:
            return  # closed on this side: the read or write itself says so
        unacknowledged, heard_ms = _acknowledged(self._sock)
        now = time.monotonic()
        if not unacknowledged:
            self._answerable_since = now
        elif now - max(self._answerable_since, now - heard_ms / 1000) > UNHEARD_S:
            raise self._lost(saying("it stopped answering"), sent)


def _acknowledged(sock: socket.socket) -> tuple[int, int]:
    """From struct tcp_info (linux/tcp.h): segments not acknowledged; ms since the last ACK."""
    info = struct.unpack("8B24I", sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104))
    return info[8 + 4], info[8 + 12]


def _close(sock: socket.socket) -> None:
    """Close in order: unread bytes would turn the close into a reset that loses what we sent."""
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_WR)
        for _ in range(64):
            if not sock.recv(4096):
                break
    sock.close()
