"""The USB transport through the real pyusb, on a bus of our own (`usb_bus.py`)."""

import errno
from typing import Any

import pytest
from escpos_loop import SHORT, LoopPrinter, slips_on
from usb_bus import Bus, Setting, UsbDevice, endpoint

from drivers.errors import PeripheralError, Reason
from drivers.interfaces import PrintOutcome
from drivers.printers.escpos import EscposOptions
from drivers.printers.escpos_printer import EscposPrinter
from drivers.status import State
from drivers.transports.usb import UsbOptions, UsbTransport, open_usb


def opened(device: UsbDevice, *others: UsbDevice, usb: str = "0416:5011") -> UsbTransport:
    return open_usb(UsbOptions(usb=usb), Bus(device, *others))


def error(call: Any, *args: Any, **more: Any) -> PeripheralError:
    with pytest.raises(PeripheralError) as caught:
        call(*args, **more)
    return caught.value


def test_the_kernels_driver_is_detached_and_attached_again() -> None:
    device = UsbDevice()
    port = opened(device)
    assert device.log == ["open", ("detach", 0), ("claim", 0)]
    port.close()
    port.close()
    assert device.log[3:] == [("release", 0), ("attach", 0), "close"]
    assert device.kernel_driver


def test_without_a_kernel_driver_none_is_attached() -> None:
    device = UsbDevice(kernel_driver=False)
    opened(device).close()
    assert device.log == ["open", ("claim", 0), ("release", 0), "close"]


def test_an_unconfigured_device_is_configured_a_configured_one_left_alone() -> None:
    device = UsbDevice(configuration=0)
    opened(device).close()
    assert ("configuration", 1) in device.log


def test_the_two_way_setting_of_the_printer_interface_is_taken() -> None:
    keyboard = Setting(number=0, kind=3, protocol=1, endpoints=(endpoint(0x81, kind=3),))
    one_way = Setting(number=1, alternate=0, protocol=1, endpoints=(endpoint(0x02),))
    two_way = Setting(number=1, alternate=1, endpoints=(endpoint(0x02), endpoint(0x83)))
    device = UsbDevice(settings=[[keyboard], [one_way, two_way]])
    port = opened(device)
    assert ("claim", 1) in device.log
    assert ("alternate", 1, 1) in device.log
    assert port.can_read
    port.write(b"x", 1)
    port.close()


def test_a_one_way_printer_is_written_only() -> None:
    device = UsbDevice(settings=[[Setting(protocol=1, endpoints=(endpoint(0x01),))]])
    port = opened(device)
    assert not port.can_read
    assert port.read(8, 0.05) == b""
    port.close()


def test_a_board_of_vendor_class_is_taken_and_a_mouse_is_not() -> None:
    opened(UsbDevice(settings=[[Setting(kind=0xFF, protocol=0)]])).close()
    mouse = UsbDevice(settings=[[Setting(kind=3, endpoints=(endpoint(0x81, kind=3),))]])
    assert error(opened, mouse).reason is Reason.NO_DEVICE
    assert mouse.log[-1] == "close"


def test_short_writes_lose_nothing() -> None:
    got = bytearray()
    device = UsbDevice(takes=7, took=got.extend)
    port = opened(device)
    everything = bytes(range(256)) * 40
    port.write(everything, 5)
    assert bytes(got) == everything
    assert port.written == len(everything)
    port.close()


def test_a_full_printer_is_silent_and_what_it_took_is_counted() -> None:
    device = UsbDevice(takes=0)
    port = opened(device)
    failed = error(port.write, b"abc", 0.2)
    assert (failed.reason, failed.sent) == (Reason.SILENT, False)
    port.close()


def test_a_stall_is_cleared_once() -> None:
    got = bytearray()
    device = UsbDevice(stalls=1, took=got.extend)
    port = opened(device)
    port.write(b"abc", 1)
    assert bytes(got) == b"abc"
    assert ("clear", 1) in device.log
    device.stalls = 9
    assert error(port.write, b"abc", 1).reason is Reason.LOST
    port.close()


