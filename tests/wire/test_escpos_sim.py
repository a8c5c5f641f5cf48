"""The simulated printer and its paper, by literal bytes, without our driver."""

import io
import socket
import time
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import drivers.sim
from drivers.sim.escpos import EscposSimulator
from drivers.sim.escpos_paper import render_png
from drivers.sim.escpos_printed import (
    Barcode,
    CutMark,
    Feed,
    Printed,
    QrCode,
    Raster,
    TextLine,
    Unknown,
)
from drivers.sim.escpos_stream import Interpreter

FONT = "build/fonts/NotoSansSC-Regular.otf"
TICKET = bytes.fromhex(
    "1B 40 1C 26 1B 61 01 1D 21 11 1B 74 00 41 30 30 31 0A 1D 21 00 "
    "C7 EB B5 BD 33 BA C5 B4 B0 BF DA 0A 1B 61 00 1C 2E 1D 56 42 00"
)


def printed(data: str | bytes, **more: int) -> list[Printed]:
    interpreter = Interpreter(**more)
    for byte in bytes.fromhex(data) if isinstance(data, str) else data:
        interpreter.feed(byte)
    return [*interpreter.items, *interpreter.rest()]


def line(item: Printed) -> TextLine:
    assert isinstance(item, TextLine)
    return item


def test_the_worked_ticket() -> None:
    assert len(TICKET) == 42
    number, place, cut = printed(TICKET)
    assert (line(number).text, line(number).align) == ("A001", "center")
    assert {(g.width, g.height) for g in line(number).glyphs} == {(2, 2)}
    assert line(place).text == "请到3号窗口"
    assert {(g.width, g.height) for g in line(place).glyphs} == {(1, 1)}
    assert cut == CutMark(full=False)


@pytest.mark.parametrize(
    ("data", "sizes"),
    [
        ("1B 21 30 C7 EB 41 0A", [(1, 1), (2, 2)]),  # ESC ! : Latin only
        ("1D 21 22 C7 EB 41 0A", [(3, 3), (3, 3)]),  # GS !
        ("1D 21 11 1B 21 00 C7 EB 41 0A", [(2, 2), (1, 1)]),
        ("1C 57 01 C7 EB 41 0A", [(2, 2), (1, 1)]),
        ("1C 21 04 C7 EB 41 0A", [(2, 1), (1, 1)]),
        ("1D 21 22 1B 40 C7 EB 41 0A", [(1, 1), (1, 1)]),
    ],
)
def test_sizes(data: str, sizes: list[tuple[int, int]]) -> None:
    assert [(g.width, g.height) for g in line(printed(data)[0]).glyphs] == sizes


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("1C 2E C7 EB 0A", "╟δ"),  # outside Chinese mode
        ("1C 26 C7 EB 0A", "请"),
        ("81 30 84 36 D6 D0 0A", "\ufffd0\ufffd6中"),  # a four-byte code
        ("FE 68 0A", "㭎"),
        ("41 10 04 01 42 0A", "AB"),  # a realtime command between characters
    ],
)
def test_text(data: str, text: str) -> None:
    assert line(printed(data)[0]).text == text


def test_lines_wrap_at_the_edge_and_alignment_only_at_the_start() -> None:
    items = printed("41" * 40 + "1B 61 02 0A", columns=32)
    assert [(line(i).text, line(i).align) for i in items] == [("A" * 32, "left"), ("A" * 8, "left")]


def test_other_commands() -> None:
    assert printed("1D 76 30 00 02 00 02 00 80 00 00 01") == [
        Raster("left", 2, 2, bytes.fromhex("80 00 00 01"))
    ]
    qr = (
        "1D 28 6B 04 00 31 41 32 00 1D 28 6B 03 00 31 43 06 1D 28 6B 03 00 31 45 30 "
        "1D 28 6B 07 00 31 50 30 41 30 30 31 1D 28 6B 03 00 31 51 30"
    )
    assert printed(qr) == [QrCode("left", b"A001", 6, 48)]
    code = "1B 61 01 1D 68 40 1D 77 03 1D 66 00 1D 48 02 1D 6B 49 06 7B 42 41 30 30 31"
    assert printed(code) == [Barcode("center", 73, b"{BA001")]
    assert printed("1D 6B 04 41 42 00") == [Barcode("left", 4, b"AB")]
    assert printed("1B 64 06 1D 56 00") == [Feed(180), CutMark(full=True)]
    assert printed("1B 4A 18 1D 56 01") == [Feed(24), CutMark(full=False)]
    assert printed("1B 7A 01") == [Unknown(b"\x1b\x7a\x01")]
    quiet = "1C 53 00 00 1C 2D 01 1C 32 FE A1" + "00" * 72 + "1B 52 0F 1B 74 00 1B 70 00 10 10"
    assert printed(quiet) == []


