"""A USB printer (device class 7) through libusb, without the kernel's usblp driver.

Bytes go out on the interface's bulk OUT endpoint; answers come in on bulk IN where there is one
(USB printer class 1.1, section 4.1: protocol 2 is bidirectional, 1 is one-way). A kernel driver
that holds the interface is detached while we have it and attached again afterwards. pyusb and
libusb are imported at opening.
"""

import contextlib
import errno
import time
from collections.abc import Callable
from typing import Any

import structlog
from pydantic import BaseModel, ConfigDict, Field

from drivers.errors import PeripheralError, Reason
from drivers.saying import saying
from drivers.transports.base import LOGGED, lost, not_taken
from drivers.transports.usb_devices import bad, bulk, configured, find, printer_interface

log = structlog.get_logger()

ONE_TRANSFER_S = 1.0  # the longest single transfer; the deadline goes over many
PIECE = 4096  # bytes of one transfer
NO_PYUSB = saying("pyusb is not installed: pip install 'yukuai-hall[usb]'")
NO_LIBUSB = saying("libusb is not installed: apt-get install libusb-1.0-0")
EMPTY_READ_S = 0.005  # some boards answer at once with a packet without bytes


class UsbOptions(BaseModel):
    """Which USB printer: vendor and product id as `lsusb` shows them, with a serial number."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    usb: str = Field(
        pattern=r"^[0-9a-fA-F]{4}:[0-9a-fA-F]{4}(:[^:]+)?$",
        description="vid:pid of `lsusb`, e.g. 0416:5011, or vid:pid:serial where several are alike",
    )


class UsbTransport:
    """A `Transport` over the two bulk endpoints of one claimed interface."""

    def __init__(self, name: str, out: Any, into: Any, close: Callable[[], None]) -> None:
        import usb.core

        self.sensitive = False
        self.written = 0
        self.can_read = into is not None
        self._name = name
        self._out = out
        self._in = into
        self._held = b""  # read, not asked for yet: transfers come in whole packets
        self._close: Callable[[], None] | None = close
        self.on_closed: Callable[[], None] = lambda: None
        self._errors: Any = usb.core

    def write(self, data: bytes, deadline_s: float) -> None:
        """See `Transport.write`."""
        self._check_open()
        begun = self.written
        end = time.monotonic() + deadline_s
        stalled = False
        while self.written - begun < len(data):
            piece = data[self.written - begun :][:PIECE]
            try:
                count = self._out.write(piece, _milliseconds(end))
            except self._errors.USBTimeoutError:
                count = 0
            except self._errors.USBError as e:
                if e.errno == errno.EPIPE and not stalled:
                    stalled = True
                    self._unstall()
                    continue
                raise self._lost(e, self.written > begun) from e
            if count:
                stalled = False
                self.written += count
                self._log("out", piece[:count])
            elif time.monotonic() >= end:
                raise not_taken(self._name, self.written - begun, len(data))

    def read(self, limit: int, timeout_s: float) -> bytes:
        """See `Transport.read`."""
        self._check_open()
        end = time.monotonic() + timeout_s
        if self._in is None:
            time.sleep(max(0.0, timeout_s))
            return b""
        while not self._held:
            try:
                self._held = bytes(self._in.read(self._in.wMaxPacketSize, _milliseconds(end)))
            except self._errors.USBTimeoutError:
                pass
            except self._errors.USBError as e:
                raise self._lost(e) from e
            if self._held:
                self._log("in", self._held)
            elif time.monotonic() >= end:
                break
            else:
                time.sleep(min(EMPTY_READ_S, max(0.0, end - time.monotonic())))
        data, self._held = self._held[:limit], self._held[limit:]
        return data

    def close(self) -> None:
        """See `Transport.close`."""
        close, self._close = self._close, None
        if close is not None:
            close()
            self.on_closed()

    def _check_open(self) -> None:
        if self._close is None:
            raise lost(self._name, saying("closed on this side"), sent=False)

    def _unstall(self) -> None:
        with contextlib.suppress(self._errors.USBError):
            self._out.clear_halt()

    def _lost(self, e: OSError, sent: bool = True) -> PeripheralError:
        return lost(self._name, e.strerror or "", sent)

    def _log(self, direction: str, data: bytes) -> None:
        shown = {} if self.sensitive else {"hex": data[:LOGGED].hex(" ")}
        log.debug("wire", port=self._name, direction=direction, length=len(data), **shown)


def open_usb(options: UsbOptions, backend: Any = None) -> UsbTransport:
    """Find the printer and claim its interface; `backend` is pyusb's, libusb unless given.

    Raises NO_DEVICE or BUSY (`sent` false), and BAD_OPTION when pyusb or libusb is missing or
    several printers fit.
    """
    try:
        import usb.core
        import usb.util
    except ImportError as e:
        raise bad(NO_PYUSB) from e
    try:
        device = find(options.usb, backend)
        return _claim(device, f"USB {options.usb}")
    except usb.core.NoBackendError as e:
        raise bad(NO_LIBUSB) from e
    except usb.core.USBError as e:
        raise _not_opened(options.usb, e) from e


def _claim(device: Any, name: str) -> UsbTransport:
    import usb.util

    interfaces = configured(device)
    interface = printer_interface(interfaces)
    if interface is None:
        usb.util.dispose_resources(device)
        raise PeripheralError(
            Reason.NO_DEVICE,
            saying("{name} has no printer interface", name=name),
            advice=saying("Check vid:pid."),
            sent=False,
        )
    number = interface.bInterfaceNumber
    detached = False
    try:
        detached = _detach(device, number)
        usb.util.claim_interface(device, number)
        if sum(one.bInterfaceNumber == number for one in interfaces) > 1:
            interface.set_altsetting()
    except OSError:
        _give_back(device, number, detached)
        raise
    out, into = (bulk(interface, direction) for direction in (0x00, 0x80))
    return UsbTransport(name, out, into, lambda: _give_back(device, number, detached))


def _detach(device: Any, number: int) -> bool:
    """Take the interface from the kernel's driver; whether there was one."""
    try:
        if not device.is_kernel_driver_active(number):
            return False
    except (NotImplementedError, OSError):
        return False  # not a question of this system
    device.detach_kernel_driver(number)
    return True


