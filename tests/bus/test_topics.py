"""Topics as text, and what is none of ours."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bus import topics
from bus.errors import BusError, BusReason

SITE = topics.Site("500240116000")


@pytest.mark.parametrize(
    ("channel", "name", "text"),
    [
        (topics.PRESENCE, "kiosk-1", "hall/1/500240/116/000/kiosk-1/presence"),
        (topics.REPLY, "kiosk-1", "hall/1/500240/116/000/kiosk-1/reply"),
        (topics.BOARD, "general", "hall/1/500240/116/000/board/general"),
        (topics.WINDOW, "3", "hall/1/500240/116/000/window/3"),
    ],
)
def test_literal_topics(channel: topics.Channel, name: str, text: str) -> None:
    assert topics.topic(channel, SITE, name) == text
    assert topics.parse(text) == topics.Address(channel, SITE, name)


@pytest.mark.parametrize("channel", topics.CHANNELS)
def test_filters_hold_their_topic(channel: topics.Channel) -> None:
    text = topics.topic(channel, SITE, "x")
    for pattern in (topics.everywhere(channel), topics.all_of_site(channel, SITE)):
        levels = zip(pattern.split("/"), text.split("/"), strict=True)
        assert all(wanted in ("+", level) for wanted, level in levels)


@pytest.mark.parametrize("name", ["board", "window", "", "a/b", "+", "#", "x" * 64, "空"])
def test_names_that_no_terminal_may_have(name: str) -> None:
    with pytest.raises(BusError) as caught:
        topics.topic(topics.HEALTH, SITE, name)
    assert caught.value.reason is BusReason.BAD_TOPIC


@given(st.text(alphabet="hal1/500240116000boardwindowpresence+#\0空") | st.text())
def test_any_text_parses_or_is_refused(text: str) -> None:
    with suppress(BusError):
        assert str(topics.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hall/1/500240/116/000/kiosk-1",
        "hall/2/500240/116/000/kiosk-1/health",
        "hall/1/5002401/16/000/kiosk-1/health",
        "hall/1/50024x/116/000/kiosk-1/health",
        "hall/1/５００２４０/116/000/kiosk-1/health",
        "hall/1/500240/116/000/kiosk 1/health",
        "hall/1/500240/116/000//health",
        "hall/1/500240/116/000/window/",
        "hall/1/500240/116/000/kiosk-1/window",
        "hall/1/500240/116/000/kiosk-1/secrets",
    ],
)
def test_not_ours(text: str) -> None:
    with pytest.raises(BusError) as caught:
        topics.parse(text)
    assert caught.value.reason is BusReason.BAD_TOPIC
