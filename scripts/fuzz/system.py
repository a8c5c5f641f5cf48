"""What the system tells of devices and their users: sysfs, USB descriptors, names, locks, /proc."""

import os
import re
import shutil
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from drivers.cards.pcsc_service import chosen
from drivers.discovery.found import Found, Medium, as_told
from drivers.discovery.paste import settings_for
from drivers.discovery.places import usb_places
from drivers.errors import Reason
from drivers.transports import holders, usb, usb_devices
from scripts.fuzz.target import Target, folder, hexed, pieces, refusing

PID = 4242
LOCKS = b"1: FLOCK  ADVISORY  WRITE %d @ 0 EOF\n2: -> FLOCK ADVISORY WRITE 7 @ 0 EOF\n" % PID
TCP = (
    b"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout"
    b" inode\n   0: 0100007F:9C40 0100007F:238C 01 00000000:00000000 00:00000000 00000000  1000"
    b"        0 31337 1 0000000000000000 20 4 30 10 -1\n"
)
IEEE1284 = b"MFG:HP;MDL:LaserJet;CMD:PCL,PJL,POSTSCRIPT;CLS:PRINTER;"
SLIPS = b"MFG:EPSON;MDL:TM-T88V;CMD:ESC/POS;"
SETTINGS = b"[[kiosks]]\n\n"


def lock_files(data: bytes) -> None:
    """A UUCP lock file: the number at its beginning, or its four bytes."""
    pid = holders.pid_in(data)
    digits = re.match(rb"\s*([0-9]{1,10})(?![0-9A-Za-z_])", data)
    if digits:
        assert pid == int(digits[1])
    else:
        assert (pid is not None) == (len(data) == 4)
    assert holders.pid_in(b"%10d minicom\n" % PID) == PID


def proc_texts(data: bytes) -> None:
    """The kernel's lists of locks and connections, and a program's name, with odd lines in them."""
    proc = _procfs()
    locks, place = proc / "locks", _place(proc / "locks")
    with _proc(proc):
        if len(data) % 2:
            (proc / "net" / "tcp").write_bytes(data)
            told = holders.connection_holder("127.0.0.1", 9100)
            assert told is None or b"0100007F:238C" in data
        else:
            (proc / str(PID) / "cmdline").write_bytes(data)
            locks.write_bytes(data.replace(b"@", place) + b"\n" + LOCKS.replace(b"@", place))
            told = holders.lock_holder(locks)
            assert told is not None
        assert told is None or 0 < len(told.program) <= 40
        assert told is None or str(told).isprintable()


@cache
def _procfs() -> Path:
    proc = folder() / "proc"
    (proc / "net").mkdir(parents=True)
    (proc / str(PID)).mkdir()
    (proc / "locks").touch()
    return proc


def _place(file: Path) -> bytes:
    found = file.stat()
    return b"%02x:%02x:%d" % (os.major(found.st_dev), os.minor(found.st_dev), found.st_ino)


@contextmanager
def _proc(place: Path) -> Iterator[None]:
    usual, holders.PROC = holders.PROC, place
    try:
        yield
    finally:
        holders.PROC = usual


def usb_names(data: bytes) -> None:
    """What USB devices say of themselves: a printer of pages is never one for slips."""
    said, _, name = data.partition(b"\0")
    sys = _sysfs()
    device = sys / "bus/usb/devices/1-1"
    (device / "product").write_bytes(name)
    (device / "1-1:1.0" / "ieee1284_id").write_bytes(said)
    found = usb_places(sys, folder())
    assert len(found) == 1
    if re.search(r"\b(PCL|PS|POSTSCRIPT|PDF)\b", said.decode("utf-8", "replace")):
        assert found[0].driver is None


def reader_names(data: bytes) -> None:
    """Names of PC/SC readers and of queues: one is chosen, and settings with it can be pasted."""
    names = [name.decode("utf-8", "replace") for name in data.split(b"\0") if name]
    for wanted in (None, 0, 1, "ACS", names[0] if names else ""):
        with refusing(Reason.NO_DEVICE):
            assert chosen(names, wanted) in names
    for name in names[:3]:
        options = {"reader": name}
        why = (as_told(name),)
        sure = Found(Medium.PCSC, name, why, "social_security_card", sure=True, options=options)
        told = _pasted([sure])
        assert told["kiosks"][0]["peripherals"][0]["options"] == options


