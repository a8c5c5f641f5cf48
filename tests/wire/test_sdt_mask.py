"""A recording loses its person and keeps every length, chunk and checksum."""

from datetime import date
from itertools import pairwise

import pytest
import sdt_sheet as sheet
from hypothesis import given
from hypothesis import strategies as st

from drivers.cards.sdt_frames import BadFrameError, FrameReader
from drivers.cards.sdt_reader import SPEC
from drivers.cards.sdt_text import address_text, blocks, decode
from drivers.interfaces import Chunk, Direction, IdentityCard
from drivers.sim.people import CITIZENS, OTHERS, card

TODAY = date(2026, 11, 24)
PHOTO = bytes(range(1, 256)) * 4 + b"\x01\x02\x03\x04"
CARDS = [name for name in (*CITIZENS, *OTHERS) if name != "unknown_type"]


def framed(data: bytes, status: int = 0x90, wrong: int = 0) -> bytes:
    body = (len(data) + 4).to_bytes(2, "big") + bytes([0, 0, status]) + data
    folded = wrong
    for byte in body:
        folded ^= byte
    return sheet.HEX("AA AA AA 96 69") + body + bytes([folded])


def card_frame(name: str, prints: bool = False) -> bytes:
    text = card(name).text()
    if prints:
        return framed(sheet.HEX("01 00 04 00 04 00") + text + PHOTO + PHOTO)
    return framed(sheet.HEX("01 00 04 00") + text + PHOTO)


def incoming(*pieces: bytes) -> list[Chunk]:
    return [Chunk(at, Direction.IN, piece) for at, piece in enumerate(pieces)]


def asked(question: bytes) -> Chunk:
    return Chunk(0, Direction.OUT, question)


def masked(data: bytes) -> bytes:
    (chunk,) = SPEC.mask(incoming(data))
    assert len(chunk.data) == len(data)
    return chunk.data


def read_back(frame: bytes, prints: bool = False) -> IdentityCard:
    reader = FrameReader()
    reader.feed(frame)
    answer = reader.take()
    assert answer is not None
    taken = blocks(answer.data, prints=prints)
    assert not any(taken.photo + taken.prints)
    return decode(taken.text, TODAY)


@pytest.mark.parametrize("prints", [False, True])
@pytest.mark.parametrize("name", CARDS)
def test_a_card_becomes_a_fictitious_one_with_names_as_long(name: str, prints: bool) -> None:
    frame = card_frame(name, prints)
    real, told = decode(card(name).text(), TODAY), read_back(masked(frame), prints)
    assert told.kind is real.kind
    assert told.problems in ((), real.problems)
    for field in ("name", "name_latin", "number", "address", "issuer", "nationality"):
        before, after = getattr(real, field), getattr(told, field)
        assert len(before or "") == len(after or ""), field
    assert told.open_ended == real.open_ended


SECRETS = ("王小明", "重庆市江北区", "500105198", "渝北区分局")
REAL = (
    "王小明".ljust(15) + "1" + "02" + "19850307" + "重庆市江北区石马河街道".ljust(35)
    + "500105198503071234" + "重庆市公安局渝北区分局".ljust(15) + "20150307" + "20350307"
).ljust(128).encode("utf-16-le")  # fmt: skip
REAL_FRAME = framed(sheet.HEX("01 00 04 00") + REAL + PHOTO)


def secrets_in(data: bytes) -> list[str]:
    return [word for word in SECRETS if word.encode("utf-16-le") in data] + [
        "photo" for at in range(0, 200, 8) if PHOTO[at : at + 8] in data
    ]


def test_the_secrets_would_be_found() -> None:
    assert len(secrets_in(REAL_FRAME)) > len(SECRETS)


@given(st.lists(st.integers(0, len(REAL_FRAME) + 22), max_size=6))
def test_however_a_frame_was_split_nothing_of_the_person_is_left(cuts: list[int]) -> None:
    data = sheet.FOUND[:11] + REAL_FRAME + sheet.NO_CARD
    at = [0, *sorted(cuts), len(data)]
    chunks = incoming(*(data[start:end] for start, end in pairwise(at)))
    clean = SPEC.mask(chunks)
    assert [len(chunk.data) for chunk in clean] == [len(chunk.data) for chunk in chunks]
    assert secrets_in(b"".join(chunk.data for chunk in clean)) == []


