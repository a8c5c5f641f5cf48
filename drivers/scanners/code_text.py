"""From the bytes of one code to its text: AIM identifier, character set, and what is refused.

What a code holds is attacker controlled and may be personal: it is measured, decoded and refused
here, never logged. Sources: ISO/IEC 15424 as quoted by Datalogic, Zebra DS457 and NCR manuals
(identifiers); AIM ECI assignments (26 UTF-8, 29 and 32 GB).
"""

import codecs
import contextlib
import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from drivers.errors import PeripheralError, Reason
from drivers.interfaces import ScannedCode
from drivers.saying import saying

Charset = Literal["auto", "utf-8", "gb18030"]
LONGEST = 2953  # bytes of the largest QR code, version 40-L
BYTE_ORDER_MARK = "\ufeff"  # which some generators put before the text, in either character set

SYMBOLOGIES = {
    "]Q0": "QR model 1",
    "]Q1": "QR, no ECI",
    "]Q2": "QR with ECI",
    "]Q3": "QR, FNC1 first",
    "]C0": "Code 128",
    "]C1": "GS1-128",
    "]E0": "EAN-13 / UPC",
    "]E4": "EAN-8",
    "]A0": "Code 39",
    "]I0": "Interleaved 2 of 5",
    "]d1": "Data Matrix ECC200",
    "]d2": "Data Matrix FNC1",
    "]F0": "Codabar",
    "]G0": "Code 93",
    "]X0": "other",
}
FAMILIES = {  # where only the letter tells, or the modifier is none of the above
    "Q": "QR", "C": "Code 128", "E": "EAN / UPC", "A": "Code 39", "I": "Interleaved 2 of 5",
    "d": "Data Matrix", "L": "PDF417", "z": "Aztec", "h": "Han Xin", "F": "Codabar",
    "G": "Code 93", "X": "other",
}  # fmt: skip

_AIM = re.compile(rb"\][A-Za-z][0-9A-Za-z]")
_ECI = re.compile(rb"\\(\d{6})")
_ECI_CHARSETS: dict[bytes, Charset] = {
    b"000026": "utf-8",
    b"000029": "gb18030",
    b"000032": "gb18030",
}
_HIDDEN = frozenset({"Cc", "Zl", "Zp"})
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class Rules:
    """How a scanner was set: `prefix` bytes before each code, `aim` identifiers sent or not."""

    charset: Charset = "auto"
    aim: bool = False
    prefix: bytes = b""
    longest: int = LONGEST


def understand(data: bytes, rules: Rules) -> ScannedCode:
    """The code in `data`, which is without its suffix.

    Raises REJECTED for one that lacks the prefix, is too long, is text in no known character set,
    holds nothing behind its identifier, or holds a control character or one that turns the
    direction of text.
    """
    if not data.startswith(rules.prefix):
        advice = saying("Set the option prefix as the scanner is set.")
        raise refused(saying("the code lacks its prefix"), advice)
    data = data[len(rules.prefix) :]
    aim = None
    if rules.aim and (found := _AIM.match(data)):
        aim, data = found[0].decode(), data[3:]
    if len(data) > rules.longest:
        raise too_long(rules.longest)
    text, charset = _with_eci(data, rules.charset) if aim == "]Q2" else decode(data, rules.charset)
    text = text.removeprefix(BYTE_ORDER_MARK)
    if not text:
        raise refused(saying("the code is empty"))
    if any(unicodedata.category(c) in _HIDDEN or c in _TURNING for c in text):
        raise refused(saying("the code holds control characters"))
    symbology = SYMBOLOGIES.get(aim, FAMILIES.get(aim[1])) if aim else None
    return ScannedCode(text, symbology, aim, charset)


def decode(data: bytes, charset: Charset = "auto") -> tuple[str, str]:
    """Text and the character set it was in: ascii, utf-8 or gb18030. Raises REJECTED.

    UTF-8 is strict enough to be tried first; GB18030 takes nearly anything. But 930 common
    characters of GB2312 also look like two-byte UTF-8: text whose only foreign characters lie in
    U+0080 to U+07FF is rather such Chinese than Greek.
    """
    if data.isascii():
        return data.decode("ascii"), "ascii"
    as_utf8 = _strict(data, "utf-8") if charset != "gb18030" else None
    as_gb = _strict(data, "gb18030") if charset != "utf-8" else None
    if as_utf8 is not None and (as_gb is None or max(as_utf8) > "\u07ff"):
        return as_utf8, "utf-8"
    if as_gb is not None:
        return as_gb, "gb18030"
    raise refused(saying("the code is text in no known character set"))


def ends_inside_character(data: bytes, charset: Charset = "auto") -> bool:
    """Whether `data`, a code so far, is text but for the missing end of its last character."""
    charsets = ("utf-8", "gb18030") if charset == "auto" else (charset,)
    for name in charsets:
        decoder = codecs.getincrementaldecoder(name)()
        with contextlib.suppress(UnicodeDecodeError):
            decoder.decode(data)
            return bool(decoder.getstate()[0])
    return False


def refused(why: str, advice: str = "") -> PeripheralError:
    """REJECTED, without a word of what the code holds."""
    return PeripheralError(Reason.REJECTED, why, advice=advice or saying("Show another code."))


def too_long(longest: int) -> PeripheralError:
    """REJECTED for a code of more than `longest` bytes."""
    return refused(saying("the code is longer than {longest} bytes", longest=longest))


def _with_eci(data: bytes, charset: Charset) -> tuple[str, str]:
    """Text of a code that may name its character sets inside, as `\\000026`.

    Where it does, the scanner doubles each backslash of the data itself.
    """
    if not _ECI.search(data):
        return decode(data, charset)
    # A doubled backslash must not be taken for the start of a name: it is split off with them.
    text, charsets, current = [], [], charset
    for piece in re.split(rb"(\\\\|\\\d{6})", data):
        if piece == b"\\\\":
            text.append("\\")
        elif _ECI.fullmatch(piece):
            current = _ECI_CHARSETS.get(piece[1:], charset)
        else:
            decoded, name = decode(piece, current)
            text.append(decoded)
            charsets.append(name)
    return "".join(text), next((name for name in charsets if name != "ascii"), "ascii")


def _strict(data: bytes, charset: str) -> str | None:
    try:
        return data.decode(charset)
    except UnicodeDecodeError:
        return None
