"""Ready clips, and the parser of sound files on arbitrary bytes."""

import json
import shutil
import wave
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sound_files import never, samples_of, tone

from drivers.errors import PeripheralError, Reason
from drivers.interfaces import Announcement
from drivers.sim.speaker_ear import Ear
from drivers.sound.clips import split
from drivers.sound.pcm import LONGEST_WAV_BYTES, RATE, from_wav, to_bytes, trimmed, wav_header
from drivers.sound.reading import Sentence
from drivers.sound.speaker import AnnouncingSpeaker, SpeakerOptions
from drivers.sound.voices import voice_names
from drivers.status import State

CALL = Announcement("A001", "3号窗口")
ZH = frozenset("请 A 零 一 号 到 三 号 窗口".split())  # noqa: SIM905


def speaker(**options: Any) -> AnnouncingSpeaker:
    return AnnouncingSpeaker(SpeakerOptions.model_validate(options))


@pytest.mark.parametrize(
    ("sentence", "known", "words", "missing"),
    [
        ("请A零零一号，到三号窗口。", ZH, "请 A 零 零 一 号 ， 到 三 号 窗口", ""),
        ("请A零零一号，到三号窗口。", ZH | {"号窗口"}, "请 A 零 零 一 号 ， 到 三 号窗口", ""),
        ("请B二二号，到三号窗口。", ZH, "请 号 ， 到 三 号 窗口", "B 二"),
    ],
)
def test_the_longest_clip_first(
    sentence: str, known: frozenset[str], words: str, missing: str
) -> None:
    assert split(Sentence("zh", sentence), known) == (words.split(), missing.split())


def test_english_words_and_compounds() -> None:
    known = frozenset({"ticket", "a", "one", "window", "twenty"})
    text = "Ticket A one, window twenty-one."
    words = ["ticket", "a", "one", ",", "window", "twenty", "one"]
    assert split(Sentence("en", text), known) == (words, [])
    whole = [*words[:5], "twenty-one"]
    assert split(Sentence("en", text), known | {"twenty-one"}) == (whole, [])
    assert split(Sentence("en", "Ticket B one."), known) == (["ticket", "b", "one"], ["b"])


def test_a_manifest_names_the_files(tmp_path: Path) -> None:
    names = {word: f"{index}.wav" for index, word in enumerate(sorted(ZH))}
    for name in names.values():
        tone(tmp_path / "clips" / name, 500)
    manifest = tmp_path / "clips" / "manifest.json"
    manifest.write_text(json.dumps({"zh": names}), "utf-8")
    file = tmp_path / "a.wav"
    device = speaker(file=str(file), clips=str(tmp_path / "clips"), chime="none")
    result = device.say(CALL, never)
    assert (result.ok, result.advice) == (True, "")
    assert len(samples_of(file)) / RATE == pytest.approx(10 * 0.23 + 0.25 + 0.5, abs=0.1)
    manifest.write_text("[" * 100_000)
    assert "Correct" in str(device._voice._first.problem())  # type: ignore[attr-defined]


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is missing")
def test_a_missing_clip_leaves_the_whole_sentence_to_the_voice(tmp_path: Path) -> None:
    for word in ZH - {"三"}:
        tone(tmp_path / "clips" / "zh" / f"{word}.wav", 500)
    file = tmp_path / "a.wav"
    device = speaker(file=str(file), clips=str(tmp_path / "clips"), chime="none")
    assert device.status().state is State.ONLINE
    result = device.say(CALL, never)
    assert (result.ok, result.said) == (True, "请A零零一号，到三号窗口。")
    assert result.advice == "Clips are missing for: 三."
    assert len(samples_of(file)) / RATE > 3.2  # espeak-ng's sentence, not eight clips


def test_with_neither_clips_nor_voice_both_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tone(tmp_path / "clips" / "zh" / "请.wav", 500)
    device = speaker(file=str(tmp_path / "a.wav"), clips=str(tmp_path / "clips"))
    monkeypatch.setenv("PATH", "/nowhere")
    status = device.status()
    assert status.state is State.OFFLINE
    assert "lacks clips for: 零" in status.detail
    assert "apt-get install espeak-ng" in status.detail
    result = device.say(CALL, never)
    assert (result.ok, result.reason) == (False, "no_voice")
    assert "Clips are missing for: A 零 一 号 到 三 窗 口." in result.advice


@pytest.mark.parametrize(("rate", "channels"), [(16_000, 1), (44_100, 2), (22_050, 2), (8_000, 1)])
def test_clips_of_other_rates_come_out_right(tmp_path: Path, rate: int, channels: int) -> None:
    file = tone(tmp_path / "clip.wav", 440, 1.0, rate, channels)
    samples = from_wav(file.read_bytes())
    assert len(samples) == pytest.approx(RATE, abs=5)
    ear = Ear()
    data = to_bytes(samples)
    ear.feed(wav_header(len(data)) + data)
    assert ear.heard[0].notes() == ["A4"]
    assert ear.heard[0].peak == pytest.approx(16_000, rel=0.03)


def test_what_cannot_be_played_is_garbled_with_advice(tmp_path: Path) -> None:
    deep = tmp_path / "deep.wav"
    with wave.open(str(deep), "wb") as opened:
        opened.setparams((1, 3, 22_050, 0, "NONE", ""))
        opened.writeframes(b"\0" * 300)
    wrong = (
        deep.read_bytes(),
        b"",
        b"OggS" * 30,
        b"RIFF\4\0\0\0WAVE",
        b"x" * (LONGEST_WAV_BYTES + 9),
    )
    for data in wrong:
        with pytest.raises(PeripheralError) as caught:
            from_wav(data)
        assert caught.value.reason is Reason.GARBLED
        assert "22050 Hz" in caught.value.advice


def test_the_length_in_a_piped_header_does_not_matter() -> None:
    data = to_bytes(trimmed(from_wav(wav_header(0x7FFFF000) + b"\x10\x20" * 500)))
    assert data == b"\x10\x20" * 500


BYTES = st.one_of(
    st.binary(max_size=300),
    st.builds(lambda size, rest: wav_header(size) + rest, st.integers(0, 2**32 - 37), st.binary()),
    st.builds(lambda cut, at: wav_header(40)[:cut] + at, st.integers(0, 44), st.binary()),
)


@given(BYTES)
def test_no_bytes_break_the_reader_of_sound_files(data: bytes) -> None:
    try:
        samples = from_wav(data)
    except PeripheralError as e:
        reason = e.reason
    else:
        reason = Reason.GARBLED
        assert len(samples) <= len(data) * 2
    assert reason is Reason.GARBLED


@given(st.lists(st.tuples(BYTES, st.booleans()), max_size=8))
def test_no_bytes_break_the_ear_and_each_is_counted_once(pieces: list[tuple[bytes, bool]]) -> None:
    ear = Ear()
    for piece, ends in pieces:
        ear.feed(piece)
        if ends:
            ear.end()
    counted = sum(44 + len(each.data) for each in ear.heard) + ear.stray + len(ear._buffer)
    assert counted == sum(len(piece) for piece, _ in pieces)


@given(st.binary())
def test_no_listing_breaks_the_names_of_voices(listing: bytes) -> None:
    assert all(name and not name.isspace() for name in voice_names(listing))
