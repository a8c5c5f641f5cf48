"""`hall-devices scan`: what cannot be asked is told, in the language of whoever asked; Ctrl-C."""

import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from test_cli_read import COMMAND
from test_scan import host, scan, until

from drivers.discovery import places
from drivers.discovery.asking import _fitting
from drivers.discovery.found import Found, Medium
from drivers.transports.claims import holder


def test_what_cannot_be_asked_is_told(simulate: Callable[..., Any], tmp_path: Path) -> None:
    with socket.socket() as nobody:  # bound, and not listening: it refuses
        nobody.bind(("127.0.0.1", 0))
        refuses = f"127.0.0.1:{nobody.getsockname()[1]}"
        words = ("--port", f"{tmp_path}/ttyS99", "--host", f"nowhere.invalid,{refuses}")
        missing, nameless, refusing = scan(*words, status=3)
        quietly = scan(*words, "--no-ask", status=3)
    assert "does not exist" in missing["why"]
    assert "not asked: the name does not resolve" in nameless["why"]
    assert f"nothing answers at {refuses}" in refusing["why"]
    for one in (missing, nameless, refusing):
        assert (one["driver"], one["options"], "untouched" in one) == (None, {}, False)
    assert quietly == [missing, nameless, refusing]


def test_a_library_that_is_missing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "smartcard").mkdir()
    (tmp_path / "smartcard/__init__.py").write_text("raise ImportError('not installed')\n")
    done = subprocess.run(
        [COMMAND, "scan", "--json", "--no-ask"],
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    told = {one["medium"]: one["why"] for one in json.loads(done.stdout)["found"]}
    assert "pyscard is not installed: pip install" in told["pcsc"]
    monkeypatch.setattr(places, "find_library", lambda name: None)
    (one,) = places.usb_missing()
    assert "apt-get install libusb-1.0-0" in one.told("en")
    assert "没有安装 libusb" in one.told("zh")
    monkeypatch.setattr(places, "find_spec", lambda name: None)
    (one,) = places.usb_missing()
    assert "pyusb is not installed" in one.told("en")


def test_no_question_that_a_printer_could_print_goes_to_an_odd_tcp_port(
    simulate: Callable[..., Any],
) -> None:
    """Whoever answers no status there may be a slip printer with nothing but paper."""
    panel = simulate("onbon_bx")
    (found,) = scan("--port", "/dev/null/none", "--host", host(panel))[1:]
    assert panel.received == b"\x10\x04\x01"
    assert (found["driver"], found["options"]) == (None, panel_place(panel))
    port = panel.options["tcp_port"]
    try_it = f"hall-devices test onbon_bx -o host=127.0.0.1 -o tcp_port={port}"
    assert "not asked as onbon_bx, modbus_digits" in found["why"]
    assert try_it in found["why"]


def panel_place(panel: Any) -> dict[str, Any]:
    return {key: panel.options[key] for key in ("host", "tcp_port")}


@pytest.mark.parametrize(("port", "driver"), [(9100, "escpos"), (5005, "onbon_bx")])
def test_at_a_usual_port_its_driver_asks(port: int, driver: str) -> None:
    place = Found(Medium.TCP, "a", (), options={"host": "a", "tcp_port": port})
    asked, kept_back = _fitting(place)
    assert ([spec.name for spec in asked], kept_back) == ([driver], [])


@pytest.mark.parametrize(
    ("words", "env"),
    [(("--lang", "zh", "scan"), {}), (("scan",), {"LC_ALL": "zh_CN.UTF-8"})],
)
def test_it_speaks_chinese(
    words: tuple[str, ...], env: dict[str, str], simulate: Callable[..., Any], tmp_path: Path
) -> None:
    printer = simulate("escpos")
    simulate("sdt_reader")
    ports = ("--port", f"{tmp_path}/none", "--host", f"nowhere.invalid,{host(printer)}")
    done = subprocess.run(
        [COMMAND, *words, *ports],
        env=os.environ | {"COLUMNS": "300"} | env,
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    for word in (
        "在哪里",
        "不存在",
        "这个名字查不到地址",
        "热敏打印机那样应答了状态查询",
        "粘贴到配置文件",
    ):
        assert word in done.stdout
    report = done.stdout.replace(f"{tmp_path}/none", "").replace("nowhere.invalid", "")
    left = set(re.findall(r"[a-z]{3,}", report))
    assert left <= {"escpos", "kiosks", "nodes", "peripherals", "driver", "options", "host",
                    "tcp", "port", "printer"}  # fmt: skip


def test_ctrl_c_ends_it_at_once(simulate: Callable[..., Any]) -> None:
    """Also while a peripheral is asked that says nothing; its port is free again."""
    reader = simulate("sdt_reader")
    reader.silent = True
    port = reader.options["port"]
    process = subprocess.Popen(
        [COMMAND, "scan", "--port", port], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    until(lambda: reader.received, 30)
    process.send_signal(signal.SIGINT)
    begun = time.monotonic()
    out, err = process.communicate(timeout=30)
    assert (process.returncode, b"Traceback" in out + err) == (130, False)
    assert time.monotonic() - begun < 8  # of the 9 s that all the questions take
    assert holder(port, but=os.getpid()) is None
