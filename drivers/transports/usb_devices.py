"""Which USB device is the printer that was asked for, and which of its interfaces and endpoints.

pyusb's own objects throughout; it is imported when first needed.
"""

from collections.abc import Sequence
from typing import Any

from drivers.errors import PeripheralError, Reason
from drivers.saying import saying, together

PRINTER_CLASS, VENDOR_CLASS = 0x07, 0xFF
PREFERRED = (2, 1, 3)  # interface protocols: both ways, one way, IEEE 1284.4 packets


def find(wanted: str, backend: Any) -> Any:
    """The one device that `wanted` (vid:pid or vid:pid:serial) names.

    Raises NO_DEVICE, and BAD_OPTION when several fit.
    """
    import usb.core

    vendor, product, *serial = wanted.split(":")
    found = list(
        usb.core.find(
            find_all=True,
            backend=backend,
            idVendor=int(vendor, 16),
            idProduct=int(product, 16),
        )
    )
    fitting = [device for device in found if not serial or _serial_of(device) == serial[0]]
    if len(fitting) > 1:
        raise bad(
            saying(
                "{count} printers are {wanted}: add a serial number, one of {serials}",
                count=len(fitting),
                wanted=wanted,
                serials=_serials(fitting),
            )
        )
    if fitting:
        return fitting[0]
    none = saying("no USB device {wanted}", wanted=wanted)
    there = saying("there are serial numbers {serials}", serials=_serials(found))
    raise PeripheralError(
        Reason.NO_DEVICE,
        together(none, there, by="; ") if found else none,
        advice=saying(
            "Check the cable and the power of the printer; `lsusb` lists what is attached."
        ),
        sent=False,
    )


def bad(detail: str) -> PeripheralError:
    """BAD_OPTION that says itself what to do."""
    return PeripheralError(Reason.BAD_OPTION, detail, advice=detail, sent=False)


def configured(device: Any) -> Sequence[Any]:
    """The interfaces of the active configuration; setting it again would reset the device."""
    import usb.core

    try:
        return list(device.get_active_configuration())
    except usb.core.USBError as e:
        if e.errno is not None:
            raise
        device.set_configuration()  # it has none yet
        return list(device.get_active_configuration())


def printer_interface(interfaces: Sequence[Any]) -> Any:
    """The printer interface, both ways if there is one; some boards say they are vendor class."""
    usable = [one for one in interfaces if bulk(one, 0x00) is not None]
    for wanted in (PRINTER_CLASS, VENDOR_CLASS):
        fitting = [one for one in usable if one.bInterfaceClass == wanted]
        for protocol in PREFERRED if wanted == PRINTER_CLASS else ():
            for one in fitting:
                if one.bInterfaceProtocol == protocol:
                    return one
        if fitting:
            return fitting[0]
    return None


def bulk(interface: Any, direction: int) -> Any:
    """The first bulk endpoint of that direction (80h is in), or None."""
    for endpoint in interface:
        if endpoint.bmAttributes & 0x03 == 0x02 and endpoint.bEndpointAddress & 0x80 == direction:
            return endpoint
    return None


def _serials(devices: Sequence[Any]) -> str:
    return ", ".join(str(_serial_of(device)) for device in devices)


def _serial_of(device: Any) -> str | None:
    try:
        serial: str | None = device.serial_number
    except (OSError, ValueError):  # pyusb's word for "may not be asked"
        return None
    return serial
