"""A serial line (RS-232, USB-serial, or a PTY) through pyserial.

pyserial opens, locks and configures the port; reading and writing go straight to its descriptor,
because `Serial.write` spins without end on a full buffer in non-blocking mode.
"""

import errno
import fcntl
import os
import struct
import termios
import time
from typing import Literal

import serial
from pydantic import BaseModel, ConfigDict, Field

from drivers.errors import PeripheralError, Reason
from drivers.transports.base import FdTransport

DRAIN_S = 1.0  # what was written just before closing gets this long to leave the machine


class SerialOptions(BaseModel):
    """Options of a peripheral on a serial line: 8 data bits, 1 stop bit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    port: str = Field(min_length=1, description="Device path, e.g. /dev/ttyUSB0")
    baud: int = Field(default=115200, ge=50, le=4_000_000, description="Bits per second")
    parity: Literal["none", "even", "odd"] = Field(default="none", description="Parity bit")


def open_serial(options: SerialOptions) -> FdTransport:
    """Claim and open the port. Raises NO_DEVICE or BUSY, both with `sent` false."""
    try:
        port = serial.Serial(
            options.port,
            options.baud,
            parity=options.parity[0].upper(),
            timeout=0,
            write_timeout=0,
            exclusive=True,
        )
    except (OSError, termios.error) as e:
        raise _not_opened(options.port, e) from e
    return FdTransport(port.fileno(), options.port, lambda: _close(port))


def _not_opened(port: str, error: Exception) -> PeripheralError:
    code = getattr(error, "errno", None)
    if code in (errno.EBUSY, errno.EAGAIN):
        return PeripheralError(
            Reason.BUSY,
            f"{port} is in use by another program",
            advice="Stop the other program, or name another port.",
            sent=False,
        )
    advice = "Check the cable and the name of the port."
    if code in (errno.EACCES, errno.EPERM):
        advice = "This user may not open the port; it usually needs the group dialout."
    return PeripheralError(
        Reason.NO_DEVICE,
        f"cannot open {port}: {os.strerror(code) if code else error}",
        advice=advice,
        sent=False,
    )


def _close(port: serial.Serial) -> None:
    """Close without the half minute that the kernel waits for a halted line to drain."""
    try:
        end = time.monotonic() + DRAIN_S
        while _unsent(port.fileno()) and time.monotonic() < end:
            time.sleep(0.01)
        if _unsent(port.fileno()):
            termios.tcflush(port.fileno(), termios.TCOFLUSH)
    except (OSError, termios.error):
        pass  # the port vanished: nothing to drain
    finally:
        port.close()


def _unsent(fd: int) -> int:
    count: int = struct.unpack("i", fcntl.ioctl(fd, termios.TIOCOUTQ, b"\0\0\0\0"))[0]
    return count
