"""Records, status words and masks of social security cards: bytes in, values out, no reader."""

from datetime import date

import chip_card as sheet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.cards.pcsc_apdu import LONGEST, ROUNDS, exchange
from drivers.cards.social_security_card import SPEC
from drivers.cards.social_security_files import read_values
from drivers.cards.social_security_mask import mask
from drivers.cards.social_security_records import decode, value_of
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import CardKind, CardProblem, Chunk, Direction, Sex

TODAY = date(2026, 6, 1)
HOLDER = {0x08: b"500000190001010007", 0x09: "测试甲".encode("gbk")}


def failure(pairs: list[sheet.Pair]) -> PeripheralError:
    with pytest.raises(PeripheralError) as caught:
        decode(read_values(sheet.played(pairs)), TODAY)
    return caught.value


def test_the_sheets_card_is_read_with_the_sheets_commands() -> None:
    card = decode(read_values(sheet.played(sheet.WHOLE)), TODAY)
    assert card.kind is CardKind.SOCIAL_SECURITY
    assert (card.name, card.number, card.card_number) == (
        "测试甲", "500000190001010007", "T00000001",
    )  # fmt: skip
    assert (card.sex, card.nation, card.birth) == (Sex.MALE, "汉", date(1900, 1, 1))
    assert (card.valid_from, card.valid_to) == (date(2024, 1, 1), date(2099, 1, 1))
    assert (card.address, card.issuer, card.open_ended, card.problems) == (None, None, False, ())


def test_get_response_fetches_what_61_announces() -> None:
    select = (sheet.SELECT, bytes.fromhex("61 18"))
    fetched = (bytes.fromhex("00 C0 00 00 18"), sheet.FCI)
    assert (
        decode(read_values(sheet.played([select, fetched, *sheet.WHOLE[1:]])), TODAY).name
        == "测试甲"
    )


def test_a_wrong_length_is_asked_again_as_6c_says() -> None:
    wrong = (sheet.CARD_NUMBER[0], bytes.fromhex("6C 0C"))
    again = (bytes.fromhex("00 B2 07 00 0C"), sheet.CARD_NUMBER[1])
    values = read_values(sheet.played([*sheet.WHOLE[:4], wrong, again, *sheet.HOLDER_FILE]))
    assert values[0x07] == b"T00000001"


def test_a_longer_answer_comes_in_parts() -> None:
    parts = [b"\x01\x02\x61\x02", b"\x03\x04\x6c\x01", b"\x05\x61\x00", b"\x06\x90\x00"]
    asked: list[bytes] = []

    def transmit(command: bytes) -> bytes:
        asked.append(command)
        return parts[len(asked) - 1]

    assert exchange(transmit, b"\x00\xb2\x08\x00\x14") == (b"\x01\x02\x05\x06", 0x9000)
    assert [command.hex() for command in asked] == [
        "00b2080014", "00c0000002", "00c0000001", "00c0000000",
    ]  # fmt: skip


def test_a_command_without_le_gets_one_from_6c() -> None:
    asked: list[bytes] = []

    def transmit(command: bytes) -> bytes:
        asked.append(command)
        return sheet.FCI if len(asked) > 1 else b"\x6c\x18"

    exchange(transmit, sheet.SELECT)
    assert asked == [sheet.SELECT, sheet.SELECT + b"\x18"]


def test_a_card_that_goes_round_in_circles_is_given_up() -> None:
    for answer in (b"\x61\x10", b"\x6c\x10", bytes(250) + b"\x61\xff", b"", b"\x90"):
        count = 0

        def transmit(command: bytes, answer: bytes = answer) -> bytes:
            nonlocal count
            count += 1
            return answer

        with pytest.raises(PeripheralError) as caught:
            exchange(transmit, b"\x00\xb2\x08\x00\x14")
        assert caught.value.reason is Reason.GARBLED
        assert count <= ROUNDS


def test_a_name_longer_than_its_record_goes_on_in_the_extension() -> None:
    coded = "测试乙阿卜杜热合曼麦麦提依明𠮷".encode("gb18030")
    assert coded[28:32].decode("gb18030") == "𠮷"  # four bytes, on both sides of the cut
    values = HOLDER | {0x09: coded[:30], 0x4E: coded[30:].ljust(20, b"\0")}
    assert decode(values, TODAY).name == "测试乙阿卜杜热合曼麦麦提依明𠮷"


@pytest.mark.parametrize("padding", [b"\0", b" ", b"\xff"])
def test_paddings_are_no_part_of_a_text(padding: bytes) -> None:
    values = {
        0x07: b"T001".ljust(9, padding),
        0x08: b"500000190001010007",
        0x09: "测试甲".encode("gbk").ljust(30, padding),
        0x4E: padding * 20,
    }
    card = decode(values, TODAY)
    assert (card.name, card.card_number) == ("测试甲", "T001")


