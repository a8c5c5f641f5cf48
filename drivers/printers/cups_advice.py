"""What is wrong where no print server or printer answers as it should, told as what to do."""

import errno
import socket
from enum import Enum

from drivers.errors import Reason
from drivers.saying import Saying, saying

HERE = ("localhost", "127.0.0.1", "::1")


class Peer(Enum):
    """Who is asked by IPP."""

    PRINT_SERVER = "print server"  # CUPS, which prints on printers of its own
    PRINTER = "printer"  # one of the network, without CUPS between

    @property
    def noun(self) -> Saying:
        """What people call it."""
        return saying("printer") if self is Peer.PRINTER else saying("print server")


def unreachable(host: str, tcp_port: int, error: Exception, peer: Peer) -> Saying:
    """Why nobody could be connected to."""
    if host.startswith("/") or (host in HERE and peer is Peer.PRINT_SERVER):
        if isinstance(error, PermissionError):
            return saying("This user may not use CUPS at {host}.", host=host)
        return saying(
            "CUPS does not run on this machine, or at another port: systemctl start cups."
        )
    if isinstance(error, socket.gaierror | ValueError):  # UnicodeError: no name can be so
        return saying(
            "The network knows no {host}: check how it is written, or give the address.", host=host
        )
    if isinstance(error, ConnectionRefusedError):
        return _not_listening(host, tcp_port, peer)
    if isinstance(error, OSError) and error.errno in (errno.ENETUNREACH, errno.ENETDOWN):
        return saying("This machine has no network: check its cable and its address.")
    return saying(
        "Nobody answers at {host}: switch the {peer} on, check its network cable and the address.",
        host=host,
        peer=peer.noun,
    )


def misbehaving(reason: Reason, tcp_port: int, path: str, status: int, peer: Peer) -> Saying:
    """What to do about one that was connected to; `status` is that of HTTP, 0 for none."""
    if reason is Reason.REJECTED:
        return saying("Ask the administrator of the {peer} to allow this user.", peer=peer.noun)
    if told := _of_http(path, status):
        return told
    if reason is Reason.GARBLED:
        return saying(
            "What listens at port {tcp_port} is no IPP printer: check the port; IPP is at 631.",
            tcp_port=tcp_port,
        )
    if peer is Peer.PRINTER:
        return saying("The printer was reached and falls silent: switch it off and on.")
    return saying("Check that the print server runs (systemctl status cups) and is not overloaded.")


def _of_http(path: str, status: int) -> Saying | None:
    """What to do about a status of HTTP that says more than that it is no IPP."""
    if status == 404:
        return saying(
            "There is no {path} there: check the path of the uri; most printers have /ipp/print.",
            path=path,
        )
    if status == 426:
        return saying("It wants encryption: switch it off for IPP, or print through a CUPS queue.")
    if status >= 500:
        return saying("It is not ready or has a fault: try again in a minute, else restart it.")
    return None


def _not_listening(host: str, tcp_port: int, peer: Peer) -> Saying:
    if peer is Peer.PRINTER:
        return saying(
            "{host} is there, but nothing listens at its port {tcp_port}: check the port (IPP is "
            "at 631) and that IPP is on in the printer's own settings.",
            host=host,
            tcp_port=tcp_port,
        )
    return saying(
        "{host} is there, but no CUPS at its port {tcp_port}: start it there (systemctl start "
        "cups), share its printers (cupsctl --share-printers), check the port.",
        host=host,
        tcp_port=tcp_port,
    )
