"""Ports that a hall's settings file names: they belong to somebody, also while nothing runs."""

import glob
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from drivers.errors import PeripheralError, Reason
from drivers.transports.claims import device_key, tcp_key
from drivers.transports.serial import find_port

DEFAULT_TCP = {"escpos": 9100, "onbon_bx": 5005}


def named_in(file: Path) -> dict[str, str]:
    """Peripherals by the key of the port that they are at. Raises BAD_OPTION for a bad file."""
    try:
        tree = tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as e:
        raise PeripheralError(Reason.BAD_OPTION, f"cannot read {file}: {e}", sent=False) from e
    return {key: id for id, entry in _entries(tree) for key in _keys(entry)}


def _entries(tree: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for field in ("kiosks", "nodes"):
        for terminal in _tables(tree.get(field)):
            for entry in _tables(terminal.get("peripherals")):
                yield f"{terminal.get('id', field)}/{entry.get('id', '?')}", entry


def _tables(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _keys(entry: dict[str, Any]) -> Iterator[str]:
    options = entry.get("options")
    if not isinstance(options, dict) or entry.get("simulated"):
        return
    for name in ("port", "file", "device"):
        path = options.get(name)
        if isinstance(path, str):
            yield from _device_keys(path)
    host = options.get("host")
    port = options.get("tcp_port", DEFAULT_TCP.get(str(entry.get("driver"))))
    if isinstance(host, str) and isinstance(port, int) and (key := tcp_key(host, port)):
        yield key


def _device_keys(path: str) -> Iterator[str]:
    try:
        paths = [find_port(path)]
    except PeripheralError:
        paths = glob.glob(path)  # a pattern that fits several: all of them are spared
    for one in paths:
        if key := device_key(one):
            yield key