@given(st.binary(max_size=400))
def test_no_bytes_break_it(data: bytes) -> None:
    printed(data)


def test_picture() -> None:
    picture = Image.open(io.BytesIO(render_png(TICKET, 48, FONT)))
    assert picture.width == 48 * 12 + 64
    text = picture.crop((0, 0, picture.width, 120))  # without the knife's mark
    ink = text.point(lambda v: 255 - v)
    box = ink.getbbox()
    assert box is not None
    assert 200 < box[0] < 320 - 40  # centred
    garbage = TICKET.replace(b"\x1c\x26", b"\x1c\x2e")
    assert render_png(garbage, 48, FONT) != render_png(TICKET, 48, FONT)


def until(condition: Callable[[], bool]) -> None:
    """Wait for what the printer does on its own thread."""
    end = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


class Line:
    """A bare TCP client."""

    def __init__(self, sim: EscposSimulator) -> None:
        self.socket = socket.create_connection((sim.options["host"], sim.options["tcp_port"]))
        self.socket.settimeout(2)

    def ask(self, data: str, expected: str) -> None:
        """Send, and demand exactly these bytes."""
        self.socket.sendall(bytes.fromhex(data))
        self.expect(expected)

    def expect(self, expected: str) -> None:
        want = bytes.fromhex(expected)
        got = b""
        while len(got) < len(want):
            got += self.socket.recv(len(want) - len(got))
        assert got == want

    def quiet(self) -> None:
        self.socket.settimeout(0.15)
        with pytest.raises(TimeoutError):
            self.socket.recv(16)
        self.socket.settimeout(2)


@pytest.fixture
def sim() -> Iterator[EscposSimulator]:
    simulator = drivers.sim.start("escpos")
    assert isinstance(simulator, EscposSimulator)
    yield simulator
    simulator.stop()


@pytest.fixture
def wire(sim: EscposSimulator) -> Iterator[Line]:
    client = Line(sim)
    yield client
    client.socket.close()


def test_status_of_the_worked_examples(sim: EscposSimulator, wire: Line) -> None:
    for n in ("01", "02", "03", "04"):
        wire.ask(f"10 04 {n}", "12")
    sim.near_end = True
    wire.ask("10 04 04", "1E")
    sim.paper_out = True
    wire.ask("10 04 01", "1A")
    wire.ask("10 04 02", "32")
    wire.ask("10 04 04", "7E")
    sim.cover_open = True
    wire.ask("10 04 02", "36")
    sim.load_paper()
    wire.ask("10 04 01", "12")
    wire.ask("10 04 04", "12")


def test_cutter_jam_and_recovery(sim: EscposSimulator, wire: Line) -> None:
    sim.jam_at_cut = True
    wire.socket.sendall(bytes.fromhex("41 0A 1D 56 00"))
    assert sim.wait(lambda received: len(received) == 5)
    until(lambda: sim.jammed)
    wire.ask("10 04 01", "1A")
    wire.ask("10 04 02", "52")
    wire.ask("10 04 03", "1A")
    wire.ask("10 05 01 10 04 01", "12")


def test_automatic_status_and_gs_r(sim: EscposSimulator, wire: Line) -> None:
    wire.ask("1D 72 01", "00")
    wire.ask("1D 61 FF", "10 00 00 00")
    sim.paper_out = True
    wire.expect("18 00 0F 00")
    wire.socket.sendall(bytes.fromhex("1D 72 01"))
    wire.quiet()  # silent while offline
    sim.cover_open = True
    wire.expect("38 00 0F 00")
    wire.ask("10 04 01", "1A")  # but realtime questions are answered
    sim.load_paper()
    got = b""
    while len(got) < 5:
        got += wire.socket.recv(5)
    assert sorted(got) == sorted(bytes.fromhex("10 00 00 00 00"))


def test_the_rest_prints_on_the_new_roll_unless_cleared(sim: EscposSimulator, wire: Line) -> None:
    sim.out_at_line = 1
    wire.socket.sendall(b"\x1b@A\nB\nC\n\x1dr\x01")
    wire.quiet()
    assert sim.paper == ["A", "B"]
    sim.load_paper()
    wire.expect("00")
    assert sim.paper == ["A", "B", "C"]
    sim.out_at_line = 0
    wire.socket.sendall(b"D\nE\n")
    until(lambda: sim.paper_out and sim.held == 2)
    wire.ask("10 05 02 10 04 04", "7E")
    sim.load_paper()
    wire.ask("1D 72 01", "00")
    assert sim.paper == ["A", "B", "C", "D"]


def test_control_lines(sim: EscposSimulator) -> None:
    assert sim.control("near_end true") == {"ok": True, "did": "near_end"}
    assert sim.near_end is True
    assert sim.control("load_paper")["ok"]
    assert sim.near_end is False
    assert not sim.control("burn")["ok"]
