"""A port that is in use is told and left alone: across processes, names and kinds of port."""

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import PeripheralError, Reason
from drivers.sim.ports import PtyPort, TcpPort
from drivers.transports import (
    FileOptions,
    SerialOptions,
    TcpOptions,
    claims,
    holders,
    open_transport,
)
from drivers.transports.claims import device_key, holder, run_folder, tcp_holder, tcp_key

HOLD = """
import sys
from drivers.transports import *
options = eval(sys.argv[1])
transport = open_transport(options)
print("open", flush=True)
sys.stdin.read()
transport.close()
print("closed", flush=True)
sys.stdin.read()
"""
FOREIGN = """
import os, socket, sys
what = sys.argv[1]
if what.isdecimal():
    kept = socket.create_connection(("127.0.0.1", int(what)))
else:
    kept = os.open(what, os.O_RDWR | os.O_NOCTTY)
print("open", flush=True)
sys.stdin.read()
"""
LOCK = """
import fcntl, os, sys
kept = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)
fcntl.flock(kept, fcntl.LOCK_EX)
print("open", flush=True)
sys.stdin.read()
"""
FORGET = """
import sys
from drivers.transports import *
transport = open_transport(eval(sys.argv[1]))
transport = None
print("open", flush=True)
sys.stdin.read()
"""
CLAIM = """
import sys
from drivers.transports.claims import claim_device
kept = claim_device(sys.argv[1])
print("open", flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def process(code: str, *words: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that has said "open"."""
    running = subprocess.Popen(
        [sys.executable, "-c", code, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert running.stdin
    assert running.stdout
    try:
        assert running.stdout.readline() == "open\n"
        yield running
    finally:
        running.kill()
        running.wait()
        running.stdin.close()
        running.stdout.close()


@pytest.fixture
def pty() -> Iterator[PtyPort]:
    port = PtyPort()
    port.begin(lambda data: None, lambda: None)
    yield port
    port.close()


@pytest.fixture
def tcp() -> Iterator[TcpPort]:
    port = TcpPort()
    port.begin(lambda data: None, lambda: None)
    yield port
    port.close()


def busy(options: Any) -> PeripheralError:
    with pytest.raises(PeripheralError) as e:
        open_transport(options)
    assert (e.value.reason, e.value.sent) == (Reason.BUSY, False)
    return e.value


def gone(condition: Callable[[], object], timeout_s: float = 5) -> bool:
    end = time.monotonic() + timeout_s
    while condition() and time.monotonic() < end:
        time.sleep(0.02)
    return not condition()


def test_a_serial_port_of_another_process_is_busy_by_any_of_its_names(
    pty: PtyPort, tmp_path: Path
) -> None:
    by_id = tmp_path / "usb-reader-if00"
    by_id.symlink_to(os.path.realpath(pty.options["port"]))
    with process(HOLD, repr(SerialOptions(**pty.options))) as other:
        for name in (pty.options["port"], os.path.realpath(by_id), str(by_id)):
            error = busy(SerialOptions(port=name))
            assert f"pid {other.pid}" in error.advice
            assert (found := holder(name)) is not None
            assert found.pid == other.pid
        other.kill()  # without giving anything back
        other.wait()
        assert holder(str(by_id)) is None
    open_transport(SerialOptions(port=str(by_id))).close()


def test_a_network_peripheral_of_another_process_is_busy_and_hears_nothing(tcp: TcpPort) -> None:
    options = TcpOptions(**tcp.options)
    with process(HOLD, repr(options)) as other:
        assert gone(lambda: tcp.connections == 0)
        assert f"pid {other.pid}" in busy(options).advice
        assert "pid" in busy(TcpOptions(host="localhost", tcp_port=options.tcp_port)).advice
        assert tcp.connections == 1
        assert other.stdin
        other.stdin.close()
        assert gone(lambda: tcp_holder(options.host, options.tcp_port))
    open_transport(options).close()


def test_a_device_file_of_another_process_is_busy(tmp_path: Path) -> None:
    file = tmp_path / "lp0"
    file.touch()
    options = FileOptions(file=str(file))
    with process(HOLD, repr(options)) as other:
        assert f"pid {other.pid}" in busy(options).advice
    open_transport(options).close()


def test_a_claim_ends_with_the_transport_and_leaves_no_file(tcp: TcpPort) -> None:
    first, second = (open_transport(TcpOptions(**tcp.options)) for _ in range(2))
    key = tcp_key(tcp.options["host"], tcp.options["tcp_port"])
    file = run_folder() / f"yukuai-hall-{key}"
    assert file.read_text().split()[0] == str(os.getpid())
    first.close()
    first.close()
    assert file.exists(), "the second still has it"
    second.close()
    assert not file.exists()


def test_what_cannot_be_opened_is_not_claimed(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    for _ in range(2):
        with pytest.raises(PeripheralError) as e:
            open_transport(TcpOptions(host="127.0.0.1", tcp_port=port))
        assert e.value.reason is Reason.NO_DEVICE
    assert tcp_holder("127.0.0.1", port) is None
    assert not (run_folder() / f"yukuai-hall-{tcp_key('127.0.0.1', port)}").exists()


def test_programs_that_claim_nothing_are_seen(pty: PtyPort, tcp: TcpPort) -> None:
    device = os.path.realpath(pty.options["port"])
    assert holder(device) is None, "who plays the peripheral is not its user"
    with process(FOREIGN, device) as other:
        assert (found := holder(pty.options["port"])) is not None
        assert found.pid == other.pid
    with process(FOREIGN, str(tcp.options["tcp_port"])) as other:
        assert (found := tcp_holder("127.0.0.1", tcp.options["tcp_port"])) is not None
        assert found.pid == other.pid
        assert str(found) == f"{found.program} (pid {other.pid})"


def test_a_lock_on_the_device_itself_is_seen(tmp_path: Path) -> None:
    """As pyserial takes it with `exclusive`."""
    file = tmp_path / "tty"
    file.touch()
    with file.open() as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        assert (found := holder(str(file))) is not None
        assert found.pid == os.getpid()
    assert holder(str(file)) is None


def test_a_port_that_another_process_has_locked_names_that_process(pty: PtyPort) -> None:
    with process(LOCK, pty.options["port"]) as other:
        error = busy(SerialOptions(**pty.options))
        assert f"(pid {other.pid})" in error.detail
        assert f"(pid {other.pid})" in error.advice


def test_a_port_that_this_process_has_locked_names_nobody(pty: PtyPort) -> None:
    with open(pty.options["port"], "rb+", buffering=0) as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        assert "pid" not in busy(SerialOptions(**pty.options)).detail


def test_a_claim_ends_with_a_transport_that_was_forgotten(pty: PtyPort, tcp: TcpPort) -> None:
    for options in (SerialOptions(**pty.options), TcpOptions(**tcp.options)):
        with process(FORGET, repr(options)):
            open_transport(options).close()


def test_an_old_claim_of_a_pseudo_terminals_number_does_not_count(pty: PtyPort) -> None:
    port = pty.options["port"]
    with process(CLAIM, port):
        assert holder(port) is None
        open_transport(SerialOptions(port=port)).close()


def test_claims_may_be_given_back_at_any_moment() -> None:
    """As by the garbage collector, in the middle of claiming."""
    first = claims.claim("test-any-moment", "it")
    with claims._guarded():
        first.release()
        assert "test-any-moment" in claims._held
    assert "test-any-moment" not in claims._held


def test_claims_given_back_while_another_is_refused_are_free() -> None:
    first = claims.claim("test-refused", "it")

    def refuse() -> None:
        with claims._guarded():
            first.release()
            raise claims.busy("another", None)

    with pytest.raises(PeripheralError):
        refuse()
    assert "test-refused" not in claims._held


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_another_users_pipe_in_the_place_of_a_claim_holds_nobody_up() -> None:
    file = claims._file("test-pipe")
    os.mkfifo(file, 0o644)
    try:
        child = os.fork()
        if child == 0:
            signal.alarm(20)
            os.setuid(65534)
            claims.claim("test-pipe", "it").release()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
    finally:
        file.unlink()


@pytest.mark.parametrize("form", ["{:10d}\n", "{:10d} minicom root\n"])
def test_lock_files_of_other_programs_count_while_these_live(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holders, "UUCP", tmp_path)
    port = tmp_path / "ttyX9"
    port.touch()
    lock = tmp_path / "LCK..ttyX9"
    with subprocess.Popen(["sleep", "20"]) as minicom:
        assert gone(lambda: b"sleep" not in Path(f"/proc/{minicom.pid}/cmdline").read_bytes())
        lock.write_text(form.format(minicom.pid))
        assert f"sleep (pid {minicom.pid})" in busy(FileOptions(file=str(port))).advice
        lock.write_bytes(minicom.pid.to_bytes(4, sys.byteorder))
        assert holder(str(port)) is not None
        minicom.kill()
    lock.write_text(form.format(minicom.pid))
    assert holder(str(port)) is None, "a lock of a dead process is stale"
    open_transport(FileOptions(file=str(port))).close()


@given(st.binary(max_size=64))
def test_any_lock_file_is_a_process_or_none(text: bytes) -> None:
    pid = holders.pid_in(text)
    assert pid is None or isinstance(pid, int)


def test_names_of_nothing() -> None:
    assert device_key("/dev/no such port") is None
    assert holder("/dev/no such port") is None
    assert tcp_key("no such host.invalid", 9100) is None
