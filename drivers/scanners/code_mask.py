"""A scanned code made anonymous for a recording: of the same length, kind and character set."""

import re

from drivers.errors import PeripheralError
from drivers.scanners.code_text import decode

FRAME = re.compile(rb"^\][A-Za-z][0-9A-Za-z](?:\\0000\d\d)?")  # identifier, character set: kept
STAND_INS = {  # by character set and bytes of a character
    ("utf-8", 2): "×",
    ("utf-8", 3): "〓",
    ("utf-8", 4): "\U00020000",
    ("gb18030", 2): "〓",
    ("gb18030", 4): "\U00020000",
}
LIKE_UTF8 = "某"  # its GB18030 code C4 B3 is also valid two-byte UTF-8


def mask_code(data: bytes) -> bytes:
    """`data`, one code without suffix, with every digit 0, letter A or a, and ideograph 〓.

    Its length, its punctuation, its AIM identifier and how it will be decoded stay the same.
    """
    frame = FRAME.match(data)
    kept = frame[0] if frame else b""
    body = data[len(kept) :]
    try:
        text, charset = decode(body)
    except PeripheralError:
        return kept + bytes(0xFF if byte > 0x7F else mask_ascii(byte) for byte in body)
    return kept + b"".join(_stand_in(c, charset) for c in text)


def mask_ascii(byte: int) -> int:
    """A digit as 0, a letter as A or a, any other byte as it is."""
    c = chr(byte)
    if not c.isascii() or not c.isalnum():
        return byte
    return ord("0" if c.isdigit() else "A" if c.isupper() else "a")


def _stand_in(c: str, charset: str) -> bytes:
    code = c.encode(charset)
    if len(code) == 1:
        return bytes([mask_ascii(code[0])])
    if charset == "gb18030" and 0xC2 <= code[0] <= 0xDF and 0x80 <= code[1] <= 0xBF:
        return LIKE_UTF8.encode(charset)
    return STAND_INS[charset, len(code)].encode(charset)
