"""The real panel driver against the simulated card over real TCP and PTYs, and its picture."""

import io
import socket
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest
from PIL import Image
from test_onbon_frames import ACK, PREAMBLE, TEXT_6K

import drivers.sim
from drivers.displays.onbon_bx import SPEC, OnbonOptions, OnbonPanel, probe
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import ShowResult
from drivers.sim.onbon_bx import OnbonSimulator
from drivers.sim.onbon_panel import page_text, panel_png
from drivers.sim.ports import PtyPort, TcpPort
from drivers.status import State
from drivers.transports import TcpOptions, open_transport

FONT = "build/fonts/NotoSansSC-Regular.otf"
TEXT = "请A001到3号窗口"


OPEN: list[OnbonPanel] = []


@pytest.fixture(autouse=True)
def _nothing_stays_open() -> Iterator[None]:
    yield
    while OPEN:
        OPEN.pop().close()


def opened(sim: OnbonSimulator, **more: object) -> OnbonPanel:
    settings = {**sim.options, "reply_timeout_s": 0.3, **more}
    panel = SPEC.open(OnbonOptions.model_validate(settings))
    assert isinstance(panel, OnbonPanel)
    OPEN.append(panel)
    return panel


@pytest.fixture(params=["tcp", "pty"])
def sim(request: pytest.FixtureRequest) -> Iterator[OnbonSimulator]:
    simulator = drivers.sim.start("onbon_bx", pty=request.param == "pty")
    assert isinstance(simulator, OnbonSimulator)
    yield simulator
    simulator.stop()


@pytest.fixture
def panel(sim: OnbonSimulator) -> Iterator[OnbonPanel]:
    device = opened(sim)
    yield device
    device.close()


def test_shown(sim: OnbonSimulator, panel: OnbonPanel) -> None:
    assert panel.show(TEXT) == ShowResult(True, TEXT)
    assert sim.received == bytes.fromhex(PREAMBLE + TEXT_6K)
    (area,) = sim.state.areas
    assert (area.text, area.width, area.height, area.mode) == (TEXT, 64, 16, 2)


def test_the_next_text_replaces_the_last_and_empty_clears(
    sim: OnbonSimulator, panel: OnbonPanel
) -> None:
    panel.show(TEXT)
    panel.show("A002 3窗")
    assert [(area.text, area.mode) for area in sim.state.areas] == [("A002 3窗", 1)]
    assert panel.show("") == ShowResult(True, "")
    assert sim.state.areas == ()


def test_the_connection_stays_open() -> None:
    simulator = drivers.sim.start("onbon_bx")
    panel = opened(simulator)  # type: ignore[arg-type]
    for number in range(20):
        assert panel.show(f"A{number:03}").ok
    assert simulator.port.connections == 1  # type: ignore[attr-defined]
    panel.close()
    simulator.stop()


def test_substitution_is_told(sim: OnbonSimulator, panel: OnbonPanel) -> None:
    result = panel.show("瀼渡镇")
    assert (result.ok, result.shown) == (True, "〓渡镇")
    assert "〓" in result.advice
    assert sim.state.areas[0].text == "〓渡镇"


@pytest.mark.parametrize(
    ("code", "reason", "words"),
    [
        (3, "busy", "busy (code 3). Try again later."),
        (5, "rejected", "checksum error (code 5). Check the wires"),
        (12, "rejected", "font missing (code 12). Load the font"),
        (16, "rejected", "bad block number (code 16). Check the options area"),
        (99, "rejected", "error 99 (code 99). Ask the panel's maker"),
    ],
)
def test_refused(sim: OnbonSimulator, code: int, reason: str, words: str) -> None:
    sim.nack = code
    result = opened(sim, busy_timeout_s=0.3).show(TEXT)
    assert (result.ok, result.shown, result.reason) == (False, "", reason)
    assert words in result.advice
    assert sim.state.areas == ()


@pytest.mark.parametrize("code", [3, 5])
def test_a_busy_card_is_asked_again_for_a_while(
    sim: OnbonSimulator, panel: OnbonPanel, code: int
) -> None:
    sim.nack = code
    clear = threading.Timer(0.4, lambda: setattr(sim, "nack", 0))
    clear.start()
    assert panel.show(TEXT) == ShowResult(True, TEXT)
    clear.join()
    assert 3 <= len(sim.frames) <= 8


