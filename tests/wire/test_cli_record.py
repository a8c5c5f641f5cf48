"""`hall-devices record` when the terminal goes or the disk is full; and a photo on a full disk."""

import json
import os
import pty
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from recordings import assert_nothing_of

from drivers.capture.format import read_capture

COMMAND = Path(sys.executable).with_name("hall-devices")
QUESTION = bytes.fromhex("2001")  # look for a card


def words(simulator: Any, command: str, *more: object) -> list[str]:
    port = f"port={simulator.options['port']}"
    return [str(COMMAND), command, "sdt_reader", "-o", port, *map(str, more)]


def short_of_room(size: int) -> Any:
    """No file of the command can grow beyond `size`, as on a disk that is full there."""
    return {
        "preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
        "env": os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        "capture_output": True, "text": True, "timeout": 60,
    }  # fmt: skip


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_signal_ends_it_and_what_was_heard_is_saved(
    simulate: Callable[..., Any], tmp_path: Path, number: signal.Signals
) -> None:
    simulator, file = simulate("sdt_reader", card="bing"), tmp_path / "k.jsonl"
    line = words(simulator, "record", "--to", file, "--json")
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as recording:
        assert simulator.wait(lambda heard: heard.count(QUESTION) >= 2, 30)
        assert not file.exists()
        recording.send_signal(number)
        recording.send_signal(number)
        told = json.loads(recording.communicate(timeout=30)[0])
    assert (recording.returncode, told["ended"], told["file"]) == (0, "stopped", str(file))
    assert len(read_capture(file).chunks) == told["chunks"]
    assert_nothing_of("阿依古丽", file)


def test_it_is_saved_when_its_terminal_is_gone(
    simulate: Callable[..., Any], tmp_path: Path
) -> None:
    simulator, file = simulate("sdt_reader", card="jia"), tmp_path / "k.jsonl"
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(COMMAND, words(simulator, "record", "--to", file))
    assert simulator.wait(lambda heard: heard.count(QUESTION) >= 2, 30)
    os.close(terminal)
    os.waitpid(pid, 0)
    assert read_capture(file).chunks
    assert list(tmp_path.iterdir()) == [file]


def test_under_nohup_it_goes_on(simulate: Callable[..., Any], tmp_path: Path) -> None:
    simulator, file = simulate("sdt_reader"), tmp_path / "k.jsonl"
    line = ["nohup", *words(simulator, "record", "--to", file, "--json")]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as recording:
        assert simulator.wait(lambda heard: heard.count(QUESTION) >= 2, 30)
        recording.send_signal(signal.SIGHUP)
        before = simulator.received.count(QUESTION)
        assert simulator.wait(lambda heard: heard.count(QUESTION) >= before + 10, 30)
        assert recording.poll() is None
        recording.send_signal(signal.SIGINT)
        assert json.loads(recording.communicate(timeout=30)[0])["ok"]
    assert file.exists()


def test_on_a_full_disk_nothing_is_saved_and_it_says_so(
    simulate: Callable[..., Any], tmp_path: Path
) -> None:
    file = tmp_path / "k.jsonl"
    line = words(simulate("sdt_reader"), "record", "--to", file, "--for", 1, "--json")
    done = subprocess.run(line, check=False, **short_of_room(100))
    told = json.loads(done.stdout)
    assert (done.returncode, told["ok"], told["file"], told["chunks"] > 0) == (1, False, None, True)
    problem = f"nothing is saved: cannot write {file}: File too large"
    assert told["advice"].startswith(problem)
    assert done.stderr == f"hall-devices: {problem}\n"
    assert list(tmp_path.iterdir()) == []


def test_a_photo_on_a_full_disk_leaves_no_file(
    simulate: Callable[..., Any], tmp_path: Path
) -> None:
    file = tmp_path / "card.wlt"
    line = words(simulate("sdt_reader", card="jia"), "read", "--photo", file, "--json")
    done = subprocess.run(line, check=False, **short_of_room(512))
    told = json.loads(done.stdout)
    assert (done.returncode, told["photo_note"]) == (0, f"cannot write {file}: File too large")
    assert "photo" not in told
    assert list(tmp_path.iterdir()) == []


def test_a_device_that_takes_no_photo_stays(simulate: Callable[..., Any], tmp_path: Path) -> None:
    full = tmp_path / "full.wlt"
    full.symlink_to("/dev/full")
    line = words(simulate("sdt_reader", card="jia"), "read", "--photo", full, "--json")
    done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)
    assert json.loads(done.stdout)["photo_note"].endswith("No space left on device")
    assert full.is_symlink()
