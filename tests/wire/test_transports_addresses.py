"""Names of hosts that a name server tells late, never or wrongly."""

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from drivers.errors import PeripheralError, Reason
from drivers.printers import cups_server
from drivers.saying import in_language
from drivers.transports import TcpOptions, open_transport
from drivers.transports.addresses import Address, Addresses
from drivers.transports.tcp import open_tcp

NO_FAMILY: Any = 255


class NameServer:
    """A look-up that answers when `speak` is set."""

    def __init__(self, *found: Address) -> None:
        self.speak = threading.Event()
        self.asked = 0
        self._found = list(found)
        self.addresses = Addresses(self._look_up)

    def _look_up(self, host: str, tcp_port: int) -> list[Address]:
        self.asked += 1
        assert self.speak.wait(20)
        return self._found


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


def at(server: socket.socket) -> Address:
    return socket.AF_INET, server.getsockname()


def refusing() -> Address:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        return at(closed)


def options(limit_s: float = 0.1) -> TcpOptions:
    return TcpOptions(host="printer.hall", tcp_port=9100, connect_timeout_s=limit_s)


def test_a_name_server_that_says_nothing_takes_one_thread_however_often_it_is_asked() -> None:
    names = NameServer()
    threads = threading.active_count()
    for _ in range(20):
        with pytest.raises(PeripheralError) as caught:
            open_tcp(options(), names.addresses)
    assert (names.asked, threading.active_count()) == (1, threads + 1)
    names.speak.set()
    error = caught.value
    assert (error.reason, error.sent) == (Reason.NO_DEVICE, False)
    assert error.detail == "cannot connect to printer.hall:9100: its address is not found in time"
    assert in_language(error.detail, "zh") == "连不上 printer.hall:9100：没有及时查到地址"
    assert in_language(error.advice, "zh") == "请直接写地址，不写名称；或检查本机的 DNS 服务器。"


def test_what_came_late_for_one_try_is_there_for_the_next(server: socket.socket) -> None:
    names = NameServer(at(server))
    with pytest.raises(PeripheralError):
        open_tcp(options(), names.addresses)
    time.sleep(1.1)
    names.speak.set()
    for _ in range(2):
        open_tcp(options(1.5), names.addresses).close()
    assert names.asked == 1


def test_a_quick_answer_is_asked_for_anew(server: socket.socket) -> None:
    names = NameServer(at(server))
    names.speak.set()
    for _ in range(2):
        open_tcp(options(), names.addresses).close()
    assert names.asked == 2


def test_the_second_address_is_tried_where_the_first_refuses(server: socket.socket) -> None:
    names = NameServer(refusing(), at(server))
    names.speak.set()
    open_tcp(options(), names.addresses).close()
    assert server.accept()[1][0] == "127.0.0.1"


def test_an_address_of_a_family_that_this_machine_does_not_have_is_passed_over(
    server: socket.socket,
) -> None:
    names = NameServer((NO_FAMILY, ("2001:db8::1", 9100)), at(server))
    names.speak.set()
    open_tcp(options(), names.addresses).close()
    assert server.accept()[1][0] == "127.0.0.1"


def test_a_print_server_whose_name_is_told_late_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = NameServer()
    monkeypatch.setattr(cups_server, "OF_THIS_MACHINE", names.addresses)
    with pytest.raises(PeripheralError) as caught:
        cups_server.Server("a4.hall", 631, 0.1).ask("/", bytes(8))
    names.speak.set()
    assert (caught.value.reason, caught.value.sent) == (Reason.NO_DEVICE, False)
    assert in_language(caught.value.detail, "zh") == "a4.hall:631 没有打印服务器：没有及时查到地址"


def test_where_all_refuse_the_first_one_is_told() -> None:
    names = NameServer(refusing(), refusing())
    names.speak.set()
    with pytest.raises(PeripheralError, match=r"printer\.hall:9100: .*refused"):
        open_tcp(options(), names.addresses)


def test_a_number_is_no_name_to_be_looked_up(server: socket.socket) -> None:
    names = NameServer()
    host, port = server.getsockname()
    open_tcp(TcpOptions(host=host, tcp_port=port), names.addresses).close()
    assert names.asked == 0


@pytest.mark.parametrize("host", ["a..b", "x" * 64, "no-such-host.invalid"])
def test_what_can_be_no_name_is_no_device(host: str) -> None:
    with pytest.raises(PeripheralError, match=f"cannot connect to {host}:9100: ") as caught:
        open_transport(TcpOptions(host=host, tcp_port=9100))
    assert (caught.value.reason, caught.value.sent) == (Reason.NO_DEVICE, False)
