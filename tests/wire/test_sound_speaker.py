"""The speaker on a simulated loudspeaker and on files: what plays, when it stops, what fails."""

import json
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sound_files import never, samples_of, tone
from test_cli_read import hall_devices

from drivers import registry, sim
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import Announcement, SayResult
from drivers.lifecycle import Owner
from drivers.sound.speaker import SPEC, AnnouncingSpeaker, SpeakerOptions
from drivers.status import State

pytestmark = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is missing")
CALL = Announcement("A001", "3号窗口")
ZH, EN = "请A零零一号，到三号窗口。", "Ticket A zero zero one, window three."
FAST = {"speed": 400}


def speaker(**options: Any) -> AnnouncingSpeaker:
    return AnnouncingSpeaker(SpeakerOptions.model_validate(options))


def test_a_chime_and_then_the_voice(simulate: Callable[..., Any]) -> None:
    sim = simulate("speaker")
    device = speaker(**sim.options, **FAST)
    begun = time.monotonic()
    assert device.say(CALL, never) == SayResult(True, ZH)
    took = time.monotonic() - begun
    device.close()
    assert sim.wait(lambda _: bool(sim.announcements[-1].ended))
    (heard,) = sim.announcements
    assert heard.notes() == ["E5", "C5"]
    assert 2.5 < heard.duration_s < 6
    assert heard.duration_s - 0.2 < took < heard.duration_s + 2  # it is said when it was heard
    assert 1_000 < heard.rms < 10_000
    assert heard.peak < 32_767
    assert (heard.cut, sim.overlaps) == (False, False)
    assert heard.rate == 22_050


def test_three_notes_and_none(simulate: Callable[..., Any]) -> None:
    sim = simulate("speaker")
    for chime in ("three", "none"):
        device = speaker(**sim.options, **FAST, chime=chime)
        assert device.say(CALL, never).ok
        device.close()
    sim.wait(lambda _: len(sim.announcements) == 2 and bool(sim.announcements[1].ended))
    assert [heard.notes() for heard in sim.announcements] == [["G5", "E5", "C5"], []]


def test_cancelled_it_is_silent_within_a_tenth_of_a_second(simulate: Callable[..., Any]) -> None:
    sim = simulate("speaker")
    device = speaker(**sim.options, **FAST)
    half_a_second = 22_050
    with pytest.raises(PeripheralError) as caught:
        device.say(CALL, lambda: len(sim.received) > half_a_second)
    assert caught.value.reason is Reason.CANCELLED
    assert sim.wait(lambda _: bool(sim.announcements[0].ended))
    assert sim.announcements[0].duration_s < 0.65  # in samples: what is heard, not when
    assert device.say(CALL, never).ok
    assert sim.wait(lambda _: bool(sim.announcements[-1].ended))
    assert [heard.cut for heard in sim.announcements] == [True, False]
    assert not sim.overlaps
    device.close()


def test_two_speakers_in_one_place_never_talk_at_once(simulate: Callable[..., Any]) -> None:
    sim = simulate("speaker")
    said: list[Any] = []
    owners = [
        Owner(f"s{n}", SPEC, registry.check("speaker", {**sim.options, **FAST, "chime": "none"}))
        for n in range(2)
    ]
    try:
        for owner in owners:
            owner.start()
        for owner in (*owners, owners[0]):
            owner.submit(lambda device, cancelled: device.say(CALL, cancelled), said.append)
        end = time.monotonic() + 40
        while len(said) < 3:
            assert time.monotonic() < end
            time.sleep(0.05)
    finally:
        for owner in owners:
            owner.stop()
    assert [result.ok for result in said] == [True] * 3
    sim.wait(lambda _: bool(sim.announcements[-1].ended))
    assert len(sim.announcements) == 3
    assert not sim.overlaps
    assert not any(heard.cut for heard in sim.announcements)


def test_the_simulator_hears_two_who_talk_at_once(
    simulate: Callable[..., Any], tmp_path: Path
) -> None:
    sim = simulate("speaker")
    device = speaker(file=str(tmp_path / "one.wav"), **FAST)
    device.say(CALL, never)
    one = (tmp_path / "one.wav").read_bytes()
    for piece in (one[:20_000], one[:30_000], one[20_000:], one[30_000:]):
        sim.feed(piece)
    sim.ear.end()
    assert sim.overlaps
    sim.forget()
    for piece in (one[:20_000], one):  # one after the other, but without an end between them
        sim.feed(piece)
    assert sim.overlaps


def test_it_vanishes_while_it_speaks_and_comes_back(simulate: Callable[..., Any]) -> None:
    sim = simulate("speaker")
    device = speaker(**sim.options)
    threading.Timer(1.0, sim.unplug).start()
    with pytest.raises(PeripheralError) as caught:
        device.say(CALL, never)
    assert caught.value.reason is Reason.LOST
    device.close()
    with pytest.raises(PeripheralError) as caught:
        speaker(**sim.options)
    assert (caught.value.reason, caught.value.sent) == (Reason.NO_DEVICE, False)
    sim.plug()
    device = speaker(**sim.options, **FAST)
    assert device.say(CALL, never).ok
    device.close()


