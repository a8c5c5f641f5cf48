"""Bytes in, messages out, and a clear word for everything else."""

import json
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from samples import SAMPLES

from bus import messages, topics
from bus.asyncapi import document
from bus.asyncapi import yaml as to_yaml
from bus.codec import decode, encode
from bus.errors import BusError, BusReason
from bus.topics import CHANNELS, Channel

PAGE = Path(__file__).parents[2] / "docs" / "asyncapi.yaml"
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def channels_of_the_page() -> list[str]:
    return list(yaml.safe_load(PAGE.read_text())["channels"])


def channel(leaf: str) -> Channel:
    return next(each for each in CHANNELS if each.leaf == leaf)


def test_page_is_fresh_and_names_every_channel() -> None:
    assert PAGE.read_text() == "\n".join(to_yaml(document())) + "\n", "run 'make docs'"
    assert yaml.safe_load(PAGE.read_text()) == document()
    assert channels_of_the_page() == [each.leaf for each in CHANNELS]
    assert yaml.safe_load(PAGE.read_text())["channels"]["window"]["address"] == (
        "hall/1/{county}/{township}/{village}/window/{window}"
    )


@pytest.mark.parametrize("leaf", channels_of_the_page())
def test_round_trip(leaf: str) -> None:
    sample = SAMPLES[channel(leaf)]
    assert decode(channel(leaf), encode(sample)) == sample


def test_bytes_on_the_wire() -> None:
    assert encode(messages.Result(id="c1", state=messages.ResultState.ACCEPTED)) == (
        b'{"v":1,"id":"c1","state":"accepted","percent":null,"detail":""}'
    )
    assert b'"body":{"verb":"issue_ticket","queue":"general"' in encode(SAMPLES[topics.REQUEST])


@pytest.mark.parametrize("leaf", channels_of_the_page())
@given(garbage=st.binary() | json_values.map(lambda value: json.dumps(value).encode()))
def test_garbage_is_refused_with_one_reason(leaf: str, garbage: bytes) -> None:
    with pytest.raises(BusError) as caught:
        decode(channel(leaf), garbage)
    assert caught.value.reason is BusReason.BAD_PAYLOAD


@pytest.mark.parametrize("leaf", channels_of_the_page())
@given(data=st.data())
def test_one_changed_field_never_escapes_as_another_error(leaf: str, data: st.DataObject) -> None:
    fields = msgspec.to_builtins(SAMPLES[channel(leaf)])
    fields[data.draw(st.sampled_from(sorted(fields)))] = data.draw(json_values)
    with suppress(BusError):
        assert isinstance(decode(channel(leaf), json.dumps(fields).encode()), channel(leaf).message)


@pytest.mark.parametrize("leaf", channels_of_the_page())
def test_oversized(leaf: str) -> None:
    padded = encode(SAMPLES[channel(leaf)])[:-1] + b" " * messages.MAX_PAYLOAD_BYTES + b"}"
    with pytest.raises(BusError, match="the limit is 65536 bytes") as caught:
        decode(channel(leaf), padded)
    assert caught.value.reason is BusReason.TOO_LARGE


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(BusError):
        decode(topics.EVENT, b'{"detail":' + b"[" * 30_000 + b"]" * 30_000 + b"}")


def test_the_error_names_the_place_and_withholds_the_value() -> None:
    with pytest.raises(BusError, match=r"`\$\.state`") as caught:
        decode(topics.PRESENCE, '{"v":1,"state":"测试甲","run_id":"r"}'.encode())
    assert "测试甲" not in str(caught.value)


def test_unknown_fields_are_ignored() -> None:
    payload = b'{"v":1,"id":"c1","state":"failed","since_next_year":[1,2]}'
    assert decode(topics.RESULT, payload) == messages.Result(
        id="c1", state=messages.ResultState.FAILED
    )


@pytest.mark.parametrize("payload", [b'{"v":2,"id":"c","state":"failed"}', b'{"v":2,"idea":"c"}'])
def test_a_newer_schema_is_refused_clearly(payload: bytes) -> None:
    with pytest.raises(BusError, match=r"version 2 .* newer than this program's 1; update"):
        decode(topics.RESULT, payload)


def test_too_large_to_send() -> None:
    labels = {f"{number}": "长" * 200 for number in range(32)}
    command = msgspec.structs.replace(SAMPLES[topics.COMMAND], args=labels)
    assert len(encode(command)) < messages.MAX_PAYLOAD_BYTES
    with pytest.raises(BusError) as caught:
        encode(msgspec.structs.replace(SAMPLES[topics.COMMAND], verb="x" * 70_000))
    assert caught.value.reason is BusReason.TOO_LARGE
