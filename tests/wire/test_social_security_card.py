"""The social security card driver through a real pcscd and its virtual reader."""

import time
from collections.abc import Iterator
from datetime import date
from typing import Any

import chip_card as sheet
import pytest
import structlog.testing

from drivers.cards.pcsc_service import Service, chosen
from drivers.cards.social_security_card import SPEC, SocialSecurityOptions, SocialSecurityReader
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import CardProblem, IdentityCard, Sex
from drivers.sim.base import CannotPlayError
from drivers.sim.pcscd import SLOT, Pcscd
from drivers.sim.social_security_card import SocialSecurityCardSimulator


@pytest.fixture(scope="module")
def pcscd() -> Iterator[Pcscd]:
    """One for all tests of literal bytes."""
    try:
        daemon = Pcscd()
        daemon.start()
    except CannotPlayError as e:
        pytest.skip(f"no chip card can be played here: {e}")
    yield daemon
    daemon.close()


def read_scripted(pcscd: Pcscd, pairs: list[sheet.Pair]) -> IdentityCard:
    card = sheet.ScriptedCard(pcscd.port, pairs)
    device = SPEC.open(SocialSecurityOptions(socket=pcscd.socket))
    try:
        return device.read(10, sheet.never)  # type: ignore[no-any-return]
    finally:
        device.close()
        card.pull()
        service = Service(pcscd.socket)
        while service.look(SLOT).present:
            time.sleep(0.02)
        service.close()
        card.check()


def test_literal_commands_and_answers_of_the_sheet(pcscd: Pcscd) -> None:
    card = read_scripted(pcscd, sheet.WHOLE)
    assert (card.name, card.number) == ("测试甲", "500000190001010007")
    assert card.card_number == "T00000001"


def test_literal_t0_answers(pcscd: Pcscd) -> None:
    pairs = [
        (sheet.SELECT, bytes.fromhex("61 18")),
        (bytes.fromhex("00 C0 00 00 18"), sheet.FCI),
        *sheet.WHOLE[1:4],
        (sheet.CARD_NUMBER[0], bytes.fromhex("6C 0B")),
        *sheet.WHOLE[4:],
    ]
    assert read_scripted(pcscd, pairs).card_number == "T00000001"


def test_literally_no_social_security_card(pcscd: Pcscd) -> None:
    with pytest.raises(PeripheralError, match="not a social security card") as caught:
        read_scripted(pcscd, [(sheet.SELECT, bytes.fromhex("6A 82"))])
    assert caught.value.reason is Reason.UNSUPPORTED_CARD
    assert caught.value.advice


@pytest.mark.parametrize(
    "fci",
    [
        "6F 10 84 0E 31 50 41 59 2E 53 59 53 2E 44 44 46 30 31 90 00",  # 1PAY.SYS.DDF01
        "6F 05 A5 03 88 01 1E 90 00",
    ],
)
def test_a_card_that_names_another_application_is_another_card(pcscd: Pcscd, fci: str) -> None:
    with pytest.raises(PeripheralError, match="names another application") as caught:
        read_scripted(pcscd, [(sheet.SELECT, bytes.fromhex(fci))])
    assert (caught.value.reason, caught.value.sent) == (Reason.UNSUPPORTED_CARD, True)


def test_a_card_that_sends_no_fci_is_believed_by_its_records(pcscd: Pcscd) -> None:
    assert read_scripted(pcscd, [(sheet.SELECT, sheet.DONE), *sheet.WHOLE[1:]]).name == "测试甲"


def test_odd_optional_fields_are_unknown_and_numbers_may_end_in_f(pcscd: Pcscd) -> None:
    odd = {
        sheet.SEX[0]: "0A 01 01 90 00",
        sheet.NATION[0]: "69 85",
        sheet.MORE_NAME[0]: "4E 02 FF 81 90 00",
        sheet.CARD_NUMBER[0]: "07 09 54 30 30 30 30 46 46 46 46 90 00",
        sheet.VALID_TO[0]: "65 81",
    }
    pairs = [(ask, bytes.fromhex(odd[ask]) if ask in odd else say) for ask, say in sheet.WHOLE]
    card = read_scripted(pcscd, pairs)
    assert (card.name, card.number) == ("测试甲", "500000190001010007")
    assert (card.sex, card.nation, card.card_number) == (Sex.UNKNOWN, None, "T0000")
    assert (card.valid_to, card.birth) == (None, date(1900, 1, 1))


def say(line: Any, command: str) -> str:
    """Ask the simulator directly, as vpcd would."""
    raw = bytes.fromhex(command)
    heard: list[bytes] = []
    usual, line.port.send = line.port.send, heard.append
    line.handle(raw)
    line.port.send = usual
    return heard[0].hex(" ").upper()


