"""How calls are read, and what espeak-ng makes of it: its phonemes are the ear of these tests."""

import shutil
import subprocess
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from drivers.interfaces import Announcement
from drivers.sound.reading import chinese, english, english_numeral, numeral, sentence
from drivers.sound.speaker import SpeakerOptions
from drivers.sound.volume import spans, volume_at

ESPEAK = shutil.which("espeak-ng")
# What each syllable of a call sounds like to espeak-ng 1.51 (tones in Chao's numbers).
SYLLABLES = {
    "零": "l'i35N", "一": "j'i55", "幺": "j'Au55", "二": "'@r51", "三": "s'a55n", "四": "s'i[51",
    "五": "w'u21", "六": "l'iou51", "七": "tS;h'i55", "八": "p'A55", "九": "tS;'iou21",
    "十": "s.'i.35", "百": "p'ai21", "请": "tS;h'i21N", "号": "X'Au51", "到": "t'Au51",
    "窗口": "ts.hw'A55N_| kh'ou21", "A": "'ei51", "B": "p'i51", "C": "s'ei55",
}  # fmt: skip


@pytest.mark.parametrize(
    ("number", "window", "zh", "en"),
    [
        ("A001", "3号窗口", "请A零零一号，到三号窗口。", "Ticket A zero zero one, window three."),
        ("B112", "12号窗口", "请B一一二号，到十二号窗口。", "Ticket B one one two, window twelve."),
        ("C1000", "20号窗口", "请C一零零零号，到二十号窗口。",
         "Ticket C one zero zero zero, window twenty."),
        ("AB020", "2窗", "请A B零二零号，到二窗。", "Ticket A B zero two zero, window two."),
        ("A7", "105号柜台", "请A七号，到一百零五号柜台。",
         "Ticket A seven, counter one hundred and five."),
        ("A7", "1203室", "请A七号，到一二零三室。", "Ticket A seven, room one two zero three."),
        ("A7", "综合窗口", "请A七号，到综合窗口。", "Ticket A seven, please look at the screen."),
        ("A7", "A区3号窗口", "请A七号，到A区三号窗口。", "Ticket A seven, window A three."),
        ("A7", "VIP窗口", "请A七号，到V I P窗口。", "Ticket A seven, please look at the screen."),
        ("A7", "Window 3", "请A七号，到三号窗口。", "Ticket A seven, window three."),
        ("Ａ０１", "３号窗口", "请A零一号，到三号窗口。", "Ticket A zero one, window three."),
        ("请A004号", "3", "请A零零四号，到三号窗口。", "Ticket A zero zero four, window three."),
        ("优1", "3", "请优一号，到三号窗口。", "Ticket one, window three."),
        ("优一", "3", "请优一号，到三号窗口。", "Ticket on the screen, window three."),
        ("a1", "3", "请A一号，到三号窗口。", "Ticket A one, window three."),
    ],
)  # fmt: skip
def test_read_the_way_numbers_are_called(number: str, window: str, zh: str, en: str) -> None:
    call = Announcement(number, window)
    assert (chinese(call), english(call)) == (zh, en)


def test_one_is_yao_where_it_is_wanted_and_only_digit_by_digit() -> None:
    call = Announcement("A101", "11号窗口")
    assert chinese(call, "yao") == "请A幺零幺号，到十一号窗口。"
    assert chinese(Announcement("A7", "1201室"), "yao") == "请A七号，到幺二零幺室。"


@pytest.mark.parametrize(
    ("value", "zh", "en"),
    [
        (0, "零", "zero"), (3, "三", "three"), (10, "十", "ten"), (12, "十二", "twelve"),
        (20, "二十", "twenty"), (21, "二十一", "twenty-one"), (100, "一百", "one hundred"),
        (105, "一百零五", "one hundred and five"), (110, "一百一十", "one hundred and ten"),
        (112, "一百一十二", "one hundred and twelve"),
        (999, "九百九十九", "nine hundred and ninety-nine"),
    ],
)  # fmt: skip
def test_quantities(value: int, zh: str, en: str) -> None:
    assert (numeral(value), english_numeral(value)) == (zh, en)


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_text_becomes_a_command_of_the_speech_program(number: str, window: str) -> None:
    call = Announcement(number, window)
    for language in ("zh", "en"):
        text = sentence(call, language).text
        assert not set(text) & set('[]<>{}|&;$`\\"\n\x00')
        assert not text.startswith("-")
        assert len(text) < 1000


def heard(text: str, voice: str) -> str:
    done = subprocess.run(
        ["espeak-ng", "-v", voice, "-q", "-x", "-b", "1", "--stdin"],
        input=text.encode(), capture_output=True, check=True,
    )  # fmt: skip
    return " ".join(done.stdout.decode().split())


@pytest.mark.skipif(ESPEAK is None, reason="espeak-ng is missing")
@pytest.mark.parametrize(
    ("number", "window", "one", "syllables"),
    [
        ("A001", "3号窗口", "yi", "请 A 零 零 一 号 到 三 号 窗口"),
        ("B112", "12号窗口", "yao", "请 B 幺 幺 二 号 到 十 二 号 窗口"),
        ("C456", "20号窗口", "yi", "请 C 四 五 六 号 到 二 十 号 窗口"),
        ("A789", "108号窗口", "yi", "请 A 七 八 九 号 到 一 百 零 八 号 窗口"),
    ],
)
def test_the_default_voice_pronounces_every_syllable(
    number: str, window: str, one: str, syllables: str
) -> None:
    options = SpeakerOptions(file="never.wav", one=one)  # type: ignore[arg-type]
    text = chinese(Announcement(number, window), options.one)
    said = heard(text, options.zh_voice).replace("214", "21")
    assert "(en)" not in said  # what the voice `cmn` of 1.51 does to Chinese characters
    at = 0
    for syllable in syllables.split():
        found = said.find(SYLLABLES[syllable], at)
        assert found >= 0, f"{syllable} ({SYLLABLES[syllable]}) is not in {said[at:]}"
        at = found + len(SYLLABLES[syllable])


@pytest.mark.skipif(ESPEAK is None, reason="espeak-ng is missing")
def test_the_english_voice_says_the_words() -> None:
    text = english(Announcement("A012", "3号窗口"))
    assert heard(text, "en") == heard("Ticket A zero one two, window three.", "en")


SHANGHAI_NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)  # 12:00 there


@pytest.mark.parametrize(
    ("hour", "minute", "percent"),
    [(12, 0, 40), (13, 59, 40), (14, 0, 80), (17, 59, 80), (18, 0, 20), (3, 0, 20), (8, 0, 80)],
)
def test_volume_by_time_of_day_in_shanghai(hour: int, minute: int, percent: int) -> None:
    quiet = spans("12:00-14:00=40, 18:00-08:00=20")
    now = SHANGHAI_NOON.replace(hour=(hour - 8) % 24, minute=minute)
    assert volume_at(now, 80, quiet) == percent


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("12-14=40", "is not like"), ("12:00-12:00=4", "begins when it ends"),
        ("25:00-26:00=4", "no such time"), ("12:60-13:00=4", "no such time"),
        ("12:00-13:00=400", "at most 100"), ("lunch", "is not like"),
    ],
)  # fmt: skip
def test_a_wrong_time_is_named(wrong: str, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        SpeakerOptions(file="a.wav", quiet=wrong)


@given(st.text(max_size=40))
def test_no_text_of_times_does_worse_than_be_refused(text: str) -> None:
    try:
        found = spans(text)
    except ValueError:
        found = ()
    assert all(0 <= each.percent <= 100 for each in found)
