"""Chip cards by the command: `read`, `record`, `sim`."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import chip_card as sheet
import pytest
from test_cli_read import COMMAND, hall_devices

from drivers.capture import replaying
from drivers.sim.social_security_card import SocialSecurityCardSimulator

REVEALED = (
    '{"ok": true, "kind": "social_security", "name": "测试甲", "name_latin": null, "sex": "male", '
    '"nation": "汉", "birth": "1900-01-01", "address": null, "number": "500000190001010007", '
    '"issuer": null, "valid_from": "2024-01-01", "valid_to": "2099-01-01", "open_ended": false, '
    '"problems": [], "card_number": "T00000001"}\n'
)


def read_by_command(chip: SocialSecurityCardSimulator, *words: str) -> Any:
    where = [f"--option={key}={value}" for key, value in chip.options.items()]
    return hall_devices("read", "social_security_card", *where, "--json", *words)


def test_the_command_line(chip: SocialSecurityCardSimulator) -> None:
    chip.lay("jia")
    done = read_by_command(chip, "--reveal", "--timeout", "10")
    assert (done.stdout, done.stderr, done.returncode) == (REVEALED, "", 0)
    done = read_by_command(chip)
    masked = json.loads(done.stdout)
    assert (masked["name"], masked["number"]) == ("测**", "500000********0007")
    assert masked["card_number"] == "*" * 9
    chip.lay("bank")
    done = read_by_command(chip)
    assert done.returncode == 1
    assert json.loads(done.stdout)["reason"] == "unsupported_card"
    assert "not a social security card" in done.stderr
    chip.lift()
    done = read_by_command(chip, "--timeout", "1")
    assert json.loads(done.stdout)["reason"] in ("no_card", "card_removed")  # seen late
    assert done.returncode == 1


def test_a_recording_holds_commands_and_masked_answers(
    chip: SocialSecurityCardSimulator, tmp_path: Path
) -> None:
    chip.lay("yi")
    file = tmp_path / "chip.jsonl"
    where = [f"--option={key}={value}" for key, value in chip.options.items()]
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
        found = device.read(10, lambda: False)
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