def test_the_simulator_answers_as_the_sheet_says(chip: SocialSecurityCardSimulator) -> None:
    chip.lay("jia")
    select = sheet.SELECT.hex()
    assert say(chip, select) == sheet.FCI.hex(" ").upper()
    assert say(chip, "00 B2 07 00 08") == "69 86"
    assert say(chip, "00 A4 00 00 02 EF 05") == "90 00"
    assert say(chip, "00 B2 07 00 0B") == "07 09 54 30 30 30 30 30 30 30 31 90 00"
    assert say(chip, "00 B2 07 04 FF") == "6C 0B"
    assert say(chip, "00 A4 00 00 02 EF 06") == "90 00"
    for command, answer in sheet.HOLDER_FILE[1:]:
        assert say(chip, command.hex()) == answer.hex(" ").upper()
    assert say(chip, "00 B2 10 00 14") == "6A 83"
    assert say(chip, "00 A4 00 00 02 EF 99") == "6A 82"
    assert say(chip, "00 A4 00 00 02 EF 08") == "90 00"
    assert say(chip, "00 B2 01 04 00") == "69 82"
    assert say(chip, "00 20 00 00 03 12 34 56") == "63 C2"
    chip.pin_tries = 3
    chip.get_response = True
    assert say(chip, select) == "61 18"
    assert say(chip, "00 C0 00 00 18") == sheet.FCI.hex(" ").upper()
    chip.lay("bank")
    assert say(chip, select) == "6A 82"


@pytest.mark.parametrize(
    "faults",
    [
        {},
        {"get_response": True},
        {"wrong_le": True},
        {"tag_is_number": True, "select_by_02": True},
        {"get_response": True, "wrong_le": True, "by_number": True},
        {"by_sfi": True},
        {"short": 1},
        {"garbage": 1},
        {"slow_ms": 60},
    ],
    ids=str,
)
def test_every_sort_of_card_is_read(
    chip: SocialSecurityCardSimulator, chip_reader: SocialSecurityReader, faults: dict[str, Any]
) -> None:
    for name, value in faults.items():
        setattr(chip, name, value)
    chip.lay("jia")
    found = chip_reader.read(10, sheet.never)
    assert (found.name, found.number) == ("测试甲", "500000190001010007")
    assert found.card_number == "T00000001"
    assert chip.pin_tries == 3  # no PIN was tried
    assert not [command for command in chip.commands if command[1] not in (0xA4, 0xB2, 0xC0)]


def test_other_versions_and_holders(
    chip: SocialSecurityCardSimulator, chip_reader: SocialSecurityReader
) -> None:
    chip.lay("yi")
    assert chip_reader.read(5, sheet.never).name == "测试乙阿卜杜热合曼麦麦提依明𠮷"
    chip.tag_is_number = True
    chip.lay("old")
    assert chip_reader.read(5, sheet.never).name == "测试丙"
    chip.tag_is_number = False
    chip.lay("spaces")
    found = chip_reader.read(5, sheet.never)
    assert (found.name, found.card_number, found.valid_to) == ("测试丁", "T0000004", None)
    chip.lay("expired")
    assert chip_reader.read(5, sheet.never).problems == (CardProblem.EXPIRED,)
    chip.lay("wrong")
    assert chip_reader.read(5, sheet.never).problems == (CardProblem.CHECK_DIGIT,)


@pytest.mark.parametrize(
    ("faults", "reason"),
    [
        ({"locked_tags": "08"}, Reason.CARD_REFUSED),
        ({"read_sw": "6581"}, Reason.CARD_REFUSED),
        ({"select_sw": "6A81"}, Reason.UNSUPPORTED_CARD),
        ({"short": 99}, Reason.GARBLED),
        ({"bad_atr": True}, Reason.UNSUPPORTED_CARD),
    ],
    ids=str,
)
def test_what_goes_wrong_has_a_reason_and_an_advice(
    chip: SocialSecurityCardSimulator,
    chip_reader: SocialSecurityReader,
    faults: dict[str, Any],
    reason: Reason,
) -> None:
    for name, value in faults.items():
        setattr(chip, name, value)
    chip.lay("jia")
    error = sheet.failure(chip_reader)
    assert error.reason is reason
    assert error.advice
    assert error.sent  # the card was reached: exit status 1


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (None, 0), (0, 0), (1, 1), ("1", 1), ("Omnikey 3121 00 00", 2), ("acr39u", 1),
        ("acs acr39u 00 01", 1),
    ],
)  # fmt: skip
def test_a_reader_is_chosen_by_name_part_or_index(wanted: str | int | None, found: int) -> None:
    readers = ["Some Omnikey 3121 00 00", "ACS ACR39U 00 01", "Omnikey 3121 00 00"]
    assert chosen(readers, wanted) == readers[found]


@pytest.mark.parametrize("wanted", [2, "Omnikey"])
def test_a_reader_that_is_not_there_is_told_with_those_that_are(
    chip: SocialSecurityCardSimulator, wanted: str | int
) -> None:
    with pytest.raises(PeripheralError, match=SLOT) as caught:
        SPEC.open(SocialSecurityOptions(reader=wanted, socket=chip.options["socket"]))
    assert (caught.value.reason, caught.value.sent) == (Reason.NO_DEVICE, False)


def test_no_log_holds_anything_of_the_card(
    chip: SocialSecurityCardSimulator, chip_reader: SocialSecurityReader
) -> None:
    chip.lay("jia")
    with structlog.testing.capture_logs() as logs:
        chip_reader.read(5, sheet.never)
    text = repr(logs)
    assert "00 b2 08 00 14" in text
    for secret in ("测试甲", "500000190001010007", "T00000001", b"T0000".hex(" "), "b2 e2"):
        assert secret not in text
