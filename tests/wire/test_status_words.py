"""What is told about peripherals: nothing is without words, and citizens get no technical ones."""

import json
import re
import string
from pathlib import Path

import pytest
from test_cli_read import hall_devices

from drivers import words, words_page
from drivers.errors import Reason
from drivers.interfaces import DeviceStatus, Kind
from drivers.status import Paper, PeripheralHealth, State
from drivers.words import LANGUAGES, LOCALE, Role, Words

ROOT = Path(__file__).parents[2]
KINDS: tuple[Kind | None, ...] = (None, *Kind)
ENTRY = re.compile(r'^msgid "([^"]+)"\nmsgstr "(.*)"$', re.MULTILINE)
JARGON = re.compile(r"[A-Za-z]|串口|波特率|端口|驱动|离线|协议|校验|传感器|模块|配置")
JARGON_EN = re.compile(
    r"\b(port|offline|driver|baud|serial|sensor|protocol|settings|error)\b", re.I
)


def entries(language: str) -> dict[str, str]:
    po = LOCALE / LANGUAGES[language] / "LC_MESSAGES" / "drivers.po"
    return dict(ENTRY.findall(po.read_text("utf-8")))


def everything(language: words.Language, kind: Kind | None) -> list[Words]:
    return [
        *(words.of_state(state, kind, language) for state in State),
        *(words.of_paper(paper, kind, language) for paper in Paper),
        *(words.of_reason(reason, kind, language) for reason in Reason),
        words.of_health(DeviceStatus(State.USER_ERROR, cover_open=True), kind, language),
        words.of_health(DeviceStatus(State.ONLINE, card_present=True), kind, language),
    ]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_is_without_words(language: words.Language, kind: Kind | None) -> None:
    for told in everything(language, kind):
        for sentence in (told.citizen, told.staff, told.technician):
            assert sentence
            assert not re.match(r"(state|paper|cover|card|reason)\.", sentence), "a key, no words"
            assert "{" not in sentence
            assert sentence[-1] in ("。" if language == "zh" else ".")
            assert (language == "zh") == bool(re.search("[\u4e00-\u9fff]", sentence))


@pytest.mark.parametrize("kind", KINDS)
def test_a_citizen_is_told_briefly_and_without_technical_words(kind: Kind | None) -> None:
    for told in everything("zh", kind):
        assert len(told.citizen) <= 40, told.citizen
        assert not JARGON.search(told.citizen), told.citizen
    for told in everything("en", kind):
        assert len(told.citizen) <= 120, told.citizen
        assert not JARGON_EN.search(told.citizen), told.citizen


def test_both_languages_have_the_same_keys_and_places() -> None:
    zh, en = entries("zh"), entries("en")
    assert list(zh) == list(en)
    for key, sentence in zh.items():
        theirs = places(en[key]) | ({"it"} if "It" in places(en[key]) else set())
        assert places(sentence) - {"it"} == theirs - {"it", "It"}, key
        assert places(sentence) <= {"it", "instead"}


def test_no_sentence_is_left_over() -> None:
    subjects = {f"state.{state.value}" for state in State}
    subjects |= {f"paper.{paper.value}" for paper in Paper} | {"cover.open", "card.present"}
    subjects |= {f"reason.{reason.value}" for reason in Reason}
    for key in entries("zh"):
        if key.split(".")[0] in ("noun", "instead"):
            assert key.split(".")[1] in {"any", *Kind}
            continue
        area, name, role, *kind = key.split(".")
        assert f"{area}.{name}" in subjects
        assert role in {*Role}
        assert not kind or kind[0] in {*Kind}


def test_a_new_word_without_sentences_is_noticed() -> None:
    told = words._words("state.melted", Kind.DISPLAY, "zh")
    assert told.citizen == "state.melted.citizen"


def test_what_a_hand_can_put_right_comes_first() -> None:
    printer = Kind.TICKET_PRINTER

    def staff(state: State, **more: object) -> str:
        return words.of_health(DeviceStatus(state, **more), printer).staff  # type: ignore[arg-type]

    assert "盖子开着" in staff(State.USER_ERROR, cover_open=True, paper=Paper.OUT)
    assert "没有纸" in staff(State.OFFLINE, cover_open=False, paper=Paper.OUT)
    assert "卡纸" in staff(State.USER_ERROR, paper=Paper.JAM)
    assert "快用完" in staff(State.ONLINE, paper=Paper.LOW)
    assert "找不到" in staff(State.NO_DEVICE, paper=Paper.OUT, cover_open=True)
    health = PeripheralHealth("reader", "sdt_reader", State.ONLINE, card_present=True)
    assert "忘记" in words.of_health(health, Kind.CARD_READER).staff
    busy = PeripheralHealth("reader", "sdt_reader", State.BUSY, card_present=True)
    assert words.of_health(busy, Kind.CARD_READER) == words.of_state(State.BUSY, Kind.CARD_READER)


def test_a_kind_has_its_own_sentence_where_it_matters() -> None:
    general = words.of_reason(Reason.REJECTED, Kind.DISPLAY).citizen
    assert words.of_reason(Reason.REJECTED, Kind.SCANNER).citizen != general
    assert "读卡器" in words.of_state(State.NO_DEVICE, Kind.CARD_READER).citizen
    assert "设备" in words.of_state(State.NO_DEVICE).citizen


def test_the_page_is_fresh_and_names_every_word() -> None:
    text = (ROOT / "docs" / "peripheral-status.md").read_text("utf-8")
    assert text == words_page.page(), "run make docs"
    for word in (*State, *Paper, *Reason):
        assert f"| `{word.value}` |" in text


@pytest.mark.parametrize(
    ("variables", "language"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LC_MESSAGES": "zh_TW"}, "zh"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({}, "en"),
    ],
)
def test_the_language_of_the_machine(
    variables: dict[str, str], language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert words.language_here() == language


def test_hall_devices_says_what_to_do_in_the_language_of_whoever_stands_there() -> None:
    show = ("show", "onbon_bx", "-o", "host=127.0.0.1", "-o", "tcp_port=1", "--text", "A001")
    done = hall_devices("--lang", "zh", *show)
    assert "怎么办" in done.stdout
    assert "检查地址、网线和设备电源。" in done.stdout
    assert "Check" not in done.stdout
    done = hall_devices("--lang", "en", *show)
    assert "怎么办" not in done.stdout
    assert "Check the address" in done.stdout
    done = hall_devices("--lang", "zh", *show, "--json")
    assert list(json.loads(done.stdout)) == ["ok", "shown", "reason", "advice"]
    assert (hall_devices("--lang", "tlh", *show).returncode, done.returncode) == (2, 3)


def places(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}
