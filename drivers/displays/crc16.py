"""The check sum that two kinds of display want, CRC-16 with the reflected polynomial A001."""


def crc16(data: bytes, crc: int) -> int:
    """Begun with `crc`: FFFF for CRC-16/Modbus, 0 for CRC-16/ARC."""
    for byte in data:
        crc = crc >> 8 ^ _SHIFTED[(crc ^ byte) & 0xFF]
    return crc


def _shifted(crc: int) -> int:
    """The check sum after eight more bits, none of them set."""
    for _ in range(8):
        crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc


# By byte: on a noisy line every byte may end an answer, and each is checked.
_SHIFTED = tuple(map(_shifted, range(256)))