def test_a_name_cut_in_the_middle_of_a_character_loses_only_that() -> None:
    cut = ("测" * 15).encode("gbk")[:29] + b""
    assert decode(HOLDER | {0x09: cut}, TODAY).name == "测" * 14


@pytest.mark.parametrize("value", ["32303132", "00000000", "FFFFFFFF", "20241301", "2024", ""])
def test_dates_that_are_none_are_unknown(value: str) -> None:
    raw = bytes.fromhex(value)
    card = decode(HOLDER | {0x05: raw, 0x06: raw, 0x0D: raw}, TODAY)
    assert (card.valid_from, card.valid_to, card.birth, card.problems) == (None, None, None, ())


def test_what_is_wrong_with_a_card_is_told() -> None:
    past, future = bytes.fromhex("20140105"), bytes.fromhex("20300101")
    assert decode(HOLDER | {0x06: past}, TODAY).problems == (CardProblem.EXPIRED,)
    assert decode(HOLDER | {0x05: future}, TODAY).problems == (CardProblem.NOT_YET_VALID,)
    wrong = HOLDER | {0x08: b"500000190001010008"}
    assert decode(wrong, TODAY).problems == (CardProblem.CHECK_DIGIT,)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({0x08: b"\0" * 18}, Reason.CARD_REFUSED),
        ({0x09: b" " * 30}, Reason.CARD_REFUSED),
        ({0x09: b"A\xffB"}, Reason.GARBLED),
        ({0x09: b"A\x1bB"}, Reason.GARBLED),
        ({0x08: b"\xb2\xe2"}, Reason.GARBLED),
    ],
)
def test_values_that_name_nobody_are_refused(values: dict[int, bytes], reason: Reason) -> None:
    with pytest.raises(PeripheralError) as caught:
        decode(HOLDER | values, TODAY)
    assert caught.value.reason is reason


def test_fields_that_are_locked_or_missing_are_absent() -> None:
    locked, missing = bytes.fromhex("69 82"), bytes.fromhex("6A 83")
    pairs = [
        (sheet.SELECT, sheet.FCI), (sheet.EF05, sheet.DONE),
        (sheet.ISSUED[0], missing), (sheet.VALID_TO[0], missing), (sheet.CARD_NUMBER[0], locked),
        (sheet.EF06, sheet.DONE), sheet.NUMBER, sheet.NAME,
        (sheet.MORE_NAME[0], missing), (sheet.SEX[0], locked), (sheet.NATION[0], locked),
        (sheet.BIRTH[0], missing),
    ]  # fmt: skip
    card = decode(read_values(sheet.played(pairs)), TODAY)
    assert (card.name, card.number) == ("测试甲", "500000190001010007")
    assert (card.card_number, card.sex, card.nation, card.birth, card.valid_to) == (
        None, Sex.UNKNOWN, None, None, None,
    )  # fmt: skip


def test_a_card_without_its_own_file_is_told_by_its_holders() -> None:
    pairs = [(sheet.SELECT, sheet.FCI), (sheet.EF05, b"\x6a\x82"), *sheet.HOLDER_FILE]
    assert decode(read_values(sheet.played(pairs)), TODAY).card_number is None


@pytest.mark.parametrize(
    ("answer", "reason", "word"),
    [
        ("6A 82", Reason.UNSUPPORTED_CARD, "not a social security card"),
        ("6D 00", Reason.UNSUPPORTED_CARD, "not a social security card"),
        ("6E 00", Reason.UNSUPPORTED_CARD, "not a social security card"),
        ("62 83", Reason.CARD_REFUSED, "invalid"),
        ("69 85", Reason.CARD_REFUSED, "not allow"),
        ("6F 04 84 02 3F 00 90 00", Reason.UNSUPPORTED_CARD, "another application"),
    ],
)
def test_what_does_not_know_the_application(answer: str, reason: Reason, word: str) -> None:
    error = failure([(sheet.SELECT, bytes.fromhex(answer))])
    assert error.reason is reason
    assert word in error.detail
    assert error.advice


@pytest.mark.parametrize(
    ("sw", "reason"),
    [
        ("62 81", Reason.CARD_REFUSED), ("62 82", Reason.CARD_REFUSED),
        ("62 83", Reason.CARD_REFUSED), ("63 C2", Reason.CARD_REFUSED),
        ("64 00", Reason.CARD_REFUSED), ("65 81", Reason.CARD_REFUSED),
        ("67 00", Reason.REJECTED), ("69 83", Reason.CARD_REFUSED),
        ("69 85", Reason.CARD_REFUSED), ("6D 00", Reason.UNSUPPORTED_CARD),
        ("6F 00", Reason.CARD_REFUSED), ("93 02", Reason.CARD_REFUSED),
        ("94 03", Reason.CARD_REFUSED),
    ],
)  # fmt: skip
def test_status_words_of_a_record(sw: str, reason: Reason) -> None:
    status = bytes.fromhex(sw)
    error = failure([*sheet.WHOLE[:5], (sheet.EF06, sheet.DONE), (sheet.NUMBER[0], status)])
    assert error.reason is reason
    assert f"({sw.replace(' ', '')})" in error.detail
    assert error.advice


