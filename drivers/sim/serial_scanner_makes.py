"""What each make of simulated scanner understands: bytes → meaning, answer, spoiled answer.

Written from the makers' tables alone; the driver has bytes of its own. GM65 takes AB CD for any
checksum.
"""

Make = dict[bytes, tuple[str, bytes, bytes]]

_DONE = bytes.fromhex("02 00 00 01 00 33 31")
_DONE_SPOILED = bytes.fromhex("02 00 00 01 00 33 30")
_SPEED = bytes.fromhex("02 00 00 02 39 01 C1 4C")
_SPEED_SPOILED = bytes.fromhex("02 00 00 02 39 01 C1 4D")


def _gm65() -> Make:
    make: Make = {}
    for body, crc, meaning, good, bad in (
        ("08 01 00 02 01", "02 DA", "start", _DONE, _DONE_SPOILED),
        ("08 01 00 02 02", "32 B9", "stop", _DONE, _DONE_SPOILED),
        ("07 01 00 2A 02", "D8 0F", "speed", _SPEED, _SPEED_SPOILED),
        ("09 01 00 00 00", "DE C8", "save", _DONE, _DONE_SPOILED),
    ):
        for check in (crc, "AB CD"):
            make[bytes.fromhex(f"7E 00 {body} {check}")] = (meaning, good, bad)
    return make


def _simple(start: str, stop: str) -> Make:
    return {
        bytes.fromhex(start): ("start", b"", b""),
        bytes.fromhex(stop): ("stop", b"", b""),
    }


MAKES: dict[str, Make] = {
    "none": {},
    "honeywell": _simple("16 54 0D", "16 55 0D"),
    "newland": {
        b"\x1b\x31": ("start", b"\x06", b"\x15"),
        b"\x1b\x30": ("stop", b"\x06", b"\x15"),
        b"\x3f": ("ping", b"\x06", b"\x15"),
    },
    "gm65": _gm65(),
    "hhp4410": _simple("12", "14"),
    "cipherlab": _simple("45", "44"),
    "vguang": _simple("55 AA 05 01 00 00 FB", "55 AA 05 01 00 01 FA"),
}