def _pasted(found: list[Found]) -> Any:
    try:
        return tomllib.loads(SETTINGS.decode() + settings_for(found, "en"))
    except tomllib.TOMLDecodeError as e:
        raise AssertionError(f"cannot be pasted: {e}") from e


def usb_descriptors(data: bytes) -> None:
    """Interfaces of a USB printer: the one chosen can take bytes, and none is better."""
    interfaces = _interfaces(data)
    chosen = usb_devices.printer_interface(interfaces)
    able = [one for one in interfaces if _can(one, 0x00)]
    ranks = [_rank(one) for one in able if one.bInterfaceClass in (0x07, 0xFF)]
    assert (chosen is None) == (not ranks)
    if chosen is not None:
        assert _can(chosen, 0x00)
        assert _rank(chosen) == min(ranks)
    _check_read(pieces(data))


class _Interface(list[SimpleNamespace]):
    """As pyusb's: its endpoints, in a list."""

    def __init__(self, kind: int, protocol: int) -> None:
        super().__init__()
        self.bInterfaceClass, self.bInterfaceProtocol = kind, protocol


def _interfaces(data: bytes) -> list[_Interface]:
    """Descriptors as they come: 09 04 … an interface, 07 05 … an endpoint of the last one."""
    found: list[_Interface] = []
    at = 0
    while at + 7 <= len(data) and data[at] >= 2:
        length, kind = data[at], data[at + 1]
        one = data[at : at + length].ljust(9, b"\0")
        if kind == 4:
            found.append(_Interface(one[5], one[7]))
        elif kind == 5 and found:
            found[-1].append(SimpleNamespace(bEndpointAddress=one[2], bmAttributes=one[3]))
        at += length
    return found


def _can(interface: _Interface, direction: int) -> bool:
    return any(
        one.bmAttributes % 4 == 2 and one.bEndpointAddress & 0x80 == direction for one in interface
    )


def _rank(interface: _Interface) -> int:
    order = {2: 0, 1: 1, 3: 2}
    return 4 if interface.bInterfaceClass == 0xFF else order.get(interface.bInterfaceProtocol, 3)


def _check_read(packets: list[bytes]) -> None:
    """Packets of any size are read as a stream, in whatever amounts are asked for."""
    left = iter(packets)
    into = SimpleNamespace(wMaxPacketSize=64, read=lambda size, timeout: next(left, b""))
    transport = usb.UsbTransport("printer", None, into, lambda: None)
    read = b""
    while data := transport.read(1 + len(read) % 7, 0.0):
        read += data
    assert read == b"".join(packets)


@cache
def _sysfs() -> Path:
    sys = folder() / "sys"
    shutil.rmtree(sys, ignore_errors=True)
    interface = sys / "bus/usb/devices/1-1/1-1:1.0"
    (interface / "usbmisc/lp0").mkdir(parents=True)
    (interface / "bInterfaceClass").write_text("07\n")
    (interface.parent / "idVendor").write_text("0416\n")
    (interface.parent / "idProduct").write_text("5011\n")
    return sys


TARGETS = (
    Target("lock_files", lock_files, (b"      4242 minicom root\n", hexed("92 10 00 00")), 512),
    Target(
        "proc_texts",
        proc_texts,
        (LOCKS, TCP, TCP + b" ", b"/usr/bin/python3\0-m\0minicom\0", b"\x1b[2Jterm\n\0"),
        1024,
    ),
    Target("usb_names", usb_names, (IEEE1284 + b"\0LaserJet", SLIPS + b"\0TM-T88V"), 1024),
    Target("reader_names", reader_names, (b"ACS ACR38U 00 00\0Virtual PCD 00 01",), 512),
    Target(
        "usb_descriptors",
        usb_descriptors,
        (
            hexed("09 04 00 00 02 07 01 02 00 07 05 01 02 40 00 00 07 05 82 02 40 00 00"),
            hexed("09 04 00 00 01 07 01 01 00 07 05 01 02 40 00 00")
            + hexed("09 04 00 01 01 FF 01 01 00 07 05 02 02 40 00 00"),
        ),
        longest=1024,
    ),
)
