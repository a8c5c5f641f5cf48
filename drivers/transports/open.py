"""From options to an open transport: which options are given decides which transport it is."""

import weakref

from drivers.transports.base import FdTransport, Transport
from drivers.transports.claims import Claim, claim, claim_device, tcp_key, usb_key
from drivers.transports.file import FileOptions, open_file
from drivers.transports.input import InputOptions, open_input
from drivers.transports.serial import SerialOptions, find_port, open_serial
from drivers.transports.tap import tapped
from drivers.transports.tcp import TcpOptions, open_tcp
from drivers.transports.usb import UsbOptions, UsbTransport, open_usb

Where = SerialOptions | TcpOptions | FileOptions | InputOptions | UsbOptions


def open_transport(options: Where) -> Transport:
    """Claim and open the port that `options` names. Raises PeripheralError NO_DEVICE or BUSY."""
    claimed = _claim(options)
    try:
        transport = _open(options)
        try:
            # A stable name may have come, or moved to another device, between claim and opening.
            ours = _claim(options)
            transport.on_closed = ours.release
            # Also when it is forgotten without being closed: its number may go to another device.
            weakref.finalize(transport, ours.release).atexit = False
        except BaseException:
            transport.close()
            raise
    finally:
        claimed.release()
    return tapped(transport)


def _claim(options: Where) -> Claim:
    match options:
        case SerialOptions():
            return claim_device(find_port(options.port))
        case TcpOptions():
            name = f"{options.host}:{options.tcp_port}"
            return claim(tcp_key(options.host, options.tcp_port, options.connect_timeout_s), name)
        case FileOptions():
            return claim_device(options.file)
        case InputOptions():
            return claim_device(options.device)
        case UsbOptions():
            return claim(usb_key(options.usb), f"USB {options.usb}")


def _open(options: Where) -> FdTransport | UsbTransport:
    match options:
        case SerialOptions():
            return open_serial(options)
        case TcpOptions():
            return open_tcp(options)
        case FileOptions():
            return open_file(options)
        case InputOptions():
            return open_input(options)
        case UsbOptions():
            return open_usb(options)