def test_a_record_must_have_its_tag_and_be_whole() -> None:
    assert value_of(b"\x08\x02AB", 0x08) == b"AB"
    assert value_of(b"\x08\x02ABC", 0x08) == b"AB"
    for record in (b"", b"\x08", b"\x08\x03AB", b"\x09\x02AB"):
        assert value_of(record, 0x08) is None


def recorded(pairs: list[sheet.Pair]) -> list[Chunk]:
    chunks = []
    for at, (command, answer) in enumerate(pairs):
        chunks.append(Chunk(2 * at, Direction.OUT, command))
        chunks.append(Chunk(2 * at + 1, Direction.IN, answer))
    return chunks


def test_a_recording_tells_of_nobody_and_can_still_be_read() -> None:
    name = (
        sheet.NAME[0],
        bytes.fromhex("09 1E") + "王小明".encode("gbk").ljust(30, b"\0") + b"\x90\0",
    )
    number = (sheet.NUMBER[0], bytes.fromhex("08 12") + b"500103190003071234" + b"\x90\0")
    fetched = [
        (sheet.CARD_NUMBER[0], b"\x61\x0b"),
        (bytes.fromhex("00 C0 00 00 0B"), b"\x07\x09A98765432\x90\x00"),
    ]
    born = (sheet.BIRTH[0], bytes.fromhex("0D 04 19 00 03 07 90 00"))
    pairs = [*sheet.WHOLE[:4], *fetched, (sheet.EF06, sheet.DONE), number, name,
             *sheet.HOLDER_FILE[3:-1], born]  # fmt: skip
    before = recorded(pairs)
    after = mask(before)
    assert SPEC.mask is mask
    assert [(c.at_ms, c.direction, len(c.data)) for c in after] == [
        (c.at_ms, c.direction, len(c.data)) for c in before
    ]
    everything = b"".join(chunk.data for chunk in after)
    for secret in ("王".encode("gbk"), b"500103", b"030712", b"A98765", b"\x19\x00\x03\x07"):
        assert secret not in everything
    replies = [(out.data, answer.data) for out, answer in zip(after[::2], after[1::2], strict=True)]
    card = decode(read_values(sheet.played(replies)), TODAY)
    assert (card.name, card.number, card.problems) == ("测试", "500000190001010007", ())


@given(st.lists(st.tuples(st.sampled_from(Direction), st.binary(max_size=60)), max_size=20))
def test_any_recording_can_be_masked(pieces: list[tuple[Direction, bytes]]) -> None:
    before = [Chunk(at, direction, data) for at, (direction, data) in enumerate(pieces)]
    after = mask(before)
    assert [len(chunk.data) for chunk in after] == [len(chunk.data) for chunk in before]
    assert mask(after) == after


@given(st.dictionaries(st.integers(0, 255), st.binary(max_size=255)))
def test_any_values_are_a_card_or_refused(values: dict[int, bytes]) -> None:
    try:
        card = decode(values, TODAY)
    except PeripheralError as e:
        assert e.reason in (Reason.GARBLED, Reason.CARD_REFUSED)  # noqa: PT017 - either is right
    else:
        assert card.name
        assert card.number


@settings(max_examples=300)
@given(st.data())
def test_any_card_is_read_or_refused_in_so_many_commands(data: st.DataObject) -> None:
    answers = st.one_of(
        st.binary(max_size=300),
        st.sampled_from([answer for _, answer in sheet.WHOLE]),
        st.sampled_from([b"\x6c\x10", b"\x61\x10", b"\x6a\x83", b"\x6b\x00", b"\x90\x00"]),
    )
    sent = 0

    def transmit(command: bytes) -> bytes:
        nonlocal sent
        sent += 1
        assert 5 <= len(command) <= 21
        assert command[1] in (0xA4, 0xB2, 0xC0)  # nothing but SELECT, READ RECORD, GET RESPONSE
        return sheet.FCI if command == sheet.SELECT else data.draw(answers)

    try:
        values = read_values(transmit)
    except PeripheralError as e:
        assert e.reason in (  # noqa: PT017 - any of them is right
            Reason.GARBLED, Reason.CARD_REFUSED, Reason.UNSUPPORTED_CARD, Reason.REJECTED,
        )  # fmt: skip
    else:
        assert sum(len(value) for value in values.values()) < 9 * LONGEST
    assert sent < 50 * ROUNDS
