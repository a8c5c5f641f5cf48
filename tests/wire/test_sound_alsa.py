"""The speaker on a real aplay and ALSA library, whose devices are plug-ins: no card is needed."""

import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from sound_files import never

from drivers.errors import PeripheralError, Reason
from drivers.interfaces import Announcement
from drivers.sound.alsa_sink import AlsaSink
from drivers.sound.pcm import RATE
from drivers.sound.sinks import place_lock
from drivers.sound.speaker import AnnouncingSpeaker, SpeakerOptions
from drivers.status import State

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, ("aplay", "espeak-ng"))), reason="aplay or espeak-ng is missing"
)
CALL = Announcement("A001", "3号窗口")
STOPPED_READER = 3  # seconds that the blocked card's helper program lives

Configure = Callable[[str], None]


@pytest.fixture
def configure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Configure:
    """`configure(definitions)` gives ALSA these devices and no others but its own."""
    file = tmp_path / "alsa.conf"
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(file))

    def write(definitions: str) -> None:
        file.write_text(f"</usr/share/alsa/alsa.conf>\n{definitions}\n", "utf-8")

    return write


def recorder(name: str, file: str) -> str:
    return f'pcm.{name} {{ type file slave.pcm null file "{file}" format raw }}'


def test_aplay_gets_every_sample(configure: Configure, tmp_path: Path) -> None:
    raw, wav = tmp_path / "out.raw", tmp_path / "same.wav"
    configure(recorder("hall", str(raw)))
    device = AnnouncingSpeaker(SpeakerOptions(device="hall"))
    assert device.status().state is State.ONLINE
    raw.unlink()
    assert device.say(CALL, never).ok
    AnnouncingSpeaker(SpeakerOptions(file=str(wav))).say(CALL, never)
    heard, expected = raw.read_bytes(), wav.read_bytes()[44:]
    assert abs(len(heard) - len(expected)) < RATE  # espeak-ng differs by some samples a run
    assert len(heard) > 4 * RATE * 2
    chime = 2 * RATE
    assert heard[:chime] == expected[:chime]


def test_no_such_device_is_no_device_with_advice(configure: Configure) -> None:
    configure("")
    with pytest.raises(PeripheralError) as caught:
        AnnouncingSpeaker(SpeakerOptions(device="nosuch"))
    assert (caught.value.reason, caught.value.sent) == (Reason.NO_DEVICE, False)
    assert caught.value.detail.startswith("cannot open nosuch: aplay: ")
    assert "aplay -L" in caught.value.advice


def test_without_aplay_what_to_install_is_said(
    configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure("")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(PeripheralError) as caught:
        AnnouncingSpeaker(SpeakerOptions(device="null"))
    assert caught.value.reason is Reason.NO_DEVICE
    assert "apt-get install alsa-utils" in caught.value.advice


def test_a_card_that_was_pulled_out_is_lost_at_the_next_call(
    configure: Configure, tmp_path: Path
) -> None:
    configure(recorder("hall", str(tmp_path / "out.raw")))
    device = AnnouncingSpeaker(SpeakerOptions(device="hall"))
    configure("")
    with pytest.raises(PeripheralError) as caught:
        device.say(CALL, never)
    assert (caught.value.reason, caught.value.sent) == (Reason.LOST, False)


def test_it_is_noticed_between_calls_when_a_card_has_gone(
    configure: Configure, tmp_path: Path
) -> None:
    (tmp_path / "asound" / "card0").mkdir(parents=True)
    configure(recorder("hall", str(tmp_path / "out.raw")))
    sink = AlsaSink("hall", tmp_path / "asound")
    sink.check()
    configure("")
    sink.check()  # no card came or went: not tried
    (tmp_path / "asound" / "card0").rmdir()
    with pytest.raises(PeripheralError) as caught:
        sink.check()
    assert caught.value.reason is Reason.NO_DEVICE


def test_nothing_is_tried_while_another_program_plays_there(
    configure: Configure, tmp_path: Path
) -> None:
    raw = tmp_path / "out.raw"
    configure(recorder("hall", str(raw)))
    with place_lock("alsa hall", never):
        AlsaSink("hall", tmp_path).check()
    assert not raw.exists()
    AlsaSink("hall", tmp_path)
    assert raw.exists()


def test_a_blocked_card_is_cancelled_at_once_and_else_not_waited_for(
    configure: Configure, tmp_path: Path
) -> None:
    configure(recorder("hall", str(tmp_path / "out.raw")))
    device = AnnouncingSpeaker(SpeakerOptions(device="hall"))
    configure(recorder("hall", f"|exec sleep {STOPPED_READER}"))
    cancelled = threading.Event()
    threading.Timer(1.0, cancelled.set).start()
    begun = time.monotonic()
    with pytest.raises(PeripheralError) as caught:
        device.say(CALL, cancelled.is_set)
    assert caught.value.reason is Reason.CANCELLED
    assert 0.9 < time.monotonic() - begun < 2.5
    assert [child.name() for child in psutil.Process().children() if "aplay" in child.name()] == []
