"""The driver on a real cupsd of its own, whose printer we can stop; pycups is the witness."""

import json
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cups_a4 import HASTY, PRINTED, driver, jobs, printing, said, until, waiting, where
from cups_documents import blackness, facts_of, text_in, three_pages
from test_cli_read import hall_devices

from drivers import registry, sim
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import PrintOutcome
from drivers.sim.cups_printer import CupsSimulator
from drivers.status import Paper, State


@pytest.fixture
def a4(simulate: Callable[..., Any]) -> CupsSimulator:
    simulator: CupsSimulator = simulate("cups_printer")
    return simulator


@pytest.fixture
def pdf(tmp_path: Path) -> Path:
    return three_pages(tmp_path)


def test_a_pdf_comes_out_as_it_went_in(a4: CupsSimulator, pdf: Path, tmp_path: Path) -> None:
    printer = driver(a4, copies=1, duplex="short")
    assert printer.status().state is State.ONLINE
    assert printer.status().firmware == "Simulated A4 printer"
    assert said(printer.print_file(pdf)) == PRINTED
    assert a4.printed == {1: 3}
    (paper,) = a4.documents()
    assert text_in(paper).split() == ["PAGE-OF-THREE"] * 3
    assert facts_of(paper)["Pages"] == "3"
    assert abs(blackness(paper, tmp_path) - blackness(pdf, tmp_path)) < 60
    (options,) = a4.job_options()
    assert "media=iso_a4_210x297mm" in options
    assert "sides=two-sided-short-edge" in options
    (job,) = jobs(a4).values()
    assert job["job-state"] == 9
    a4.wait(lambda received: received.startswith(b"%PDF-"))


def test_copies(a4: CupsSimulator, pdf: Path) -> None:
    assert said(driver(a4, copies=2).print_file(pdf)) == PRINTED
    assert facts_of(a4.documents()[0])["Pages"] == "6"


def test_a_picture_and_chinese_text_are_really_on_the_paper(
    a4: CupsSimulator, tmp_path: Path
) -> None:
    from PIL import Image

    picture, text = tmp_path / "x.png", tmp_path / "x.txt"
    Image.new("L", (300, 300), 0).save(picture)
    text.write_text("渝快办办事指南\n" * 30 + "ABC\n", "utf-8")
    printer = driver(a4)
    assert said(printer.print_file(picture)) == PRINTED
    assert said(printer.print_file(text)) == PRINTED
    text.write_bytes(text.read_text("utf-8").encode("gb18030"))
    assert said(printer.print_file(text)) == PRINTED
    photo, utf8, gb18030 = a4.documents()
    assert blackness(photo, tmp_path) > 2_000
    assert blackness(utf8, tmp_path) == blackness(gb18030, tmp_path) > 500
    assert {facts_of(one)["Pages"] for one in a4.documents()} == {"1"}
    assert "A4" in facts_of(utf8)["Page size"]


@pytest.mark.parametrize(
    ("fault", "paper", "reason", "state"),
    [
        ("paper_out", Paper.OUT, "paper_out", State.USER_ERROR),
        ("jam", Paper.JAM, "paper_jam", State.USER_ERROR),
        ("door_open", Paper.OK, "cover_open", State.USER_ERROR),
        ("output_full", Paper.OK, "printer_fault", State.USER_ERROR),
        ("toner_empty", Paper.OK, "supplies", State.USER_ERROR),
        ("offline", Paper.OK, "silent", State.OFFLINE),
    ],
)
def test_trouble_that_nobody_ends_withdraws_the_job(
    a4: CupsSimulator, pdf: Path, fault: str, paper: Paper, reason: str, state: State
) -> None:
    printer = driver(a4, **HASTY)
    a4.fault_after_pages = 1
    setattr(a4, fault, True)
    assert (printer.status().state, printer.status().paper) == (state, paper)
    assert said(printer.print_file(pdf)) == (PrintOutcome.UNSURE, paper, reason)
    setattr(a4, fault, False)
    assert printer.status().state is State.ONLINE
    time.sleep(0.5)
    assert a4.printed == {1: 1}, "nothing comes out later"
    assert waiting(a4) == []
    assert said(driver(a4).print_file(pdf)) == PRINTED


def test_who_brings_paper_in_time_gets_all_pages_once(a4: CupsSimulator, pdf: Path) -> None:
    a4.fault_after_pages = 2
    a4.paper_out = True
    with printing(driver(a4), pdf) as results:
        until(lambda: a4.printed == {1: 2})
        time.sleep(0.5)
        a4.paper_out = False
    assert said(results[0]) == PRINTED
    assert a4.printed == {1: 3}


def test_a_stopped_queue_is_waited_for_then_nothing_was_printed(
    a4: CupsSimulator, pdf: Path
) -> None:
    a4.stopped = True
    printer = driver(a4, **HASTY)
    assert printer.status().state is State.OFFLINE
    result = printer.print_file(pdf)
    assert said(result) == (PrintOutcome.NOT_PRINTED, Paper.OK, "rejected")
    assert "cupsenable" in result.advice
    with printing(driver(a4), pdf) as results:
        until(lambda: waiting(a4))
        a4.stopped = False
    assert said(results[0]) == PRINTED
    assert a4.printed == {2: 3}


def test_a_printer_that_breaks_off_stops_its_queue(a4: CupsSimulator, pdf: Path) -> None:
    a4.failing = True
    result = driver(a4, **HASTY).print_file(pdf)
    assert (result.outcome, result.reason) == (PrintOutcome.UNSURE, "rejected")
    assert "The printer says: the printer broke off." in result.advice
    assert waiting(a4) == []


