"""Where a CUPS server or an IPP printer is, and one question to it over HTTP, bounded in time."""

import getpass
import http.client
import math
import os
import re
import socket
import time
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from drivers.errors import PeripheralError, Reason
from drivers.interfaces import Cancelled
from drivers.printers.cups_advice import misbehaving, unreachable
from drivers.printers.cups_ipp import ANSWER_LIMIT, Answer, Op, parse

log = structlog.get_logger()

IPP_PORT = 631
SOCKET = Path("/run/cups/cups.sock")
PIECE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Server:
    """`host` is a name, an address, or the path of the server's Unix socket.

    `timeout_s` is for a whole exchange, however slowly its bytes come.
    """

    host: str
    tcp_port: int
    timeout_s: float
    printer: bool = False  # one of the network, without CUPS

    def ask(
        self,
        path: str,
        message: bytes,
        document: bytes = b"",
        *,
        cancelled: Cancelled = lambda: False,
        limit_s: float = math.inf,
    ) -> Answer:
        """Post an IPP request and return its answer, whatever its status.

        Each 64 KiB of a document may take `timeout_s` anew, for a printer takes it as it prints,
        but all of it `limit_s` at most. Raises NO_DEVICE (`sent` false) when nobody listens, LOST
        when the connection broke, SILENT when no answer came in time, GARBLED, REJECTED when a
        password is wanted, or CANCELLED while a document goes out.
        """
        connection = _Connection(self)
        try:
            connection.reach()
            pieces = connection.pieces(message, document, cancelled, limit_s)
            status, body = self._post(connection, path, pieces, len(message) + len(document))
        except TimeoutError as e:
            raise self._error(Reason.SILENT, "does not answer", path) from e
        except (OSError, http.client.IncompleteRead) as e:
            raise self._error(Reason.LOST, f"broke off: {e or type(e).__name__}", path) from e
        except http.client.HTTPException as e:
            raise self._error(Reason.GARBLED, "answers something that is not HTTP", path) from e
        finally:
            connection.close()
        op = int.from_bytes(message[2:4], "big")
        log.debug("ipp", server=self.host, operation=op, http=status, length=len(body))
        if status in (401, 403):
            what = f"allows {getpass.getuser()} no {Op(op).name}"
            raise self._error(Reason.REJECTED, what, path, status)
        if status != 200:
            raise self._error(Reason.GARBLED, f"answers with HTTP status {status}", path, status)
        try:
            return parse(body)
        except PeripheralError as e:
            raise self._error(e.reason, "answers something that is not IPP", path) from e

    def _post(
        self, connection: "_Connection", path: str, pieces: Iterator[bytes], length: int
    ) -> tuple[int, bytes]:
        headers = {"Content-Type": "application/ipp", "Content-Length": str(length)}
        if self.host.startswith("/"):  # CUPS asks the kernel who stands at the other end
            headers["Authorization"] = f"PeerCred {getpass.getuser()}"
        connection.request("POST", path, pieces, headers)
        response = connection.getresponse()
        return response.status, response.read(ANSWER_LIMIT)

    def _error(self, reason: Reason, what: str, path: str, status: int = 0) -> PeripheralError:
        advice = misbehaving(reason, self.tcp_port, path, status, printer=self.printer)
        return PeripheralError(reason, f"the {self.kind} {self.place} {what}", advice=advice)

    @property
    def kind(self) -> str:
        """What people call it."""
        return "printer" if self.printer else "print server"

    @property
    def place(self) -> str:
        """For people."""
        return self.host if self.host.startswith("/") else f"{self.host}:{self.tcp_port}"


def local_server() -> tuple[str, int]:
    """Where programs of this machine print: CUPS_SERVER, client.conf, the socket, or port 631."""
    wish = os.environ.get("CUPS_SERVER", "")
    for file in (Path.home() / ".cups/client.conf", Path("/etc/cups/client.conf")):
        if not wish and file.is_file():
            found = re.search(r"^\s*ServerName\s+(\S+)", file.read_text("utf-8", "replace"), re.M)
            wish = found[1] if found else ""
    if not wish:
        return (str(SOCKET) if SOCKET.exists() else "localhost"), IPP_PORT
    wish = wish.partition("/version=")[0]
    if wish.startswith("/"):
        return wish, IPP_PORT
    parts = urllib.parse.urlsplit(f"//{wish}")
    return parts.hostname or "localhost", parts.port or IPP_PORT


class _Socket(socket.socket):
    """One whose reads and writes all end at `end` together (by `time.monotonic`)."""

    end = math.inf

    def recv_into(self, *args: Any, **more: Any) -> int:
        """See `socket.recv_into`; what `http.client` reads with."""
        self._hurry()
        return super().recv_into(*args, **more)

    def sendall(self, *args: Any, **more: Any) -> None:
        """See `socket.sendall`, whose time-out is for all of it."""
        self._hurry()
        super().sendall(*args, **more)

    def _hurry(self) -> None:
        left = self.end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.settimeout(left)


class _Connection(http.client.HTTPConnection):
    """HTTP over TCP or the server's Unix socket."""

    def __init__(self, server: Server) -> None:
        super().__init__("localhost", server.tcp_port, timeout=server.timeout_s)
        self._server = server
        self.sock: _Socket

    def reach(self) -> None:
        """Connect. Raises NO_DEVICE, `sent` false."""
        server = self._server
        end = time.monotonic() + server.timeout_s
        try:
            if server.host.startswith("/"):
                self.sock = _Socket(socket.AF_UNIX)
                self.sock.settimeout(server.timeout_s)
                self.sock.connect(server.host)
            else:
                place = (server.host, server.tcp_port)
                plain = socket.create_connection(place, timeout=server.timeout_s)
                self.sock = _Socket(fileno=plain.detach())
        except OSError as e:
            raise PeripheralError(
                Reason.NO_DEVICE,
                f"no {server.kind} at {server.place}: {e}",
                advice=unreachable(server.host, server.tcp_port, e, printer=server.printer),
                sent=False,
            ) from e
        self.sock.end = end

    def pieces(
        self, message: bytes, document: bytes, cancelled: Cancelled, limit_s: float
    ) -> Iterator[bytes]:
        """What goes out, each piece of the document with its own time. Raises CANCELLED."""
        yield message
        last = time.monotonic() + limit_s
        for begin in range(0, len(document), PIECE):
            if cancelled():
                raise PeripheralError(Reason.CANCELLED, "cancelled while the document went out")
            self.sock.end = min(last, time.monotonic() + self._server.timeout_s)
            yield document[begin : begin + PIECE]
        if document:
            self.sock.end = time.monotonic() + self._server.timeout_s
