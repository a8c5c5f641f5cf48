"""`hall-devices print` and `show` as separate processes on the simulated printer and panel."""

import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from test_cli_read import hall_devices

SLIP = {
    "hall": "石柱土家族自治县冷水镇公共服务中心",
    "number": "A001",
    "service": "城乡居民养老保险参保登记",
    "waiting": 3,
    "estimate_minutes": 12,
    "issued_at": "2026-11-24T09:30:00+08:00",
    "qr": "A001",
    "notice": "过号请到服务台",
}
PANEL = ("--option", "generation=6k", "--option", "area=0,0,64,16")


def where(options: dict[str, Any]) -> list[str]:
    return [word for key, value in options.items() for word in ("--option", f"{key}={value}")]


def free_port() -> dict[str, Any]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return {"host": "127.0.0.1", "tcp_port": server.getsockname()[1]}


@pytest.fixture
def slip(tmp_path: Path) -> str:
    file = tmp_path / "slip.json"
    file.write_text(json.dumps(SLIP), "utf-8")
    return str(file)


def test_a_slip_is_printed(simulate: Callable[..., Any], slip: str) -> None:
    sim = simulate("escpos")
    done = hall_devices("print", "escpos", *where(sim.options), "--slip", slip, "--json")
    answer = {"outcome": "printed", "paper": "ok", "reason": None, "advice": ""}
    assert (json.loads(done.stdout), done.returncode, done.stderr) == (answer, 0, "")
    assert list(json.loads(done.stdout)) == ["outcome", "paper", "reason", "advice"]
    assert "A001".encode("gb18030") in sim.received
    assert "参保登记".encode("gb18030") in sim.received


def test_no_paper_is_exit_1_and_no_printer_exit_3(simulate: Callable[..., Any], slip: str) -> None:
    sim = simulate("escpos")
    sim.paper_out = True
    done = hall_devices("print", "escpos", *where(sim.options), "--slip", slip, "--json")
    answer = json.loads(done.stdout)
    assert (answer["outcome"], answer["paper"], answer["reason"], done.returncode) == (
        "not_printed", "out", "paper_out", 1,
    )  # fmt: skip
    done = hall_devices("print", "escpos", *where(free_port()), "--slip", slip, "--json")
    answer = json.loads(done.stdout)
    assert (answer["outcome"], answer["paper"], answer["reason"], done.returncode) == (
        "not_printed", "unknown", "no_device", 3,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "hints"),
    [
        ("{", ["slip.json is not JSON: EOF"]),
        ("\udcff", ["slip.json is not UTF-8; save it as UTF-8"]),
        ("[]", ["slip.json"]),
        (
            json.dumps({**SLIP, "waiting": "many", "numbr": "x"}),
            [
                "waiting: must be a whole number of 0 or more, not 'many'",
                "unknown name 'numbr', did you mean number?",
            ],
        ),
        (json.dumps({k: v for k, v in SLIP.items() if k != "qr"}), ["qr: must be given: Content"]),
    ],
)
def test_a_slip_that_cannot_be_understood_is_exit_2(
    tmp_path: Path, text: str, hints: list[str]
) -> None:
    file = tmp_path / "slip.json"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    done = hall_devices("print", "escpos", *where(free_port()), "--slip", str(file), "--json")
    answer = json.loads(done.stdout)
    assert (answer["outcome"], answer["reason"], done.returncode) == (
        "not_printed", "bad_option", 2,
    )  # fmt: skip
    for hint in hints:
        assert hint in answer["advice"]


def test_the_schema_requires_all_but_estimate_and_notice() -> None:
    done = hall_devices("print", "escpos", "--schema")
    schema = json.loads(done.stdout)
    assert set(schema["required"]) == set(SLIP) - {"estimate_minutes", "notice"}
    assert done.returncode == 0


def test_a_text_is_shown(simulate: Callable[..., Any]) -> None:
    sim = simulate("onbon_bx")
    text = "请A001到3号窗口"
    done = hall_devices("show", "onbon_bx", *where(sim.options), *PANEL, "--text", text, "--json")
    answer = {"ok": True, "shown": text, "reason": None, "advice": ""}
    assert (json.loads(done.stdout), done.returncode, done.stderr) == (answer, 0, "")
    assert list(json.loads(done.stdout)) == ["ok", "shown", "reason", "advice"]
    assert text.encode("gb2312") in sim.received


def test_a_silent_panel_is_exit_1_and_none_exit_3(simulate: Callable[..., Any]) -> None:
    sim = simulate("onbon_bx")
    sim.silent = True
    done = hall_devices("show", "onbon_bx", *where(sim.options), *PANEL, "--text", "A001", "--json")
    assert json.loads(done.stdout)["ok"] is False
    assert done.returncode == 1
    done = hall_devices("show", "onbon_bx", *where(free_port()), *PANEL, "--text", "A", "--json")
    assert (json.loads(done.stdout)["reason"], done.returncode) == ("no_device", 3)


def test_an_unknown_option_is_exit_2() -> None:
    done = hall_devices("show", "onbon_bx", "-o", "hots=1", "--text", "A", "--json")
    assert (json.loads(done.stdout)["reason"], done.returncode) == ("bad_option", 2)
    assert "did you mean host?" in json.loads(done.stdout)["advice"]
