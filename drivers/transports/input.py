"""An input device, such as a scanner that plays a keyboard: records of `struct input_event`."""

import errno
import fcntl
import os
import stat

from pydantic import BaseModel, ConfigDict, Field

from drivers.errors import PeripheralError, Reason
from drivers.saying import saying
from drivers.transports.base import FdTransport

EVIOCGRAB = 0x40044590  # _IOW('E', 0x90, int), linux/input.h


class InputOptions(BaseModel):
    """Options of a peripheral behind the kernel's event interface."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    device: str = Field(min_length=1, description="Event device, e.g. /dev/input/by-id/…-event-kbd")


def open_input(options: InputOptions) -> FdTransport:
    """Open and grab: what is typed reaches nobody else. Raises NO_DEVICE or BUSY, `sent` false.

    A FIFO that stands in for a device is taken as it is; its end is LOST. Anything else that knows
    no grab, such as a folder or a file, is no input device: NO_DEVICE.
    """
    device = options.device
    try:
        fd = os.open(device, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError as e:
        advice = saying("Check the cable and the name of the device.")
        if e.errno in (errno.EACCES, errno.EPERM):
            advice = saying("This user may not open the device; it usually needs the group input.")
        raise _not_opened(Reason.NO_DEVICE, device, e, advice) from e
    try:
        fcntl.ioctl(fd, EVIOCGRAB, 1)
    except OSError as e:
        if not stat.S_ISFIFO(os.fstat(fd).st_mode):
            os.close(fd)
            if e.errno in (errno.ENOTTY, errno.EINVAL):
                raise _no_input_device(device) from e
            busy = e.errno == errno.EBUSY
            advice = saying("Check the cable.")
            if busy:
                advice = saying("Stop the other program that holds it.")
            raise _not_opened(Reason.BUSY if busy else Reason.NO_DEVICE, device, e, advice) from e
    return FdTransport(fd, device, lambda: os.close(fd))


def _no_input_device(device: str) -> PeripheralError:
    return PeripheralError(
        Reason.NO_DEVICE,
        saying("{device} is no input device", device=device),
        advice=saying("Name the scanner's own device, /dev/input/by-id/…-event-kbd."),
        sent=False,
    )


def _not_opened(reason: Reason, device: str, error: OSError, advice: str) -> PeripheralError:
    detail = saying("cannot open {name}: {why}", name=device, why=error.strerror)
    return PeripheralError(reason, detail, advice=advice, sent=False)
