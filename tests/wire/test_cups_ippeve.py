"""The driver on `ippeveprinter`, by IPP alone and through a queue of a private cupsd."""

import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cups_documents import three_pages
from cups_peer import MISSING, EvePrinter

from drivers.errors import PeripheralError, Reason
from drivers.interfaces import PrintOutcome, PrintResult
from drivers.printers import cups_mark
from drivers.printers.cups_advice import Peer
from drivers.printers.cups_document import document_of
from drivers.printers.cups_printer import CupsOptions, CupsPrinter, open_printer
from drivers.printers.cups_queue import JobIs, Queue
from drivers.printers.cups_server import Server
from drivers.status import Paper, State

pytestmark = pytest.mark.skipif(MISSING is not None, reason=f"{MISSING} is not installed")


@pytest.fixture
def eve() -> Iterator[EvePrinter]:
    printer = EvePrinter()
    yield printer
    printer.stop()


@pytest.fixture
def pdf(tmp_path: Path) -> Path:
    return three_pages(tmp_path)


def driver(eve: EvePrinter, **more: Any) -> CupsPrinter:
    return open_printer(CupsOptions(uri=eve.uri, **{"wait_s": 1.5, **more}))


def queue_of(eve: EvePrinter) -> Queue:
    return Queue(Server("localhost", eve.port, 5.0, Peer.PRINTER), eve.uri, "/ipp/print")


def later(seconds: float, work: Callable[[], None]) -> threading.Timer:
    timer = threading.Timer(seconds, work)
    timer.start()
    return timer


def said(result: PrintResult) -> tuple[PrintOutcome, Paper, str | None]:
    return result.outcome, result.paper, result.reason


def test_a_document_arrives_byte_by_byte_and_is_printed(eve: EvePrinter, pdf: Path) -> None:
    printer = driver(eve, duplex="long", copies=2)
    status = printer.status()
    assert (status.state, status.paper, status.firmware) == (
        State.ONLINE, Paper.OK, "Example Printer",
    )  # fmt: skip
    assert said(printer.print_file(pdf)) == (PrintOutcome.PRINTED, Paper.OK, None)
    assert eve.received(1) == pdf.read_bytes()
    env = (eve.folder / "env-1").read_text()
    for line in ("IPP_SIDES=two-sided-long-edge", "IPP_COPIES=2", "IPP_MEDIA=iso_a4_210x297mm"):
        assert line in env
    assert pdf.stem not in env, "the name of the file is nobody's business"


@pytest.mark.parametrize(("state", "paper", "reason"), [
    ("media-empty", Paper.OUT, "paper_out"), ("media-jam", Paper.JAM, "paper_jam"),
    ("cover-open", Paper.OK, "cover_open"),
])  # fmt: skip
def test_a_job_that_the_printer_still_holds_is_unsure(
    eve: EvePrinter, pdf: Path, state: str, paper: Paper, reason: str
) -> None:
    """It takes Cancel-Job, and prints all the same as soon as it can."""
    eve.state(state)
    result = driver(eve).print_file(pdf)
    assert said(result) == (PrintOutcome.UNSURE, paper, reason)
    assert "may still come out: cancel it at the printer" in result.advice
    assert eve.received(1) == pdf.read_bytes()


def test_a_job_cancelled_before_the_printer_had_it_is_not_printed(
    eve: EvePrinter, pdf: Path
) -> None:
    eve.state("media-empty")
    queue = queue_of(eve)
    job = queue.create_job([], cups_mark.Mark("m", "b", 1, 1, "p"))
    queue.cancel(job)
    with pytest.raises(PeripheralError) as e:
        queue.send(job, document_of(pdf.read_bytes()), lambda: False, 5)
    assert e.value.reason is Reason.REJECTED
    seen = queue.job(job)
    assert seen is not None
    assert (seen.state, seen.pages, seen.began) == (JobIs.CANCELED, 0, False)


@pytest.mark.parametrize(
    ("state", "paper", "reason"),
    [
        ("media-jam", Paper.JAM, "paper_jam"),
        ("media-empty", Paper.OUT, "paper_out"),
        ("cover-open", Paper.OK, "cover_open"),
        ("toner-empty", Paper.OK, "supplies"),
        ("marker-supply-empty", Paper.OK, "supplies"),
        ("paused", Paper.OK, "rejected"),
    ],
)
def test_trouble_behind_the_first_page_is_unsure(
    eve: EvePrinter, pdf: Path, state: str, paper: Paper, reason: str
) -> None:
    eve.state(state, after=1)
    result = driver(eve).print_file(pdf)
    assert said(result) == (PrintOutcome.UNSURE, paper, reason)
    assert "look before printing again" in result.advice


