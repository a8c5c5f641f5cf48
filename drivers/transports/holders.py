"""Signs that a port is in use by some program, read without opening the port.

Lock files of minicom and its like (LCK..), flock on the device as pyserial takes it, open
descriptors and TCP connections, as far as the kernel shows them to this user.
"""

import contextlib
import os
import re
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from drivers.saying import saying

UUCP = Path("/run/lock")
PROC = Path("/proc")
ESTABLISHED = "01"
ANOTHER = saying("another program")


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that uses a port. `pid` is 0 where only a sign of it can be seen."""

    pid: int
    program: str

    @property
    def named(self) -> str:
        """The program with its number."""
        if not self.pid:
            return self.program
        return saying("{program} (pid {pid})", program=self.program, pid=self.pid)

    def __str__(self) -> str:
        return str(self.named)


def lock_holder(file: Path, but: int | None = None) -> Holder | None:
    """Who has locked a file with flock, by the kernel's own list; not the process `but`."""
    try:
        found = os.stat(file)
        locks = (PROC / "locks").read_text("ascii", "replace")
    except OSError:
        return None
    place = f"{os.major(found.st_dev):02x}:{os.minor(found.st_dev):02x}:{found.st_ino}"
    for line in locks.splitlines():
        words = line.split()
        if "FLOCK" in words and place in words[1:] and "->" not in words:
            pid = words[words.index(place, 1) - 1]
            if pid.isdecimal() and int(pid) != but:
                return _process(int(pid))
    return None


def uucp_holder(path: str) -> Holder | None:
    """Who of minicom, pppd and their like has left a lock file, when they still live."""
    names = {Path(path).name, Path(os.path.realpath(path)).name}
    for name in names:
        try:
            text = (UUCP / f"LCK..{name}").read_bytes()[:64]
        except OSError:
            continue
        pid = pid_in(text)
        if pid is not None and pid != os.getpid() and (PROC / str(pid)).exists():
            return _process(pid)
    return None


def pid_in(text: bytes) -> int | None:
    """The process named in a UUCP lock file: ten digits, or four bytes of the machine's order."""
    found = re.match(rb"\s*(\d{1,10})\b", text)
    if found:
        return int(found[1])
    return int(struct.unpack("=i", text)[0]) if len(text) == 4 else None


def has_open(pid: int, path: str) -> bool | None:
    """Whether a process has this very device open now; None when we may not look."""
    try:
        wanted = os.stat(path)
        descriptors = list((PROC / str(pid) / "fd").iterdir())
    except OSError:
        return None
    for fd in descriptors:
        with contextlib.suppress(OSError):
            if os.path.samestat(fd.stat(), wanted):
                return True
    return False


def descriptor_holder(path: str, but: int | None = None) -> Holder | None:
    """Whose descriptor is open on a device, among the processes that we may look at.

    Not that of the process `but`.
    Whoever plays the peripheral at the other end of a pseudo-terminal is not its user.
    """
    wanted = os.path.realpath(path)
    for pid, opened in _descriptors():
        if (
            pid != but
            and wanted in opened
            and not (wanted.startswith("/dev/pts/") and _plays(opened))
        ):
            return _process(pid)
    return None


def _descriptors() -> Iterator[tuple[int, set[str]]]:
    for folder in PROC.iterdir():
        if not folder.name.isdecimal():
            continue
        opened = set()
        with contextlib.suppress(OSError):
            for fd in (folder / "fd").iterdir():
                with contextlib.suppress(OSError):
                    opened.add(str(fd.readlink()))
        yield int(folder.name), opened


def _plays(opened: set[str]) -> bool:
    return not opened.isdisjoint(("/dev/ptmx", "/dev/pts/ptmx"))


def connection_holder(address: str, tcp_port: int) -> Holder | None:
    """A program of this machine that is connected there now."""
    for name, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
        try:
            far = f"{_hex(address, family)}:{tcp_port:04X}"
            lines = (PROC / "net" / name).read_text("ascii", "replace").splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            words = line.split()
            if words[2:4] == [far, ESTABLISHED] and len(words) > 9:
                return _socket_holder(words[9])
    return None


def _socket_holder(inode: str) -> Holder:
    for pid, opened in _descriptors():
        if f"socket:[{inode}]" in opened:
            return _process(pid)
    return Holder(0, ANOTHER)


def _hex(address: str, family: socket.AddressFamily) -> str:
    """An address as the kernel lists it: words of four bytes in the machine's order."""
    packed = socket.inet_pton(family, address)
    words = struct.unpack(f"={len(packed) // 4}I", packed)
    return "".join(f"{word:08X}" for word in words)


def _process(pid: int) -> Holder:
    """A process by name; that of Python's is the script or module it runs."""
    folder = PROC / str(pid)
    words = [word.decode("utf-8", "replace") for word in _read(folder / "cmdline").split(b"\0")]
    if Path(words[0]).name.startswith("python"):
        words = [word for word in words[1:] if word and not word.startswith("-")] or words
    name = Path(words[0]).name or _read(folder / "comm").decode("utf-8", "replace").strip()
    shown = "".join(filter(str.isprintable, name))  # a program may be called anything
    return Holder(pid, shown[:40] or ANOTHER)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""
