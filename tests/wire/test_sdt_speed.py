"""Which speed a module listens at: on PTYs whose simulated module is deaf at any other."""

import time
from collections.abc import Callable
from typing import Any

import pytest
import sdt_sheet as sheet

from drivers.cards.sdt_options import SdtOptions
from drivers.cards.sdt_reader import SPEC
from drivers.errors import PeripheralError, Reason
from drivers.transports import SerialOptions, Transport, open_transport


def never() -> bool:
    return False


@pytest.mark.parametrize("baud", SPEC.speeds)
def test_auto_finds_every_speed(simulate: Callable[..., Any], baud: int) -> None:
    sim = simulate("sdt_reader", card="jia", baud=baud)
    reader = SPEC.open(SdtOptions(**sim.options, baud="auto"))
    assert reader.read(2, never).name == "测试甲"
    reader.close()
    assert set(sim.received.split(sheet.ASK_STATUS)[:-1]) == {b""}  # nothing else was asked before


def test_what_answered_is_tried_first_the_next_time(simulate: Callable[..., Any]) -> None:
    sim = simulate("sdt_reader", baud=9600)
    options = SdtOptions(**sim.options, baud="auto")
    SPEC.open(options).close()
    assert sim.received.count(sheet.ASK_STATUS) == 6  # at five speeds, then to greet
    sim.forget_received()
    SPEC.open(options).close()
    assert sim.received.count(sheet.ASK_STATUS) == 2
    sim.baud = 57600
    SPEC.open(options).close()


def test_a_module_that_is_unwell_has_been_found(simulate: Callable[..., Any]) -> None:
    sim = simulate("sdt_reader", baud=38400)
    sim.sam_fault = "66"
    with pytest.raises(PeripheralError) as caught:
        SPEC.open(SdtOptions(**sim.options, baud="auto", status_timeout_s=0.05))
    assert caught.value.reason is Reason.READER_FAULT


@pytest.mark.parametrize("fault", ["silent", "garbage", "late"])
def test_noise_and_late_answers(simulate: Callable[..., Any], fault: str) -> None:
    sim = simulate("sdt_reader", baud=115200)
    options = SdtOptions(**sim.options, baud="auto")
    if fault == "silent":
        sim.silent = True
        with pytest.raises(PeripheralError) as caught:
            SPEC.open(options)
        assert (caught.value.reason, caught.value.sent) == (Reason.SILENT, True)
        assert 5 <= sim.received.count(sheet.ASK_STATUS) <= 10  # at each speed, twice at most
        sim.silent = False
    elif fault == "garbage":
        sim.garbage, sim.bad_checksum = True, 1  # the first round is lost
    else:
        sim.late_ms = 150
    SPEC.open(options).close()


@pytest.fixture
def port(simulate: Callable[..., Any]) -> Any:
    opened: list[Transport] = []

    def start(baud: int, **faults: Any) -> tuple[Any, Transport]:
        sim = simulate("sdt_reader", baud=19200)
        for name, value in faults.items():
            setattr(sim, name, value)
        opened.append(open_transport(SerialOptions(**sim.options, baud=baud)))
        return sim, opened[-1]

    yield start
    for transport in opened:
        transport.close()


def test_probe_asks_one_harmless_question_and_says_why(port: Any) -> None:
    sim, transport = port(19200)
    belief = SPEC.probe(transport)
    assert "SAM status (11 FF) with 90" in belief.why
    assert belief.sure
    assert sim.received == sheet.ASK_STATUS
    assert not transport.sensitive


@pytest.mark.parametrize(
    ("baud", "faults"),
    [(9600, {}), (19200, {"silent": True}), (19200, {"bad_checksum": 9}),
     (19200, {"short_frame": 9}), (19200, {"sam_fault": "EE"})],
)  # fmt: skip
def test_probe_believes_nothing_but_a_documented_answer(port: Any, baud: int, faults: Any) -> None:
    assert SPEC.probe(port(baud, **faults)[1]) is None


def test_a_paced_line_takes_its_time(simulate: Callable[..., Any]) -> None:
    sim = simulate("sdt_reader", card="jia", paced=True)
    reader = SPEC.open(SdtOptions(**sim.options, baud=9600))
    begun = time.monotonic()
    assert reader.read(2, never).name == "测试甲"
    assert time.monotonic() - begun > 1.349  # no faster than 1295 bytes at 9600 baud, 8N1 can be
    reader.close()