def test_only_what_is_asked_for_is_set_and_only_once(sim: OnbonSimulator) -> None:
    device = opened(sim, power="on", brightness=7, set_clock=True)
    for _ in range(2):
        assert device.show(TEXT).ok
    device.close()
    sent = [(frame.group, frame.command) for frame in sim.frames]
    assert sent == [(0xA3, 0), (0xA3, 2), (0xA2, 3), (0xA3, 6), (0xA3, 6)]
    assert sim.state.brightness == b"\x01\x07" + 48 * b"\x07"
    assert len(sim.frames[2].payload) == 8
    opened(sim, power="off").show("")
    assert sim.state.on is False


@pytest.mark.parametrize("told", [True, False])
def test_an_adapter_that_echoes_is_understood(sim: OnbonSimulator, told: bool) -> None:
    sim.echo = True
    device = opened(sim, echo=told)
    assert device.show(TEXT) == ShowResult(True, TEXT)
    sim.silent = True
    assert device.show(TEXT).reason == "unconfirmed"


def test_probe_says_which_screen_answers() -> None:
    simulator = drivers.sim.start("onbon_bx", screen=7)
    transport = open_transport(TcpOptions.model_validate(simulator.options))
    belief = probe(transport)
    assert belief is not None
    assert belief.options == {"screen": 7}
    simulator.silent = True  # type: ignore[attr-defined]
    assert probe(transport) is None
    transport.close()
    simulator.stop()


@pytest.mark.parametrize("fault", ["silent", "garble"])
def test_unconfirmed(sim: OnbonSimulator, panel: OnbonPanel, fault: str) -> None:
    setattr(sim, fault, True)
    result = panel.show(TEXT)
    assert (result.ok, result.reason) == (False, "unconfirmed")
    assert panel.status().state is State.OFFLINE
    setattr(sim, fault, False)
    assert panel.show(TEXT).ok
    assert panel.status().state is State.ONLINE


def test_a_late_answer_is_not_taken_for_the_next(sim: OnbonSimulator, panel: OnbonPanel) -> None:
    """The answer to the first text comes after its time; the second one is refused."""
    sim.delay_s = 0.4
    assert panel.show("A001").reason == "unconfirmed"
    sim.delay_s = 0.0
    assert sim.wait(lambda received: True)
    threading.Event().wait(0.2)
    sim.nack = 3
    assert panel.show("A002").reason == "busy"


def test_slow_answer_is_waited_for(sim: OnbonSimulator, panel: OnbonPanel) -> None:
    sim.delay_s = 0.2
    assert panel.show(TEXT).ok


def test_connection_dropped_is_opened_anew(sim: OnbonSimulator, panel: OnbonPanel) -> None:
    sim.drop = True
    if "port" in sim.options:  # a serial cable that breaks is gone
        with pytest.raises(PeripheralError) as gone:
            panel.show(TEXT)
        assert gone.value.reason in (Reason.NO_DEVICE, Reason.LOST)
        sim.plug()
    assert panel.show(TEXT) == ShowResult(True, TEXT)


def test_refused_connection(sim: OnbonSimulator, panel: OnbonPanel) -> None:
    sim.unplug()
    with pytest.raises(PeripheralError) as refused:
        opened(sim)
    assert (refused.value.reason, refused.value.sent) == (Reason.NO_DEVICE, False)
    with pytest.raises(PeripheralError):
        panel.show(TEXT)
    sim.plug()
    assert panel.show(TEXT).ok


OTHER_SCREEN = "00 80 02 00 00 00 00 00 00 00 FE 02 05 00 A0 00 00 00 00 94 2C 5A"
OTHER_HOST = "01 80 01 00 00 00 00 00 00 00 FE 02 05 00 A0 00 00 00 00 59 20 5A"


