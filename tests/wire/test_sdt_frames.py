"""The frame reader and writer against literal bytes, and against anything."""

import pytest
import sdt_sheet as sheet
from hypothesis import given
from hypothesis import strategies as st

from drivers.cards.sdt_frames import PREAMBLE, Answer, BadFrameError, Command, FrameReader, request


def take_all(reader: FrameReader) -> list[Answer]:
    return list(iter(reader.take, None))


@pytest.mark.parametrize(
    ("command", "frame"),
    [
        (Command.SAM_STATUS, sheet.ASK_STATUS),
        (Command.SAM_ID, sheet.ASK_ID),
        (Command.FIND, sheet.ASK_FIND),
        (Command.SELECT, sheet.ASK_SELECT),
        (Command.READ, sheet.ASK_READ),
        (Command.SAM_RESET, sheet.ASK_RESET),
        (Command.READ_PRINTS, sheet.ASK_PRINTS),
        (Command.NEWEST_ADDRESS, sheet.ASK_ADDRESS),
    ],
)
def test_requests_are_the_published_bytes(command: Command, frame: bytes) -> None:
    assert request(command) == frame


def test_no_command_is_sent_of_which_no_frame_is_published() -> None:
    assert {command.value.hex() for command in Command} == {
        "10ff", "11ff", "12ff", "2001", "2002", "3001", "3010", "3003",
    }  # fmt: skip


def test_the_frames_have_the_published_size() -> None:
    assert len(sheet.CITIZEN) == len(sheet.PERMIT) == len(sheet.FOREIGN) == 1295
    assert (len(sheet.CITIZEN_PRINTS), len(sheet.CITIZEN_NO_PRINTS)) == (2321, 1297)
    assert (len(sheet.ADDRESS), len(sheet.SAM_ID), len(sheet.CITIZEN_TEXT)) == (81, 27, 256)


@pytest.mark.parametrize(
    ("frame", "status", "data"),
    [
        (sheet.DONE, 0x90, b""),
        (sheet.NO_CARD, 0x80, b""),
        (sheet.FOUND, 0x9F, bytes(4)),
        (sheet.SAM_ID, 0x90, sheet.HEX("05 00 03 00 E5 D6 34 01 01 00 00 00 63 00 00 00")),
        (sheet.CITIZEN, 0x90, sheet.HEX("01 00 04 00") + sheet.CITIZEN_TEXT + bytes(1024)),
        (sheet.PERMIT, 0x90, sheet.HEX("01 00 04 00") + sheet.PERMIT_TEXT + bytes(1024)),
        (sheet.FOREIGN, 0x90, sheet.HEX("01 00 04 00") + sheet.FOREIGN_TEXT + bytes(1024)),
        (sheet.ADDRESS, 0x90, "重庆市渝中区测试路3号".encode("utf-16-le") + 24 * b" \0"),
        (
            sheet.CITIZEN_PRINTS,
            0x90,
            sheet.HEX("01 00 04 00 04 00") + sheet.CITIZEN_TEXT + bytes(2048),
        ),
        (
            sheet.CITIZEN_NO_PRINTS,
            0x90,
            sheet.HEX("01 00 04 00 00 00") + sheet.CITIZEN_TEXT + bytes(1024),
        ),
    ],
)
@pytest.mark.parametrize("step", [1, 3, 4096])
def test_answers_in_pieces_of_any_size(frame: bytes, status: int, data: bytes, step: int) -> None:
    reader = FrameReader()
    for at in range(0, len(frame), step):
        assert reader.take() is None
        reader.feed(frame[at : at + step])
    assert take_all(reader) == [Answer(status, data)]
    assert not reader.inside


def test_garbage_before_the_preamble_is_skipped_even_when_it_looks_alike() -> None:
    reader = FrameReader()
    reader.feed(sheet.HEX("00 FF AA AA 96 69 AA AA") + sheet.NO_CARD)
    assert take_all(reader) == [Answer(0x80, b"")]


@pytest.mark.parametrize("before", ["AA AA AA 96 69", "00 FF AA AA AA 96 69 AA AA AA 96 69"])
@pytest.mark.parametrize("step", [1, 4, 4096])
def test_an_answer_that_is_begun_anew(before: str, step: int) -> None:
    reader = FrameReader()
    stream = sheet.HEX(before) + sheet.FOUND
    for at in range(0, len(stream), step):
        assert reader.take() is None
        reader.feed(stream[at : at + step])
    assert take_all(reader) == [Answer(0x9F, bytes(4))]


def test_a_preamble_inside_a_photo_begins_no_frame() -> None:
    body = sheet.HEX("00 0F 00 00 90") + sheet.NO_CARD
    folded = 0
    for byte in body:
        folded ^= byte
    reader = FrameReader()
    reader.feed(PREAMBLE + body + bytes([folded]) + sheet.FOUND)
    assert take_all(reader) == [Answer(0x90, sheet.NO_CARD), Answer(0x9F, bytes(4))]


@pytest.mark.parametrize(
    "frame",
    [
        sheet.HEX("AA AA AA 96 69 00 04 00 00 80 85"),
        sheet.HEX("AA AA AA 96 69 00 03 00 00 03"),
        sheet.HEX("AA AA AA 96 69 10 01 00 00 90"),
        sheet.HEX("AA AA AA 96 69 FF FF 00 00 90"),
        sheet.CITIZEN[:-1] + sheet.HEX("7B"),
        sheet.HEX("AA AA AA 96 69 00 04 90 00 90 04"),
        sheet.HEX("AA AA AA 96 69 00 04 00 01 80 85"),
    ],
)
def test_what_no_module_answers_drops_everything(frame: bytes) -> None:
    reader = FrameReader()
    reader.feed(frame + sheet.NO_CARD)
    with pytest.raises(BadFrameError):
        reader.take()
    assert reader.take() is None
    reader.feed(sheet.FOUND)
    assert take_all(reader) == [Answer(0x9F, bytes(4))]


def test_repr_of_an_answer_shows_no_data() -> None:
    assert repr(Answer(0x90, sheet.CITIZEN_TEXT)) == "<Answer 90, 256 bytes>"


@given(
    st.lists(
        st.binary(max_size=40)
        | st.sampled_from([PREAMBLE, sheet.DONE, sheet.CITIZEN, sheet.FOUND[:9]])
    )
)
def test_no_stream_breaks_the_reader(chunks: list[bytes]) -> None:
    reader = FrameReader()
    for chunk in chunks:
        reader.feed(chunk)
        for _ in range(1 + len(chunk)):
            try:
                if reader.take() is None:
                    break
            except BadFrameError:
                break
        else:
            pytest.fail("more answers than bytes")


@given(st.binary(max_size=60), st.data())
def test_a_good_frame_is_found_after_noise_without_preamble(
    noise: bytes, data: st.DataObject
) -> None:
    noise = noise.replace(b"\x69", b"")
    reader = FrameReader()
    cut = data.draw(st.integers(0, len(noise)))
    reader.feed(noise[:cut])
    reader.feed(noise[cut:] + sheet.SAM_ID)
    answers = take_all(reader)
    assert [answer.status for answer in answers] == [0x90]
