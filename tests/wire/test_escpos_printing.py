"""The real driver against the simulated printer over real TCP and PTYs: every fault it can play."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from escpos_peer import SLIP, Peer

import drivers.sim
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import PrintOutcome, PrintResult
from drivers.papers.layout import lay_out
from drivers.printers.escpos import SPEC, EscposOptions
from drivers.printers.escpos_printer import EscposPrinter
from drivers.printers.escpos_slip import compose
from drivers.sim.escpos import EscposSimulator
from drivers.sim.escpos_printed import CutMark, QrCode
from drivers.status import Paper, State

LINES = [
    "石柱土家族自治县冷水镇公共服务中心",
    "-" * 48,
    "A001",
    "城乡居民养老保险参保登记",
    "前面还有 3 位，约 12 分钟",
    "2026-11-24 09:30",
    "过号请到服务台",
]
CLEAR = b"\x10\x05\x02"
QUICK = {"reply_timeout_s": 0.3, "confirm_timeout_s": 0.6, "write_timeout_s": 0.6}


def opened(sim: EscposSimulator | Peer, **more: object) -> EscposPrinter:
    printer = SPEC.open(EscposOptions.model_validate({**sim.options, **QUICK, **more}))
    assert isinstance(printer, EscposPrinter)
    return printer


@pytest.fixture(params=["tcp", "pty"])
def sim(request: pytest.FixtureRequest) -> Iterator[EscposSimulator]:
    simulator = drivers.sim.start("escpos", pty=request.param == "pty")
    assert isinstance(simulator, EscposSimulator)
    yield simulator
    simulator.stop()


@pytest.fixture
def printer(sim: EscposSimulator) -> Iterator[EscposPrinter]:
    device = opened(sim)
    yield device
    device.close()


def outcome(result: PrintResult) -> tuple[str, str, str | None]:
    return result.outcome.value, result.paper.value, result.reason


def test_printed(sim: EscposSimulator, printer: EscposPrinter) -> None:
    assert printer.print_slip(SLIP) == PrintResult(PrintOutcome.PRINTED, Paper.OK)
    assert sim.paper == LINES
    number = next(item for item in sim.printed if getattr(item, "text", "") == "A001")
    assert {(g.width, g.height) for g in number.glyphs} == {(3, 3)}  # type: ignore[union-attr]
    assert [item.data for item in sim.printed if isinstance(item, QrCode)] == [b"A001"]
    assert isinstance(sim.printed[-1], CutMark)


def test_the_conversation_to_the_byte(sim: EscposSimulator) -> None:
    printer = opened(sim, watch=False)
    printer.print_slip(SLIP)
    printer.close()
    job = b"".join(compose(lay_out(SLIP, 48), EscposOptions(host="x").look(), asb=True).chunks)
    status = bytes.fromhex("10 04 01 10 04 02 10 04 04")
    asb = bytes.fromhex("1D 61 FF")
    assert sim.received == asb + status + CLEAR + job + bytes.fromhex("1D 72 01" * 3) + status


def test_questions_in_the_middle_of_a_slip_stand_between_its_commands(
    sim: EscposSimulator,
) -> None:
    printer = opened(sim, qr="raster")
    assert printer.print_slip(SLIP).outcome is PrintOutcome.PRINTED
    printer.close()
    look = EscposOptions.model_validate({**sim.options, "qr": "raster"}).look()
    chunks = compose(lay_out(SLIP, 48), look, asb=True).chunks
    rest = sim.received[sim.received.index(CLEAR) + 3 :]
    asked = 0
    assert rest.startswith(b"\x1d\x72\x01" * 3)
    rest = rest[9:]
    for chunk in chunks:
        assert rest.startswith(chunk)
        rest = rest[len(chunk) :]
        while chunk is not chunks[-1] and rest.startswith((b"\x1d\x72\x01", b"\x10\x04\x01")):
            asked += rest.startswith(b"\x10\x04\x01")
            rest = rest[3:]
    assert asked >= 2
    assert rest.startswith(b"\x1d\x72\x01" * 3)


def test_two_slips_and_no_clearing_between_them(
    sim: EscposSimulator, printer: EscposPrinter
) -> None:
    printer.print_slip(SLIP)
    sim.forget_received()
    assert printer.print_slip(SLIP).outcome is PrintOutcome.PRINTED
    assert CLEAR not in sim.received
    assert sim.paper == LINES * 2


def test_near_end_is_printed_with_paper_low(sim: EscposSimulator, printer: EscposPrinter) -> None:
    sim.near_end = True
    assert outcome(printer.print_slip(SLIP)) == ("printed", "low", None)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("paper_out", ("not_printed", "out", "paper_out")),
        ("cover_open", ("not_printed", "ok", "cover_open")),
        ("unrecoverable", ("not_printed", "ok", "printer_fault")),
        ("hot", ("not_printed", "ok", "printer_fault")),
    ],
)
def test_trouble_beforehand(
    sim: EscposSimulator, printer: EscposPrinter, fault: str, expected: tuple[str, str, str]
) -> None:
    setattr(sim, fault, True)
    assert outcome(printer.print_slip(SLIP)) == expected
    assert b"A001" not in sim.received
    assert sim.paper == []


def test_paper_out_midway_leaves_nothing_for_the_new_roll(
    sim: EscposSimulator, printer: EscposPrinter
) -> None:
    sim.out_at_byte = 200
    result = printer.print_slip(SLIP)
    assert outcome(result) == ("unsure", "out", "paper_out")
    assert "Load a new roll" in result.advice
    assert "Look whether" in result.advice
    torn = len(sim.paper)
    assert torn < len(LINES)
    while sim.held:
        time.sleep(0.005)
    sim.load_paper()
    assert outcome(printer.print_slip(SLIP)) == ("printed", "ok", None)
    assert sim.paper[torn:] == LINES


def test_a_printer_that_does_not_clear_prints_the_rest_first_but_whole_slips_follow(
    sim: EscposSimulator, printer: EscposPrinter
) -> None:
    """`out_at_line` strikes with the rest in the buffer; another program loads the paper."""
    sim.out_at_line = 2
    assert printer.print_slip(SLIP).outcome is PrintOutcome.UNSURE
    sim.load_paper()
    sim.forget_received()
    assert printer.print_slip(SLIP).outcome is PrintOutcome.PRINTED
    assert sim.received.index(CLEAR) < sim.received.index(b"\x1b\x40")
    assert sim.paper[-len(LINES) :] == LINES


def test_cutter_jam(sim: EscposSimulator, printer: EscposPrinter) -> None:
    sim.jam_at_cut = True
    result = printer.print_slip(SLIP)
    assert outcome(result) == ("unsure", "ok", "printer_fault")
    assert result.advice.startswith("The cutter is jammed.")


def test_a_jam_that_is_gone_is_cleared_before_the_next_slip(
    sim: EscposSimulator, printer: EscposPrinter
) -> None:
    sim.jammed = True
    assert printer.print_slip(SLIP).outcome is PrintOutcome.PRINTED
    assert sim.paper == LINES


def test_dead_midway(sim: EscposSimulator, printer: EscposPrinter) -> None:
    sim.dead_at_byte = 100
    result = printer.print_slip(SLIP)
    assert outcome(result) == ("unsure", "unknown", "unconfirmed")
    sim.power_cycle()
    time.sleep(sim.boot_s)
    torn = len(sim.paper)
    assert outcome(printer.print_slip(SLIP)) == ("printed", "ok", None)
    assert sim.paper[torn:] == LINES


def test_silent_printer_prints_and_is_never_sure(
    sim: EscposSimulator, printer: EscposPrinter
) -> None:
    sim.silent = True
    result = printer.print_slip(SLIP)
    assert outcome(result) == ("unsure", "unknown", "unconfirmed")
    assert "answers no status" in result.advice
    assert sim.paper == LINES  # once
    assert printer.status().state is State.OFFLINE


def test_no_answer_to_gs_r_is_unsure(sim: EscposSimulator, printer: EscposPrinter) -> None:
    sim.no_gs_r = True
    assert outcome(printer.print_slip(SLIP)) == ("unsure", "ok", "unconfirmed")


def test_slow_printer_is_waited_for(sim: EscposSimulator) -> None:
    sim.bytes_per_s = 800
    printer = opened(sim, confirm_timeout_s=5)
    assert outcome(printer.print_slip(SLIP)) == ("printed", "ok", None)
    printer.close()


def test_too_slow_a_printer_is_unsure_and_its_slip_is_not_cut_short(sim: EscposSimulator) -> None:
    sim.bytes_per_s = 20  # well beyond what is waited for, on a busy machine too
    printer = opened(sim, watch=False)
    assert outcome(printer.print_slip(SLIP)) == ("unsure", "ok", "unconfirmed")
    printer.close()
    assert not sim.received.endswith(CLEAR)


def test_full_buffer_that_never_empties(sim: EscposSimulator) -> None:
    """Paper runs out while the buffer is full: nothing more is taken, and nothing is asked."""
    sim.buffer_size = 64
    sim.bytes_per_s = 1
    printer = opened(sim, qr="raster", qr_module=16, baud=4_000_000)
    result = printer.print_slip(SLIP)
    assert result.outcome is PrintOutcome.UNSURE
    assert sim.paper == []
    printer.close()


def test_cover_opened_while_printing(sim: EscposSimulator, printer: EscposPrinter) -> None:
    sim.bytes_per_s = 500
    sim.asb = 0xFF
    original = sim.handle

    def open_the_cover(data: bytes) -> None:
        original(data)
        if b"A001" in sim.received:  # the system may cut it in two
            sim.cover_open = True

    sim.handle = open_the_cover  # type: ignore[method-assign]
    assert outcome(printer.print_slip(SLIP)) == ("unsure", "ok", "cover_open")


def test_automatic_status_all_the_time(sim: EscposSimulator, printer: EscposPrinter) -> None:
    sim.asb = 0xFF
    assert outcome(printer.print_slip(SLIP)) == ("printed", "ok", None)
    sim.near_end = True
    assert outcome(printer.print_slip(SLIP)) == ("printed", "low", None)


def test_connection_lost_midway(sim: EscposSimulator, printer: EscposPrinter) -> None:
    sim.drop_at_byte = 100
    result = printer.print_slip(SLIP)
    assert outcome(result) == ("unsure", "unknown", "lost")
    assert result.outcome is PrintOutcome.UNSURE
    sim.plug()
    assert printer.print_slip(SLIP).outcome is PrintOutcome.PRINTED
    assert sim.paper[-len(LINES) :] == LINES


def test_idle_connection_dropped_by_the_printer() -> None:
    simulator = drivers.sim.start("escpos")
    printer = opened(simulator)  # type: ignore[arg-type]
    assert printer.status().state is State.ONLINE
    simulator.port.drop()
    assert printer.print_slip(SLIP).outcome is PrintOutcome.PRINTED
    printer.close()
    simulator.stop()


def test_unplugged(sim: EscposSimulator, printer: EscposPrinter) -> None:
    sim.unplug()
    with pytest.raises(PeripheralError) as lost:
        printer.status()
    assert lost.value.reason is Reason.LOST
    with pytest.raises(PeripheralError) as gone:
        printer.print_slip(SLIP)
    assert (gone.value.reason, gone.value.sent) == (Reason.NO_DEVICE, False)
    sim.plug()
    assert printer.print_slip(SLIP).outcome is PrintOutcome.PRINTED


def test_refused_from_the_start(sim: EscposSimulator) -> None:
    sim.unplug()
    with pytest.raises(PeripheralError) as refused:
        opened(sim)
    assert (refused.value.reason, refused.value.sent) == (Reason.NO_DEVICE, False)


def test_status_of_a_healthy_and_a_sick_printer(
    sim: EscposSimulator, printer: EscposPrinter
) -> None:
    assert printer.status().state is State.ONLINE
    sim.cover_open = sim.paper_out = True
    status = printer.status()
    assert (status.state, status.paper, status.cover_open) == (State.USER_ERROR, Paper.OUT, True)
    sim.load_paper()
    sim.unrecoverable = True
    assert printer.status().state is State.HARDWARE_ERROR


def test_a_device_file_gets_the_bare_slip(tmp_path: Path) -> None:
    file = tmp_path / "lp0"
    file.touch()
    printer = SPEC.open(EscposOptions(file=str(file)))
    assert printer.status().detail == "gives no status"
    result = printer.print_slip(SLIP)
    printer.close()
    assert outcome(result) == ("unsure", "unknown", "unconfirmed")
    look = EscposOptions(file="x").look()
    assert file.read_bytes() == b"".join(compose(lay_out(SLIP, 48), look).chunks)


def test_without_status_nothing_is_asked(sim: EscposSimulator) -> None:
    printer = opened(sim, status=False)
    assert printer.print_slip(SLIP).outcome is PrintOutcome.UNSURE
    printer.close()
    assert sim.wait(lambda received: received.endswith(bytes.fromhex("1D 56 42 00")))
    assert b"\x10\x04" not in sim.received


def test_characters_the_font_lacks_are_named(sim: EscposSimulator, printer: EscposPrinter) -> None:
    result = printer.print_slip(SLIP.model_copy(update={"notice": "𠀀村"}))
    assert result.outcome is PrintOutcome.PRINTED
    assert result.advice == "Not in the printer's font, printed as 〓: 𠀀"
    assert sim.paper[-1] == "〓村"


def test_gs_r_that_reports_the_paper_end_is_not_printed() -> None:
    """Literal answers: processed, but at the end of the paper (0Fh)."""
    table = {
        "10 04 01": ["12"],
        "10 04 02": ["12"],
        "10 04 04": ["12"],
        "1D 72 01": ["0F"],
    }
    with Peer(table) as peer:
        printer = opened(peer)
        assert outcome(printer.print_slip(SLIP)) == ("unsure", "out", "paper_out")
        printer.close()


def test_a_printer_that_answers_only_gs_r_is_believed() -> None:
    with Peer({"1D 72 01": ["03"]}) as peer:
        printer = opened(peer)
        assert outcome(printer.print_slip(SLIP)) == ("printed", "low", None)
        printer.close()


def test_paper_end_seen_only_afterwards() -> None:
    table = {
        "10 04 01": ["12"],
        "10 04 02": ["12", "32"],
        "10 04 04": ["12", "7E"],
        "1D 72 01": ["00"],
    }
    with Peer(table) as peer:
        printer = opened(peer)
        assert outcome(printer.print_slip(SLIP)) == ("unsure", "out", "paper_out")
        printer.close()


def test_a_web_server_is_no_printer_out_of_paper() -> None:
    """The figures and letters of its answer have the bits of a status byte."""
    refusal = b"HTTP/1.1 400 Bad Request\r\n\r\n".hex()
    with Peer({"10 04 01": [refusal], "10 04 02": [refusal], "10 04 04": [refusal]}) as peer:
        printer = opened(peer)
        assert printer.status().state is State.OFFLINE
        result = printer.print_slip(SLIP)
        printer.close()
        assert outcome(result) == ("not_printed", "unknown", "garbled")
        assert (
            result.advice == "What answers there does not speak ESC/POS. Check host, port and baud."
        )
        assert b"\x1b\x40" not in peer.received


def test_garbage_of_a_printer_that_was_switched_on_just_now_is_asked_about_again() -> None:
    table = {
        "10 04 01": ["FE 00 12", "12"],
        "10 04 02": ["32"],
        "10 04 04": ["72"],
    }
    with Peer(table) as peer:
        printer = opened(peer)
        assert outcome(printer.print_slip(SLIP)) == ("not_printed", "out", "paper_out")
        printer.close()
