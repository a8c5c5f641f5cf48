"""What paper and panel were told, read from the raw bytes by parsers of this tier alone.

They know the few commands of the protocol sheets that a ticket and a call need, and share nothing
with drivers and simulators; an unknown command is an error, never skipped.
"""

_AFTER_ESC = {0x40: 0, 0x61: 1, 0x21: 1, 0x4A: 1, 0x64: 1, 0x74: 1, 0x52: 1}
_AFTER_FS = {0x26: 0, 0x2E: 0, 0x21: 1}
_AFTER_GS = {0x21: 1, 0x72: 1, 0x61: 1}
_TRIPLE = 0x22
_ESCAPES = {b"\xa6\x02": 0xA5, b"\xa6\x01": 0xA6, b"\x5b\x02": 0x5A, b"\x5b\x01": 0x5B}
# Of a dynamic area, counted from its type byte: the text's length stands after 22 bytes of
# position, timing and look, when there is no sound and no extension.
_TEXT_LENGTH_AT = 23


def large_texts(data: bytes) -> list[str]:
    """Texts printed in triple width and height (`GS ! 22`), in order."""
    texts = [""]
    size, at = 0, 0
    while at < len(data):
        skip, size_byte = _command(data, at)
        if skip:
            if size_byte is not None:
                size = size_byte
                texts.append("")
            at += skip
            continue
        if size == _TRIPLE and data[at] != 0x0A:
            texts[-1] += chr(data[at])
        at += 1
    return [text for text in texts if text]


def _command(data: bytes, at: int) -> tuple[int, int | None]:
    """Length of the command at `at` (0: plain text) and the size it sets, if it does."""
    lead, code = data[at], data[at + 1] if at + 1 < len(data) else -1
    if lead == 0x10:  # DLE EOT n, DLE ENQ n
        return 3, None
    if lead == 0x1B:
        return 2 + _AFTER_ESC[code], 0 if code == 0x40 else None
    if lead == 0x1C:
        return 2 + _AFTER_FS[code], None
    if lead == 0x1D:
        if code == 0x28:  # GS ( k pL pH …
            return 5 + data[at + 3] + 256 * data[at + 4], None
        if code == 0x56:  # GS V, with a feed when 65 or 66
            return 4 if data[at + 2] in (65, 66) else 3, None
        return 2 + _AFTER_GS[code], data[at + 2] if code == 0x21 else None
    return 0, None


def panel_texts(data: bytes) -> list[str]:
    """Texts of all dynamic areas (`A3 06`) sent to the panel, in order; empty when cleared."""
    texts = []
    for raw in data.split(b"\x5a")[:-1]:
        body = _unescaped(raw.lstrip(b"\xa5"))
        if len(body) < 21 or body[14:16] != b"\xa3\x06":
            continue
        assert _crc(body[:-2]) == int.from_bytes(body[-2:], "little"), "checksum of the frame"
        assert body[12] + 256 * body[13] == len(body) - 16, "length of the frame"
        gone = 0 if body[19] == 0xFF else body[19]
        areas, area = body[20 + gone], body[23 + gone : -2]
        assert areas == (1 if area else 0), "at most one area"
        texts.append(_text(area) if areas else "")
    return texts


def _text(area: bytes) -> str:
    length = int.from_bytes(area[_TEXT_LENGTH_AT : _TEXT_LENGTH_AT + 4], "little")
    text = area[_TEXT_LENGTH_AT + 4 :]
    assert len(text) == length, "length of the text"
    return text.decode("gb2312")


def _unescaped(data: bytes) -> bytes:
    out, at = bytearray(), 0
    while at < len(data):
        if data[at] in (0xA6, 0x5B):
            out.append(_ESCAPES[data[at : at + 2]])
            at += 2
        else:
            out.append(data[at])
            at += 1
    return bytes(out)


def _crc(data: bytes) -> int:
    """CRC-16/ARC, bit by bit."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    return crc