@pytest.mark.parametrize("pty", [False, True])
@pytest.mark.parametrize(
    ("screen", "ack", "taken"),
    [
        (1, ACK, True),
        (1, PREAMBLE + OTHER_SCREEN, False),
        (0xFFFE, PREAMBLE + OTHER_SCREEN, True),
        (1, PREAMBLE + OTHER_HOST, False),
        (0xFFFE, PREAMBLE + OTHER_HOST, False),
    ],
)
def test_only_an_ack_from_that_screen_to_us_counts(
    pty: bool, screen: int, ack: str, taken: bool
) -> None:
    port = PtyPort() if pty else TcpPort(0)
    port.begin(lambda data: port.send(bytes.fromhex(ack)), lambda: None)
    settings = {**port.options, "screen": screen, "reply_timeout_s": 0.3}
    panel = SPEC.open(OnbonOptions.model_validate(settings))
    result = panel.show(TEXT)
    assert (result.ok, result.reason) == ((True, None) if taken else (False, "unconfirmed"))
    panel.close()
    port.close()


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_the_clock_is_set_to_chinas_time(
    sim: OnbonSimulator, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        before = datetime.now(timezone(timedelta(hours=8))).replace(microsecond=0, tzinfo=None)
        assert opened(sim, set_clock=True).show(TEXT).ok
    finally:
        monkeypatch.undo()
        time.tzset()
    told = sim.frames[0].payload.hex()
    at = datetime.strptime(told[2:4] + told[:2] + told[4:14], "%Y%m%d%H%M%S")
    assert timedelta(0) <= at - before < timedelta(seconds=20)
    assert int(told[14:]) == at.isoweekday()


def test_without_replies(sim: OnbonSimulator) -> None:
    """RS-485 broadcast: reply flag 02, nothing is waited for."""
    panel = opened(sim, reply=False)
    result = panel.show(TEXT)
    assert (result.ok, result.reason) == (True, "unconfirmed")
    assert sim.wait(lambda received: received.endswith(b"\x5a"))
    assert sim.received[8 + 14 : 8 + 17] == bytes.fromhex("A3 06 02")
    panel.close()


def test_wrong_generation_looks_wrong(sim: OnbonSimulator) -> None:
    sim.generation = "5k"
    panel = opened(sim, generation="6k")
    panel.show(TEXT)
    assert sim.state.areas[0].width == 512
    panel.close()


def test_another_screens_frames_are_not_for_this_card(sim: OnbonSimulator) -> None:
    panel = opened(sim, screen=2)
    assert panel.show(TEXT).reason == "unconfirmed"
    assert sim.state.areas == ()
    panel.close()


def test_card_answers_a_spoiled_frame_with_error_5() -> None:
    simulator = drivers.sim.start("onbon_bx")
    with socket.create_connection(
        (simulator.options["host"], simulator.options["tcp_port"])
    ) as client:
        client.settimeout(2)
        client.sendall(bytes.fromhex(PREAMBLE + TEXT_6K.replace("0E 79", "0E 78")))
        nack = bytes.fromhex(ACK.replace("A0 00 00 00 00 64 DC", "A0 01 05 00 00 75 21"))
        assert client.recv(64) == nack
        client.sendall(bytes.fromhex(PREAMBLE + TEXT_6K))
        assert client.recv(64) == bytes.fromhex(ACK)
    simulator.stop()


def test_pages_turn_by_the_displays_own_mode(sim: OnbonSimulator) -> None:
    panel = opened(sim, hold_s=1.5)
    panel.show(TEXT)
    panel.close()
    (area,) = sim.state.areas
    assert [page_text(area, at_s) for at_s in (0, 1.4, 1.6, 3.1)] == [
        "请A001到",
        "请A001到",
        "3号窗口",
        "请A001到",
    ]


def lit(png: bytes) -> int:
    picture = Image.open(io.BytesIO(png)).convert("L")
    return sum(picture.point(lambda v: v > 60).histogram()[1:])


def test_picture(sim: OnbonSimulator, panel: OnbonPanel) -> None:
    dark = panel_png(sim.state, 64, 16, font_path=FONT, scale=1)
    assert lit(dark) == 0
    panel.show(TEXT)
    first = panel_png(sim.state, 64, 16, font_path=FONT, scale=1)
    second = panel_png(sim.state, 64, 16, font_path=FONT, scale=1, at_s=4.1)
    assert lit(first) > 100
    assert first != second
    assert Image.open(io.BytesIO(panel_png(sim.state, 64, 16, font_path=FONT))).size == (512, 128)
