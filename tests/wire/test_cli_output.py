"""Stdout that cannot take the answer: a clear line and a status, never a traceback, nothing cut."""

import contextlib
import json
import os
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel
from test_cli_print_show import PANEL, free_port, where
from test_cli_read import COMMAND, hall_devices

from drivers.cli.run import use
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import DriverSpec, Kind

NOBODY = ("show", "onbon_bx", *PANEL, "--text", "A001")


@contextlib.contextmanager
def stdout(kind: str) -> Iterator[int]:
    """A descriptor that takes nothing."""
    if kind == "full":
        fd = os.open("/dev/full", os.O_WRONLY)
    else:
        reading, fd = os.pipe()
        os.close(reading)
    try:
        yield fd
    finally:
        os.close(fd)


def run(*words: str, out: int = subprocess.PIPE, **env: str) -> Any:
    return subprocess.run(
        [COMMAND, *words],
        stdout=out,
        stderr=subprocess.PIPE,
        env={**os.environ, **env},
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("kind", ["full", "pipe"])
@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("options", "escpos"), 1),
        (("options", "--json"), 1),
        (("print", "escpos", "--schema"), 1),
        (NOBODY, 3),
        ((*NOBODY, "--json"), 3),
    ],
)
def test_stdout_that_fails_is_one_line(
    kind: str, words: tuple[str, ...], status: int, unbuffered: str
) -> None:
    if words[0] == "show":
        words = (*words, *where(free_port()))
    with stdout(kind) as fd:
        done = run(*words, out=fd, PYTHONUNBUFFERED=unbuffered)
    told = done.stderr.decode()
    assert done.returncode == status
    said = kind == "full"  # a reader that has enough, as `head -1`, is no trouble
    assert told.count("hall-devices: cannot write to stdout: ") == said
    assert "Traceback" not in told
    assert "Exception ignored" not in told
    assert len(told.splitlines()) == said + (status != 1)


def test_watching_ends_when_nobody_listens() -> None:
    with stdout("pipe") as fd:
        words = ("watch", "onbon_bx", *where(free_port()), "--json", "--for", "25")
        begun = time.monotonic()
        assert run(*words, out=fd).returncode == 1
    assert time.monotonic() - begun < 15


def test_json_on_a_stdout_without_these_characters_is_escaped() -> None:
    done = run("show", "onbon_bx", "-o", "屏=1", "--text", "A", "--json", PYTHONIOENCODING="ascii")
    assert done.returncode == 2
    assert b"\\u5c4f" in done.stdout
    assert "屏" in json.loads(done.stdout)["advice"]
    assert b"Traceback" not in done.stderr


def test_a_table_on_a_stdout_without_these_characters_is_escaped_and_told() -> None:
    words = ("--lang", "zh", *NOBODY, *where(free_port()))
    done = run(*words, PYTHONIOENCODING="ascii")
    assert done.returncode == 3
    assert b"\\u600e\\u4e48\\u529e" in done.stdout
    assert b"hall-devices: stdout cannot show all characters" in done.stderr
    assert b"Traceback" not in done.stderr


def test_no_value_is_cut_however_narrow_the_terminal_is() -> None:
    wide, narrow = (
        run("--lang", "en", *NOBODY, *where(free_port()), COLUMNS=width) for width in ("500", "20")
    )
    assert "…" not in narrow.stdout.decode()
    assert "".join(wide.stdout.decode().split()[5:]) in "".join(narrow.stdout.decode().split())
    narrow = run("options", "escpos", COLUMNS="20")
    assert "write_timeout_s" in "".join(
        line[:8].strip() for line in narrow.stdout.decode().split("\n")
    )


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (("read", "sdt_reader", "--timeout", "0"), {"ok": False}),
        (("show", "onbon_bx", "--text", "A", "--timeout", "0"), {"ok": False, "shown": ""}),
        (("say", "speaker", "--number", "1", "--window", "2", "--timeout", "0"),
         {"ok": False, "said": ""}),
        (("print", "escpos", "--timeout", "0"), {"outcome": "not_printed", "paper": "unknown"}),
    ],
)  # fmt: skip
def test_a_wrong_argument_is_one_object(words: tuple[str, ...], answer: dict[str, Any]) -> None:
    done = hall_devices(*words, "--json")
    told = json.loads(done.stdout)
    assert "--timeout" in told.pop("advice")
    assert (told, done.returncode) == ({**answer, "reason": "bad_option"}, 2)
    assert done.stderr


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("show", "onbon_bx"), "--text"),
        (("fly",), "fly"),
        (("--lang", "xx", "options"), "--lang"),
        (("read", "sdt_reader", "--fast"), "--fast"),
    ],
)
def test_words_that_make_no_command_are_one_object(words: tuple[str, ...], hint: str) -> None:
    done = hall_devices(*words, "--json")
    told = json.loads(done.stdout)
    assert (told["ok"], told["reason"], done.returncode) == (False, "bad_option", 2)
    assert hint in told["advice"]


def test_a_driver_that_computes_without_end_does_not_hold_up_the_command() -> None:
    ended = time.monotonic() + 20

    class Computing:
        def show(self) -> None:
            while time.monotonic() < ended:
                sum(range(1000))

        def close(self) -> None:
            pass

    class Nothing(BaseModel):
        pass

    spec = DriverSpec("x", Kind.DISPLAY, "X", Nothing, lambda options: Computing())
    begun = time.monotonic()
    with pytest.raises(PeripheralError) as e:
        use(spec, Nothing(), lambda device: device.show(), 0.5)
    took_s = time.monotonic() - begun
    ended = 0
    assert (e.value.reason, e.value.sent) == (Reason.SILENT, True)
    assert took_s < 3
