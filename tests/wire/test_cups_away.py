"""A print server that hangs or goes away, and what was left in its queue by whom."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cups_a4 import HASTY, PRINTED, driver, printing, said, until, waiting, where
from cups_documents import three_pages
from test_cli_read import COMMAND

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


def test_a_print_server_that_hangs_is_not_waited_for(a4: CupsSimulator) -> None:
    printer = driver(a4, reply_timeout_s=0.5)
    a4.silent = True
    begun = time.monotonic()
    status = printer.status()
    assert (status.state, time.monotonic() - begun < 5) == (State.OFFLINE, True)
    assert status.detail.endswith("does not answer")
    with pytest.raises(PeripheralError) as e:
        driver(a4, reply_timeout_s=0.5)
    assert (e.value.reason, e.value.sent) == (Reason.SILENT, False)
    a4.jam = True  # heard of when it listens again
    a4.silent = False
    assert printer.status().paper is Paper.JAM


def test_a_print_server_that_falls_silent_in_a_job_is_unsure_and_prints_no_more(
    a4: CupsSimulator, pdf: Path
) -> None:
    a4.fault_after_pages, a4.paper_out = 1, True
    with printing(driver(a4, reply_timeout_s=0.5, **HASTY), pdf) as results:
        until(lambda: a4.printed == {1: 1})
        a4.silent = True
    assert results[0].outcome is PrintOutcome.UNSURE
    assert "may still come out" in results[0].advice
    a4.unplug()  # also of one that stands still
    a4.plug()
    assert a4.silent
    with pytest.raises(PeripheralError, match="does not answer"):
        driver(a4, reply_timeout_s=0.5)
    a4.silent = False
    driver(a4)
    until(lambda: waiting(a4) == [])
    a4.paper_out = False
    assert said(driver(a4).print_file(pdf)) == PRINTED
    assert a4.printed[1] == 1


def test_a_print_server_that_goes_and_comes_back(a4: CupsSimulator, pdf: Path) -> None:
    """CUPS starts the job anew then, which the driver does not call printed before its end."""
    a4.fault_after_pages, a4.paper_out = 1, True
    printer = driver(a4)
    with printing(printer, pdf) as results:
        until(lambda: a4.printed == {1: 1})
        a4.unplug()
        with pytest.raises(PeripheralError) as e:
            driver(a4)
        assert (e.value.reason, e.value.sent) == (Reason.NO_DEVICE, False)
        a4.plug()
        a4.paper_out = False
    assert said(results[0]) == PRINTED


def test_a_print_server_that_stays_away_is_unsure_and_its_job_is_withdrawn_later(
    a4: CupsSimulator, pdf: Path
) -> None:
    a4.fault_after_pages, a4.paper_out = 1, True
    with printing(driver(a4, **HASTY), pdf) as results:
        until(lambda: a4.printed == {1: 1})
        a4.unplug()
    assert (results[0].outcome, results[0].reason) == (PrintOutcome.UNSURE, "paper_out")
    assert "may still come out" in results[0].advice
    a4.plug()
    driver(a4)
    until(lambda: waiting(a4) == [])


def test_what_a_killed_program_left_is_withdrawn_at_the_next_opening(
    a4: CupsSimulator, pdf: Path
) -> None:
    a4.paper_out = True
    killed = subprocess.Popen([COMMAND, "print", "cups_printer", *where(a4), "--file", pdf])
    until(lambda: waiting(a4), 20)
    other = ["lp", "-h", f"{a4.options['host']}:{a4.options['tcp_port']}", "-d", "A4", str(pdf)]
    subprocess.run(other, check=True, stdout=subprocess.DEVNULL)
    killed.kill()
    killed.wait()
    driver(a4)
    until(lambda: waiting(a4) == [2])  # the job of somebody else's program is none of ours


def test_what_a_living_program_prints_is_left_alone(a4: CupsSimulator, pdf: Path) -> None:
    """Of another process, and of another device of this one, on the same queue."""
    a4.paper_out = True
    other = subprocess.Popen([COMMAND, "print", "cups_printer", *where(a4), "--file", pdf])
    try:
        until(lambda: waiting(a4), 20)
        with printing(driver(a4), pdf) as results:
            until(lambda: len(waiting(a4)) == 2)
            driver(a4, duplex="long")
            time.sleep(0.5)
            assert len(waiting(a4)) == 2
            a4.paper_out = False
        assert said(results[0]) == PRINTED
        assert other.wait(30) == 0
    finally:
        other.kill()
        other.wait()
