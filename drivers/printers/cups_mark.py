"""Whose a print job is, written into its title: this machine, this boot, this process, this print.

    1f0c9a3be2d4.77b0e5c1.4021.183344.9d2e4f10

In order: machine, boot, process number, its start in ticks since the boot, and the print itself.
The host name is not enough: machines set up from one image share it, and at times /etc/machine-id
too, so that the addresses of the network cards count as well. Nor is the process number, which is
given out again after each boot.
"""

import hashlib
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

CARDS = Path("/sys/class/net")
_in_hand: set[str] = set()  # prints of this process that are under way, whichever device's


@dataclass(frozen=True, slots=True)
class Mark:
    """The parts; `str` of it is what stands in the title."""

    machine: str
    boot: str
    pid: int
    start: int
    print: str

    def __str__(self) -> str:
        return f"{self.machine}.{self.boot}.{self.pid}.{self.start}.{self.print}"


@contextmanager
def in_hand() -> Iterator[Mark]:
    """The mark of a new print of this process, which is no leftover while the block runs."""
    pid = os.getpid()
    mark = Mark(_machine(), _boot(), pid, _start_of(pid) or 0, secrets.token_hex(4))
    _in_hand.add(mark.print)
    try:
        yield mark
    finally:
        _in_hand.discard(mark.print)


def parse(text: str) -> Mark | None:
    """A mark of any machine; None for anything else."""
    parts = text.split(".")
    if len(parts) != 5 or not all(part.isascii() and part.isdecimal() for part in parts[2:4]):
        return None
    if max(map(len, parts)) > 20:
        return None
    return Mark(parts[0], parts[1], int(parts[2]), int(parts[3]), parts[4])


def is_leftover(text: str) -> bool:
    """Whether `text` is the mark of a print of this machine that nobody watches any more.

    Its process ended, be it with an earlier boot; or it is this one, which gave the print up.
    """
    mark = parse(text)
    if mark is None or mark.machine != _machine():
        return False
    if mark.boot != _boot():
        return True
    if mark.start != _start_of(mark.pid):
        return True
    return mark.pid == os.getpid() and mark.print not in _in_hand


@cache
def _machine() -> str:
    id = _line(Path("/etc/machine-id")) or socket.gethostname()
    cards = (
        _line(card / "address")
        for card in sorted(CARDS.glob("*"))
        # Soldered-in or plugged for good: a dongle comes and goes, and a made-up address changes.
        if _line(card / "addr_assign_type") == "0"
        and (card / "device").exists()
        and "/usb" not in os.path.realpath(card / "device")
    )
    return hashlib.sha256("\n".join([id, *cards]).encode()).hexdigest()[:12]


@cache
def _boot() -> str:
    return hashlib.sha256(_line(Path("/proc/sys/kernel/random/boot_id")).encode()).hexdigest()[:8]


def _start_of(pid: int) -> int | None:
    """When a process began, in ticks since the boot; None for one that ended."""
    state, *more = _line(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split() or ["X"]
    return None if state in "ZX" else int(more[18])


def _line(file: Path) -> str:
    try:
        return file.read_text("utf-8", "replace").strip()
    except OSError:
        return ""
