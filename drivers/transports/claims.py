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
import stat
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from drivers.errors import PeripheralError, Reason
from drivers.saying import saying
from drivers.transports.addresses import LOOK_UP_S, OF_THIS_MACHINE
from drivers.transports.holders import (
    ANOTHER,
    Holder,
    connection_holder,
    descriptor_holder,
    has_open,
    lock_holder,
    uucp_holder,
)

RUN = Path("/run/lock")  # for all users; also where other programs keep their LCK.. files
PSEUDO = "/dev/pts/"  # where numbers are given out again
OPENING_S = 0.2  # from a claim to the opening of the device, at the most
TRIES = 20  # against another process that gives the same claim back at the same time


class Claim:
    """A port that is ours until `release`, which may be called again."""

    def __init__(self, key: str) -> None:
        self._key: str | None = key

    def release(self) -> None:
        """Give the claim back. Never raises."""
        key, self._key = self._key, None
        if key is not None:
            _left.append(key)
            _sweep()


def device_key(path: str) -> str | None:
    """The claim's name of a device, a FIFO or a file; None when there is none of that name."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    if stat.S_ISCHR(found.st_mode):
        return f"char-{os.major(found.st_rdev)}-{os.minor(found.st_rdev)}"
    return f"file-{found.st_dev}-{found.st_ino}"


def tcp_key(host: str, tcp_port: int, limit_s: float = LOOK_UP_S) -> str | None:
    """The claim's name of a TCP address, whatever it was called.

    None for a host that is unknown, or not known within `limit_s`.
    """
    address = _address(host, tcp_port, limit_s)
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
    return claim(device_key(path), path, path)


def claim(key: str | None, name: str, path: str = "") -> Claim:
    """Claim `key`; once more within this process is the same claim. Raises BUSY.

    `path`: of the device, where it is one.
    """
    if key is None:
        return Claim("")
    with _guarded():
        if key in _held:
            fd, users = _held[key]
            _held[key] = fd, users + 1
            return Claim(key)
        fd_or_holder = _lock(key, path)
        if isinstance(fd_or_holder, Holder):
            raise busy(name, fd_or_holder)
        if fd_or_holder is not None:
            _held[key] = fd_or_holder, 1
        return Claim(key)


def busy(name: str, holder: Holder | None) -> PeripheralError:
    """The error for a port of somebody else's; this process itself is never named."""
    if holder is not None and holder.pid == os.getpid():
        holder = None
    who = holder.named if holder else ANOTHER
    advice = saying("Stop the other program, or name another port.")
    if holder is not None:
        advice = saying("Stop {who}, or name another port.", who=who)
    detail = saying("{name} is in use by {who}", name=name, who=who)
    return PeripheralError(Reason.BUSY, detail, advice=advice, sent=False)


def holder(path: str, *, but: int | None = None) -> Holder | None:
    """Who uses a device, found out without opening it; None when nobody is seen to.

    Looks at claims of ours, LCK.. files, locks on the device itself, and open descriptors; the
    process `but` is passed over.
    """
    key = device_key(path)
    if key is None:
        return None
    return (
        _claim_holder(key, path, but)
        or uucp_holder(path)
        or lock_holder(Path(path), but)
        or descriptor_holder(path, but)
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
_left: deque[str] = deque()  # keys that are given back, until somebody with the guard does it
_guard = threading.Lock()


def _file(key: str) -> Path:
    return run_folder() / f"yukuai-hall-{key}"


@contextlib.contextmanager
def _guarded() -> Iterator[None]:
    try:
        with _guard:
            yield
    finally:
        _sweep()


def _sweep() -> None:
    """Give back what was left; when somebody has the guard just now, they do it afterwards.

    The garbage collector may call this at any moment, also in the middle of `claim`.
    """
    while _left and _guard.acquire(blocking=False):
        try:
            while _left:
                _leave(_left.popleft())
        finally:
            _guard.release()


def _leave(key: str) -> None:
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


def _lock(key: str, path: str) -> int | Holder | None:
    """The locked claim file; who has it; or None where no file can be made for it.

    Also None for a claim that means an earlier pseudo-terminal of that number: the lock on the
    device itself stands against those who open it at the same time.
    """
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
            who = lock_holder(_file(key), os.getpid()) or Holder(0, ANOTHER)
            return None if _outdated(who, path) else who
        with contextlib.suppress(FileNotFoundError):
            if os.stat(file).st_ino == os.fstat(fd).st_ino:
                _sign(fd)
                return fd
        os.close(fd)  # whoever had it before us has just removed the file
    return Holder(0, ANOTHER)


def _opened(file: Path) -> int:
    """The claim file, made when it is missing. Another user's can only be read, which is enough."""
    flags = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK  # a pipe put there holds nobody up
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
        if os.fstat(fd).st_nlink > 1:  # somebody gave a file of ours this name too
            return
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{os.getpid():10d} {program}\n".encode("utf-8", "replace"), 0)


def _claim_holder(key: str, path: str = "", but: int | None = None) -> Holder | None:
    who = lock_holder(_file(key), but)
    return None if who is None or _outdated(who, path) else who


def _outdated(who: Holder, path: str) -> bool:
    """Whether a claim is one of an earlier pseudo-terminal, whose number this one has by now.

    Between its claim and its opening a process has not opened the device either: it is looked at
    twice.
    """
    if not os.path.realpath(path).startswith(PSEUDO) or has_open(who.pid, path) is not False:
        return False
    time.sleep(OPENING_S)
    return has_open(who.pid, path) is False


def _address(host: str, tcp_port: int, limit_s: float = LOOK_UP_S) -> str | None:
    try:
        found = OF_THIS_MACHINE.find(host, tcp_port, limit_s)
    except OSError:
        return None
    return str(found[0][1][0])
