"""The simulated Onbon card's own reading and writing of frames. No code shared with the driver."""

from dataclasses import dataclass

ESCAPED = {(0xA6, 0x02): 0xA5, (0xA6, 0x01): 0xA6, (0x5B, 0x02): 0x5A, (0x5B, 0x01): 0x5B}


@dataclass(frozen=True, slots=True)
class Area:
    """A dynamic area as the card understood it; pixels, seconds, and the text's raw bytes."""

    id: int
    x: int
    y: int
    width: int
    height: int
    run_mode: int
    single_line: int
    new_line: int
    mode: int
    speed: int
    hold_s: float
    data: bytes

    @property
    def text(self) -> str:
        """The text by a GB2312 font card's lights."""
        return self.data.decode("gb2312", errors="replace")


@dataclass(frozen=True, slots=True)
class Frame:
    """One request that arrived whole."""

    screen: int
    device_type: int
    group: int
    command: int
    reply: bool
    payload: bytes


def read_frame(escaped: bytes) -> Frame | None:
    """A request from the bytes between preamble and end; None when it is damaged."""
    body = _unescaped(escaped)
    if body is None or len(body) < 21 or checksum(body) != 0:
        return None
    data = body[14:-2]
    if body[12] | body[13] << 8 != len(data):
        return None
    return Frame(
        screen=body[0] | body[1] << 8,
        device_type=body[10],
        group=data[0],
        command=data[1],
        reply=data[2] == 1,
        payload=data[5:],
    )


def write_answer(screen: int, error: int, *, spoiled: bool = False) -> bytes:
    """An answer as it goes on the wire; `spoiled`: with a wrong checksum."""
    body = bytearray((0x00, 0x80, screen & 0xFF, screen >> 8))
    body += bytes((0, 0, 0, 0, 0, 0, 0xFE, 0x02, 5, 0))
    body += bytes((0xA0, 1 if error else 0, error, 0, 0))
    crc = checksum(bytes(body)) ^ (0x0101 if spoiled else 0)
    body += bytes((crc & 0xFF, crc >> 8))
    wire = body.replace(b"\xa6", b"\xa6\x01").replace(b"\xa5", b"\xa6\x02")
    wire = wire.replace(b"\x5b", b"\x5b\x01").replace(b"\x5a", b"\x5b\x02")
    return b"\xa5" * 8 + bytes(wire) + b"\x5a"


def dynamic_areas(payload: bytes, unit: int) -> tuple[set[int] | None, list[Area]]:
    """Ids to delete (None: all) and areas to show. Raises on a payload that does not add up."""
    gone: set[int] | None
    if payload[0] == 0xFF:
        gone, at = None, 1
    else:
        gone, at = set(payload[1 : 1 + payload[0]]), 1 + payload[0]
    count = payload[at]
    at += 1
    areas = []
    for _ in range(count):
        size = payload[at] | payload[at + 1] << 8
        areas.append(_area(payload[at + 2 : at + 2 + size], size, unit))
        at += 2 + size
    if at != len(payload):
        raise ValueError("bytes left over")
    return gone, areas


def _area(area: bytes, size: int, unit: int) -> Area:
    if len(area) != size or area[0] != 0:
        raise ValueError("not a dynamic area")
    words = [area[i] | area[i + 1] << 8 for i in (1, 3, 5, 7)]
    at = 14
    if area[at]:  # sound: voice, volume, speed, length, text
        at += 7 + int.from_bytes(area[at + 4 : at + 8], "little")
    at += 1
    at += 1 + area[at]  # extension
    looks = area[at : at + 7]
    length = int.from_bytes(area[at + 7 : at + 11], "little")
    data = area[at + 11 :]
    if len(data) != length:
        raise ValueError("text length")
    return Area(
        id=area[9],
        x=words[0] * unit,
        y=words[1],
        width=words[2] * unit,
        height=words[3],
        run_mode=area[11],
        single_line=looks[1],
        new_line=looks[2],
        mode=looks[3],
        speed=looks[5],
        hold_s=looks[6] / 2,
        data=data,
    )


def _unescaped(escaped: bytes) -> bytes | None:
    out = bytearray()
    pending: int | None = None
    for byte in escaped:
        if pending is not None:
            if (pending, byte) not in ESCAPED:
                return None
            out.append(ESCAPED[pending, byte])
            pending = None
        elif byte in (0xA6, 0x5B):
            pending = byte
        else:
            out.append(byte)
    return bytes(out) if pending is None else None


def checksum(data: bytes) -> int:
    """CRC-16/ARC by table of nibbles; over data with its CRC appended it gives 0."""
    nibbles = [0x0000, 0xCC01, 0xD801, 0x1400, 0xF001, 0x3C00, 0x2800, 0xE401]
    nibbles += [0xA001, 0x6C00, 0x7800, 0xB401, 0x5000, 0x9C01, 0x8801, 0x4400]
    crc = 0
    for byte in data:
        crc = crc >> 4 ^ nibbles[(crc ^ byte) & 15]
        crc = crc >> 4 ^ nibbles[(crc ^ byte >> 4) & 15]
    return crc
