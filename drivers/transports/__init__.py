"""How bytes reach a peripheral: serial line, TCP connection, USB or device file, each logging them.

No protocol of any model here: no frames, no checksums, no retries.
Start reading at `base.py` for the promise they all keep, then `open.py` for the options.
"""

from drivers.transports.base import Transport
from drivers.transports.file import FileOptions
from drivers.transports.input import InputOptions
from drivers.transports.open import open_transport
from drivers.transports.serial import SerialOptions
from drivers.transports.tcp import TcpOptions
from drivers.transports.usb import UsbOptions

__all__ = [
    "FileOptions",
    "InputOptions",
    "SerialOptions",
    "TcpOptions",
    "Transport",
    "UsbOptions",
    "open_transport",
]
