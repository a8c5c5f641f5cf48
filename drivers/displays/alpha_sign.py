"""Alpha LED signs (Adaptive, BetaBrite): text by the M-Protocol, over a serial line or TCP.

    [[nodes.peripherals]]
    id = "panel-3"
    driver = "alpha_sign"
    options = { port = "/dev/ttyUSB0", address = 3 }
    # or { host = "192.168.1.71", tcp_port = 10001, checksum = false, columns = 16 }

Manuals: the M-Protocol (Alpha sign communications protocol) as on wls.wwco.com/ledsigns/alpha and
lancereinsmith.github.io/alphasignpy. Framing:

    00 x 5 | 01 | type | address, 2 hex digits | 02 | 'A' label 1B position mode text
           | [03 sum, 4 hex digits] | 04

The sum is of the bytes 02 to 03, both included. 100 ms and some pass after 02; a gap of a second
ends the message. There is no Chinese and no answer. A text of at most `columns` characters is held
still, a longer one rotates. Several signs on one RS-485 line have the same `port` and an `address`
each.
"""

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from drivers.displays.mute import MuteDisplay
from drivers.displays.place import PlaceOptions
from drivers.displays.substitution import can_show_ascii, substitute
from drivers.interfaces import DriverSpec, Kind, ShowResult

AFTER_STX_S = 0.12  # 100 ms as the sign sees it, whose first piece may come late
TEXT_LIMIT = 500
WAKE_UP, SOH, STX, ETX, EOT, ESC = b"\0" * 5, b"\x01", b"\x02", b"\x03", b"\x04", b"\x1b"
WRITE_TEXT = b"A"
MODES = {"rotate": b"a", "hold": b"b", "flash": b"c"}


class AlphaOptions(PlaceOptions):
    """Options of an `alpha_sign`; 7 data bits and even parity are usual."""

    # Two text files (labels) of one sign are shown in turn.
    told_apart_by: ClassVar[Mapping[str, object] | None] = {
        "address": 0, "type_code": "Z", "label": None,
    }  # fmt: skip

    parity: Literal["none", "even", "odd"] = Field(default="even", description="Parity bit")
    data_bits: int = Field(default=7, ge=7, le=8, description="Data bits of a character")
    address: int = Field(default=0, ge=0, le=0xFF, description="Address of the sign; 0 all")
    type_code: str = Field(
        default="Z", pattern=r"^[!-~]$", description="Kind of sign that is meant; Z all"
    )
    label: str = Field(
        default="A", pattern=r"^[ -~]$", description="Text file of the sign that is written"
    )
    position: int = Field(
        default=0x20, ge=0x20, le=0x32, description="Of the text: 32 middle, 34 top, 38 bottom …"
    )
    mode: Literal["auto", "hold", "rotate", "flash"] = Field(
        default="auto", description="auto holds what fits the columns and rotates what does not"
    )
    columns: int = Field(
        default=13, ge=1, le=120, description="Characters that the sign has room for"
    )
    checksum: bool = Field(default=True, description="Send the sum, so that damage is noticed")


class AlphaSign(MuteDisplay[AlphaOptions]):
    """A `Display`."""

    def show(self, text: str) -> ShowResult:
        """See `Display.show`."""
        found = substitute(text, can_show_ascii, missing="?", words=True).cut_to(TEXT_LIMIT)
        head, body = message(found.text, self.options)
        return self.send(head, body, pause_s=AFTER_STX_S, shown=found.text, advice=found.advice)


def message(text: str, options: AlphaOptions) -> tuple[bytes, bytes]:
    """What goes out up to STX, and what follows after the pause. Empty text empties the file."""
    mode = options.mode
    if mode == "auto":
        mode = "hold" if len(text) <= options.columns else "rotate"
    address = f"{options.address:02X}".encode("ascii")
    head = WAKE_UP + SOH + options.type_code.encode("ascii") + address + STX
    body = WRITE_TEXT + options.label.encode("ascii") + ESC + bytes([options.position])
    body += MODES[mode] + text.encode("ascii")
    if options.checksum:
        body += ETX
        body += f"{sum(STX + body) & 0xFFFF:04X}".encode("ascii")
    return head, body + EOT


SPEC: DriverSpec = DriverSpec(
    name="alpha_sign",
    kind=Kind.DISPLAY,
    title="Alpha / BetaBrite LED sign (M-Protocol)",
    options=AlphaOptions,
    open=AlphaSign,
    speeds=(9600, 4800, 2400),
    test_text="TEST A001 3",
)