def test_one_that_takes_no_samples_is_not_waited_for(simulate: Callable[..., Any]) -> None:
    sim = simulate("speaker")
    assert sim.control("silent true")["ok"]
    device = speaker(**sim.options)
    begun = time.monotonic()
    with pytest.raises(PeripheralError) as caught:
        device.say(CALL, never)
    assert caught.value.reason is Reason.SILENT
    assert time.monotonic() - begun < 5
    assert device.status().state is State.OFFLINE
    sim.control("silent false")
    time.sleep(0.3)
    assert device.status().state is State.ONLINE
    device.close()


def test_a_slow_one_plays_to_the_end(simulate: Callable[..., Any]) -> None:
    sim = simulate("speaker")
    sim.bytes_per_s = 38_000  # real time is 44,100
    device = speaker(**sim.options, **FAST, chime="none")
    assert device.say(CALL, never).ok
    assert sim.wait(lambda _: bool(sim.announcements[0].ended))
    device.close()


def test_without_espeak_the_chime_sounds_and_what_to_install_is_said(
    simulate: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    sim = simulate("speaker")
    device = speaker(**sim.options)
    monkeypatch.setenv("PATH", "/nowhere")
    status = device.status()
    assert status.state is State.OFFLINE
    assert "apt-get install espeak-ng" in status.detail
    result = device.say(CALL, never)
    assert (result.ok, result.said, result.reason) == (False, "", "no_voice")
    assert "apt-get install espeak-ng" in result.advice
    assert sim.wait(lambda _: bool(sim.announcements[0].ended))
    assert sim.announcements[0].notes() == ["E5", "C5"]
    device.close()


def test_a_voice_that_is_not_there_is_no_voice(tmp_path: Path) -> None:
    device = speaker(file=str(tmp_path / "a.wav"), zh_voice="klingon")
    result = device.say(CALL, never)
    assert (result.ok, result.reason) == (False, "no_voice")


def test_hall_devices_says_it(tmp_path: Path) -> None:
    file = tmp_path / "call.wav"
    words = ("say", "speaker", "-o", f"file={file}", "--number", "A001", "--window", "3号窗口")
    done = hall_devices(*words, "--json")
    answer = {"ok": True, "said": ZH, "reason": None, "advice": ""}
    assert (json.loads(done.stdout), done.returncode, done.stderr) == (answer, 0, "")
    assert 4 < len(samples_of(file)) / 22_050 < 9
    done = hall_devices(*words[:3], f"folder={tmp_path}/none", *words[4:], "--json")
    assert (json.loads(done.stdout)["reason"], done.returncode) == ("no_device", 3)
    done = hall_devices(*words, "-o", "qiet=12:00-13:00=5", "--json")
    assert (json.loads(done.stdout)["reason"], done.returncode) == ("bad_option", 2)
    done = hall_devices(*words, "-o", "zh_voice=klingon", "--json")
    assert (json.loads(done.stdout)["reason"], done.returncode) == ("no_voice", 1)


def test_the_simulator_tells_what_it_heard(simulate: Callable[..., Any]) -> None:
    sim = simulate("speaker")
    words = [f"pipe={sim.options['pipe']}", "-o", "speed=400"]
    done = hall_devices("say", "speaker", "-o", *words, "--number", "A1", "--window", "3")
    assert done.returncode == 0
    told = sim.control("heard")
    assert told["ok"]
    (one,) = told["result"]["announcements"]
    assert one["notes"] == ["E5", "C5"]
    assert told["result"]["overlaps"] is False
    assert sim.control("blocked true") == {"ok": True, "did": "blocked"}
    assert sim.port.paused
    sim.control("blocked false")
    sim.control("forget")
    assert sim.heard()["announcements"] == []


def test_a_call_that_is_longer_than_the_time_given_is_cut(simulate: Callable[..., Any]) -> None:
    sim = simulate("speaker")
    words = ("say", "speaker", "-o", f"pipe={sim.options['pipe']}", "--number", "A1")
    done = hall_devices(*words, "--window", "3", "--timeout", "1", "--json")
    assert (json.loads(done.stdout)["reason"], done.returncode) == ("cancelled", 1)
    time.sleep(0.3)
    assert sim.announcements[0].duration_s < 1.5


def test_the_simulator_takes_no_file_for_its_pipe(tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear all")
    with pytest.raises(ValueError, match="name another path"):
        sim.start("speaker", pipe=str(letter))
    assert letter.read_text() == "Dear all"


def test_a_clip_is_played_for_each_word(tmp_path: Path) -> None:
    clips = tmp_path / "clips"
    for word in ("请", "A", "零", "一", "号", "到", "三", "窗口"):
        tone(clips / "zh" / f"{word}.wav", 440)
    file = tmp_path / "calls.wav"
    device = speaker(file=str(file), clips=str(clips), chime="none")
    result = device.say(CALL, never)
    assert result == SayResult(True, ZH)
    assert len(samples_of(file)) / 22_050 == pytest.approx(10 * 0.23 + 0.25 + 0.5, abs=0.1)
