"""From options to an open transport: which options are given decides which transport it is."""

from drivers.transports.base import Transport
from drivers.transports.file import FileOptions, open_file
from drivers.transports.input import InputOptions, open_input
from drivers.transports.serial import SerialOptions, open_serial
from drivers.transports.tap import tapped
from drivers.transports.tcp import TcpOptions, open_tcp
from drivers.transports.usb import UsbOptions, open_usb

Where = SerialOptions | TcpOptions | FileOptions | InputOptions | UsbOptions


def open_transport(options: Where) -> Transport:
    """Open the port that `options` names. Raises PeripheralError NO_DEVICE or BUSY."""
    return tapped(_open(options))


def _open(options: Where) -> Transport:
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