def test_a_read_gives_no_more_than_asked_and_keeps_the_rest() -> None:
    device = UsbDevice()
    port = opened(device)
    device.answers += b"\x12\x10\x00\x00\x00"
    assert port.read(2, 1) == b"\x12\x10"
    assert port.read(16, 1) == b"\x00\x00\x00"
    assert port.read(16, 0.05) == b""
    port.close()


def test_unplugged_is_lost_and_closing_it_does_not_fail() -> None:
    device = UsbDevice()
    port = opened(device)
    device.unplugged = True
    assert error(port.read, 1, 0.1).reason is Reason.LOST
    lost = error(port.write, b"x", 0.1)
    assert (lost.reason, lost.sent) == (Reason.LOST, False)
    port.close()
    assert error(port.write, b"x", 0.1).reason is Reason.LOST
    assert error(opened, device).reason is Reason.NO_DEVICE


def test_no_permission_tells_the_udev_rule() -> None:
    refused = error(opened, UsbDevice(refuses=errno.EACCES))
    assert (refused.reason, refused.sent) == (Reason.NO_DEVICE, False)
    assert 'ATTR{idVendor}=="0416", ATTR{idProduct}=="5011", MODE="0660"' in refused.advice


def test_somebody_else_has_it() -> None:
    device = UsbDevice(claimed_elsewhere=True)
    busy = error(opened, device)
    assert (busy.reason, busy.sent) == (Reason.BUSY, False)
    assert ("attach", 0) in device.log
    assert device.log[-1] == "close"


def test_of_several_alike_the_serial_number_decides() -> None:
    one, two = UsbDevice(serial="A17"), UsbDevice(serial="B42")
    several = error(opened, one, two)
    assert several.reason is Reason.BAD_OPTION
    assert "A17, B42" in several.detail
    opened(one, two, usb="0416:5011:B42").close()
    assert ("claim", 0) in two.log
    assert ("claim", 0) not in one.log
    missing = error(opened, one, two, usb="0416:5011:C9")
    assert missing.reason is Reason.NO_DEVICE
    assert "A17, B42" in missing.detail


@pytest.mark.parametrize(
    "wrong", ["", "0416", "0416:50111", "printer", "0x0416:0x5011", "0416:5011:"]
)
def test_what_is_no_usb_id(wrong: str) -> None:
    with pytest.raises(ValueError, match="usb"):
        EscposOptions(usb=wrong)


def test_without_a_bus_there_is_no_device() -> None:
    """Through the real libusb of this machine."""
    nobody = error(open_usb, UsbOptions(usb="fffe:fffd"))
    assert (nobody.reason, nobody.sent) == (Reason.NO_DEVICE, False)


class UsbPrinter(LoopPrinter):
    """The simulated printer as a USB device."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.device = UsbDevice(takes=50, took=self.heard_usb)
        self.device.answers = self.answers

    def heard_usb(self, data: bytes) -> None:
        self.take(data)
        self.pass_time(0.01)

    def open(self, options: EscposOptions) -> UsbTransport:
        return open_usb(UsbOptions(usb=options.usb or ""), Bus(self.device))


def test_a_slip_over_usb_and_one_that_is_pulled_out() -> None:
    sim = UsbPrinter()
    told = EscposOptions(usb="0416:5011", reply_timeout_s=0.2)
    printer = EscposPrinter(told.look(), told.manner(), lambda: sim.open(told))
    assert printer.status().state is State.ONLINE
    assert printer.print_slip(SHORT).outcome is PrintOutcome.PRINTED
    taking = sim.heard_usb

    def pulled(data: bytes) -> None:
        taking(data)
        sim.device.unplugged = b"A1" in data or sim.device.unplugged

    sim.device.took = pulled
    result = printer.print_slip(SHORT)
    assert (result.outcome, result.reason) == (PrintOutcome.UNSURE, "lost")
    sim.device.unplugged = False
    sim.device.took = taking
    assert printer.print_slip(SHORT).outcome is PrintOutcome.PRINTED
    first, *_, last = slips_on(sim.items)
    assert last == first
    printer.close()
