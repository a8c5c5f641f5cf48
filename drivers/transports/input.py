"""An input device, such as a scanner that plays a keyboard: records of `struct input_event`."""

import errno
import fcntl
import os

from pydantic import BaseModel, ConfigDict, Field

from drivers.errors import PeripheralError, Reason
from drivers.transports.base import FdTransport

EVIOCGRAB = 0x40044590  # _IOW('E', 0x90, int), linux/input.h


class InputOptions(BaseModel):
    """Options of a peripheral behind the kernel's event interface."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    device: str = Field(min_length=1, description="Event device, e.g. /dev/input/by-id/…-event-kbd")


def open_input(options: InputOptions) -> FdTransport:
    """Open and grab: what is typed reaches nobody else. Raises NO_DEVICE or BUSY, `sent` false.

    What knows no grab (a FIFO that stands in for a device) is taken as it is; its end is LOST.
    """
    device = options.device
    try:
        fd = os.open(device, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError as e:
        advice = "Check the cable and the name of the device."
        if e.errno in (errno.EACCES, errno.EPERM):
            advice = "This user may not open the device; it usually needs the group input."
        raise _not_opened(Reason.NO_DEVICE, device, e, advice) from e
    try:
        fcntl.ioctl(fd, EVIOCGRAB, 1)
    except OSError as e:
        if e.errno not in (errno.ENOTTY, errno.EINVAL):
            os.close(fd)
            busy = e.errno == errno.EBUSY
            advice = "Stop the other program that holds it." if busy else "Check the cable."
            raise _not_opened(Reason.BUSY if busy else Reason.NO_DEVICE, device, e, advice) from e
    return FdTransport(fd, device, lambda: os.close(fd))


def _not_opened(reason: Reason, device: str, error: OSError, advice: str) -> PeripheralError:
    return PeripheralError(
        reason, f"cannot open {device}: {error.strerror}", advice=advice, sent=False
    )
