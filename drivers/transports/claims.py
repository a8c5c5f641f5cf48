"""Who uses a port: claims of ours, told to all users of the machine, and signs of other programs.

A claim is a locked file in `/run/lock`, named after the device itself: symbolic links and other
names of a port are the same claim, and a claim ends with its process, however that ends. It is
taken before a port is opened, so that no byte and no modem line touches a port of somebody else.
`holder` looks without opening the port.
"""

import contextlib
import fcntl
import os
import re
import socket
import stat
import sys
import tempfile
import threading
from pathlib import Path

from drivers.errors import PeripheralError, Reason
from drivers.transports.holders import (
    Holder,
    connection_holder,
    descriptor_holder,
    lock_holder,
    uucp_holder,
)

RUN = Path("/run/lock")  # for all users; also where other programs keep their LCK.. files
TRIES = 20  # against another process that gives the same claim back at the same time


class Claim:
    """A port that is ours until `release`, which may be called again."""

    def __init__(self, key: str) -> None:
        self._key: str | None = key

    def release(self) -> None:
        """Give the claim back. Never raises."""
        key, self._key = self._key, None
        if key is not None:
            _leave(key)


def device_key(path: str) -> str | None:
    """The claim's name of a device, a FIFO or a file; None when there is none of that name."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    if stat.S_ISCHR(found.st_mode):
        return f"char-{os.major(found.st_rdev)}-{os.minor(found.st_rdev)}"
    return f"file-{found.st_dev}-{found.st_ino}"


def tcp_key(host: str, tcp_port: int) -> str | None:
    """The claim's name of a TCP address, whatever it was called; None for an unknown host."""
    address = _address(host, tcp_port)
    return None if address is None else f"tcp-{address.replace(':', '_')}-{tcp_port}"


def usb_key(usb: str) -> str:
    """The claim's name of a USB device, by what the option `usb` holds."""
    return f"usb-{re.sub('[^0-9A-Za-z]', '_', usb).lower()}"


def claim_device(path: str) -> Claim:
    """Claim a device before it is opened. Raises BUSY, `sent` false, when another process has it.

    A device that is not there is claimed by its name alone: opening it tells.
    """
    lock = uucp_holder(path)
    if lock is not None:
        raise busy(path, lock)
    return claim(device_key(path), path)


def claim(key: str | None, name: str) -> Claim:
    """Claim `key`; once more within this process is the same claim. Raises BUSY."""
    if key is None:
        return Claim("")
    with _guard:
        if key in _held:
            fd, users = _held[key]
            _held[key] = fd, users + 1
            return Claim(key)
        fd_or_holder = _lock(key)
        if isinstance(fd_or_holder, Holder):
            raise busy(name, fd_or_holder)
        if fd_or_holder is not None:
            _held[key] = fd_or_holder, 1
        return Claim(key)


def busy(name: str, holder: Holder | None) -> PeripheralError:
    """The error for a port of somebody else's."""
    who = f"Stop {holder}" if holder else "Stop the other program"
    return PeripheralError(
        Reason.BUSY,
        f"{name} is in use by {holder or 'another program'}",
        advice=f"{who}, or name another port.",
        sent=False,
    )


def holder(path: str) -> Holder | None:
    """Who uses a device, found out without opening it; None when nobody is seen to.

    Looks at claims of ours, LCK.. files, locks on the device itself, and open descriptors.
    """
    key = device_key(path)
    if key is None:
        return None
    return (
        _claim_holder(key)
        or uucp_holder(path)
        or lock_holder(Path(path))
        or descriptor_holder(path)
    )


def tcp_holder(host: str, tcp_port: int) -> Holder | None:
    """Who on this machine has a connection to a TCP address, found out without connecting."""
    key = tcp_key(host, tcp_port)
    if key is None:
        return None
    return _claim_holder(key) or connection_holder(_address(host, tcp_port) or "", tcp_port)


def run_folder() -> Path:
    """Where the claims are."""
    return RUN if os.access(RUN, os.W_OK | os.X_OK) else Path(tempfile.gettempdir())


_held: dict[str, tuple[int, int]] = {}  # descriptor and number of users, by key
_guard = threading.Lock()


def _file(key: str) -> Path:
    return run_folder() / f"yukuai-hall-{key}"


def _leave(key: str) -> None:
    with _guard:
        if key not in _held:
            return
        fd, users = _held[key]
        if users > 1:
            _held[key] = fd, users - 1
            return
        del _held[key]
        with contextlib.suppress(OSError):  # of another user who had it before us: it stays
            _file(key).unlink()
        os.close(fd)


def _lock(key: str) -> int | Holder | None:
    """The locked claim file; who has it; or None where no file can be made for it."""
    file = _file(key)
    for _ in range(TRIES):
        try:
            fd = _opened(file)
        except OSError:
            return None
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            return _claim_holder(key) or Holder(0, "another program")
        with contextlib.suppress(FileNotFoundError):
            if os.stat(file).st_ino == os.fstat(fd).st_ino:
                _sign(fd)
                return fd
        os.close(fd)  # whoever had it before us has just removed the file
    return Holder(0, "another program")


def _opened(file: Path) -> int:
    """The claim file, made when it is missing. Another user's can only be read, which is enough."""
    flags = os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        return os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL | flags, 0o644)
    except FileExistsError:
        pass
    try:
        return os.open(file, os.O_RDWR | flags)
    except PermissionError:
        return os.open(file, os.O_RDONLY | flags)


def _sign(fd: int) -> None:
    """Write who we are, in the form of UUCP's lock files: ten digits, then the program."""
    program = " ".join(Path(word).name for word in sys.argv[:1]) or "python"
    with contextlib.suppress(OSError):
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{os.getpid():10d} {program}\n".encode("utf-8", "replace"), 0)


def _claim_holder(key: str) -> Holder | None:
    return lock_holder(_file(key))


def _address(host: str, tcp_port: int) -> str | None:
    try:
        found = socket.getaddrinfo(host, tcp_port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return None
    return str(found[0][4][0])