@pytest.mark.parametrize("state", ["media-jam", "media-empty", "cover-open", "paused"])
def test_who_puts_it_right_in_time_gets_the_document(
    eve: EvePrinter, pdf: Path, state: str
) -> None:
    eve.state(state, after=1)
    printer = driver(eve, wait_s=20)
    timer = later(1.5, lambda: eve.state(""))
    assert said(printer.print_file(pdf)) == (PrintOutcome.PRINTED, Paper.OK, None)
    timer.join()


def test_the_status_tells_of_trouble_while_it_lasts(eve: EvePrinter, pdf: Path) -> None:
    eve.state("media-jam,cover-open")
    printer = driver(eve, wait_s=20)
    results: list[PrintResult] = []
    thread = threading.Thread(target=lambda: results.append(printer.print_file(pdf)))
    thread.start()
    other = driver(eve)
    end = time.monotonic() + 10
    while (status := other.status()).state is State.ONLINE and time.monotonic() < end:
        time.sleep(0.1)
    assert (status.state, status.paper, status.cover_open) == (State.USER_ERROR, Paper.JAM, True)
    assert status.detail == "Take out the jammed paper."
    eve.state("")
    thread.join()
    assert results[0].outcome is PrintOutcome.PRINTED


def test_low_toner_is_told_but_prints(eve: EvePrinter, pdf: Path) -> None:
    eve.state("toner-low,media-low", after=99)
    result = driver(eve).print_file(pdf)
    assert said(result) == (PrintOutcome.PRINTED, Paper.LOW, None)
    assert "Toner is low" in result.advice


def test_a_printer_at_work_for_somebody_else_is_waited_for_or_busy(
    eve: EvePrinter, pdf: Path
) -> None:
    eve.state("media-empty")
    other = subprocess.Popen(
        ["ipptool", "-q", "-f", str(pdf), eve.uri, "print-job.test"], stdout=subprocess.DEVNULL
    )
    other.wait(20)
    result = driver(eve).print_file(pdf)
    assert said(result) == (PrintOutcome.NOT_PRINTED, Paper.UNKNOWN, "busy")
    timer = later(1.0, lambda: eve.state(""))
    assert driver(eve, wait_s=20).print_file(pdf).outcome is PrintOutcome.PRINTED
    timer.join()


def test_what_the_printer_does_not_take_is_refused(eve: EvePrinter, tmp_path: Path) -> None:
    picture = tmp_path / "x.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(PeripheralError, match="takes no image/png, only") as e:
        driver(eve).print_file(picture)
    assert (e.value.reason, e.value.sent) == (Reason.BAD_OPTION, False)


def test_no_such_printer_on_the_host(eve: EvePrinter) -> None:
    with pytest.raises(PeripheralError) as e:
        open_printer(CupsOptions(uri=eve.uri.replace("/ipp/print", "/ipp/other")))
    assert (e.value.reason, e.value.sent) == (Reason.NO_DEVICE, False)


def test_a_queue_of_cups_before_it(
    eve: EvePrinter, pdf: Path, simulate: Callable[..., Any]
) -> None:
    """Its pages are counted by the filters, so that a stop is unsure; nothing comes out later."""
    sim = simulate("cups_printer")
    (sim.port.folder / "bin/backend/ipp").symlink_to("/usr/lib/cups/backend/ipp")
    where = f"{sim.options['host']}:{sim.options['tcp_port']}"
    subprocess.run(
        ["lpadmin", "-h", where, "-p", "eve", "-v", eve.uri, "-m", "everywhere", "-E"],
        check=True, capture_output=True,
    )  # fmt: skip
    options = CupsOptions(**{**sim.options, "queue": "eve", "wait_s": 4})
    printer = open_printer(options)
    end = time.monotonic() + 10  # cupsd makes the queue's description in the background
    while "IPP Everywhere" not in (printer.status().firmware or "") and time.monotonic() < end:
        time.sleep(0.1)
    assert said(printer.print_file(pdf)) == (PrintOutcome.PRINTED, Paper.OK, None)
    assert eve.received(1).startswith(b"%PDF-")
    eve.state("media-empty")
    assert said(printer.print_file(pdf)) == (PrintOutcome.UNSURE, Paper.OUT, "paper_out")
    eve.state("")
    time.sleep(1)
    assert not (eve.folder / "got-3").exists()
