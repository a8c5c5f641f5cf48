"""A USB bus of our own behind pyusb's extension point for backends (`usb.backend.IBackend`).

No bus is at hand: what stands in is below pyusb, so its searching, configuring, claiming and its
errors are the real ones. A device takes bytes with `took` and has `answers` to give.
"""

import errno
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import usb.backend
import usb.core


def endpoint(address: int, kind: int = 2, size: int = 64) -> SimpleNamespace:
    """An endpoint descriptor; kind 2 is bulk."""
    return SimpleNamespace(
        bLength=7, bDescriptorType=5, bEndpointAddress=address, bmAttributes=kind,
        wMaxPacketSize=size, bInterval=0, bRefresh=0, bSynchAddress=0, extra_descriptors=[],
    )  # fmt: skip


@dataclass
class Setting:
    """An interface in one alternate setting."""

    number: int = 0
    alternate: int = 0
    kind: int = 7
    protocol: int = 2
    endpoints: tuple[SimpleNamespace, ...] = (endpoint(0x01), endpoint(0x82))

    def descriptor(self) -> SimpleNamespace:
        return SimpleNamespace(
            bLength=9, bDescriptorType=4, bInterfaceNumber=self.number,
            bAlternateSetting=self.alternate, bNumEndpoints=len(self.endpoints),
            bInterfaceClass=self.kind, bInterfaceSubClass=1, bInterfaceProtocol=self.protocol,
            iInterface=0, extra_descriptors=[],
        )  # fmt: skip


@dataclass
class UsbDevice:
    """A device on the bus, with what can go wrong with it."""

    vendor: int = 0x0416
    product: int = 0x5011
    serial: str | None = None
    settings: list[list[Setting]] = field(default_factory=lambda: [[Setting()]])
    configuration: int = 1
    kernel_driver: bool = True
    refuses: int | None = None  # errno when it is opened
    claimed_elsewhere: bool = False
    takes: int = 1 << 20  # bytes it takes in one transfer; 0: none, it is full
    unplugged: bool = False
    stalls: int = 0
    took: Callable[[bytes], None] = lambda data: None
    answers: bytearray = field(default_factory=bytearray)
    log: list[Any] = field(default_factory=list)


class Bus(usb.backend.IBackend):
    """The backend."""

    def __init__(self, *devices: UsbDevice) -> None:
        self.devices = list(devices)

    def enumerate_devices(self) -> list[UsbDevice]:
        return [device for device in self.devices if not device.unplugged]

    def get_parent(self, dev: UsbDevice) -> None:
        return None

    def get_device_descriptor(self, dev: UsbDevice) -> SimpleNamespace:
        return SimpleNamespace(
            bLength=18, bDescriptorType=1, bcdUSB=0x200, bDeviceClass=0, bDeviceSubClass=0,
            bDeviceProtocol=0, bMaxPacketSize0=64, idVendor=dev.vendor, idProduct=dev.product,
            bcdDevice=0x100, iManufacturer=0, iProduct=0, iSerialNumber=3 if dev.serial else 0,
            bNumConfigurations=1, address=1, bus=1, port_number=1, port_numbers=(1,), speed=2,
        )  # fmt: skip

    def get_configuration_descriptor(self, dev: UsbDevice, config: int) -> SimpleNamespace:
        if config:
            raise IndexError
        return SimpleNamespace(
            bLength=9, bDescriptorType=2, wTotalLength=32, bNumInterfaces=len(dev.settings),
            bConfigurationValue=1, iConfiguration=0, bmAttributes=0x80, bMaxPower=50,
            extra_descriptors=[],
        )  # fmt: skip

    def get_interface_descriptor(
        self, dev: UsbDevice, intf: int, alt: int, config: int
    ) -> SimpleNamespace:
        return dev.settings[intf][alt].descriptor()

    def get_endpoint_descriptor(
        self, dev: UsbDevice, ep: int, intf: int, alt: int, config: int
    ) -> SimpleNamespace:
        return dev.settings[intf][alt].endpoints[ep]

    def open_device(self, dev: UsbDevice) -> UsbDevice:
        if dev.refuses:
            raise usb.core.USBError("Access denied (insufficient permissions)", -3, dev.refuses)
        dev.log.append("open")
        return dev

    def close_device(self, dev_handle: UsbDevice) -> None:
        dev_handle.log.append("close")

    def set_configuration(self, dev_handle: UsbDevice, config_value: int) -> None:
        dev_handle.configuration = config_value
        dev_handle.log.append(("configuration", config_value))

    def get_configuration(self, dev_handle: UsbDevice) -> int:
        return dev_handle.configuration

    def set_interface_altsetting(self, dev_handle: UsbDevice, intf: int, altsetting: int) -> None:
        dev_handle.log.append(("alternate", intf, altsetting))

    def claim_interface(self, dev_handle: UsbDevice, intf: int) -> None:
        if dev_handle.kernel_driver or dev_handle.claimed_elsewhere:
            raise usb.core.USBError("Resource busy", -6, errno.EBUSY)
        dev_handle.log.append(("claim", intf))

    def release_interface(self, dev_handle: UsbDevice, intf: int) -> None:
        self._there(dev_handle)
        dev_handle.log.append(("release", intf))

    def is_kernel_driver_active(self, dev_handle: UsbDevice, intf: int) -> bool:
        return dev_handle.kernel_driver

    def detach_kernel_driver(self, dev_handle: UsbDevice, intf: int) -> None:
        dev_handle.kernel_driver = False
        dev_handle.log.append(("detach", intf))

    def attach_kernel_driver(self, dev_handle: UsbDevice, intf: int) -> None:
        dev_handle.kernel_driver = True
        dev_handle.log.append(("attach", intf))

    def clear_halt(self, dev_handle: UsbDevice, ep: int) -> None:
        dev_handle.log.append(("clear", ep))

    def ctrl_transfer(
        self, dev_handle: UsbDevice, kind: int, request: int, value: int, index: int,
        data: Any, timeout: int,
    ) -> int:  # fmt: skip
        if value == 0x0300:
            answer = b"\x04\x03\x09\x04"
        else:
            text = (dev_handle.serial or "").encode("utf-16-le")
            answer = bytes([2 + len(text), 3]) + text
        data[: len(answer)] = array("B", answer)
        return len(answer)

    def bulk_write(self, dev_handle: UsbDevice, ep: int, intf: int, data: Any, timeout: int) -> int:
        assert timeout > 0, "0 would wait for ever"
        self._there(dev_handle)
        if dev_handle.stalls:
            dev_handle.stalls -= 1
            raise usb.core.USBError("Pipe error", -9, errno.EPIPE)
        if not dev_handle.takes:
            raise usb.core.USBTimeoutError("Operation timed out", -7, errno.ETIMEDOUT)
        part = bytes(data[: dev_handle.takes])
        dev_handle.took(part)
        return len(part)

    def bulk_read(self, dev_handle: UsbDevice, ep: int, intf: int, buff: Any, timeout: int) -> int:
        assert timeout > 0, "0 would wait for ever"
        assert len(buff) % 64 == 0, "a part of a packet overflows"
        self._there(dev_handle)
        if not dev_handle.answers:
            raise usb.core.USBTimeoutError("Operation timed out", -7, errno.ETIMEDOUT)
        part = bytes(dev_handle.answers[: len(buff)])
        del dev_handle.answers[: len(part)]
        buff[: len(part)] = array("B", part)
        return len(part)

    def _there(self, dev_handle: UsbDevice) -> None:
        if dev_handle.unplugged:
            raise usb.core.USBError(
                "No such device (it may have been disconnected)", -4, errno.ENODEV
            )