def test_a_job_cancelled_by_staff(a4: CupsSimulator, pdf: Path) -> None:
    a4.fault_after_pages, a4.jam = 1, True
    with printing(driver(a4), pdf) as results:
        until(lambda: a4.printed == {1: 1})
        server = f"{a4.options['host']}:{a4.options['tcp_port']}"
        subprocess.run(["cancel", "-h", server, "-a"], check=True)
    assert (results[0].outcome, results[0].reason) == (PrintOutcome.UNSURE, "cancelled")


def test_a_queue_that_takes_no_jobs(a4: CupsSimulator, pdf: Path) -> None:
    server = f"{a4.options['host']}:{a4.options['tcp_port']}"
    subprocess.run(["cupsreject", "-h", server, "A4"], check=True)
    printer = driver(a4)
    assert printer.status().state is State.OFFLINE
    result = printer.print_file(pdf)
    assert (result.outcome, result.reason) == (PrintOutcome.NOT_PRINTED, "rejected")
    assert "cupsaccept" in result.advice


def test_a_pdf_that_no_filter_can_read_is_given_up_at_once(
    a4: CupsSimulator, tmp_path: Path
) -> None:
    broken = tmp_path / "x.pdf"
    broken.write_bytes(b"%PDF-1.4\nno objects at all\n%%EOF\n")
    begun = time.monotonic()
    result = driver(a4, wait_s=60).print_file(broken)
    assert result.outcome is PrintOutcome.NOT_PRINTED
    assert time.monotonic() - begun < 20
    assert waiting(a4) == []


def test_an_unknown_queue_names_the_nearest(a4: CupsSimulator) -> None:
    with pytest.raises(PeripheralError, match="no queue 'A44'") as e:
        driver(a4, queue="A44")
    assert (e.value.reason, e.value.advice, e.value.sent) == (
        Reason.NO_DEVICE, "Did you mean A4?", False,
    )  # fmt: skip
    with pytest.raises(PeripheralError) as e:
        driver(a4, queue="laser")
    assert e.value.advice == "There is: A4."


def test_without_a_name_it_is_the_default_queue(a4: CupsSimulator, pdf: Path) -> None:
    with pytest.raises(PeripheralError, match="has no default queue"):
        driver(a4, queue=None)
    server = f"{a4.options['host']}:{a4.options['tcp_port']}"
    subprocess.run(["lpadmin", "-h", server, "-d", "A4"], check=True)
    assert said(driver(a4, queue=None).print_file(pdf)) == PRINTED


def test_the_command_line(a4: CupsSimulator, pdf: Path, tmp_path: Path) -> None:
    done = hall_devices("print", "cups_printer", *where(a4), "--file", str(pdf), "--json")
    answer = {"outcome": "printed", "paper": "ok", "reason": None, "advice": ""}
    assert (json.loads(done.stdout), done.returncode, done.stderr) == (answer, 0, "")
    assert list(json.loads(done.stdout)) == ["outcome", "paper", "reason", "advice"]
    (tmp_path / "x.docx").write_bytes(b"PK\x03\x04...")
    done = hall_devices(
        "print", "cups_printer", *where(a4), "--file", str(tmp_path / "x.docx"), "--json"
    )
    assert (json.loads(done.stdout)["reason"], done.returncode) == ("bad_option", 2)
    assert "an office file" in json.loads(done.stdout)["advice"]
    a4.jam = True
    done = hall_devices(
        "print", "cups_printer", *where(a4), "--file", str(pdf), "--json", "--timeout", "2"
    )
    answer = json.loads(done.stdout)
    assert (answer["outcome"], answer["paper"], answer["reason"], done.returncode) == (
        "unsure", "jam", "paper_jam", 1,
    )  # fmt: skip
    assert waiting(a4) == []


def test_the_command_line_without_a_print_server(pdf: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    done = hall_devices(
        "print", "cups_printer", "-o", "queue=A4", "-o", "host=127.0.0.1",
        "-o", f"tcp_port={port}", "--file", str(pdf), "--json",
    )  # fmt: skip
    answer = json.loads(done.stdout)
    assert (answer["outcome"], answer["reason"], done.returncode) == ("not_printed", "no_device", 3)


def test_the_simulator_by_hand(a4: CupsSimulator) -> None:
    assert a4.control("paper_low true")["ok"]
    assert driver(a4).status().paper is Paper.LOW
    assert a4.control('{"set": "toner_low", "value": true}')["ok"]
    assert "Toner is low" in driver(a4).status().detail
    assert "seconds_per_page=0.1" in a4.vocabulary()


def test_no_cupsd_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("drivers.sim.cups_daemon.PATH", str(tmp_path))
    with pytest.raises(ValueError, match="cupsd is not installed"):
        sim.start("cups_printer")
    with pytest.raises(PeripheralError, match="cupsd is not installed"):
        registry.make_owner("a4", "cups_printer", {}, simulated=True)


def test_nothing_is_left_of_a_simulator() -> None:
    simulator = sim.start("cups_printer")
    folder = simulator.port.folder  # type: ignore[attr-defined]
    keeper = simulator.port._keeper  # type: ignore[attr-defined]
    simulator.stop()
    simulator.stop()
    assert not folder.exists()
    assert keeper.returncode is not None
