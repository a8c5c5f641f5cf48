"""Where programs of this machine print, and as whom: what CUPS's own programs go by.

In order: CUPS_SERVER, ServerName in ~/.cups/client.conf, in client.conf of the folder that
CUPS_SERVERROOT names (else /etc/cups), the socket of this machine's cupsd, port 631. Source: the
manual pages client.conf(5) and cups(1).
"""

import contextlib
import getpass
import ipaddress
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from drivers.errors import PeripheralError, Reason
from drivers.saying import Saying, saying

IPP_PORT = 631
SOCKET = Path("/run/cups/cups.sock")
NAME_LIMIT = 255  # bytes of a user's name in RFC 8011
_LINE = re.compile(r"\s*ServerName\s+(\S+)", re.IGNORECASE)
_NAMED = re.compile(r"(\[[^\[\]]+\]|[^:/\[\]]+)(?::(\d{1,5}))?")  # host or [address], port


@dataclass(frozen=True, slots=True)
class _Wish:
    """A print server that somebody named at `where`."""

    text: str
    where: Saying


def local_server() -> tuple[str, int]:
    """Host, or path of a socket, and TCP port.

    Raises BAD_OPTION, which names the variable or the file and its line, for one that is no place.
    """
    wish = next(_wishes(), None)
    if wish is None:
        return (str(SOCKET) if os.path.exists(SOCKET) else "localhost"), IPP_PORT
    place = _place(wish.text.partition("/version=")[0])
    if place is None:
        raise PeripheralError(
            Reason.BAD_OPTION,
            saying(
                "{where}: {text!r} is no print server; write a name or an address, perhaps with a "
                "port from 1 to 65535 (a4.example:631, [2001:db8::1]:631), or the path of a socket",
                where=wish.where,
                text=wish.text[:NAME_LIMIT],
            ),
            advice=saying("Correct it there, or give the option host, which goes before it."),
            sent=False,
        )
    return place


def user_here() -> str:
    """The user's name, as printers are told; a user without one is told by number."""
    name = ""
    with contextlib.suppress(KeyError, OSError):
        name = getpass.getuser()
    name = name if name.isprintable() else ""  # LOGNAME may be anything
    return name.encode()[:NAME_LIMIT].decode("utf-8", "ignore") or str(os.getuid())


def _place(text: str) -> tuple[str, int] | None:
    if text.startswith("/"):
        return text, IPP_PORT
    if _is_address(text):  # one of IPv6 without its brackets
        return text, IPP_PORT
    found = _NAMED.fullmatch(text)
    if found is None:
        return None
    host, port = found[1].strip("[]"), int(found[2] or IPP_PORT)
    if not 1 <= port <= 65535 or (found[1].startswith("[") and not _is_address(host)):
        return None
    return host, port


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _wishes() -> Iterator[_Wish]:
    """Most urgent first."""
    if wish := os.environ.get("CUPS_SERVER", "").strip():
        yield _Wish(wish, saying("the environment's {name}", name="CUPS_SERVER"))
    for file in _files():
        try:
            lines = file.read_text("utf-8", "replace").splitlines()
        except OSError:  # to CUPS's own programs, too, what cannot be read is not there
            continue
        for number, line in reversed(list(enumerate(lines, 1))):  # of several the last counts
            if found := _LINE.match(line):
                yield _Wish(found[1], saying("{file}, line {line}", file=file, line=number))
                break


def _files() -> Iterator[Path]:
    with contextlib.suppress(RuntimeError):  # nobody's home
        yield Path.home() / ".cups/client.conf"
    yield Path(os.environ.get("CUPS_SERVERROOT") or "/etc/cups") / "client.conf"
