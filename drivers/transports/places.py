"""Where a peripheral is, as its driver's options say it by a method, so that two can be compared.

    def place(self) -> Place:  # options without it are not compared
        return SerialOptions(port=self.port, baud=9600)

A place is what `open_transport` takes, or a `NamedPlace` for what is reached in another way.
"""

import ipaddress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import structlog
from pydantic import BaseModel

from drivers.errors import PeripheralError
from drivers.transports import FileOptions, InputOptions, SerialOptions, TcpOptions, UsbOptions
from drivers.transports.claims import device_key, tcp_key
from drivers.transports.serial import find_port

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """What is known by its name alone, such as a PC/SC reader; `option` is what names it."""

    option: str
    name: str


Place = SerialOptions | TcpOptions | FileOptions | InputOptions | UsbOptions | NamedPlace


def place_of(options: BaseModel) -> Place | None:
    """Where these options say that the peripheral is; None when they do not say it."""
    ask: Any = getattr(options, "place", None)
    if not callable(ask):
        return None
    try:
        place = ask()
    except Exception as e:  # noqa: BLE001 - others' code
        log.warning("place.not_said", options=type(options).__name__, error=repr(e))
        return None
    return place if isinstance(place, Place) else None


def same_place(one: Place, two: Place) -> bool:
    """Whether both are one: a port by any of its names, as far as it is attached here.

    Host names are only looked up when two have the same TCP port.
    """
    match one, two:
        case TcpOptions(), TcpOptions():
            return one.tcp_port == two.tcp_port and _same_host(one, two)
        case UsbOptions(), UsbOptions():
            return _may_be_one(one.usb, two.usb)
        case NamedPlace(), NamedPlace():
            return one == two
    path, other = _path(one), _path(two)
    if path is None or other is None:
        return False
    key = device_key(path)
    return path == other or (key is not None and key == device_key(other))


def name_of(place: Place) -> str:
    """The place as people write it."""
    match place:
        case TcpOptions():
            return f"{place.host}:{place.tcp_port}"
        case NamedPlace():
            return place.name
    name = str(getattr(place, option_of(place)))
    return f"USB {name}" if isinstance(place, UsbOptions) else name


def option_of(place: Place) -> str:
    """The option that names it."""
    match place:
        case SerialOptions():
            return "port"
        case TcpOptions():
            return "host"
        case FileOptions():
            return "file"
        case InputOptions():
            return "device"
        case UsbOptions():
            return "usb"
        case NamedPlace():
            return place.option


def is_on_the_network(place: Place) -> bool:
    """Whether it is the same place for every computer of the hall."""
    if not isinstance(place, TcpOptions):
        return False
    try:
        return not ipaddress.ip_address(place.host).is_loopback
    except ValueError:
        return place.host.lower() != "localhost"


def line_settings(place: Place) -> str | None:
    """Of a serial line, as technicians write them: 9600 8N1."""
    if not isinstance(place, SerialOptions):
        return None
    return f"{place.baud} {place.data_bits}{place.parity[0].upper()}{place.stop_bits}"


def _path(place: Place) -> str | None:
    match place:
        case SerialOptions():
            try:
                return find_port(place.port)
            except PeripheralError:  # a pattern that fits nothing here
                return place.port
        case FileOptions():
            return place.file
        case InputOptions():
            return place.device
    return None


def _same_host(one: TcpOptions, two: TcpOptions) -> bool:
    if one.host.lower() == two.host.lower():
        return True
    key = _looked_up(one.host, one.tcp_port)
    return key is not None and key == _looked_up(two.host, two.tcp_port)


@lru_cache(maxsize=256)
def _looked_up(host: str, tcp_port: int) -> str | None:
    return tcp_key(host, tcp_port)  # may take seconds for a name that nobody knows


def _may_be_one(usb: str, other: str) -> bool:
    """Whether two `vid:pid[:serial]` can mean one printer: no serial number means any."""
    vendor, product, *serial = usb.split(":")
    vendor_too, product_too, *serial_too = other.split(":")
    alike = (vendor + product).lower() == (vendor_too + product_too).lower()
    return alike and (not serial or not serial_too or serial == serial_too)
