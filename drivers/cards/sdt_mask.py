"""A recording of an SDT module without the people in it: same lengths, right checksums.

Card data gets a fictitious person whose fields are as long as the real ones; photo and fingerprints
become zeros, and a wrong checksum stays as wrong as it was. What is not understood (noise, the rest
of an answer that was cut off) becomes zeros too: better a dull recording than a telling one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import cycle, islice

from drivers.cards.sdt_frames import LONGEST, PREAMBLE, checksum
from drivers.cards.sdt_layout import LAYOUTS, MARKER_AT, MARKERS, TEXT_BYTES, marker
from drivers.cards.sdt_line import ADDRESS_BYTES, SAM_ID_BYTES
from drivers.cards.sdt_text import OPEN_ENDED
from drivers.interfaces import CardKind, Chunk, Direction

HEAD = 10  # preamble, length, SW1 to SW3
PADDING = (b" \0", b"\0\0")
_ADDRESS = "重庆市渝中区测试路1号"
_PERSON = {
    "name": "测试甲",
    "name_latin": "TEST, ALPHA",
    "name_latin_rest": "ALPHA",
    "sex": "1",
    "nation": "01",
    "birth": "19000101",
    "address": _ADDRESS,
    "issuer": "重庆市公安局",
    "valid_from": "20240101",
    "valid_to": "20440101",
    "nationality": "ZZZ",
    "permit_number": "T00000000",
    "earlier_number": "000",
    "issue_count": "01",
}
_NUMBERS = {
    CardKind.CITIZEN: "50010319000101001X",
    CardKind.HMT: "810000190001020021",
    CardKind.FOREIGN_2017: "ZZZ500000000000",
    CardKind.FOREIGN_2023: "900000190001030010",
}


def mask(chunks: Sequence[Chunk]) -> list[Chunk]:
    """See `DriverSpec.mask`. Frames may be split over chunks in any way."""
    masked = list(chunks)
    for run in _answers(chunks):
        clean = masked_answers(b"".join(chunks[index].data for index in run))
        for index in run:
            size = len(chunks[index].data)
            masked[index] = replace(chunks[index], data=clean[:size])
            clean = clean[size:]
    return masked


def masked_answers(data: bytes) -> bytes:
    """The same for the bytes that came between two questions."""
    clean = bytearray(len(data))
    at = data.find(PREAMBLE)
    while at >= 0:
        again = data[at + 5 : at + 10]
        if again and PREAMBLE.startswith(again):  # begun anew, or cut off in doing so
            clean[at : at + 5 + len(again)] = PREAMBLE + again
            at = data.find(PREAMBLE, at + 5)
            continue
        size = int.from_bytes(data[at + 5 : at + 7], "big")
        end = at + 7 + size if 4 <= size <= LONGEST else at + 7
        frame = _frame(data[at:end], size)
        clean[at : at + len(frame)] = frame
        at = data.find(PREAMBLE, end)
    return bytes(clean)


def _answers(chunks: Sequence[Chunk]) -> Iterator[list[int]]:
    """Indexes of the chunks that came in between two questions: an answer does not outlast one."""
    run: list[int] = []
    for index, chunk in enumerate(chunks):
        if chunk.direction is Direction.IN:
            run.append(index)
        else:
            yield run
            run = []
    yield run


def _frame(frame: bytes, size: int) -> bytes:
    whole = HEAD < len(frame) == 7 + size
    data = frame[HEAD : 6 + size]
    wrong = checksum(frame[5:]) if whole else 0  # the checksum folds to nothing when it is right
    fixed = size - 4 <= SAM_ID_BYTES and whole and not wrong
    new = frame[:HEAD] + (data if fixed else _data(data, size - 4))
    return new + bytes([checksum(new[5:]) ^ wrong]) if whole else new


def _data(data: bytes, size: int) -> bytes:
    """Data of an answer that should be `size` long and may have been cut off."""
    if size == ADDRESS_BYTES:
        return _alike(data, _ADDRESS)
    if int.from_bytes(data[:2], "big") != TEXT_BYTES:
        return bytes(len(data))
    photo = int.from_bytes(data[2:4], "big")
    begin = 4 if size == 4 + TEXT_BYTES + photo else 6
    text = _text(data[begin : begin + TEXT_BYTES])
    return (data[:begin] + text).ljust(len(data), b"\0")


def _text(text: bytes) -> bytes:
    kind = MARKERS.get(marker(text), CardKind.CITIZEN)
    clean = bytearray(b" \0" * (TEXT_BYTES // 2))
    for name, (start, size) in LAYOUTS[kind].items():
        old = text[start : start + size]
        pattern = _NUMBERS[kind] if name == "number" else _PERSON[name]
        if not old.startswith(OPEN_ENDED.encode("utf-16-le")):
            old = _alike(old, pattern)
        clean[start : start + len(old)] = old
    clean[MARKER_AT : MARKER_AT + 2] = text[MARKER_AT : MARKER_AT + 2].ljust(2, b"\0")
    return bytes(clean[: len(text)])


def _alike(field: bytes, pattern: str) -> bytes:
    """`pattern`, repeated, over all of a field but the padding behind its characters."""
    end = len(field)
    while end >= 2 and field[end - 2 : end] in PADDING:
        end -= 2
    new = "".join(islice(cycle(pattern), (end + 1) // 2)).encode("utf-16-le")
    return new[:end] + field[end:]
