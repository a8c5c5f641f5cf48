"""Exit status 3 only when nothing was sent: peripherals that take something and are gone then."""

import json
import os
import select
import socket
import threading
import tty
from pathlib import Path

import pytest
from test_cli_print_show import PANEL, SLIP, where
from test_cli_read import hall_devices


def taken_once(server: socket.socket, taken: bytearray) -> None:
    """Take the first bytes of one connection; then nobody listens any more."""
    connection, _ = server.accept()
    server.close()
    taken += connection.recv(4096)
    connection.close()


@pytest.mark.parametrize(
    ("words", "key"),
    [
        (("show", "onbon_bx", *PANEL, "--text", "A001"), "ok"),
        (("print", "escpos", "--slip", "slip.json"), "outcome"),
    ],
)
def test_a_peripheral_that_took_something_and_is_gone_is_exit_1(
    words: tuple[str, ...], key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("slip.json").write_text(json.dumps(SLIP), "utf-8")
    server = socket.create_server(("127.0.0.1", 0))
    taken = bytearray()
    options = {"host": "127.0.0.1", "tcp_port": server.getsockname()[1]}
    thread = threading.Thread(target=taken_once, args=(server, taken))
    thread.start()
    done = hall_devices(*words, *where(options), "--json")
    thread.join()
    answer = json.loads(done.stdout)
    assert taken
    assert answer["reason"] in ("no_device", "lost")
    assert done.returncode == 1
    assert answer[key] == {"ok": False, "outcome": "not_printed"}[key]


@pytest.mark.parametrize(
    "words",
    [
        ("show", "onbon_bx", *PANEL, "--text", "A001"),
        ("read", "sdt_reader", "--timeout", "2"),
    ],
)
def test_a_port_that_took_something_and_vanished_is_exit_1(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    master, slave = os.openpty()
    tty.setraw(slave)
    link = tmp_path / "port"
    link.symlink_to(os.ttyname(slave))
    taken = bytearray()

    def take() -> None:
        select.select([master], [], [], 20)
        link.unlink()
        taken.extend(os.read(master, 4096))
        os.close(slave)
        os.close(master)

    thread = threading.Thread(target=take)
    thread.start()
    done = hall_devices(*words, "--option", f"port={link}", "--json")
    thread.join()
    assert taken
    assert json.loads(done.stdout)["reason"] in ("no_device", "lost")
    assert done.returncode == 1
