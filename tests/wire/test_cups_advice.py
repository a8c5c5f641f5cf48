"""What is wrong where a printer cannot be reached: named, and never CUPS where none is used."""

import contextlib
import errno
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cups_script import GET_PRINTER, NOT_FOUND, Scripted, answer

from drivers.errors import PeripheralError, Reason
from drivers.printers.cups_advice import Peer, unreachable
from drivers.printers.cups_printer import CupsOptions, open_printer

SERVER, PRINTER = Peer


def failing(options: CupsOptions) -> PeripheralError:
    with pytest.raises(PeripheralError) as e:
        open_printer(options)
    assert not e.value.sent
    return e.value


@contextlib.contextmanager
def saying(words: bytes) -> Iterator[int]:
    """Somebody else at a port."""

    def serve() -> None:
        with contextlib.suppress(OSError), listener.accept()[0] as connection:
            connection.recv(65536)
            connection.sendall(words)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(10)


@pytest.fixture
def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def test_a_refused_uri_names_its_port_and_no_cups(closed_port: int) -> None:
    error = failing(CupsOptions(uri=f"ipp://127.0.0.1:{closed_port}/ipp/print"))
    assert error.reason is Reason.NO_DEVICE
    assert f"nothing listens at its port {closed_port}" in error.advice
    assert "IPP is at 631" in error.advice
    assert "cups" not in (error.advice + error.detail).lower()


def test_a_refused_cups_of_this_machine_is_to_be_started(closed_port: int, tmp_path: Path) -> None:
    for host in ("127.0.0.1", str(tmp_path / "cups.sock")):
        error = failing(CupsOptions(queue="A4", host=host, tcp_port=closed_port))
        assert error.reason is Reason.NO_DEVICE
        assert error.advice.startswith("CUPS does not run on this machine")


@pytest.mark.parametrize(
    ("error", "peer", "advice"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, ""), SERVER, "no CUPS at its port 6310"),
        (
            ConnectionRefusedError(errno.ECONNREFUSED, ""),
            PRINTER,
            "nothing listens at its port 6310",
        ),
        (TimeoutError("timed out"), PRINTER, "switch the printer on"),
        (OSError(errno.EHOSTUNREACH, ""), PRINTER, "switch the printer on"),
        (OSError(errno.EHOSTUNREACH, ""), SERVER, "switch the print server on"),
        (OSError(errno.ENETUNREACH, ""), PRINTER, "This machine has no network"),
        (
            socket.gaierror(-2, "Name or service not known"),
            PRINTER,
            "The network knows no printer-3",
        ),
    ],
)
def test_why_nobody_is_there(error: Exception, peer: Peer, advice: str) -> None:
    assert advice in unreachable("printer-3", 6310, error, peer)


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        (b"SSH-2.0-x\r\n", "is no IPP printer: check the port; IPP is at 631"),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "check the path of the uri"),
        (b"HTTP/1.1 426 Upgrade\r\nContent-Length: 0\r\n\r\n", "wants encryption"),
        (b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", "try again in a minute"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n\r\n", "is no IPP printer"),
        (b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n", "administrator of the printer"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n<htm", "is no IPP printer"),
        (b"", "switch it off and on"),
    ],
)
def test_a_port_of_something_else(words: bytes, advice: str) -> None:
    with saying(words) as port:
        error = failing(CupsOptions(uri=f"ipp://127.0.0.1:{port}/ipp/print"))
    assert advice in error.advice


def test_a_wrong_path_is_named() -> None:
    with Scripted(GET_PRINTER=[answer(status=NOT_FOUND)]).running() as peer:
        error = failing(peer.options())
        assert peer.asked == [GET_PRINTER]
    assert error.reason is Reason.NO_DEVICE
    assert error.advice == "There is no /ipp/print there; most printers have /ipp/print."
