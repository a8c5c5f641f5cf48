"""One visit with a chip card: silent, slow, pulled, taken by another program, read only once."""

import threading
import time
from pathlib import Path

import chip_card as sheet
import pytest

from drivers.cards.pcsc_service import Service
from drivers.cards.social_security_card import SocialSecurityReader
from drivers.errors import PeripheralError, Reason
from drivers.sim.pcscd import SLOT
from drivers.sim.social_security_card import SocialSecurityCardSimulator
from drivers.status import State


def test_a_silent_card_is_given_up_and_pulled(
    chip: SocialSecurityCardSimulator, chip_reader: SocialSecurityReader
) -> None:
    chip.silent = True
    chip.lay("jia")
    assert sheet.failure(chip_reader).reason is Reason.SILENT
    assert chip_reader.status().state is State.OFFLINE
    assert sheet.failure(chip_reader, 0.3).reason is Reason.SILENT  # nor is it asked again
    chip.lift()
    chip.silent = False
    chip.lay("jia")
    assert chip_reader.read(10, sheet.never).name == "测试甲"
    assert chip_reader.status().state is State.ONLINE


def test_a_card_too_slow_for_the_time_given_is_told_as_such(
    chip: SocialSecurityCardSimulator, chip_reader: SocialSecurityReader
) -> None:
    chip.slow_ms = 700  # the eleven commands of a visit need 7.7 s, 0.6 s and 4.5 s are given
    chip.lay("jia")
    error = sheet.failure(chip_reader, 0.6)
    assert (error.reason, "too slowly" in error.detail) == (Reason.SILENT, True)
    assert "Allow more time" in error.advice
    asked = len(chip.commands)
    assert 1 < asked < 11  # gone on after the end of its time with a card put in in time
    time.sleep(1.5)
    assert len(chip.commands) <= asked + 1  # what was under way is not followed by another


def test_a_card_is_read_once_until_it_was_taken_out(
    chip: SocialSecurityCardSimulator, chip_reader: SocialSecurityReader
) -> None:
    assert chip_reader.status().card_present is False
    assert sheet.failure(chip_reader, 0.3).reason is Reason.NO_CARD
    chip.lay("jia")
    chip_reader.read(5, sheet.never)
    assert chip_reader.status().card_present is True
    assert sheet.failure(chip_reader, 0.3).reason is Reason.NO_CARD
    chip.lift()
    chip.lay("jia")
    assert chip_reader.read(5, sheet.never).name == "测试甲"


def test_a_card_that_cannot_be_used_is_told_of_once(
    chip: SocialSecurityCardSimulator, chip_reader: SocialSecurityReader
) -> None:
    chip.lay("bank")
    assert sheet.failure(chip_reader).reason is Reason.UNSUPPORTED_CARD
    assert sheet.failure(chip_reader, 0.3).reason is Reason.NO_CARD
    chip.lay("bank")
    assert sheet.failure(chip_reader).reason is Reason.UNSUPPORTED_CARD


@pytest.mark.parametrize("at", [1, 2, 7, 12])
def test_pulled_at_any_command_it_can_be_put_in_again(
    chip: SocialSecurityCardSimulator, chip_reader: SocialSecurityReader, at: int
) -> None:
    chip.lifted_at = at
    chip.lay("jia")
    if at == 1:  # nobody puts it in again
        error = sheet.failure(chip_reader, 1.5)
        assert error.reason is Reason.CARD_REMOVED
        assert error.advice
        return

    def again() -> None:
        while chip.card_lies:
            time.sleep(0.01)
        chip.lay("jia")

    helper = threading.Thread(target=again)
    helper.start()
    assert chip_reader.read(15, sheet.never).name == "测试甲"
    helper.join()


def test_waiting_and_reading_can_be_cancelled(
    chip: SocialSecurityCardSimulator, chip_reader: SocialSecurityReader
) -> None:
    for card_in in (False, True):
        if card_in:
            chip.silent = True
            chip.lay("jia")
        cancelled = threading.Event()
        threading.Timer(0.7, cancelled.set).start()
        with pytest.raises(PeripheralError) as caught:
            chip_reader.read(600, cancelled.is_set)  # not looked at, pytest's own limit ends it
        assert caught.value.reason is Reason.CANCELLED


def test_another_program_that_has_the_card_is_waited_for(
    chip: SocialSecurityCardSimulator, chip_reader: SocialSecurityReader
) -> None:
    chip.lay("jia")
    other = Service(Path(chip.options["socket"]))
    while not other.look(SLOT).present:
        time.sleep(0.02)
    link = other.connect(SLOT)
    error = sheet.failure(chip_reader, 0.5)
    assert error.reason is Reason.BUSY
    assert "program" in error.advice
    link.close(well=True)
    assert chip_reader.read(5, sheet.never).name == "测试甲"
    other.close()
