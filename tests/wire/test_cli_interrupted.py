"""`hall-devices print` that is ended by Ctrl-C or SIGTERM: its outcome is told all the same."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cups_a4 import jobs, until, waiting
from cups_documents import three_pages
from test_cli_print_show import SLIP, where
from test_cli_read import COMMAND

CANCELED = 7  # job-state of RFC 8011
LIMIT_S = 60
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


def begin(*words: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [COMMAND, "print", *words, "--timeout", "300", "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def end(process: "subprocess.Popen[str]", number: signal.Signals) -> dict[str, Any]:
    os.kill(process.pid, number)
    out, err = process.communicate(timeout=LIMIT_S)
    assert (process.returncode, "Traceback" in err) == (130, False), err
    answer: dict[str, Any] = json.loads(out)
    return answer


@pytest.fixture
def slip(tmp_path: Path) -> str:
    file = tmp_path / "slip.json"
    file.write_text(json.dumps(SLIP), "utf-8")
    return str(file)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_document_that_waits_is_taken_back(
    simulate: Callable[..., Any], tmp_path: Path, number: signal.Signals
) -> None:
    a4 = simulate("cups_printer")
    a4.stopped = True
    process = begin("cups_printer", *where(a4.options), "--file", str(three_pages(tmp_path)))
    until(lambda: waiting(a4), LIMIT_S)
    answer = end(process, number)
    assert answer["outcome"] == "not_printed"
    assert [job["job-state"] for job in jobs(a4).values()] == [CANCELED]
    a4.stopped = False
    assert (waiting(a4), a4.documents()) == ([], [])


def test_a_document_in_print_is_unsure(simulate: Callable[..., Any], tmp_path: Path) -> None:
    a4 = simulate("cups_printer")
    a4.seconds_per_page = 20
    process = begin("cups_printer", *where(a4.options), "--file", str(three_pages(tmp_path)))
    until(lambda: [job for job in jobs(a4).values() if job["job-state"] == 5], LIMIT_S)
    answer = end(process, signal.SIGINT)
    assert (answer["outcome"], answer["reason"]) == ("unsure", "cancelled")
    assert "look before printing again" in answer["advice"]
    assert waiting(a4) == []


def test_a_second_ctrl_c_does_not_wait_for_the_queue(tmp_path: Path) -> None:
    """A server that takes the connection and says nothing; its answer is waited for."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        options = {"host": "127.0.0.1", "tcp_port": mute.getsockname()[1], "queue": "A4",
                   "reply_timeout_s": 60}  # fmt: skip
        process = begin("cups_printer", *where(options), "--file", str(three_pages(tmp_path)))
        mute.settimeout(LIMIT_S)
        connection, _ = mute.accept()
        with connection:
            os.kill(process.pid, signal.SIGINT)
            time.sleep(1)
            assert process.poll() is None
            begun = time.monotonic()
            answer = end(process, signal.SIGINT)
            assert time.monotonic() - begun < 10  # of the 15 s that one Ctrl-C leaves it
    assert (answer["outcome"], answer["reason"]) == ("not_printed", "cancelled")


@pytest.mark.parametrize("number", SIGNALS)
def test_a_slip_that_may_have_left_is_unsure(
    simulate: Callable[..., Any], slip: str, number: signal.Signals
) -> None:
    printer = simulate("escpos")
    printer.bytes_per_s = 10
    process = begin("escpos", *where(printer.options), "--slip", slip)
    until(lambda: len(printer.received) > 40, LIMIT_S)
    answer = end(process, number)
    advice = "Look whether the ticket came out whole before printing it again."
    assert answer == {
        "outcome": "unsure", "paper": "unknown", "reason": "unconfirmed", "advice": advice,
    }  # fmt: skip


def test_a_slip_that_nobody_has_written_yet_is_not_printed(
    simulate: Callable[..., Any], tmp_path: Path
) -> None:
    printer, pipe = simulate("escpos"), tmp_path / "pipe"
    os.mkfifo(pipe)
    process = begin("escpos", *where(printer.options), "--slip", str(pipe))
    with pipe.open("w"):  # opens once the other end does
        answer = end(process, signal.SIGTERM)
    assert (answer["outcome"], answer["reason"]) == ("not_printed", "cancelled")
    assert printer.received == b""
