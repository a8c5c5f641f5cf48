"""The social security card driver through a real pcscd and its virtual reader."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import chip_card as sheet
import pytest
import structlog.testing

from drivers import sim
from drivers.capture import replaying
from drivers.cards.pcsc_service import Service, chosen
from drivers.cards.social_security_card import SPEC, SocialSecurityOptions, SocialSecurityReader
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import CardProblem, IdentityCard, Sex
from drivers.sim.base import CannotPlayError
from drivers.sim.pcscd import SLOT, Pcscd
from drivers.sim.social_security_card import SocialSecurityCardSimulator
from drivers.status import State

COMMAND = Path(sys.executable).with_name("hall-devices")
REVEALED = (
    '{"ok": true, "kind": "social_security", "name": "测试甲", "name_latin": null, "sex": "male", '
    '"nation": "汉", "birth": "1900-01-01", "address": null, "number": "500000190001010007", '
    '"issuer": null, "valid_from": "2024-01-01", "valid_to": "2099-01-01", "open_ended": false, '
    '"problems": [], "card_number": "T00000001"}\n'
)


def never() -> bool:
    return False


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


@pytest.fixture(scope="module")
def running() -> Iterator[SocialSecurityCardSimulator]:
    try:
        simulator = sim.start("social_security_card")
    except CannotPlayError as e:
        pytest.skip(f"no chip card can be played here: {e}")
    assert isinstance(simulator, SocialSecurityCardSimulator)
    yield simulator
    simulator.stop()


@pytest.fixture
def card(running: SocialSecurityCardSimulator) -> Iterator[SocialSecurityCardSimulator]:
    """The simulator, with no card in, and without a fault again afterwards."""
    good = {name: getattr(running, name) for name in running.faults}
    yield running
    for name, value in good.items():
        setattr(running, name, value)
    running.lift()
    # The next test's card shall be a new one to pcscd.
    service = Service(Path(running.options["socket"]))
    end = time.monotonic() + 5
    while service.look(SLOT).present and time.monotonic() < end:
        time.sleep(0.02)
    service.close()


@pytest.fixture
def reader(card: SocialSecurityCardSimulator) -> Iterator[SocialSecurityReader]:
    opened = SPEC.open(SocialSecurityOptions(**card.options, answer_timeout_s=1))
    yield opened
    opened.close()


def failure(reader: SocialSecurityReader, timeout_s: float = 5) -> PeripheralError:
    with pytest.raises(PeripheralError) as caught:
        reader.read(timeout_s, never)
    return caught.value


def read_scripted(pcscd: Pcscd, pairs: list[sheet.Pair]) -> IdentityCard:
    card = sheet.ScriptedCard(pcscd.port, pairs)
    device = SPEC.open(SocialSecurityOptions(socket=pcscd.socket))
    try:
        return device.read(10, never)  # type: ignore[no-any-return]
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


def test_the_simulator_answers_as_the_sheet_says(card: SocialSecurityCardSimulator) -> None:
    card.lay("jia")
    select = sheet.SELECT.hex()
    assert say(card, select) == sheet.FCI.hex(" ").upper()
    assert say(card, "00 B2 07 00 08") == "69 86"
    assert say(card, "00 A4 00 00 02 EF 05") == "90 00"
    assert say(card, "00 B2 07 00 0B") == "07 09 54 30 30 30 30 30 30 30 31 90 00"
    assert say(card, "00 B2 07 04 FF") == "6C 0B"
    assert say(card, "00 A4 00 00 02 EF 06") == "90 00"
    for command, answer in sheet.HOLDER_FILE[1:]:
        assert say(card, command.hex()) == answer.hex(" ").upper()
    assert say(card, "00 B2 10 00 14") == "6A 83"
    assert say(card, "00 A4 00 00 02 EF 99") == "6A 82"
    assert say(card, "00 A4 00 00 02 EF 08") == "90 00"
    assert say(card, "00 B2 01 04 00") == "69 82"
    assert say(card, "00 20 00 00 03 12 34 56") == "63 C2"
    card.pin_tries = 3
    card.get_response = True
    assert say(card, select) == "61 18"
    assert say(card, "00 C0 00 00 18") == sheet.FCI.hex(" ").upper()
    card.lay("bank")
    assert say(card, select) == "6A 82"


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
    card: SocialSecurityCardSimulator, reader: SocialSecurityReader, faults: dict[str, Any]
) -> None:
    for name, value in faults.items():
        setattr(card, name, value)
    card.lay("jia")
    found = reader.read(10, never)
    assert (found.name, found.number) == ("测试甲", "500000190001010007")
    assert found.card_number == "T00000001"
    assert card.pin_tries == 3  # no PIN was tried
    assert not [command for command in card.commands if command[1] not in (0xA4, 0xB2, 0xC0)]


def test_other_versions_and_holders(
    card: SocialSecurityCardSimulator, reader: SocialSecurityReader
) -> None:
    card.lay("yi")
    assert reader.read(5, never).name == "测试乙阿卜杜热合曼麦麦提依明𠮷"
    card.tag_is_number = True
    card.tag_is_number = False
    card.lay("spaces")
    found = reader.read(5, never)
    assert (found.name, found.card_number, found.valid_to) == ("测试丁", "T0000004", None)
    card.lay("expired")
    assert reader.read(5, never).problems == (CardProblem.EXPIRED,)
    card.lay("wrong")
    assert reader.read(5, never).problems == (CardProblem.CHECK_DIGIT,)


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
    card: SocialSecurityCardSimulator,
    reader: SocialSecurityReader,
    faults: dict[str, Any],
    reason: Reason,
) -> None:
    for name, value in faults.items():
        setattr(card, name, value)
    card.lay("jia")
    error = failure(reader)
    assert error.reason is reason
    assert error.advice
    assert error.sent  # the card was reached: exit status 1


def test_a_silent_card_is_given_up_and_pulled(
    card: SocialSecurityCardSimulator, reader: SocialSecurityReader
) -> None:
    card.silent = True
    card.lay("jia")
    assert failure(reader).reason is Reason.SILENT
    assert reader.status().state is State.OFFLINE
    assert failure(reader, 0.3).reason is Reason.SILENT  # nor is it asked again
    card.lift()
    card.silent = False
    card.lay("jia")
    assert reader.read(10, never).name == "测试甲"
    assert reader.status().state is State.ONLINE


def test_a_card_too_slow_for_the_time_given_is_told_as_such(
    card: SocialSecurityCardSimulator, reader: SocialSecurityReader
) -> None:
    card.slow_ms = 700
    card.lay("jia")
    begun = time.monotonic()
    error = failure(reader, 0.6)
    assert (error.reason, "too slowly" in error.detail) == (Reason.SILENT, True)
    assert "Allow more time" in error.advice
    assert 4.5 < time.monotonic() - begun < 12


def test_a_card_is_read_once_until_it_was_taken_out(
    card: SocialSecurityCardSimulator, reader: SocialSecurityReader
) -> None:
    assert reader.status().card_present is False
    assert failure(reader, 0.3).reason is Reason.NO_CARD
    card.lay("jia")
    reader.read(5, never)
    assert reader.status().card_present is True
    assert failure(reader, 0.3).reason is Reason.NO_CARD
    card.lift()
    card.lay("jia")
    assert reader.read(5, never).name == "测试甲"


def test_a_card_that_cannot_be_used_is_told_of_once(
    card: SocialSecurityCardSimulator, reader: SocialSecurityReader
) -> None:
    card.lay("bank")
    assert failure(reader).reason is Reason.UNSUPPORTED_CARD
    assert failure(reader, 0.3).reason is Reason.NO_CARD
    card.lay("bank")
    assert failure(reader).reason is Reason.UNSUPPORTED_CARD


@pytest.mark.parametrize("at", [1, 2, 7, 12])
def test_pulled_at_any_command_it_can_be_put_in_again(
    card: SocialSecurityCardSimulator, reader: SocialSecurityReader, at: int
) -> None:
    card.lifted_at = at
    card.lay("jia")
    if at == 1:  # nobody puts it in again
        error = failure(reader, 1.5)
        assert error.reason is Reason.CARD_REMOVED
        assert error.advice
        return

    def again() -> None:
        while card.card_lies:
            time.sleep(0.01)
        card.lay("jia")

    helper = threading.Thread(target=again)
    helper.start()
    assert reader.read(15, never).name == "测试甲"
    helper.join()


def test_waiting_and_reading_can_be_cancelled(
    card: SocialSecurityCardSimulator, reader: SocialSecurityReader
) -> None:
    for card_in in (False, True):
        if card_in:
            card.silent = True
            card.lay("jia")
        cancelled = threading.Event()
        threading.Timer(0.7, cancelled.set).start()
        begun = time.monotonic()
        with pytest.raises(PeripheralError) as caught:
            reader.read(30, cancelled.is_set)
        assert caught.value.reason is Reason.CANCELLED
        assert time.monotonic() - begun < 5


def test_another_program_that_has_the_card_is_waited_for(
    card: SocialSecurityCardSimulator, reader: SocialSecurityReader
) -> None:
    card.lay("jia")
    other = Service(Path(card.options["socket"]))
    while not other.look(SLOT).present:
        time.sleep(0.02)
    link = other.connect(SLOT)
    error = failure(reader, 0.5)
    assert error.reason is Reason.BUSY
    assert "program" in error.advice
    link.close(well=True)
    assert reader.read(5, never).name == "测试甲"
    other.close()


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
    card: SocialSecurityCardSimulator, wanted: str | int
) -> None:
    with pytest.raises(PeripheralError, match=SLOT) as caught:
        SPEC.open(SocialSecurityOptions(reader=wanted, socket=card.options["socket"]))
    assert (caught.value.reason, caught.value.sent) == (Reason.NO_DEVICE, False)


def test_no_log_holds_anything_of_the_card(
    card: SocialSecurityCardSimulator, reader: SocialSecurityReader
) -> None:
    card.lay("jia")
    with structlog.testing.capture_logs() as logs:
        reader.read(5, never)
    text = repr(logs)
    assert "00 b2 08 00 14" in text
    for secret in ("测试甲", "500000190001010007", "T00000001", b"T0000".hex(" "), "b2 e2"):
        assert secret not in text


def hall_devices(*words: str) -> Any:
    return subprocess.run(
        [COMMAND, *words], capture_output=True, text=True, timeout=60, check=False
    )


def read_by_command(card: SocialSecurityCardSimulator, *words: str) -> Any:
    where = [f"--option={key}={value}" for key, value in card.options.items()]
    return hall_devices("read", "social_security_card", *where, "--json", *words)


def test_the_command_line(card: SocialSecurityCardSimulator) -> None:
    card.lay("jia")
    done = read_by_command(card, "--reveal", "--timeout", "10")
    assert (done.stdout, done.stderr, done.returncode) == (REVEALED, "", 0)
    done = read_by_command(card)
    masked = json.loads(done.stdout)
    assert (masked["name"], masked["number"]) == ("测**", "500000********0007")
    assert masked["card_number"] == "*" * 9
    card.lay("bank")
    done = read_by_command(card)
    assert done.returncode == 1
    assert json.loads(done.stdout)["reason"] == "unsupported_card"
    assert "not a social security card" in done.stderr
    card.lift()
    done = read_by_command(card, "--timeout", "1")
    assert json.loads(done.stdout)["reason"] in ("no_card", "card_removed")  # seen late
    assert done.returncode == 1


def test_a_recording_holds_commands_and_masked_answers(
    card: SocialSecurityCardSimulator, tmp_path: Path
) -> None:
    card.lay("yi")
    file = tmp_path / "card.jsonl"
    where = [f"--option={key}={value}" for key, value in card.options.items()]
    done = hall_devices(
        "record", "social_security_card", *where, "--to", str(file), "--for", "3", "--json"
    )
    assert done.returncode == 0, done.stderr
    header, *chunks = [json.loads(line) for line in file.read_text().splitlines()]
    assert header["masked"] is True
    assert [chunk["dir"] for chunk in chunks] == ["out", "in"] * 12
    assert bytes.fromhex(chunks[0]["hex"]) == sheet.SELECT
    assert bytes.fromhex(chunks[1]["hex"]) == sheet.FCI
    data = b"".join(bytes.fromhex(chunk["hex"]) for chunk in chunks)
    for secret in ("阿卜杜".encode("gbk"), b"190001020029", b"T00000002", b"\x19\x00\x01\x02"):
        assert secret not in data

    with replaying(file) as played:
        device = played.open()
        found = device.read(10, never)
        device.close()
        assert (found.name, found.number, played.mismatches) == ("测试", "500000190001010007", [])


def test_a_simulator_in_the_foreground_ends_its_pcscd_with_itself(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with out.open("w") as sink:
        process = subprocess.Popen(
            [COMMAND, "sim", "social_security_card", "--json"], stdin=subprocess.PIPE, stdout=sink
        )
    try:
        end = time.monotonic() + 20
        while not out.read_text().endswith("\n") and process.poll() is None:
            assert time.monotonic() < end
            time.sleep(0.05)
        told = json.loads(out.read_text())
        if not told["ok"]:
            pytest.skip(f"no chip card can be played here: {told}")
        socket = Path(told["options"]["socket"])
        pid = int(socket.with_name("pcscd.pid").read_text().rstrip("\n\0"))
        os.kill(process.pid, signal.SIGKILL)  # not even then does it stay behind
        while Path(f"/proc/{pid}").exists():
            assert time.monotonic() < end
            time.sleep(0.05)
    finally:
        process.kill()
        process.wait()