@given(st.integers(0, len(REAL_FRAME)), st.integers(0, len(REAL_FRAME)))
def test_nor_when_it_was_cut_off_or_its_beginning_is_missing(begin: int, end: int) -> None:
    chunks = [*incoming(REAL_FRAME[:end]), asked(sheet.ASK_READ), *incoming(REAL_FRAME[begin:])]
    clean = b"".join(chunk.data for chunk in SPEC.mask(chunks))
    assert secrets_in(clean) == []
    assert len(clean) == end + len(sheet.ASK_READ) + len(REAL_FRAME) - begin


@pytest.mark.parametrize("begun", ["AA AA AA 96 69", "AA AA AA 96 69 AA AA AA 96 69"])
def test_an_answer_begun_anew_is_masked_and_still_read(begun: str) -> None:
    clean = masked(sheet.HEX(begun) + REAL_FRAME)
    assert clean[: len(sheet.HEX(begun))] == sheet.HEX(begun)
    assert secrets_in(clean) == []
    assert read_back(clean, prints=False).name == "测试甲"


@given(st.integers(0, len(REAL_FRAME) - 1), st.integers(1, 255))
def test_nor_when_any_byte_of_it_was_garbled(at: int, change: int) -> None:
    broken = REAL_FRAME[:at] + bytes([REAL_FRAME[at] ^ change]) + REAL_FRAME[at + 1 :]
    assert secrets_in(masked(broken)) == []


def test_a_wrong_checksum_stays_wrong_and_the_question_stays() -> None:
    wrong = framed(sheet.HEX("01 00 04 00") + REAL + PHOTO, wrong=0x55)
    chunks = [asked(sheet.ASK_READ), *incoming(wrong), asked(sheet.ASK_READ), *incoming(REAL_FRAME)]
    clean = SPEC.mask(chunks)
    assert [chunk.data for chunk in clean[::2]] == [sheet.ASK_READ] * 2
    reader = FrameReader()
    reader.feed(clean[1].data)
    with pytest.raises(BadFrameError, match="checksum"):
        reader.take()
    assert read_back(clean[3].data).number == "50010319000101001X"


def test_an_address_becomes_another_of_its_length() -> None:
    address = "重庆市江北区石马河街道玉带山一百二十三号附四十五号甲栋"
    frame = framed(address.encode("utf-16-le").ljust(70, b" ").replace(b"  ", b" \0"))
    reader = FrameReader()
    reader.feed(masked(frame))
    answer = reader.take()
    assert answer is not None
    told = address_text(answer.data)
    assert told is not None
    assert (len(told), told[:11]) == (len(address), "重庆市渝中区测试路1号")


@pytest.mark.parametrize(
    "frame",
    [sheet.DONE, sheet.FOUND, sheet.SELECTED, sheet.NO_CARD, sheet.SAM_ID, sheet.READ_FAILED],
)
def test_short_answers_stay_as_they_are(frame: bytes) -> None:
    assert masked(frame) == frame
    assert masked(b"\x00\xff" + frame) == b"\0\0" + frame


def test_an_unknown_card_loses_all_but_its_marker() -> None:
    text = card("unknown_type").text()
    clean = masked(framed(sheet.HEX("01 00 04 00") + text + PHOTO))
    assert "测试未".encode("utf-16-le") not in clean
    assert clean[14 + 248 : 14 + 250] == "Q".encode("utf-16-le")


@pytest.mark.parametrize("length", ["00 00", "00 03", "00 04", "10 01", "FF FF", "00", ""])
def test_frames_of_impossible_or_unknown_length(length: str) -> None:
    head = sheet.DONE[:5] + sheet.HEX(length)
    assert masked(head) == head
    assert secrets_in(masked(head + REAL)) == []


@given(
    st.lists(
        st.tuples(
            st.sampled_from(Direction),
            st.binary(max_size=60)
            | st.sampled_from([REAL_FRAME, sheet.SAM_ID, REAL_FRAME[:300]])
            | st.binary(max_size=12).map(lambda tail: sheet.DONE[:5] + tail),
        )
    )
)
def test_any_recording_keeps_its_form(pieces: list[tuple[Direction, bytes]]) -> None:
    chunks = [Chunk(at, *piece) for at, piece in enumerate(pieces)]
    clean = SPEC.mask(chunks)
    form = [(chunk.at_ms, chunk.direction, len(chunk.data)) for chunk in chunks]
    assert [(chunk.at_ms, chunk.direction, len(chunk.data)) for chunk in clean] == form
    for before, after in zip(chunks, clean, strict=True):
        assert before.direction is Direction.IN or before == after
