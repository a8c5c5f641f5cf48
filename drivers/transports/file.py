"""A printer's device file, such as /dev/usb/lp0 of the kernel's usblp driver.

It is opened for reading too, so that the printer's answers come back; where that is refused, or
the printer cannot answer (a one-way interface), it is written only. A pipe or a plain file would
give back our own bytes, so these are written only as well.
"""

import errno
import os
import select
import stat
import time

from pydantic import BaseModel, ConfigDict, Field

from drivers.errors import PeripheralError, Reason
from drivers.saying import saying
from drivers.transports.base import FdTransport

FLAGS = os.O_APPEND | os.O_NONBLOCK | os.O_NOCTTY
EMPTY_READ_S = 0.02  # usblp ends a read for a packet without bytes; that is not the end


class FileOptions(BaseModel):
    """Options of a peripheral behind a device file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str = Field(min_length=1, description="Device file, e.g. /dev/usb/lp0")


class FileTransport(FdTransport):
    """Read as well where `readable`; else `read` waits and has nothing."""

    def __init__(self, fd: int, name: str, *, readable: bool) -> None:
        super().__init__(fd, name, lambda: os.close(fd))
        self.can_read = readable

    def read(self, limit: int, timeout_s: float) -> bytes:
        """See `Transport.read`."""
        end = time.monotonic() + timeout_s
        while self.can_read:
            hung_up = self._wait(select.POLLIN, end)
            if hung_up is None:
                return b""
            try:
                data = os.read(self._fd, limit)
            except (BlockingIOError, InterruptedError):
                data = b""
            except OSError as e:
                if e.errno != errno.EINVAL:
                    raise self._lost(str(e)) from e
                self.can_read = False  # usblp's word for a one-way interface
                break
            if data:
                self._log("in", data)
                return data
            if hung_up:
                raise self._lost(saying("hung up"))
            if time.monotonic() >= end:
                return b""
            time.sleep(min(EMPTY_READ_S, max(0.0, end - time.monotonic())))
        time.sleep(max(0.0, end - time.monotonic()))
        return b""


def open_file(options: FileOptions) -> FileTransport:
    """Open an existing file. Raises NO_DEVICE or BUSY, both with `sent` false.

    It is never created: a mistyped device name must not become a plain file in /dev.
    """
    try:
        fd, readable = _opened(options.file)
    except OSError as e:
        raise _not_opened(options.file, e) from e
    return FileTransport(fd, options.file, readable=readable)


def _opened(file: str) -> tuple[int, bool]:
    if stat.S_ISCHR(os.stat(file).st_mode):
        try:
            return os.open(file, os.O_RDWR | FLAGS), True
        except OSError as e:
            if e.errno not in (errno.EACCES, errno.EPERM, errno.EINVAL, errno.EROFS):
                raise
    return os.open(file, os.O_WRONLY | FLAGS), False


def _not_opened(file: str, e: OSError) -> PeripheralError:
    advice = saying("Check the cable and the name of the device file.")
    if e.errno in (errno.EACCES, errno.EPERM):
        advice = saying("This user may not open the device file; it usually needs the group lp.")
    if e.errno == errno.EBUSY:
        advice = saying("Stop the other program (often the CUPS queue of this printer).")
    return PeripheralError(
        Reason.BUSY if e.errno == errno.EBUSY else Reason.NO_DEVICE,
        saying("cannot open {name}: {why}", name=file, why=e.strerror),
        advice=advice,
        sent=False,
    )
