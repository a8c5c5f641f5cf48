"""Where serial ports, USB devices and input devices are, read from the system's own lists.

Nothing is opened here: sysfs and udev's names tell all that is needed.
"""

import os
import re
from collections.abc import Iterator
from ctypes.util import find_library
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from drivers.discovery.found import Found, Medium, Note, as_told

PRINTER_CLASS = "07"
NOT_KNOWN = "n/a"  # as pyserial says it
MISLEADING = {  # by USB id, what is said of a device whatever it calls itself
    "0400:c35a": "scan.usb_card_reader",
}
PAGE_LANGUAGES = re.compile(r"\b(PCL|PJL|POSTSCRIPT|PS|PDF|URF|PWGRaster|ESCPL2|GDI|UFR)", re.I)
CHIPS = {
    "1a86": "CH340",
    "10c4": "CP210x",
    "0403": "FTDI",
    "067b": "PL2303",
}
SCANNER_WORDS = re.compile(
    r"scan|barcode|bar_code|honeywell|newland|datalogic|symbol|zebra|gm6\d|deli|mindeo|supoin|2d_",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class SerialPlace:
    """A serial port: the name to use, and what the system knows of its adapter."""

    port: str
    about: Note


def serial_places(dev: Path = Path("/dev")) -> list[SerialPlace]:
    """Serial ports with hardware behind them; by-id names where udev gives them."""
    from serial.tools import list_ports

    stable: dict[str, str] = {}
    for link in sorted((dev / "serial/by-id").glob("*")):
        stable.setdefault(os.path.realpath(link), str(link))
    places = []
    for port in sorted(list_ports.comports(), key=lambda port: str(port.device)):
        if port.hwid in (None, NOT_KNOWN):
            continue  # a UART that the mainboard promises and nobody soldered
        vendor = f"{port.vid:04x}" if port.vid is not None else ""
        name = stable.get(os.path.realpath(port.device), port.device)
        places.append(SerialPlace(name, _about(port.product, vendor, port.description)))
    return places


def _about(product: str | None, vendor: str, description: str | None) -> Note:
    if product is None and vendor in CHIPS:
        return Note("scan.adapter", chip=CHIPS[vendor])
    told = product or description
    return as_told(told) if told and told != NOT_KNOWN else Note("scan.serial_port")


def usb_missing() -> list[Found]:
    """What this machine lacks to use some USB printers."""
    if find_spec("usb") is None:
        return [Found(Medium.USB, "USB (pyusb)", (Note("scan.no_pyusb"),))]
    if find_library("usb-1.0") is None:
        return [Found(Medium.USB, "USB (libusb)", (Note("scan.no_libusb"),))]
    return []


def usb_places(sys: Path = Path("/sys"), dev: Path = Path("/dev")) -> list[Found]:
    """USB printers, and devices that are known to mislead."""
    found = []
    for device in sorted((sys / "bus/usb/devices").glob("*")):
        vendor, product = _line(device / "idVendor"), _line(device / "idProduct")
        if not vendor:
            continue  # an interface, not a device
        id = f"{vendor}:{product}".lower()
        name = _line(device / "product") or id
        if id in MISLEADING:
            found.append(Found(Medium.USB, f"USB {id}", (Note(MISLEADING[id], name=name),)))
        elif PRINTER_CLASS in _classes(device):
            found.append(_printer(device, id, name, dev))
    return found


def input_places(dev: Path = Path("/dev")) -> list[Found]:
    """Keyboards that are likely scanners, by the name that udev took from the device."""
    found = []
    for link in sorted((dev / "input/by-id").glob("*-event-kbd")):
        if SCANNER_WORDS.search(link.name):
            why, options = (Note("scan.keyboard"),), {"device": str(link)}
            found.append(Found(Medium.INPUT, str(link), why, "keyboard_scanner", options=options))
    return found


def usb_files(id: str, sys: Path = Path("/sys"), dev: Path = Path("/dev")) -> list[str]:
    """Device files of all USB printers with the id `vid:pid`; more behind it is passed over."""
    vendor, product = [*id.lower().split(":"), ""][:2]
    return [
        str(dev / "usb" / node.name)
        for device in sorted((sys / "bus/usb/devices").glob("*"))
        if (_line(device / "idVendor").lower(), _line(device / "idProduct").lower())
        == (vendor, product)
        for node in _nodes(device)
    ]


def _nodes(device: Path) -> list[Path]:
    return sorted([*device.glob("*/usbmisc/lp*"), *device.glob("*/usb/lp*")])


def _printer(device: Path, id: str, name: str, dev: Path) -> Found:
    """A printer; one of pages is left to CUPS and never asked what a slip printer is asked."""
    nodes = _nodes(device)
    file = dev / "usb" / nodes[0].name if nodes else None
    place = str(file) if file else f"USB {id}"
    said = "".join(_line(path) for path in sorted(device.glob("*/ieee1284_id")))
    if PAGE_LANGUAGES.search(said):
        return Found(Medium.USB, place, (Note("scan.usb_pages", name=name, id=id),))
    options = {"file": str(file)} if file else {"usb": id}
    why = [Note("scan.usb_printer", name=name, id=id)]
    if "ESC/POS" in said.upper():
        why.append(Note("scan.usb_escpos"))
    return Found(Medium.USB, place, tuple(why), "escpos", sure=False, options=options)


def _classes(device: Path) -> Iterator[str]:
    """Classes of the interfaces of the active configuration."""
    for interface in device.glob(f"{device.name}:*"):
        yield _line(interface / "bInterfaceClass")


def _line(file: Path) -> str:
    try:
        return file.read_text("utf-8", "replace").strip()
    except OSError:
        return ""
