"""What `kiosk` says and returns when it cannot run: one clear line, and an exit status."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.schema import KioskSettings, PeripheralEntry
from drivers.status import Paper, PeripheralHealth, State, settled
from kiosk.cards import masked
from kiosk.health import events_between, presence_of
from kiosk.main import UsageError, _window_size
from kiosk.menu import rules_of


def run(*arguments: str, display: str | None) -> subprocess.CompletedProcess[str]:
    env = {key: value for key, value in os.environ.items() if key != "WAYLAND_DISPLAY"}
    env.pop("DISPLAY", None)
    if display is not None:
        env |= {"DISPLAY": display, "LIBGL_ALWAYS_SOFTWARE": "1"}
    return subprocess.run(
        [sys.executable, "-m", "kiosk", *arguments],
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


BAD_KEY = """
[site]
code = "500240116000"
cantact = "1"
"""
BAD_DRIVER = """
[site]
code = "500240116000"
[[kiosks]]
id = "kiosk-1"
[[kiosks.peripherals]]
id = "reader"
driver = "sdt_raeder"
"""


def test_a_bad_setting_is_one_line_with_a_hint(tmp_path: Path) -> None:
    file = tmp_path / "hall.toml"
    file.write_text(BAD_KEY, encoding="utf-8")
    done = run("--config", str(file), display=None)
    assert done.returncode == 2
    assert "cantact" in done.stderr
    assert "contact" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--id", "kiosk-9"], "kiosk-1"),
        (["--config", "/nowhere.toml"], "/nowhere.toml"),
        (["--windowed", "big"], "540x960"),
    ],
)
def test_wrong_arguments_are_one_line(arguments: list[str], said: str) -> None:
    done = run(*arguments, display=None)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert said in done.stderr


@pytest.mark.parametrize("display", [None, ":9177"])
def test_no_screen_is_one_line(display: str | None, tmp_path: Path) -> None:
    done = run("--data-dir", str(tmp_path), display=display)
    assert done.returncode == 1
    assert "screen" in done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr


def test_an_unknown_driver_ends_the_kiosk_with_its_nearest_name(
    tmp_path: Path, screen: str
) -> None:
    file = tmp_path / "hall.toml"
    file.write_text(BAD_DRIVER, encoding="utf-8")
    done = run("--config", str(file), "--data-dir", str(tmp_path), display=screen)
    assert done.returncode == 2
    assert "sdt_reader" in done.stderr.splitlines()[-1]


def test_the_window_is_as_asked() -> None:
    kiosk = KioskSettings(id="k")
    assert _window_size(kiosk, None, None) is None
    assert _window_size(kiosk, None, "800x600") == (800, 600)
    assert _window_size(kiosk.model_copy(update={"fullscreen": False}), None, None) == (540, 960)
    with pytest.raises(UsageError):
        _window_size(kiosk, None, "800")


def test_rules_are_the_settings_in_milliseconds() -> None:
    rules = rules_of(KioskSettings(id="k"))
    assert (rules.idle_ms, rules.ticket_shown_ms) == (60_000, 12_000)


def test_the_screen_waits_longer_than_the_printer_may() -> None:
    options = {"port": "/dev/ttyS0", "confirm_timeout_s": 300, "write_timeout_s": 20.5}
    entries = [
        PeripheralEntry(id="printer", driver="escpos", options=options),
        PeripheralEntry(id="reader", driver="sdt_reader"),
    ]
    assert rules_of(KioskSettings(id="k", peripherals=entries)).print_timeout_ms == 380_500
    assert rules_of(KioskSettings(id="k")).print_timeout_ms == 60_000


def test_names_are_masked() -> None:
    assert [masked(name) for name in ("测试甲", "测", "", "测试·阿依古丽")] == [
        "测**",
        "测",
        "",
        "测***",
    ]


ONLINE = PeripheralHealth("printer", "escpos", State.ONLINE, Paper.OK, False, since_ms=1)


@pytest.mark.parametrize(
    ("changed", "kinds"),
    [
        ({"paper": Paper.LOW}, ["paper_low"]),
        ({"paper": Paper.OUT, "state": State.OFFLINE}, ["paper_out"]),
        ({"cover_open": True, "state": State.OFFLINE}, ["cover_open"]),
        ({"state": State.NO_DEVICE}, ["peripheral_lost"]),
        ({"since_ms": 2}, []),
    ],
)
def test_changes_of_a_peripheral_are_events(changed: dict[str, object], kinds: list[str]) -> None:
    after = PeripheralHealth(**{**_fields(ONLINE), **changed})  # type: ignore[arg-type]
    assert [kind.value for kind in events_between(ONLINE, after)] == kinds
    expected = "ready" if after.state is State.ONLINE else "alert"
    assert presence_of((after,)).value == expected


def test_busy_is_what_it_was_before() -> None:
    busy = PeripheralHealth(**{**_fields(ONLINE), "state": State.BUSY, "since_ms": 9})
    assert settled(ONLINE, busy) == ONLINE


def _fields(health: PeripheralHealth) -> dict[str, object]:
    return {name: getattr(health, name) for name in PeripheralHealth.__slots__}
