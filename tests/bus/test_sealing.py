"""What is sealed opens with its key only, and only as it was."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bus.errors import BusError, BusReason
from bus.sealing import Sealer, new_key

SEALED = (  # PERSON, key b"k" * 32
    "Acu_QrS9dnNO1OPh4rQ_si6n41LM0EYmjv4-OTCDoqdzpCXenyMrxo8Ui9Dc"
    "1Zge6bO0AyvLXJsp2v3CcRKQ2g1v8niCYViV3Va6JYUzlg"
)
PERSON = '{"name":"测试甲","number":"50010319000101001X"}'.encode()


@given(clear=st.binary(), size=st.sampled_from([16, 32]))
def test_opens_again(clear: bytes, size: int) -> None:
    sealer = Sealer(new_key()[:size])
    assert sealer.open(sealer.seal(clear)) == clear


def test_nothing_readable_and_never_the_same_twice() -> None:
    sealer = Sealer(new_key())
    one, two = sealer.seal(PERSON), sealer.seal(PERSON)
    assert one != two
    for text in (one, two):
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        assert raw[0] == 1
        assert b"50010319000101001X" not in raw
        assert "测试甲".encode() not in raw


@given(data=st.data())
def test_any_changed_character_breaks_the_seal(data: st.DataObject) -> None:
    sealer, text = Sealer(b"k" * 32), SEALED
    assert sealer.open(text) == PERSON
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(
        st.sampled_from([c for c in "ABCabc019-_=+/ 空" if c != text[at]] + ["", text[at] * 2])
    )
    with pytest.raises(BusError) as caught:
        sealer.open(text[:at] + other + text[at + 1 :])
    assert caught.value.reason is BusReason.BROKEN_SEAL


@pytest.mark.parametrize("text", ["", "AQ", "空", "A" * 5, "Ag" + "A" * 80])
def test_garbage(text: str) -> None:
    with pytest.raises(BusError, match=r".") as caught:
        Sealer(new_key()).open(text)
    assert caught.value.reason is BusReason.BROKEN_SEAL


def test_another_key() -> None:
    with pytest.raises(BusError, match="does not open") as caught:
        Sealer(new_key()).open(Sealer(new_key()).seal(PERSON))
    assert caught.value.reason is BusReason.BROKEN_SEAL


def test_key_of_a_wrong_length() -> None:
    with pytest.raises(BusError, match="16 or 32"):
        Sealer(b"short")
