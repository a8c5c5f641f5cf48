"""A serial line (RS-232, USB-serial, or a PTY) through pyserial.

pyserial opens, locks and configures the port; reading and writing go straight to its descriptor,
because `Serial.write` spins without end on a full buffer in non-blocking mode.
"""

import errno
import fcntl
import glob
import os
import re
import struct
import termios
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import serial
from pydantic import BaseModel, ConfigDict, Field

from drivers.errors import PeripheralError, Reason
from drivers.saying import saying, together
from drivers.transports.base import FdTransport
from drivers.transports.claims import busy, holder

BY_ID = Path("/dev/serial/by-id")  # udev's names, which stay the same wherever the plug goes
DRAIN_S = 1.0  # what was written just before closing gets this long to leave the machine
PIECE = 16  # bytes sent before the peripheral's DSR line is looked at again: a UART's own queue

CHECK = saying("Check the cable and the name of the port.")
PSEUDO = range(136, 144)  # major numbers of Unix98 pseudo-terminals

Flow = Literal["none", "xonxoff", "rtscts", "dsrdtr"]

PORT_HELP = (
    "Device path, better a name from /dev/serial/by-id (that alone is enough: usb-…), which stays "
    "the same at another socket; * and ? stand for the rest of a name"
)


class SerialOptions(BaseModel):
    """Options of a peripheral on a serial line: 8 data bits, 1 stop bit unless told otherwise."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    port: str = Field(min_length=1, description=PORT_HELP)
    baud: int = Field(default=115200, ge=50, le=4_000_000, description="Bits per second")
    parity: Literal["none", "even", "odd"] = Field(default="none", description="Parity bit")
    data_bits: int = Field(default=8, ge=7, le=8, description="Data bits of a character")
    stop_bits: int = Field(default=1, ge=1, le=2, description="Stop bits of a character")
    flow: Flow = Field(default="none", description="How the peripheral says that it is full")


def open_serial(options: SerialOptions) -> FdTransport:
    """Claim and open the port. Raises NO_DEVICE, BUSY or BAD_OPTION, all with `sent` false."""
    path = find_port(options.port)
    if _is_pseudo(path):
        # It has no bits on a wire: the kernel keeps it at 8N1 and says EINVAL to another wish.
        options = options.model_copy(update={"parity": "none", "data_bits": 8})
    try:
        port = serial.Serial(
            path,
            options.baud,
            parity=options.parity[0].upper(),
            bytesize=options.data_bits,
            stopbits=options.stop_bits,
            timeout=0,
            write_timeout=0,
            xonxoff=options.flow == "xonxoff",
            rtscts=options.flow == "rtscts",
            exclusive=True,
        )
    except (OSError, termios.error) as e:
        raise _not_opened(path, e) from e
    except ValueError as e:  # as pyserial says that the adapter refuses a speed
        raise PeripheralError(
            Reason.BAD_OPTION,
            saying("{name} cannot do {baud} baud: {why}", name=path, baud=options.baud, why=str(e)),
            advice=saying("Give a speed that both the adapter and the peripheral know."),
            sent=False,
        ) from e
    if options.flow == "dsrdtr":
        return _heeding_dsr(port, path)
    return FdTransport(port.fileno(), path, lambda: _close(port))


def find_port(name: str, by_id: Path = BY_ID) -> str:
    """The device path that `name` stands for just now: it may be another after replugging.

    Raises NO_DEVICE when a pattern fits nothing, or more than one port.
    """
    path = name if "/" in name else str((by_id if name.startswith("usb-") else Path("/dev")) / name)
    if not any(sign in path for sign in "*?["):
        return path
    ports = {os.path.realpath(found): found for found in sorted(glob.glob(path))}
    if len(ports) == 1:
        return next(iter(ports.values()))
    raise PeripheralError(
        Reason.NO_DEVICE,
        saying(
            "{pattern} fits {ports}",
            pattern=path,
            ports=", ".join(sorted(ports.values())) or saying("no port"),
        ),
        advice=saying("Name one port.") if ports else CHECK,
        sent=False,
    )


def _is_pseudo(path: str) -> bool:
    """Whether a pseudo-terminal stands there, as of simulators and serial-over-network programs."""
    try:
        return os.major(os.stat(path).st_rdev) in PSEUDO
    except OSError:
        return False


def _not_opened(port: str, error: Exception) -> PeripheralError:
    code = _code_of(error)
    if code in (errno.EBUSY, errno.EAGAIN):
        return busy(port, holder(port, but=os.getpid()))
    advice = CHECK
    if re.fullmatch(r"/dev/tty(USB|ACM)\d+", port):
        moved = saying("The number may have changed: a name from /dev/serial/by-id stays.")
        advice = together(CHECK, moved)
    if code in (errno.EACCES, errno.EPERM):
        advice = saying("This user may not open the port; it usually needs the group dialout.")
    why: str = os.strerror(code) if code else str(error)
    if code == errno.ENOTTY:
        why = saying("it is no serial port")
    return PeripheralError(
        Reason.NO_DEVICE,
        saying("cannot open {name}: {why}", name=port, why=why),
        advice=advice,
        sent=False,
    )


def _code_of(error: Exception) -> int | None:
    """The errno, which pyserial leaves in the error that it began with."""
    began = error.__context__
    if isinstance(began, termios.error):
        return int(began.args[0])
    code: int | None = getattr(error, "errno", None)
    return code


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


class HeedingTransport(FdTransport):
    """Sends only while `ready()`: the kernel heeds CTS and XOFF by itself, but not DSR."""

    def __init__(
        self, fd: int, name: str, close: Callable[[], None], ready: Callable[[], bool]
    ) -> None:
        super().__init__(fd, name, close)
        self._ready = ready

    def write(self, data: bytes, deadline_s: float) -> None:
        """See `Transport.write`."""
        begun = self.written
        end = time.monotonic() + deadline_s
        for at in range(0, len(data), PIECE):
            while not self._clear():
                if time.monotonic() >= end:
                    raise PeripheralError(
                        Reason.SILENT,
                        saying(
                            "{name} is not ready (DSR), {count} of {whole} bytes sent",
                            name=self._name,
                            count=self.written - begun,
                            whole=len(data),
                        ),
                        advice=saying(
                            "Check that the peripheral is on, and that its cable has DSR."
                        ),
                        sent=self.written > begun,
                    )
                time.sleep(0.002)
            try:
                super().write(data[at : at + PIECE], max(0.0, end - time.monotonic()))
            except PeripheralError as e:
                e.sent = e.sent or self.written > begun
                raise

    def _clear(self) -> bool:
        """Whether the peripheral is ready and nothing waits that would go out all the same."""
        try:
            return self._ready() and _unsent(self._fd) == 0
        except OSError as e:
            raise self._lost(str(e)) from e


def _heeding_dsr(port: serial.Serial, name: str) -> FdTransport:
    try:
        _ = port.dsr
    except OSError as e:
        port.close()
        raise PeripheralError(
            Reason.BAD_OPTION,
            saying("{name} has no DSR line: flow = dsrdtr is impossible there", name=name),
            advice=saying("Use flow = xonxoff or none."),
            sent=False,
        ) from e
    return HeedingTransport(port.fileno(), name, lambda: _close(port), lambda: bool(port.dsr))


def _unsent(fd: int) -> int:
    count: int = struct.unpack("i", fcntl.ioctl(fd, termios.TIOCOUTQ, b"\0\0\0\0"))[0]
    return count
