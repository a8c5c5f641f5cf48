"""What is wrong where no print server or printer answers as it should, told as what to do."""

import errno
import socket

from drivers.errors import Reason

HERE = ("localhost", "127.0.0.1", "::1")


def unreachable(host: str, tcp_port: int, error: OSError, *, printer: bool) -> str:
    """Why nobody could be connected to; `printer` is one of the network, without CUPS."""
    if host.startswith("/") or (host in HERE and not printer):
        if isinstance(error, PermissionError):
            return f"This user may not use CUPS at {host}."
        return "CUPS does not run on this machine, or at another port: systemctl start cups."
    if isinstance(error, socket.gaierror):
        return f"The network knows no {host}: check how it is written, or give the address."
    if isinstance(error, ConnectionRefusedError):
        return f"{host} is there, but {_not_listening(tcp_port, printer=printer)}"
    if error.errno in (errno.ENETUNREACH, errno.ENETDOWN):
        return "This machine has no network: check its cable and its address."
    what = "the printer" if printer else "the print server"
    return f"Nobody answers at {host}: switch {what} on, check its network cable and the address."


def misbehaving(reason: Reason, tcp_port: int, path: str, status: int, *, printer: bool) -> str:
    """What to do about one that was connected to; `status` is that of HTTP, 0 for none."""
    if reason is Reason.REJECTED:
        where = "the printer" if printer else "the print server"
        return f"Ask the administrator of {where} to allow this user."
    if status == 404:
        return (
            f"There is no {path} there: check the path of the uri; most printers have /ipp/print."
        )
    if status == 426:
        return "It wants encryption: switch it off for IPP, or print through a CUPS queue."
    if reason is Reason.GARBLED:
        return f"What listens at port {tcp_port} is no IPP printer: check the port; IPP is at 631."
    if printer:
        return "The printer was reached and falls silent: switch it off and on."
    return "Check that the print server runs (systemctl status cups) and is not overloaded."


def _not_listening(tcp_port: int, *, printer: bool) -> str:
    if printer:
        return (
            f"nothing listens at its port {tcp_port}: check the port (IPP is at 631) and that IPP "
            "is on in the printer's own settings."
        )
    return (
        f"no CUPS at its port {tcp_port}: start it there (systemctl start cups), share its "
        "printers (cupsctl --share-printers), check the port."
    )
