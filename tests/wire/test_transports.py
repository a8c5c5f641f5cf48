"""Serial, TCP and file transports on real ports: what is sent, what breaks, and what is logged."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog.testing

from drivers.errors import PeripheralError, Reason
from drivers.sim.ports import Port, PtyPort, TcpPort
from drivers.transports import FileOptions, SerialOptions, TcpOptions, Transport, open_transport


class Echo:
    """A port that sends back what it gets, and remembers it."""

    def __init__(self, port: Port, options: type[Any]) -> None:
        self.port = port
        self.got = bytearray()
        self._options = options
        self.echoing = True
        port.begin(self._feed, lambda: None)

    def _feed(self, data: bytes) -> None:
        self.got += data
        if self.echoing:
            self.port.send(data)

    def open(self) -> Transport:
        return open_transport(self._options(**self.port.options))


@pytest.fixture(params=["serial", "tcp"])
def echo(request: pytest.FixtureRequest) -> Iterator[Echo]:
    pty = request.param == "serial"
    echo = Echo(PtyPort() if pty else TcpPort(), SerialOptions if pty else TcpOptions)
    yield echo
    echo.port.close()


def error(call: Any, *args: Any) -> PeripheralError:
    with pytest.raises(PeripheralError) as caught:
        call(*args)
    return caught.value


def read_all(port: Transport, count: int) -> bytes:
    data = b""
    end = time.monotonic() + 5
    while len(data) < count and time.monotonic() < end:
        data += port.read(4096, 0.5)
    return data


def wait_until(condition: Any, timeout_s: float = 5) -> bool:
    end = time.monotonic() + timeout_s
    while not condition() and time.monotonic() < end:
        time.sleep(0.005)
    return bool(condition())


def test_every_byte_value_passes_both_ways(echo: Echo) -> None:
    port = echo.open()
    everything = bytes(range(256)) * 8
    port.write(everything, 2)
    assert read_all(port, len(everything)) == everything
    assert port.written == len(everything)
    port.close()


def test_nothing_to_read_is_empty_after_the_time_out(echo: Echo) -> None:
    port = echo.open()
    begun = time.monotonic()
    assert port.read(10, 0.15) == b""
    assert time.monotonic() - begun > 0.14
    port.close()


def test_a_read_takes_no_more_than_its_limit(echo: Echo) -> None:
    port = echo.open()
    port.write(b"abcdef", 1)
    assert wait_until(lambda: len(echo.got) == 6)
    assert port.read(2, 1) == b"ab"
    assert read_all(port, 4) == b"cdef"
    port.close()


def test_a_peripheral_that_takes_nothing_is_silent_and_what_went_out_is_counted(
    echo: Echo,
) -> None:
    port = echo.open()
    echo.port.paused = True
    begun = time.monotonic()
    failed = error(port.write, bytes(50_000_000), 0.3)
    assert (failed.reason, failed.sent) == (Reason.SILENT, True)
    assert time.monotonic() - begun < 1.5
    assert 0 < port.written < 50_000_000
    stuck = error(port.write, b"x", 0.1)
    assert (stuck.reason, stuck.sent) == (Reason.SILENT, False)
    begun = time.monotonic()
    port.close()
    assert time.monotonic() - begun < 1.5


def test_a_slow_peripheral_gets_everything(echo: Echo) -> None:
    echo.echoing = False
    echo.port.bytes_per_s = 200_000
    port = echo.open()
    port.write(bytes(range(250)) * 400, 5)
    assert wait_until(lambda: len(echo.got) == 100_000)
    assert bytes(echo.got) == bytes(range(250)) * 400
    port.close()


def test_unplugged_while_open_is_lost_and_then_not_there(echo: Echo) -> None:
    port = echo.open()
    echo.port.unplug()
    assert error(port.read, 10, 1).reason is Reason.LOST
    port.close()
    gone = error(echo.open)
    assert (gone.reason, gone.sent) == (Reason.NO_DEVICE, False)
    assert gone.advice
    echo.port.plug()
    port = echo.open()
    port.write(b"back", 1)
    assert read_all(port, 4) == b"back"
    port.close()


def test_unplugged_during_a_write_is_lost(echo: Echo) -> None:
    port = echo.open()
    echo.port.paused = True
    threading.Timer(0.2, echo.port.unplug).start()
    failed = error(port.write, bytes(50_000_000), 5)
    assert (failed.reason, failed.sent) == (Reason.LOST, True)
    port.close()


def test_closing_twice_is_fine_and_a_closed_port_is_lost(echo: Echo) -> None:
    port = echo.open()
    port.close()
    port.close()
    assert error(port.write, b"x", 1).reason is Reason.LOST
    assert error(port.read, 1, 0.1).reason is Reason.LOST


def test_no_descriptor_is_left(echo: Echo) -> None:
    echo.open().close()
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(20):
        echo.open().close()
    assert wait_until(lambda: len(os.listdir("/proc/self/fd")) <= before + 1)


def test_what_was_written_just_before_closing_arrives(echo: Echo) -> None:
    port = echo.open()
    port.write(b"a" * 3000, 1)
    port.close()  # with the echo unread, which must not become a reset
    assert wait_until(lambda: len(echo.got) == 3000)


def test_of_a_picture_only_the_beginning_is_logged(echo: Echo) -> None:
    echo.echoing = False
    port = echo.open()
    with structlog.testing.capture_logs() as logs:
        port.write(b"\x5a" * 100_000, 5)
    port.close()
    assert sum(entry["length"] for entry in logs) == 100_000
    assert all(len(bytes.fromhex(entry["hex"])) == min(256, entry["length"]) for entry in logs)


def test_bytes_are_logged_but_only_their_length_when_sensitive(echo: Echo) -> None:
    port = echo.open()
    with structlog.testing.capture_logs() as logs:
        port.write(b"\x01\x02", 1)
        assert read_all(port, 2) == b"\x01\x02"
        port.sensitive = True
        port.write(b"\x03\x04\x05", 1)
        assert read_all(port, 3) == b"\x03\x04\x05"
    port.close()
    plain = [entry for entry in logs if "hex" in entry]
    assert {(entry["direction"], entry["hex"]) for entry in plain[:1]} == {("out", "01 02")}
    assert "".join(e["hex"] for e in plain if e["direction"] == "in").replace(" ", "") == "0102"
    assert "03" not in repr([entry.get("hex") for entry in logs])
    assert sum(e["length"] for e in logs if e["direction"] == "in") == 5
    assert {entry["log_level"] for entry in logs} == {"debug"}


def test_a_claimed_serial_port_is_busy() -> None:
    echo = Echo(PtyPort(), SerialOptions)
    port = echo.open()
    claimed = error(echo.open)
    assert (claimed.reason, claimed.sent) == (Reason.BUSY, False)
    port.close()
    echo.open().close()
    echo.port.close()


@pytest.mark.parametrize("path", ["/dev/no-such-port", "/dev", "/dev/null", __file__])
def test_what_is_no_serial_port_is_no_device(path: str) -> None:
    assert error(open_transport, SerialOptions(port=path)).reason is Reason.NO_DEVICE


def test_a_link_that_moves_is_followed_at_the_next_opening(tmp_path: Path) -> None:
    link = tmp_path / "by-id"
    first = PtyPort(link)
    echo = Echo(first, SerialOptions)
    target = os.readlink(link)
    port = echo.open()
    first.unplug()
    assert not os.path.lexists(link)
    first.plug()
    assert os.readlink(link) != target, "the old number is still held by the open port"
    port.close()
    echo.open().close()
    first.close()


def test_a_name_that_is_unknown_and_a_port_that_refuses_are_no_device() -> None:
    unknown = TcpOptions(host="no-such-host.invalid", tcp_port=9)
    assert error(open_transport, unknown).reason is Reason.NO_DEVICE
    with socket.create_server(("127.0.0.1", 0)) as server:
        free = server.getsockname()[1]
    assert error(open_transport, TcpOptions(host="127.0.0.1", tcp_port=free)).reason is (
        Reason.NO_DEVICE
    )


def test_an_address_that_does_not_answer_is_given_up_after_its_time_out() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        address = server.getsockname()
        crowd = [socket.socket() for _ in range(4)]  # fills the backlog: further ones get no answer
        for one in crowd:
            one.setblocking(False)
            one.connect_ex(address)
        options = TcpOptions(host="127.0.0.1", tcp_port=address[1], connect_timeout_s=0.3)
        begun = time.monotonic()
        assert error(open_transport, options).reason is Reason.NO_DEVICE
        assert 0.2 < time.monotonic() - begun < 2
        for one in crowd:
            one.close()


def test_a_device_file_is_written_never_made_and_never_read(tmp_path: Path) -> None:
    missing = tmp_path / "lp0"
    assert error(open_transport, FileOptions(file=str(missing))).reason is Reason.NO_DEVICE
    assert not missing.exists()
    missing.write_bytes(b"")
    port = open_transport(FileOptions(file=str(missing)))
    assert not port.can_read
    port.write(b"\x1b@slip", 1)
    begun = time.monotonic()
    assert port.read(10, 0.1) == b""
    assert time.monotonic() - begun > 0.09
    port.close()
    assert missing.read_bytes() == b"\x1b@slip"


def test_a_device_file_that_is_full_is_silent_and_one_without_reader_no_device(
    tmp_path: Path,
) -> None:
    fifo = tmp_path / "lp1"
    os.mkfifo(fifo)
    assert error(open_transport, FileOptions(file=str(fifo))).reason is Reason.NO_DEVICE
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    port = open_transport(FileOptions(file=str(fifo)))
    failed = error(port.write, bytes(1_000_000), 0.2)
    assert (failed.reason, failed.sent) == (Reason.SILENT, True)
    os.close(reader)
    assert error(port.write, b"x", 0.2).reason is Reason.LOST
    port.close()
