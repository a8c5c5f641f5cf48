"""Whether the last job on a port came to its end, told to whoever opens that port next.

A small file beside the port's claim (`claims.py`), written before the first byte of a job and
removed when its end is certain: so it outlives the process, however that ends. It does not outlive
a restart of the machine where the claims' folder is in memory, as /run/lock mostly is. Two lines:
what stands behind the port just now, where only that tells one from another (a pseudo-terminal, a
port of this machine: their numbers are given out again), then a note of the driver's. An empty file
tells of no job: another user's file can be emptied, but not removed. Where no file can be written,
jobs go on without.
"""

import contextlib
import errno
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from drivers.errors import PeripheralError
from drivers.transports.claims import device_key, run_folder, tcp_key, usb_key
from drivers.transports.file import FileOptions
from drivers.transports.serial import SerialOptions, find_port
from drivers.transports.tcp import TcpOptions
from drivers.transports.usb import UsbOptions

PREFIX, SUFFIX = "yukuai-hall-", ".unfinished"
FLAGS = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
MOST = 512  # bytes that are read
PSEUDO_TERMINAL = re.compile(r"char-(13[6-9]|14[0-3])-(\d+)")  # 256 of each major number
LOOPBACK = re.compile(r"tcp-(?:127\.[\d.]+|__1)-(\d+)")
LISTENING = "0A"


class Unfinished:
    """The sign of a port, by the name of its claim; None: of one that needs none. Never raises."""

    def __init__(self, key: str | None) -> None:
        self._key = key

    def begin(self, note: str = "") -> None:
        """A job begins."""
        if self._key is None:
            return
        _sweep()
        text = f"{_behind(self._key) or ''}\n{note}\n".encode()
        with contextlib.suppress(OSError), _opened(_file(self._key)) as fd:
            os.pwrite(fd, text, 0)  # in this order an earlier sign is there all the time
            os.ftruncate(fd, len(text))

    def end(self) -> None:
        """The job came to its end, or nothing of it was sent."""
        if self._key is None:
            return
        file = _file(self._key)
        try:
            file.unlink(missing_ok=True)
        except OSError:
            with contextlib.suppress(OSError), _opened(file) as fd:
                os.ftruncate(fd, 0)

    def left(self) -> str | None:
        """The note of a job that never ended; None when there is none such."""
        if self._key is None:
            return None
        text = _read(_file(self._key))
        if not text:
            return None
        behind, _, rest = text.partition("\n")
        return rest.partition("\n")[0] if behind == (_behind(self._key) or "") else None


def unfinished_at(place: SerialOptions | TcpOptions | FileOptions | UsbOptions) -> Unfinished:
    """The sign of the port that these options mean just now; a plain file and a pipe have none."""
    match place:
        case SerialOptions():
            try:
                return Unfinished(_device(find_port(place.port)))
            except PeripheralError:
                return Unfinished(None)
        case TcpOptions():
            return Unfinished(tcp_key(place.host, place.tcp_port))
        case FileOptions():
            return Unfinished(_device(place.file))
        case UsbOptions():
            return Unfinished(usb_key(place.usb))


def _device(path: str) -> str | None:
    key = device_key(path)
    return key if key is not None and key.startswith("char-") else None


def _file(key: str) -> Path:
    return run_folder() / f"{PREFIX}{key}{SUFFIX}"


@contextlib.contextmanager
def _opened(file: Path) -> Iterator[int]:
    """The sign's file to be written, made when it is missing, for all users.

    Raises OSError, also for what somebody put there that is no file, or another file's second name.
    """
    try:
        fd, made = os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL | FLAGS, 0o666), True
    except FileExistsError:
        fd, made = os.open(file, os.O_RDWR | FLAGS), False
    try:
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:
            raise OSError(errno.EEXIST, os.strerror(errno.EEXIST), str(file))
        if made:
            os.fchmod(fd, 0o666)  # whatever the umask
        yield fd
    finally:
        os.close(fd)


def _read(file: Path) -> str:
    try:
        fd = os.open(file, os.O_RDONLY | FLAGS)
    except OSError:
        return ""
    try:
        plain = stat.S_ISREG(os.fstat(fd).st_mode)
        return os.read(fd, MOST).decode("utf-8", "replace") if plain else ""
    except OSError:
        return ""
    finally:
        os.close(fd)


def _behind(key: str) -> str | None:
    """What tells this pseudo-terminal or port of this machine from others of that number.

    None for all other ports. Empty when nobody is there.
    """
    if found := PSEUDO_TERMINAL.fullmatch(key):
        number = (int(found[1]) - 136) * 256 + int(found[2])
        try:
            return f"made {os.stat(f'/dev/pts/{number}').st_ctime_ns}"
        except OSError:
            return ""
    if found := LOOPBACK.fullmatch(key):
        return f"socket {' '.join(_listeners(int(found[1])))}"
    return None


def _listeners(tcp_port: int) -> list[str]:
    """The sockets that listen at a port, by the kernel's numbers and those of its start."""
    found = []
    for name in ("tcp", "tcp6"):
        with contextlib.suppress(OSError):
            for line in Path("/proc/net", name).read_text("ascii", "replace").splitlines()[1:]:
                words = line.split()
                if words[1].endswith(f":{tcp_port:04X}") and words[3] == LISTENING:
                    found.append(words[9])
    with contextlib.suppress(OSError):
        found.append(Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip())
    return found


def _sweep() -> None:
    """Remove the signs of ports that were given out again, or are gone."""
    for file in run_folder().glob(f"{PREFIX}*{SUFFIX}"):
        behind = _behind(file.name.removeprefix(PREFIX).removesuffix(SUFFIX))
        text = _read(file)  # of one that is just being made, empty
        if behind is not None and text and text.partition("\n")[0] != behind:
            with contextlib.suppress(OSError):
                file.unlink()
