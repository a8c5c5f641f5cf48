"""Scanners: codes from a serial line and from a keyboard, their texts, and masked recordings."""

import contextlib
from collections.abc import Sequence

from drivers.errors import PeripheralError
from drivers.scanners.code_mask import mask_code
from drivers.scanners.code_text import LONGEST, Rules, understand
from drivers.scanners.keyboard_scanner_keys import KeyCodes
from drivers.scanners.keyboard_scanner_mask import mask_events
from drivers.scanners.serial_scanner_codes import CODES_KEPT, SerialCodes
from drivers.scanners.serial_scanner_makers import maker
from drivers.scanners.serial_scanner_mask import mask_stream
from scripts.fuzz.target import Target, hexed, same_however_cut

UTF8 = hexed("5D 51 31 E6 B8 9D E4 B8 AD E5 8C BA 41 30 30 31 0D")
GBK = hexed("5D 51 31 D3 E5 D6 D0 C7 F8 41 30 30 31 0D")
GM65_ACK = hexed("02 00 00 01 00 33 31")
KEY_DOWN_A = bytes(16) + hexed("01 00 1E 00 01 00 00 00")
KEY_UP_A = bytes(16) + hexed("01 00 1E 00 00 00 00 00")
ENTER = bytes(16) + hexed("01 00 1C 00 01 00 00 00")


def _taken(codes: SerialCodes | KeyCodes) -> list[str]:
    """What comes out; of a refused code only why."""
    told = []
    for _ in range(CODES_KEPT):
        try:
            code = codes.take()
        except PeripheralError as refused:
            told.append(refused.detail)
            continue
        if code is None:
            break
        assert len(code.text) <= LONGEST
        told.append(code.text)
    return told


def serial_codes(data: bytes) -> None:
    """Codes and acknowledgements of a serial scanner. A code longer than the limit may be told
    earlier when it comes in pieces, so only inputs that hold none are compared."""

    def parse(parts: Sequence[bytes]) -> list[str]:
        codes = SerialCodes(b"\r", Rules(aim=True), maker("gm65").answer_in)
        for part in parts:
            codes.feed(part)
        return _taken(codes)

    if len(data) < LONGEST:
        same_however_cut(parse, data)
    else:
        parse([data])


def key_codes(data: bytes) -> None:
    """Events of a keyboard scanner."""

    def parse(parts: Sequence[bytes]) -> list[str]:
        codes = KeyCodes(Rules())
        for part in parts:
            codes.feed(part)
        return _taken(codes)

    same_however_cut(parse, data)


def code_text(data: bytes) -> None:
    """One code, understood or refused by every rule."""
    for rules in (Rules(), Rules("utf-8"), Rules("gb18030"), Rules(aim=True), Rules(prefix=b"A")):
        with contextlib.suppress(PeripheralError):
            code = understand(data, rules)
            assert code.text.isprintable() or not code.text.isascii()


def code_masks(data: bytes) -> None:
    """Masked codes, streams and key events are as long as they were."""
    assert len(mask_code(data)) == len(data)
    assert len(mask_stream(data)) == len(data)
    assert len(mask_events(data)) == len(data)


TARGETS = (
    Target("serial_codes", serial_codes, (b"\x00" + UTF8, b"\x03" + GM65_ACK + GBK)),
    Target("key_codes", key_codes, (b"\x18" + KEY_DOWN_A + KEY_UP_A + ENTER,), longest=2400),
    Target("code_text", code_text, (UTF8[:-1], GBK[:-1], b"]Q2\\000026" + UTF8[3:-1])),
    Target("code_masks", code_masks, (UTF8, GBK, GM65_ACK + UTF8, KEY_DOWN_A + ENTER)),
)
