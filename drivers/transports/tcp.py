"""A TCP connection to a networked peripheral."""

import contextlib
import socket

from pydantic import BaseModel, ConfigDict, Field

from drivers.errors import PeripheralError, Reason
from drivers.transports.base import FdTransport

KEEPALIVE = (
    (socket.TCP_KEEPIDLE, 5),
    (socket.TCP_KEEPINTVL, 2),
    (socket.TCP_KEEPCNT, 3),
    (socket.TCP_USER_TIMEOUT, 15_000),
)


class TcpOptions(BaseModel):
    """Options of a peripheral reached over TCP."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = Field(min_length=1, description="Address or name, e.g. 192.168.1.87")
    tcp_port: int = Field(ge=1, le=65535, description="TCP port, e.g. 9100 for a printer")
    connect_timeout_s: float = Field(default=3.0, gt=0, le=60, description="To get a connection")


def open_tcp(options: TcpOptions) -> FdTransport:
    """Connect. Raises NO_DEVICE, `sent` false, when the address is silent, unknown or refuses."""
    name = f"{options.host}:{options.tcp_port}"
    try:
        sock = socket.create_connection(
            (options.host, options.tcp_port), timeout=options.connect_timeout_s
        )
    except OSError as e:
        raise PeripheralError(
            Reason.NO_DEVICE,
            f"cannot connect to {name}: {e}",
            advice="Check the address, the network cable and the power of the peripheral.",
            sent=False,
        ) from e
    sock.setblocking(False)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # Without keepalive an unplugged network cable would look like a peripheral with nothing to say.
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in KEEPALIVE:
        sock.setsockopt(socket.IPPROTO_TCP, option, value)
    return FdTransport(sock.fileno(), name, lambda: _close(sock))


def _close(sock: socket.socket) -> None:
    """Close in order: unread bytes would turn the close into a reset that loses what we sent."""
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_WR)
        for _ in range(64):
            if not sock.recv(4096):
                break
    sock.close()
