"""The ways to the records of a social security card, as cards of all makes and ages know them."""

from datetime import date

import chip_card as sheet
import pytest

from drivers.cards.social_security_files import read_values
from drivers.cards.social_security_records import decode
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import Sex

TODAY = date(2026, 6, 1)


def numbered() -> list[sheet.Pair]:
    """The holder's file by number, of a first version: no extension of the name."""
    records = [sheet.NUMBER[1], sheet.NAME[1], sheet.SEX[1], sheet.NATION[1]]
    records += [bytes.fromhex("0C 03 50 00 00 90 00"), sheet.BIRTH[1], sheet.NO_RECORD]
    # The lengths are those of later versions, so the third to sixth record have others.
    asked = bytes.fromhex("14 20 16 03 03 05 06")
    sizes = bytes.fromhex("14 20 03 03 05 06 06")
    pairs: list[sheet.Pair] = []
    for number, (le, size, record) in enumerate(zip(asked, sizes, records, strict=True), start=1):
        command = bytes([0x00, 0xB2, number, 0x04])
        if le != size:
            pairs.append((command + bytes([le]), bytes([0x6C, size])))
        pairs.append((command + bytes([size]), record))
    return pairs


@pytest.mark.parametrize("refused", ["6B 00", "6A 86", "6A 81", "6A 83", "4E 01 00 90 00"])
def test_a_card_that_knows_no_tags_is_read_by_number(refused: str) -> None:
    first = (sheet.NUMBER[0], bytes.fromhex(refused))
    pairs = [*sheet.WHOLE[:5], (sheet.EF06, sheet.DONE), first, *numbered()]
    card = decode(read_values(sheet.played(pairs)), TODAY)
    assert (card.name, card.sex, card.nation) == ("测试甲", Sex.MALE, "汉")
    assert card.birth == date(1900, 1, 1)


def test_files_may_have_to_be_selected_in_another_form() -> None:
    def other(pair: sheet.Pair) -> list[sheet.Pair]:
        command, answer = pair
        if command not in (sheet.EF05, sheet.EF06):
            return [pair]
        return [(command, b"\x6a\x86"), (b"\x00\xa4\x02" + command[3:], answer)]

    pairs = [one for pair in sheet.WHOLE for one in other(pair)]
    assert decode(read_values(sheet.played(pairs)), TODAY).name == "测试甲"


@pytest.mark.parametrize("at", [*range(2, 5), *range(6, 12)])
def test_a_card_that_was_reset_between_two_records_is_selected_anew(at: int) -> None:
    forgotten = (sheet.WHOLE[at][0], b"\x69\x86")
    file = sheet.EF05 if at < 5 else sheet.EF06
    again = [forgotten, (sheet.SELECT, sheet.FCI), (file, sheet.DONE)]
    values = read_values(sheet.played([*sheet.WHOLE[:at], *again, *sheet.WHOLE[at:]]))
    assert decode(values, TODAY) == decode(read_values(sheet.played(sheet.WHOLE)), TODAY)


def test_a_card_that_can_select_no_file_is_read_by_the_short_names_of_its_files() -> None:
    ef05, ef06 = "00 A4 00 00 02 EF 05", "00 A4 00 00 02 EF 06"
    file_05 = [*_refused(ef05, "00 B2 05 00 06"), *_by_sfi("2C", "12 03 06 0E 06 06 0B", CARD)]
    file_06 = [*_refused(ef06, "00 B2 08 00 14"), *_by_sfi("34", "14 20 16 03 03 05 06", OWNER)]
    card = decode(read_values(sheet.played([(sheet.SELECT, sheet.FCI), *file_05, *file_06])), TODAY)
    assert card == decode(read_values(sheet.played(sheet.WHOLE)), TODAY)


CARD = [
    b"\x01\x10" + bytes(16) + sheet.DONE, b"\x02\x01\x33\x90\x00", b"\x03\x043.00\x90\x00",
    b"\x04\x0c" + bytes(12) + sheet.DONE, sheet.ISSUED[1], sheet.VALID_TO[1], sheet.CARD_NUMBER[1],
]  # fmt: skip
OWNER = [
    sheet.NUMBER[1], sheet.NAME[1], sheet.MORE_NAME[1], sheet.SEX[1], sheet.NATION[1],
    b"\x0c\x03\x50\x00\x00\x90\x00", sheet.BIRTH[1],
]  # fmt: skip


def _refused(select: str, read: str) -> list[sheet.Pair]:
    """Neither form of SELECT, neither a tag nor a number: 6986, also after selecting anew."""
    forms = [(bytes.fromhex(select), b"\x6a\x86")]
    forms.append((bytes.fromhex(select.replace("A4 00", "A4 02")), b"\x6a\x86"))
    tag = (bytes.fromhex(read), b"\x69\x86")
    first = bytes.fromhex("00 B2 01 04 12" if select.endswith("05") else "00 B2 01 04 14")
    return [*forms, tag, (sheet.SELECT, sheet.FCI), *forms, tag, (first, b"\x69\x86")]


def _by_sfi(p2: str, sizes: str, records: list[bytes]) -> list[sheet.Pair]:
    asked = [bytes.fromhex(f"00 B2 {n:02X} {p2} {size}") for n, size in enumerate(sizes.split(), 1)]
    return list(zip(asked, records, strict=True))


@pytest.mark.parametrize(
    ("sw", "reason", "advice"),
    [
        ("69 86", Reason.CARD_REFUSED, "put it in again"),
        ("6A 81", Reason.UNSUPPORTED_CARD, "another card"),
        ("6B 00", Reason.UNSUPPORTED_CARD, "another card"),
    ],
)
def test_a_card_that_knows_no_way_to_its_records(sw: str, reason: Reason, advice: str) -> None:
    def transmit(command: bytes) -> bytes:
        return bytes.fromhex(sw) if command[1] == 0xB2 else sheet.DONE

    with pytest.raises(PeripheralError, match="EF06") as caught:
        read_values(transmit)
    assert caught.value.reason is reason
    assert advice in caught.value.advice


def test_what_was_read_is_kept_when_the_card_knows_no_way_to_the_rest() -> None:
    def transmit(command: bytes) -> bytes:
        return dict([*sheet.WHOLE[:8]]).get(command, b"\x6a\x81")

    assert decode(read_values(transmit), TODAY).name == "测试甲"


def test_a_record_cut_short_is_asked_for_in_its_own_length() -> None:
    short = (sheet.CARD_NUMBER[0], bytes.fromhex("07 0A 54 30 30 30 30 30 30 30 31 90 00"))
    again = (bytes.fromhex("00 B2 07 00 0C"), bytes.fromhex("07 0A") + b"T000000012" + sheet.DONE)
    values = read_values(sheet.played([*sheet.WHOLE[:4], short, again, *sheet.HOLDER_FILE]))
    assert values[0x07] == b"T000000012"
