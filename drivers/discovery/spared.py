"""Ports that a hall's settings file names: they belong to somebody, also while nothing runs."""

import glob
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import structlog

from drivers import registry
from drivers.discovery.places import usb_files
from drivers.errors import PeripheralError
from drivers.settings.peripherals_file import peripherals_in
from drivers.transports.claims import device_key, tcp_key, usb_key
from drivers.transports.serial import find_port

log = structlog.get_logger()


def named_in(file: Path, sys: Path = Path("/sys"), dev: Path = Path("/dev")) -> dict[str, str]:
    """Peripherals by the key of the port that they are at. Raises BAD_OPTION for a bad file."""
    return {
        key: f"{terminal}/{entry.get('id', '?')}"
        for terminal, entry in peripherals_in(file)
        for key in _keys(entry, sys, dev)
    }


def _keys(entry: dict[str, Any], sys: Path, dev: Path) -> Iterator[str]:
    options = entry.get("options")
    if not isinstance(options, dict) or entry.get("simulated"):
        return
    for name in ("port", "file", "device"):
        path = options.get(name)
        if isinstance(path, str):
            yield from _device_keys(path)
    usb = options.get("usb")
    if isinstance(usb, str):
        yield usb_key(":".join(usb.split(":")[:2]))
        for path in usb_files(usb, sys, dev):  # the kernel's own file of the same printer
            yield from _device_keys(path)
    host = options.get("host")
    port = options.get("tcp_port", _default_port(str(entry.get("driver"))))
    if isinstance(host, str) and isinstance(port, int) and (key := tcp_key(host, port)):
        yield key


def _default_port(driver: str) -> int | None:
    """The `tcp_port` of a driver whose entry does not say it; None where there is none."""
    try:
        field = registry.spec_of(driver).options.model_fields.get("tcp_port")
    except PeripheralError:
        return None  # no such driver
    except Exception as e:  # noqa: BLE001 - others' code
        log.warning("scan.driver_broken", driver=driver, error=repr(e))
        return None
    return field.default if field is not None else None


def _device_keys(path: str) -> Iterator[str]:
    try:
        paths = [find_port(path)]
    except PeripheralError:
        paths = glob.glob(path)  # a pattern that fits several: all of them are spared
    for one in paths:
        if key := device_key(one):
            yield key
