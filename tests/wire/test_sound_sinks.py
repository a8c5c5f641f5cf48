"""The speaker into files and folders: what is in them, how loud, which places are refused."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sound_files import never, rms, samples_of

from drivers import registry
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import Announcement, SayResult
from drivers.sound.speaker import AnnouncingSpeaker, SpeakerOptions

pytestmark = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is missing")
CALL = Announcement("A001", "3号窗口")
ZH, EN = "请A零零一号，到三号窗口。", "Ticket A zero zero one, window three."
FAST = {"speed": 400}


def speaker(**options: Any) -> AnnouncingSpeaker:
    return AnnouncingSpeaker(SpeakerOptions.model_validate(options))


def test_a_file_grows_by_each_announcement(tmp_path: Path) -> None:
    file = tmp_path / "calls.wav"
    device = speaker(file=str(file), **FAST)
    assert file.stat().st_size == 0
    lengths = []
    for _ in range(3):
        assert device.say(CALL, never).said == ZH
        lengths.append(len(samples_of(file)))
    assert lengths[1] == pytest.approx(2 * lengths[0], rel=0.02)
    assert lengths[2] == pytest.approx(3 * lengths[0], rel=0.02)


def test_calls_at_once_stand_whole_one_behind_the_other(tmp_path: Path) -> None:
    alone, file = tmp_path / "alone.wav", tmp_path / "calls.wav"
    speaker(file=str(alone), **FAST).say(CALL, never)
    with ThreadPoolExecutor(4) as pool:
        said = pool.map(lambda _: speaker(file=str(file), **FAST).say(CALL, never).ok, range(4))
    assert list(said) == 4 * [True]
    assert samples_of(file) == 4 * samples_of(alone)


def test_a_folder_gets_a_file_each_and_keeps_the_newest(tmp_path: Path) -> None:
    device = speaker(folder=str(tmp_path), **FAST, chime="none")
    for _ in range(2):
        device.say(CALL, never)
    files = sorted(tmp_path.iterdir())
    assert [file.suffix for file in files] == [".wav", ".wav"]
    assert all(len(samples_of(file)) > 20_000 for file in files)
    for number in range(1000):
        (tmp_path / f"20250101-120000-{number:09d}.wav").touch()
    (tmp_path / "notes.txt").write_text("stays")
    device.say(CALL, never)
    left = sorted(tmp_path.glob("*.wav"))
    assert len(left) == 1000
    assert set(files) < set(left)
    assert left[0].name == "20250101-120000-000000003.wav"
    assert (tmp_path / "notes.txt").exists()


def test_louder_and_softer(tmp_path: Path) -> None:
    loudness = {}
    for volume in (100, 50, 0):
        file = tmp_path / f"{volume}.wav"
        result = speaker(file=str(file), volume=volume, **FAST).say(CALL, never)
        assert result.ok
        if volume:
            loudness[volume] = rms(samples_of(file))
        else:
            assert result == SayResult(
                True, "", advice="Not heard: the volume for this time of the day is 0."
            )
            assert file.stat().st_size == 0
    assert loudness[50] == pytest.approx(loudness[100] / 2, rel=0.02)


def test_a_quiet_time_counts(tmp_path: Path) -> None:
    loud, soft = tmp_path / "loud.wav", tmp_path / "soft.wav"
    speaker(file=str(loud), volume=100, **FAST).say(CALL, never)
    quiet = "00:00-12:00=10, 12:00-00:00=10"
    speaker(file=str(soft), volume=100, quiet=quiet, **FAST).say(CALL, never)
    assert rms(samples_of(soft)) == pytest.approx(rms(samples_of(loud)) / 10, rel=0.03)


def test_languages_in_their_order_and_repeated(tmp_path: Path) -> None:
    once = tmp_path / "once.wav"
    assert speaker(file=str(once), languages="zh,en", **FAST).say(CALL, never).said == f"{ZH} {EN}"
    twice = tmp_path / "twice.wav"
    device = speaker(file=str(twice), languages="en,zh", repeat=2, chime="none", **FAST)
    assert device.say(CALL, never).said == f"{EN} {ZH} {EN} {ZH}"
    assert len(samples_of(twice)) > 1.5 * (len(samples_of(once)) - 2 * 22_050)


@pytest.mark.parametrize("number", [" ", "--", "𠮷", "请号"])
def test_without_a_number_nothing_is_said(tmp_path: Path, number: str) -> None:
    device = speaker(folder=str(tmp_path))
    result = device.say(Announcement(number, "3号窗口"), never)
    assert (result.ok, result.reason) == (False, "rejected")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("options", [{}, {"file": "a.wav", "device": "default"}])
def test_exactly_one_place(options: dict[str, Any]) -> None:
    with pytest.raises(PeripheralError, match="exactly one of device, file, folder or pipe"):
        registry.check("speaker", options)


def test_places_that_are_not_there(tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear all, this is no recording and must stay as it is.")
    for options, reason in (
        ({"file": str(tmp_path / "none" / "a.wav")}, Reason.NO_DEVICE),
        ({"folder": str(tmp_path / "none")}, Reason.NO_DEVICE),
        ({"pipe": str(tmp_path / "none")}, Reason.NO_DEVICE),
        ({"pipe": str(letter)}, Reason.NO_DEVICE),
        ({"file": str(letter)}, Reason.BAD_OPTION),
        ({"file": "/dev/snd.wav"}, Reason.BAD_OPTION),
    ):
        with pytest.raises(PeripheralError) as caught:
            speaker(**options)
        assert (caught.value.reason, caught.value.sent) == (reason, False)
        assert caught.value.advice
    assert letter.read_text().startswith("Dear all")


def test_a_folder_that_goes_away_is_lost(tmp_path: Path) -> None:
    folder = tmp_path / "stick"
    folder.mkdir()
    device = speaker(folder=str(folder), **FAST)
    folder.rmdir()
    with pytest.raises(PeripheralError) as caught:
        device.say(CALL, never)
    assert caught.value.reason is Reason.LOST
    with pytest.raises(PeripheralError) as caught:
        device.status()
    assert caught.value.reason is Reason.NO_DEVICE
