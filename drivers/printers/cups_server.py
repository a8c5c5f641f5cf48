"""Where a CUPS server or an IPP printer is, and one question to it over HTTP, bounded in time."""

import http.client
import math
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import structlog

from drivers.errors import PeripheralError, Reason
from drivers.interfaces import Cancelled
from drivers.printers.cups_advice import Peer, misbehaving, unreachable
from drivers.printers.cups_ipp import ANSWER_LIMIT, Answer, Op, parse
from drivers.printers.cups_place import user_here
from drivers.saying import Saying, saying, told_by
from drivers.transports.addresses import OF_THIS_MACHINE
from drivers.transports.tcp import connected

log = structlog.get_logger()

PIECE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Server:
    """`host` is a name, an address, or the path of the server's Unix socket.

    `timeout_s` is for a whole exchange, however slowly its bytes come.
    """

    host: str
    tcp_port: int
    timeout_s: float
    peer: Peer = Peer.PRINT_SERVER

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
            raise self._error(Reason.SILENT, saying("does not answer"), path) from e
        except (OSError, http.client.IncompleteRead) as e:
            what = saying("broke off: {why}", why=str(e) or type(e).__name__)
            raise self._error(Reason.LOST, what, path) from e
        except (http.client.HTTPException, ValueError) as e:  # ValueError: a chunk of -1 bytes
            what = saying("answers something that is not HTTP")
            raise self._error(Reason.GARBLED, what, path) from e
        finally:
            connection.close()
        op = int.from_bytes(message[2:4], "big")
        log.debug("ipp", server=self.host, operation=op, http=status, length=len(body))
        if status in (401, 403):
            what = saying("allows {user} no {operation}", user=user_here(), operation=Op(op).name)
            raise self._error(Reason.REJECTED, what, path, status)
        if status != 200:
            what = saying("answers with HTTP status {status}", status=status)
            raise self._error(Reason.GARBLED, what, path, status)
        try:
            return parse(body)
        except PeripheralError as e:
            what = saying("answers something that is not IPP")
            raise self._error(e.reason, what, path) from e

    def _post(
        self, connection: "_Connection", path: str, pieces: Iterator[bytes], length: int
    ) -> tuple[int, bytes]:
        headers = {"Content-Type": "application/ipp", "Content-Length": str(length)}
        if self.host.startswith("/") and user_here().isascii():
            # CUPS asks the kernel who stands at the other end
            headers["Authorization"] = f"PeerCred {user_here()}"
        connection.request("POST", path, pieces, headers)
        response = connection.getresponse()
        return response.status, response.read(ANSWER_LIMIT)

    def _error(self, reason: Reason, what: Saying, path: str, status: int = 0) -> PeripheralError:
        advice = misbehaving(reason, self.tcp_port, path, status, self.peer)
        detail = saying(
            "the {peer} {place} {what}", peer=self.peer.noun, place=self.place, what=what
        )
        return PeripheralError(reason, detail, advice=advice)

    @property
    def place(self) -> str:
        """For people."""
        if self.host.startswith("/"):
            return self.host
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.tcp_port}"


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


class _Response(http.client.HTTPResponse):
    """One behind all that is said in advance: RFC 9110 allows any 1xx, `http.client` knows 100."""

    def begin(self) -> None:
        """See `HTTPResponse.begin`, which does nothing where there are headers."""
        super().begin()
        while 102 <= self.status < 200:
            self.headers = self.msg = None  # type: ignore[assignment]
            super().begin()


class _Connection(http.client.HTTPConnection):
    """HTTP over TCP or the server's Unix socket."""

    response_class = _Response

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
                found = OF_THIS_MACHINE.find(server.host, server.tcp_port, server.timeout_s)
                self.sock = _Socket(fileno=connected(found, end).detach())
                self.sock.settimeout(server.timeout_s)
        except (OSError, ValueError) as e:  # ValueError: no name of a host can be so
            raise PeripheralError(
                Reason.NO_DEVICE,
                saying(
                    "no {peer} at {place}: {why}",
                    peer=server.peer.noun,
                    place=server.place,
                    why=told_by(e),
                ),
                advice=unreachable(server.host, server.tcp_port, e, server.peer),
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
                raise PeripheralError(
                    Reason.CANCELLED, saying("cancelled while the document went out")
                )
            self.sock.end = min(last, time.monotonic() + self._server.timeout_s)
            yield document[begin : begin + PIECE]
        if document:
            self.sock.end = time.monotonic() + self._server.timeout_s
