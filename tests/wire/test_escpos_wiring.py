"""Ways to a printer besides a plain line: device files, flow control, pacing, a second client."""

import os
import pty
import socket
import threading
import time
import tty
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from escpos_peer import SLIP

import drivers.sim
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import PrintOutcome
from drivers.printers.escpos import SPEC, EscposOptions, probe
from drivers.printers.escpos_printer import EscposPrinter
from drivers.sim.escpos import EscposSimulator
from drivers.sim.ports import PtyPort
from drivers.status import State
from drivers.transports import FileOptions, SerialOptions, open_transport
from drivers.transports.serial import HeedingTransport

QUICK = {"reply_timeout_s": 0.5, "confirm_timeout_s": 3.0}


@pytest.fixture
def pty_sim() -> Iterator[EscposSimulator]:
    simulator = drivers.sim.start("escpos", pty=True)
    assert isinstance(simulator, EscposSimulator)
    yield simulator
    simulator.stop()


def opened(**options: object) -> EscposPrinter:
    printer = SPEC.open(EscposOptions.model_validate({**QUICK, **options}))
    assert isinstance(printer, EscposPrinter)
    return printer


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_a_device_file_that_answers_is_asked(pty_sim: EscposSimulator) -> None:
    """The PTY stands in for /dev/usb/lp0."""
    printer = opened(file=pty_sim.options["port"])
    assert printer.status().state is State.ONLINE
    assert printer.print_slip(SLIP).outcome is PrintOutcome.PRINTED
    pty_sim.paper_out = True
    assert printer.print_slip(SLIP).outcome is PrintOutcome.NOT_PRINTED
    pty_sim.unplug()
    with pytest.raises(PeripheralError) as lost:
        printer.status()
    assert lost.value.reason is Reason.LOST
    printer.close()


def test_a_plain_file_and_a_pipe_never_give_back_our_own_bytes(tmp_path: Path) -> None:
    plain, pipe = tmp_path / "lp0", tmp_path / "lp1"
    plain.touch()
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    for file in (plain, pipe):
        port = open_transport(FileOptions(file=str(file)))
        port.write(b"\x10\x04\x01", 1)
        assert not port.can_read
        assert port.read(8, 0.02) == b""
        port.close()
    assert os.read(reader, 8) == b"\x10\x04\x01"
    os.close(reader)


@pytest.mark.parametrize("flow", ["xonxoff", "none"])
def test_a_printer_that_says_stop_is_heard(flow: str) -> None:
    """XON/XOFF is the kernel's work: nothing leaves after a stop (13h), all of it after 11h."""
    line = PtyPort()
    got = bytearray()
    line.begin(got.extend, lambda: None)
    port = open_transport(SerialOptions.model_validate({**line.options, "flow": flow}))
    line.send(b"\x13")
    time.sleep(0.1)
    data = bytes(range(256)) * 20
    if flow == "none":
        port.write(data, 2)
        assert port.read(8, 0.5) == b"\x13"
    else:
        with pytest.raises(PeripheralError) as stopped:
            port.write(data, 0.3)
        assert (stopped.value.reason, stopped.value.sent) == (Reason.SILENT, False)
        assert not got
        line.send(b"\x11")
        port.write(data, 2)
    until(lambda: bytes(got) == data)
    port.close()
    line.close()


def test_a_slip_with_a_printer_that_stops_the_line(pty_sim: EscposSimulator) -> None:
    pty_sim.xonxoff = True
    pty_sim.buffer_size, pty_sim.bytes_per_s = 64 * 1024, 20_000
    pty_sim.xoff_at = 0.05
    printer = opened(
        port=pty_sim.options["port"],
        flow="xonxoff",
        text="raster",
        watch=False,
        confirm_timeout_s=8,
    )
    assert printer.print_slip(SLIP).outcome is PrintOutcome.PRINTED
    printer.close()
    assert pty_sim.overflowed == 0


@pytest.mark.parametrize(("pace", "overflows"), [(None, True), (3000, False)])
def test_a_printer_without_flow_control_needs_a_pace(
    pty_sim: EscposSimulator, pace: int | None, overflows: bool
) -> None:
    pty_sim.overrun = True
    pty_sim.buffer_size = 512
    pty_sim.bytes_per_s = 6000
    printer = opened(
        port=pty_sim.options["port"],
        baud=115200,
        pace=pace,
        qr="raster",
        confirm_timeout_s=1,
        watch=False,
    )
    result = printer.print_slip(SLIP)
    printer.close()
    assert (pty_sim.overflowed > 0) is overflows
    assert (result.outcome is PrintOutcome.PRINTED) is not overflows


def test_dsr_is_heeded_byte_by_byte() -> None:
    """A PTY has no DSR line: the line's state is a variable here."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    os.set_blocking(slave, False)
    ready = threading.Event()
    port = HeedingTransport(slave, "tty", lambda: os.close(slave), ready.is_set)
    with pytest.raises(PeripheralError) as stopped:
        port.write(b"slip", 0.1)
    assert (stopped.value.reason, stopped.value.sent) == (Reason.SILENT, False)
    threading.Timer(0.1, ready.set).start()
    got = bytearray()

    def read() -> None:
        while len(got) < 100:
            got.extend(os.read(master, 8))

    reading = threading.Thread(target=read)
    reading.start()
    port.write(bytes(range(100)), 5)
    reading.join(5)
    assert bytes(got) == bytes(range(100))
    port.close()
    os.close(master)


def test_dsr_where_there_is_none_is_a_wrong_option(pty_sim: EscposSimulator) -> None:
    with pytest.raises(PeripheralError) as wrong:
        open_transport(SerialOptions(port=pty_sim.options["port"], flow="dsrdtr"))
    assert wrong.value.reason is Reason.BAD_OPTION
    open_transport(SerialOptions(port=pty_sim.options["port"], flow="xonxoff")).close()


def test_a_second_client_waits_and_disturbs_nobody() -> None:
    sim = drivers.sim.start("escpos")
    printer = opened(**sim.options)
    stray = socket.create_connection((sim.options["host"], sim.options["tcp_port"]))
    stray.sendall(b"garbage from a stray client\n")
    assert printer.print_slip(SLIP).outcome is PrintOutcome.PRINTED
    assert b"garbage" not in sim.received
    printer.close()
    assert sim.wait(lambda received: b"garbage" in received)
    stray.close()
    printer = opened(**sim.options)
    assert printer.print_slip(SLIP).outcome is PrintOutcome.PRINTED
    printer.close()
    sim.stop()


def test_an_unplugged_port_refuses_and_stays_reserved() -> None:
    sim = drivers.sim.start("escpos")
    address = (sim.options["host"], sim.options["tcp_port"])
    sim.unplug()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address)
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(address)
    sim.plug()
    socket.create_connection(address).close()
    sim.stop()


@pytest.mark.parametrize("wiring", ["tcp", "pty"])
def test_probe_knows_a_printer(wiring: str) -> None:
    sim = drivers.sim.start("escpos", pty=wiring == "pty")
    options = EscposOptions.model_validate(sim.options).place()
    port = open_transport(options)
    belief = probe(port)
    assert belief is not None
    assert belief.sure
    assert sim.paper == []  # type: ignore[attr-defined]
    port.close()
    sim.stop()


def test_probe_does_not_take_an_echo_for_one() -> None:
    line = PtyPort()
    line.begin(line.send, lambda: None)
    port = open_transport(SerialOptions(**line.options))
    begun = time.monotonic()
    assert probe(port) is None
    assert time.monotonic() - begun < 3
    port.close()
    line.close()
