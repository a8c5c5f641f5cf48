"""Where a CUPS server or an IPP printer is, and one question to it over HTTP, bounded in time."""

import getpass
import http.client
import os
import re
import socket
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import structlog

from drivers.errors import PeripheralError, Reason
from drivers.printers.cups_ipp import ANSWER_LIMIT, Answer, Op, parse

log = structlog.get_logger()

IPP_PORT = 631
SOCKET = Path("/run/cups/cups.sock")
PIECE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Server:
    """`host` is a name, an address, or the path of the server's Unix socket."""

    host: str
    tcp_port: int
    timeout_s: float

    def ask(self, path: str, message: bytes, document: bytes = b"") -> Answer:
        """Post an IPP request and return its answer, whatever its status.

        Raises NO_DEVICE (`sent` false) when nobody listens, LOST when the connection broke,
        SILENT when no answer came in time, GARBLED, or REJECTED when a password is wanted.
        """
        connection = _Connection(self)
        try:
            connection.reach()
            status, body = self._post(connection, path, message, document)
        except TimeoutError as e:
            raise self._error(Reason.SILENT, "does not answer") from e
        except (OSError, http.client.IncompleteRead) as e:
            raise self._error(Reason.LOST, f"broke off: {e or type(e).__name__}") from e
        except http.client.HTTPException as e:
            raise self._error(Reason.GARBLED, "answers something that is not HTTP") from e
        finally:
            connection.close()
        (op,) = (int.from_bytes(message[2:4], "big"),)
        log.debug("ipp", server=self.host, operation=op, http=status, length=len(body))
        if status in (401, 403):
            raise self._error(Reason.REJECTED, f"allows {getpass.getuser()} no {Op(op).name}")
        if status != 200:
            raise self._error(Reason.GARBLED, f"answers with HTTP status {status}")
        return parse(body)

    def _post(
        self, connection: "_Connection", path: str, message: bytes, document: bytes
    ) -> tuple[int, bytes]:
        headers = {
            "Content-Type": "application/ipp",
            "Content-Length": str(len(message) + len(document)),
        }
        if self.host.startswith("/"):  # CUPS asks the kernel who stands at the other end
            headers["Authorization"] = f"PeerCred {getpass.getuser()}"
        connection.request("POST", path, _pieces(message, document), headers)
        response = connection.getresponse()
        return response.status, response.read(ANSWER_LIMIT)

    def _error(self, reason: Reason, what: str) -> PeripheralError:
        return PeripheralError(
            reason,
            f"the print server {self.place} {what}",
            advice="Ask the administrator of the print server to allow this user."
            if reason is Reason.REJECTED
            else "Check that the print server runs (systemctl status cups) and is not overloaded.",
        )

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


class _Connection(http.client.HTTPConnection):
    """HTTP over TCP or the server's Unix socket."""

    def __init__(self, server: Server) -> None:
        super().__init__("localhost", server.tcp_port, timeout=server.timeout_s)
        self._server = server

    def reach(self) -> None:
        """Connect. Raises NO_DEVICE, `sent` false."""
        server = self._server
        try:
            if server.host.startswith("/"):
                self.sock = socket.socket(socket.AF_UNIX)
                self.sock.settimeout(server.timeout_s)
                self.sock.connect(server.host)
            else:
                self.sock = socket.create_connection(
                    (server.host, server.tcp_port), timeout=server.timeout_s
                )
        except OSError as e:
            raise PeripheralError(
                Reason.NO_DEVICE,
                f"no print server at {server.place}: {e}",
                advice="Check host and tcp_port, and that CUPS runs: systemctl status cups.",
                sent=False,
            ) from e


def _pieces(message: bytes, document: bytes) -> Iterator[bytes]:
    yield message
    for begin in range(0, len(document), PIECE):
        yield document[begin : begin + PIECE]
