"""The speaker on a named pipe that programs of others read, and the lock between programs."""

import hashlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from sound_files import never

from drivers.errors import PeripheralError, Reason
from drivers.interfaces import Announcement
from drivers.saying import in_language
from drivers.sound.sinks import place_lock
from drivers.sound.speaker import AnnouncingSpeaker, SpeakerOptions
from drivers.status import State
from drivers.transports import claims

pytestmark = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is missing")
CALL = Announcement("A001", "3号窗口")


def speaker(**options: Any) -> AnnouncingSpeaker:
    return AnnouncingSpeaker(SpeakerOptions.model_validate({**options, "speed": 400}))


def test_programs_that_read_the_pipe_get_a_wav_a_call(tmp_path: Path) -> None:
    pipe, out = tmp_path / "sound", tmp_path / "out"
    os.mkfifo(pipe)
    out.mkdir()
    loop = 'n=0; while cat "$1" > "$2/$n.part"; do mv "$2/$n.part" "$2/$n.wav"; n=$((n + 1)); done'
    with subprocess.Popen(["sh", "-c", loop, "sh", pipe, out], start_new_session=True) as reader:
        try:
            device = speaker(pipe=str(pipe))
            other = speaker(pipe=str(pipe))  # holds nothing open meanwhile
            until = time.monotonic() + 1.8
            with pytest.raises(PeripheralError):
                device.say(CALL, lambda: time.monotonic() > until)
            assert device.say(CALL, never).ok
            assert other.say(CALL, never).ok
            assert other.status().state is State.ONLINE
            end = time.monotonic() + 10
            while len(list(out.glob("*.wav"))) < 3:
                assert time.monotonic() < end
                time.sleep(0.05)
        finally:
            os.killpg(reader.pid, signal.SIGKILL)
    assert sorted(file.name for file in out.glob("*.wav")) == ["0.wav", "1.wav", "2.wav"]
    cut, *whole = (len((out / f"{n}.wav").read_bytes()) for n in range(3))
    assert cut < min(whole)
    for n, size in enumerate(whole, 1):
        data = (out / f"{n}.wav").read_bytes()
        assert data[:4] == b"RIFF"
        assert int.from_bytes(data[40:44], "little") == size - 44


def test_a_pipe_that_nobody_reads_is_silent_until_somebody_does(tmp_path: Path) -> None:
    pipe = tmp_path / "sound"
    os.mkfifo(pipe)
    device = speaker(pipe=str(pipe))
    with pytest.raises(PeripheralError) as caught:
        device.say(CALL, never)
    assert (caught.value.reason, caught.value.sent) == (Reason.SILENT, False)
    assert device.status().detail == f"no program reads {pipe}"
    assert in_language(device.status().detail, "zh") == f"没有程序在读 {pipe}"
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    assert device.status().state is State.ONLINE
    os.close(reader)


def test_two_programs_have_one_lock_whatever_their_temporary_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if claims.run_folder() != claims.RUN:
        pytest.skip(f"{claims.RUN} is not writable here")
    place = f"test {tmp_path}"
    with place_lock(place, never):
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
        with pytest.raises(PeripheralError) as caught, place_lock(place, lambda: True):
            pass
    assert caught.value.reason is Reason.CANCELLED
    digest = hashlib.sha256(place.encode()).hexdigest()[:16]
    (claims.RUN / f"yukuai-hall-sound-{digest}.lock").unlink()
