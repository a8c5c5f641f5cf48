"""Looks for a person in bytes, in every form in which one could still be read."""

import base64
import os
from collections.abc import Iterator
from pathlib import Path

from drivers.sim.people import CITIZENS

ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "gb18030")


def needles(*texts: str) -> dict[str, bytes]:
    """What to look for, by what it is: each text raw, as hex and as base64 at any alignment."""
    found: dict[str, bytes] = {}
    for number, text in enumerate(texts):
        for encoding in ENCODINGS:
            raw = text.encode(encoding)
            name = f"text {number} as {encoding}"
            found[name] = raw
            found[f"{name}, hex"] = raw.hex().encode()
            found[f"{name}, HEX"] = raw.hex().upper().encode()
            for shift in range(3):
                found[f"{name}, base64 at {shift}"] = _base64_core(raw, shift)
    return found


def _base64_core(raw: bytes, shift: int) -> bytes:
    """The characters that are the same whatever stands around `raw`, `shift` bytes into a group."""
    around = base64.b64encode(b"\0" * shift + raw + b"\0" * 3)
    first = -(-shift * 8 // 6)  # characters that also hold bits of what stands before
    last = (shift + len(raw)) * 8 // 6
    return around[first:last]


def of_citizen(name: str) -> dict[str, bytes]:
    """Needles for name, ID number and address of a card."""
    citizen = CITIZENS[name]
    return needles(citizen.name, citizen.number, citizen.address)


def in_bytes(wanted: dict[str, bytes], content: bytes) -> list[str]:
    """Which of the needles are there."""
    return [name for name, needle in wanted.items() if needle in content]


def on_disk(wanted: dict[str, bytes], folder: Path) -> dict[str, list[str]]:
    """Files under `folder` in which something is found, and what."""
    found = {str(path): in_bytes(wanted, path.read_bytes()) for path in files(folder)}
    return {path: names for path, names in found.items() if names}


def files(folder: Path) -> Iterator[Path]:
    """Every regular file under `folder`."""
    for parent, _, names in os.walk(folder):
        paths = (Path(parent) / name for name in names)
        yield from (path for path in paths if path.is_file())


def in_open_files(wanted: dict[str, bytes], pid: int) -> dict[str, list[str]]:
    """Regular files that a process holds open, deleted ones too, in which something is found."""
    found = {}
    read: set[tuple[int, int]] = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        if not link.is_file():
            continue
        status = link.stat()
        if (status.st_dev, status.st_ino) not in read:  # a font is open once for each size
            read.add((status.st_dev, status.st_ino))
            found[os.readlink(link)] = in_bytes(wanted, link.read_bytes())
    return {name: names for name, names in found.items() if names}
