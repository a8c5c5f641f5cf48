"""A scan: the places there are, those that nobody uses asked, and a belief about each."""

import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from functools import partial

import structlog

from drivers.bounded import OverdueError, begin, do_all, outcome
from drivers.discovery.asking import ask, unreachable
from drivers.discovery.found import Found, Medium, Note
from drivers.discovery.places import input_places, serial_places, usb_missing, usb_places
from drivers.discovery.services import PCSCD, cups_places, ipp_place, pcsc_places
from drivers.errors import PeripheralError
from drivers.printers.cups_place import IPP_PORT
from drivers.transports import TcpOptions, open_transport
from drivers.transports.claims import device_key, holder, tcp_holder, tcp_key, usb_key
from drivers.transports.serial import find_port

PRINTER_PORT, PANEL_PORT = 9100, 5005
CONNECT_S = 2.0
AT_ONCE = 8  # ports asked at the same time
LISTING_S = 10.0  # for the system's own lists, all at the same time

log = structlog.get_logger()
Progress = Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class Wish:
    """What to scan. With `ports` only those serial ports; `hosts` as `name` or `name:port`.

    `spared`: peripherals by the key of a port that the settings name. `ask` false only lists.
    """

    ports: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    spared: dict[str, str] = field(default_factory=dict)
    ask: bool = True
    limit_s: float = 30.0


def scan(wish: Wish, tell: Progress) -> list[Found]:
    """Everything found, in a fixed order. `tell(place, step)` hears the progress, on any thread.

    A port that somebody has is neither opened nor connected to; see `claims.holder`. Ctrl-C leaves
    behind what is being asked.
    """
    jobs = [
        *(partial(_believed, place, wish, tell) for place in _local(wish)),
        *(partial(_network, host, wish, tell) for host in wish.hosts),
    ]
    return [found for places in do_all(jobs, AT_ONCE) for found in places]


def _local(wish: Wish) -> list[Found]:
    if wish.ports:
        return [_serial(port, Note("scan.named")) for port in wish.ports]
    listings = [
        (medium, name, begin(places, f"scan {name}"))
        for medium, name, places in (
            (Medium.SERIAL, "/dev/tty*", _serials),
            (Medium.USB, "USB", _usb),
            (Medium.INPUT, "/dev/input", input_places),
            (Medium.PCSC, PCSCD, pcsc_places),
            (Medium.CUPS, "CUPS", cups_places),
        )
    ]
    end = time.monotonic() + LISTING_S
    return [found for listing in listings for found in _listed(*listing, end)]


def _listed(medium: Medium, name: str, places: "Future[list[Found]]", end: float) -> list[Found]:
    """What is there of one kind; one line that tells so where nobody says it by `end`."""
    try:
        return outcome(places, max(0.0, end - time.monotonic()))
    except OverdueError:
        why = Note("scan.late", limit=LISTING_S)
    except Exception as e:  # one listing that breaks is not the end of the others
        log.exception("scan.listing_failed", listing=name)
        why = Note("scan.not_listed", error=type(e).__name__)
    return [Found(medium, name, (why,))]


def _serials() -> list[Found]:
    return [_serial(place.port, place.about) for place in serial_places()]


def _usb() -> list[Found]:
    return [*usb_places(), *usb_missing()]


def _serial(port: str, why: Note) -> Found:
    try:
        path = find_port(port)
    except PeripheralError as e:
        return Found(Medium.SERIAL, port, (why, Note("scan.no_such_port", told=e.detail)))
    return Found(Medium.SERIAL, path, (why,), options={"port": path})


def _believed(place: Found, wish: Wish, tell: Progress) -> list[Found]:
    return [_asked(place, wish, tell)]


def _asked(found: Found, wish: Wish, tell: Progress) -> Found:
    """Asked when there is anything to ask and nobody has the port."""
    usb = found.options.get("usb")
    path = next((found.options[key] for key in ("port", "file") if key in found.options), None)
    key = usb_key(usb) if usb else device_key(path) if path else None
    if key in wish.spared:
        return replace(found, untouched=Note("scan.given", who=wish.spared[key]))
    if path is None:
        return found
    if key is None:
        return replace(found, why=(*found.why, Note("scan.missing")), options={})
    owner = holder(path)
    if owner is not None:
        return replace(found, untouched=Note("scan.in_use", who=owner))
    if not wish.ask:
        return found
    return ask(found, wish.limit_s, lambda step: tell(found.place, step))


def _network(host: str, wish: Wish, tell: Progress) -> list[Found]:
    """A host's IPP printer and queues, and what listens at the usual ports or the one named."""
    name, _, port = host.rpartition(":") if host.count(":") == 1 else (host, "", "")
    if tcp_key(name, PRINTER_PORT) is None:
        return [Found(Medium.TCP, host, (Note("scan.no_name"),))]
    if port:
        return [_tcp(name, int(port), wish, tell)]
    tell(host, "IPP")
    pages = [*ipp_place(host), *cups_places((host,), local=False)]
    # A page printer would put what a slip printer is asked on a sheet.
    ports = (PANEL_PORT,) if pages else (PRINTER_PORT, PANEL_PORT)
    found = [_tcp(host, port, wish, tell) for port in ports]
    there = pages + [one for one in found if one.untouched or one.options]
    tried = ", ".join(f"{host}:{port}" for port in (*ports, IPP_PORT))
    return there or [Found(Medium.TCP, host, (Note("scan.nobody", places=tried),))]


def _tcp(host: str, port: int, wish: Wish, tell: Progress) -> Found:
    where = {"host": host, "tcp_port": port}
    found = Found(Medium.TCP, f"{host}:{port}", (Note("scan.connects"),), options=where)
    key = tcp_key(host, port)
    if key in wish.spared:
        return replace(found, untouched=Note("scan.given", who=wish.spared[key]))
    owner = tcp_holder(host, port)
    if owner is not None:
        return replace(found, untouched=Note("scan.in_use", who=owner))
    if wish.ask:
        return ask(found, wish.limit_s, lambda step: tell(found.place, step))
    try:
        open_transport(TcpOptions(**where, connect_timeout_s=CONNECT_S)).close()
    except PeripheralError as e:
        return unreachable(found, e)
    return found
