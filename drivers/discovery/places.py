"""Where serial ports, USB devices and input devices are, read from the system's own lists.

Nothing is opened here: sysfs and udev's names tell all that is needed.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from drivers.discovery.found import Found, Medium

PRINTER_CLASS = "07"
NOTES = {  # what a device with this USB id is, whatever it calls itself
    "0400:c35a": "an ID card reader with a USB interface of its own (0400:C35A): it is no serial "
    "port and sdt_reader cannot use it; switch it to RS-232 or USB-serial mode, or take another",
}
PAGE_LANGUAGES = re.compile(r"\b(PCL|PJL|POSTSCRIPT|PS|PDF|URF|PWGRaster|ESCPL2|GDI|UFR)", re.I)
CHIPS = {
    "1a86": "CH340 USB-serial adapter",
    "10c4": "CP210x USB-serial adapter",
    "0403": "FTDI USB-serial adapter",
    "067b": "PL2303 USB-serial adapter",
}
SCANNER_WORDS = re.compile(
    r"scan|barcode|bar_code|honeywell|newland|datalogic|symbol|zebra|gm6\d|deli|mindeo|supoin|2d_",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class SerialPlace:
    """A serial port: the name to use, and what the system knows of its adapter."""

    port: str
    about: str


def serial_places(dev: Path = Path("/dev")) -> list[SerialPlace]:
    """Serial ports with hardware behind them; by-id names where udev gives them."""
    from serial.tools import list_ports

    stable: dict[str, str] = {}
    for link in sorted((dev / "serial/by-id").glob("*")):
        stable.setdefault(os.path.realpath(link), str(link))
    places = []
    for port in sorted(list_ports.comports(), key=lambda port: str(port.device)):
        if port.hwid in (None, "n/a"):
            continue  # a UART that the mainboard promises and nobody soldered
        vendor = f"{port.vid:04x}" if port.vid is not None else ""
        about = port.product or CHIPS.get(vendor) or port.description or "serial port"
        places.append(SerialPlace(stable.get(os.path.realpath(port.device), port.device), about))
    return places


def usb_places(sys: Path = Path("/sys"), dev: Path = Path("/dev")) -> list[Found]:
    """USB printers, and devices that are known to mislead."""
    found = []
    for device in sorted((sys / "bus/usb/devices").glob("*")):
        vendor, product = _line(device / "idVendor"), _line(device / "idProduct")
        if not vendor:
            continue  # an interface, not a device
        id = f"{vendor}:{product}".lower()
        name = _line(device / "product") or id
        if id in NOTES:
            found.append(Found(Medium.USB, f"USB {id}", f"{name}: {NOTES[id]}"))
        elif PRINTER_CLASS in _classes(device):
            found.append(_printer(device, id, name, dev))
    return found


def input_places(dev: Path = Path("/dev")) -> list[Found]:
    """Keyboards that are likely scanners, by the name that udev took from the device."""
    found = []
    for link in sorted((dev / "input/by-id").glob("*-event-kbd")):
        if SCANNER_WORDS.search(link.name):
            why = "calls itself a scanner and plays a keyboard"
            options = {"device": str(link)}
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
        why = f"USB says it prints pages: {name} ({id}); make it a queue of CUPS: lpadmin"
        return Found(Medium.USB, place, why, None)
    options = {"file": str(file)} if file else {"usb": id}
    why = f"USB says it is a printer: {name} ({id})"
    if "ESC/POS" in said.upper():
        why += ", with the command set ESC/POS"
    return Found(Medium.USB, place, why, "escpos", sure=False, options=options)


def _classes(device: Path) -> Iterator[str]:
    """Classes of the interfaces of the active configuration."""
    for interface in device.glob(f"{device.name}:*"):
        yield _line(interface / "bInterfaceClass")


def _line(file: Path) -> str:
    try:
        return file.read_text("utf-8", "replace").strip()
    except OSError:
        return ""
