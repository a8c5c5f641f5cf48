"""Bar and QR code scanner that plays a USB keyboard ("keyboard wedge", HID keyboard).

    [[kiosks.peripherals]]
    id = "scanner"
    driver = "keyboard_scanner"
    options = { device = "/dev/input/by-id/usb-Newland_HR22-event-kbd" }

Set the scanner to the **US keyboard layout** and to end each code with Enter or Tab. This mode
**destroys Chinese**: a keyboard has no keys for it, so scanners leave it out, send question marks
or spell it by Alt numbers that differ from make to make. Where codes hold Chinese, switch the
scanner to USB CDC or RS-232 and use `serial_scanner`. It cannot be triggered or asked either.

Sources: linux/input.h; framing and keys stand in `keyboard_scanner_keys.py`. The device is grabbed,
so that codes do not also type into the window that has the focus.
"""

from pydantic import BaseModel, ConfigDict, Field

from drivers.interfaces import Cancelled, DeviceStatus, DriverSpec, Kind, ScannedCode
from drivers.scanners.code_text import LONGEST, Charset, Rules
from drivers.scanners.keyboard_scanner_keys import AltCodes, KeyCodes
from drivers.scanners.keyboard_scanner_mask import mask
from drivers.scanners.waiting import Repeats, sweep, wait
from drivers.status import State
from drivers.transports import InputOptions, Transport, open_transport


class KeyboardScannerOptions(BaseModel):
    """Options of the driver `keyboard_scanner`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    device: str = Field(min_length=1, description="Event device, e.g. /dev/input/by-id/…-event-kbd")
    suffix: str = Field(
        default="enter", pattern="^(enter|none)$", description="enter (or Tab), or none: a silence"
    )
    prefix: str = Field(
        default="", description="Characters that the scanner types before each code"
    )
    aim: bool = Field(default=False, description="The scanner sends the AIM identifier, e.g. ]Q1")
    charset: Charset = Field(
        default="auto",
        description="Of bytes above 127 spelled as Alt numbers: auto, utf-8, gb18030",
    )
    alt_codes: AltCodes = Field(
        default="none", description="What Alt numbers above 255 are: none (refused), gbk or unicode"
    )
    longest: int = Field(default=LONGEST, ge=1, le=7089, description="Bytes of the longest code")
    idle_s: float = Field(
        default=0.1, gt=0, le=1, description="Silence that ends a code, with suffix none"
    )
    reread_s: float = Field(
        default=1.0, ge=0, le=60, description="A code that was away for less is the same"
    )

    def place(self) -> InputOptions:
        """The transport's part of the options."""
        return InputOptions(device=self.device)


def open_scanner(options: KeyboardScannerOptions) -> "KeyboardScanner":
    """Open and grab the device. Raises NO_DEVICE or BUSY."""
    return KeyboardScanner(open_transport(options.place()), options)


class KeyboardScanner:
    """A `Scanner` that always reads; what it read before `read` was asked is dropped."""

    def __init__(self, transport: Transport, options: KeyboardScannerOptions) -> None:
        transport.sensitive = True
        self._transport = transport
        self._idle_s = options.idle_s
        rules = Rules(options.charset, options.aim, options.prefix.encode(), options.longest)
        self._codes = KeyCodes(rules, options.alt_codes, options.suffix == "enter")
        self._repeats = Repeats(options.reread_s)

    def status(self) -> DeviceStatus:
        """See `Device.status`. It is there: more cannot be asked."""
        sweep(self._transport, self._codes, self._repeats, self._idle_s)
        return DeviceStatus(State.ONLINE)

    def read(self, timeout_s: float, cancelled: Cancelled) -> ScannedCode:
        """See `Scanner.read`."""
        sweep(self._transport, self._codes, self._repeats, self._idle_s)
        return wait(
            self._transport,
            self._codes,
            self._repeats,
            timeout_s,
            idle_s=self._idle_s,
            cancelled=cancelled,
        )

    def close(self) -> None:
        """See `Device.close`."""
        self._transport.close()


SPEC = DriverSpec(
    name="keyboard_scanner",
    kind=Kind.SCANNER,
    title="Bar and QR code scanner as a USB keyboard (no Chinese)",
    options=KeyboardScannerOptions,
    open=open_scanner,
    mask=mask,
)
