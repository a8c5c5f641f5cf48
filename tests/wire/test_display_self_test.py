"""`hall-devices test` of each display: the bytes of a text that it can show whole."""

from collections.abc import Callable
from typing import Any

import pytest
from test_cli_test_watch import run_test

SENT = {
    "onbon_bx": "B2 E2 CA D4 20 41 30 30 31 20 33 BA C5 B4 B0 BF DA",
    "alpha_sign": "1B 20 62 54 45 53 54 20 41 30 30 31 20 33 03",
    "cd5220": "1B 51 41 54 45 53 54 20 41 30 30 31 0D 1B 51 42 57 49 4E 44 4F 57 20 33 0D",
    "modbus_digits": "01 06 00 88 22 B8 11 32",
}


@pytest.mark.parametrize(
    ("driver", "seen"),
    [
        ("onbon_bx", "测试 A001 3号窗口"),
        ("alpha_sign", "TEST A001 3"),
        ("cd5220", "TEST A001 WINDOW 3"),
        ("modbus_digits", "8888"),
    ],
)
def test_a_text_that_the_display_has_all_characters_of(
    simulate: Callable[..., Any], driver: str, seen: str
) -> None:
    sim = simulate(driver)
    report, status = run_test(driver, sim)
    step = report["peripherals"][0]["steps"][2]
    assert (report["ok"], status, step["seen"]) == (True, 0, seen)
    assert "replaced" not in step["advice"]
    assert sim.wait(lambda received: bytes.fromhex(SENT[driver]) in received)