def _give_back(device: Any, number: int, detached: bool) -> None:
    import usb.util

    with contextlib.suppress(OSError, NotImplementedError):  # unplugged: nothing to give back
        usb.util.release_interface(device, number)
        if detached:
            device.attach_kernel_driver(number)
    with contextlib.suppress(OSError):
        usb.util.dispose_resources(device)


def _not_opened(wanted: str, e: OSError) -> PeripheralError:
    vendor, product = wanted.split(":")[:2]
    reason = Reason.BUSY if e.errno == errno.EBUSY else Reason.NO_DEVICE
    advice = saying("Check the cable and the power of the printer.")
    if reason is Reason.BUSY:
        advice = saying("Stop the other program that has the printer (often its CUPS queue).")
    if e.errno in (errno.EACCES, errno.EPERM):
        rule = (
            f'SUBSYSTEM=="usb", ATTR{{idVendor}}=="{vendor.lower()}", '
            f'ATTR{{idProduct}}=="{product.lower()}", MODE="0660", GROUP="lp"'
        )
        advice = saying(
            "This user may not open it. Put into /etc/udev/rules.d/70-hall-printer.rules: {rule} - "
            "then add the user to the group lp and plug the printer in anew.",
            rule=rule,
        )
    detail = saying("cannot open {name}: {why}", name=f"USB {wanted}", why=e.strerror)
    return PeripheralError(reason, detail, advice=advice, sent=False)


def _milliseconds(end: float) -> int:
    """What is left until `end`, as one transfer may take; 0 would mean for ever."""
    return max(1, int(min(ONE_TRANSFER_S, end - time.monotonic()) * 1000))
