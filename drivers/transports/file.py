"""A write-only device file, such as a USB printer's /dev/usb/lp0."""

import errno
import os
import time

from pydantic import BaseModel, ConfigDict, Field

from drivers.errors import PeripheralError, Reason
from drivers.transports.base import FdTransport


class FileOptions(BaseModel):
    """Options of a peripheral behind a device file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str = Field(min_length=1, description="Device file, e.g. /dev/usb/lp0")


class FileTransport(FdTransport):
    """Writes only; `read` waits and has nothing."""

    can_read = False

    def read(self, limit: int, timeout_s: float) -> bytes:
        """Return b"" after `timeout_s`, so that a driver's polling does not spin."""
        time.sleep(timeout_s)
        return b""


def open_file(options: FileOptions) -> FileTransport:
    """Open an existing file for writing. Raises NO_DEVICE or BUSY, both with `sent` false.

    It is never created: a mistyped device name must not become a plain file in /dev.
    """
    try:
        fd = os.open(options.file, os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError as e:
        raise PeripheralError(
            Reason.BUSY if e.errno == errno.EBUSY else Reason.NO_DEVICE,
            f"cannot open {options.file}: {e.strerror}",
            advice="Check the cable and the name of the device file.",
            sent=False,
        ) from e
    return FileTransport(fd, options.file, lambda: os.close(fd))
