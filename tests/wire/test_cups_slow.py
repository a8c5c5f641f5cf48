"""A print server that is slow on purpose holds nobody up."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from drivers.errors import PeripheralError, Reason
from drivers.printers.cups_server import Server

ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\nContent-Length: 9\r\n\r\n"
    b"\x02\x00\x00\x00\x00\x00\x00\x01\x03"
)
QUESTION = b"\x02\x00\x40\x01\x00\x00\x00\x01\x03"


@contextlib.contextmanager
def server(serve: Callable[[socket.socket, threading.Event], None]) -> Iterator[Server]:
    """One connection, served by `serve` until the block ends; questions may take a second."""
    done = threading.Event()

    def body() -> None:
        with contextlib.suppress(OSError), listener.accept()[0] as connection:
            serve(connection, done)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=body)
        thread.start()
        try:
            yield Server("127.0.0.1", listener.getsockname()[1], 1.0)
        finally:
            done.set()
            thread.join(10)


def drip(every_s: float) -> Callable[[socket.socket, threading.Event], None]:
    """The answer, one byte at a time."""

    def serve(connection: socket.socket, done: threading.Event) -> None:
        for byte in ANSWER:
            if done.wait(every_s):
                return
            connection.sendall(bytes([byte]))

    return serve


def take(size: int, every_s: float) -> Callable[[socket.socket, threading.Event], None]:
    """So much of the document at a time, then the answer."""

    def serve(connection: socket.socket, done: threading.Event) -> None:
        while not connection.recv(size).endswith(b"%%EOF"):
            if done.wait(every_s):
                return
        connection.sendall(ANSWER)

    return serve


def test_an_answer_byte_by_byte_is_waited_for_no_longer_than_in_one() -> None:
    with server(drip(0.3)) as slow:
        begun = time.monotonic()
        with pytest.raises(PeripheralError) as e:
            slow.ask("/", QUESTION)
        assert e.value.reason is Reason.SILENT
        assert time.monotonic() - begun < 4


def test_one_that_is_done_in_time_is_an_answer() -> None:
    with server(drip(0.002)) as slow:
        assert slow.ask("/", QUESTION).ok


@pytest.mark.parametrize("status", [b"100 Continue", b"102 Processing", b"103 Early Hints"])
def test_what_is_said_in_advance_is_no_answer(status: bytes) -> None:
    def serve(connection: socket.socket, done: threading.Event) -> None:
        connection.recv(65536)
        connection.sendall(2 * (b"HTTP/1.1 " + status + b"\r\nX: y\r\n\r\n") + ANSWER)

    with server(serve) as busy:
        assert busy.ask("/", QUESTION).ok


def test_what_is_said_in_advance_without_end_is_silence() -> None:
    def serve(connection: socket.socket, done: threading.Event) -> None:
        while not done.wait(0.01):
            connection.sendall(b"HTTP/1.1 102 Processing\r\n\r\n")

    with server(serve) as busy, pytest.raises(PeripheralError) as e:
        busy.ask("/", QUESTION)
    assert e.value.reason is Reason.SILENT


def test_a_document_may_take_longer_than_a_question() -> None:
    with server(take(1_000_000, 0.1)) as slow:
        begun = time.monotonic()
        assert slow.ask("/", QUESTION, bytes(20_000_000) + b"%%EOF").ok
        assert time.monotonic() - begun > slow.timeout_s


def test_its_sending_ends_when_cancelled_or_at_its_limit() -> None:
    cancel = threading.Event()
    threading.Timer(0.5, cancel.set).start()
    with server(take(100_000, 0.1)) as slow, pytest.raises(PeripheralError) as e:
        slow.ask("/", QUESTION, bytes(50_000_000), cancelled=cancel.is_set)
    assert e.value.reason is Reason.CANCELLED
    with server(take(100_000, 0.1)) as slow, pytest.raises(PeripheralError) as e:
        slow.ask("/", QUESTION, bytes(50_000_000), limit_s=0.5)
    assert e.value.reason is Reason.SILENT
