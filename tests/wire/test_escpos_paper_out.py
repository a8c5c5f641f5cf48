"""Paper, power and connection fail in a job over real TCP: never a false *printed*.

Every byte of a job is gone through in `test_escpos_every_byte*.py`, without a port.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from escpos_peer import SLIP
from test_escpos_printing import LINES

import drivers.sim
from drivers.interfaces import PrintOutcome, PrintResult
from drivers.printers.escpos import SPEC, EscposOptions
from drivers.sim.escpos import EscposSimulator
from drivers.sim.escpos_printed import CutMark

AT_ONCE = 16  # jobs; they mostly wait
QUICK = {"reply_timeout_s": 0.5, "confirm_timeout_s": 3.0}  # a busy machine answers late

Check = Callable[[EscposSimulator, PrintResult], None]


def whole_job() -> int:
    """Bytes of an undisturbed job, questions included."""
    simulator = drivers.sim.start("escpos")
    printer = SPEC.open(EscposOptions.model_validate({**simulator.options, **QUICK}))
    assert printer.print_slip(SLIP).outcome is PrintOutcome.PRINTED
    printer.close()
    simulator.stop()
    return len(simulator.received)


def job_with(fault: str, position: int, check: Check) -> PrintOutcome:
    simulator = drivers.sim.start("escpos")
    assert isinstance(simulator, EscposSimulator)
    setattr(simulator, fault, position)
    printer = SPEC.open(EscposOptions.model_validate({**simulator.options, **QUICK}))
    try:
        result: PrintResult = printer.print_slip(SLIP)
        came_out = simulator.paper == LINES and isinstance(simulator.printed[-1], CutMark)
        if result.outcome is PrintOutcome.PRINTED:
            assert came_out, f"false printed at byte {position}"
        if result.outcome is PrintOutcome.NOT_PRINTED:
            assert not simulator.printed, f"false not_printed at byte {position}"
        check(simulator, result)
        simulator.load_paper()
        simulator.power_cycle() if fault == "dead_at_byte" else None
        setattr(simulator, fault, None)
        if result.outcome is not PrintOutcome.PRINTED:
            time.sleep(simulator.boot_s if fault == "dead_at_byte" else 0)
            old = len(simulator.paper) if fault == "out_at_byte" else -len(LINES)
            assert printer.print_slip(SLIP).outcome is PrintOutcome.PRINTED
            assert simulator.paper[old:] == LINES, f"old ticket on the new roll, byte {position}"
        return result.outcome
    finally:
        printer.close()
        simulator.stop()


def nothing(simulator: EscposSimulator, result: PrintResult) -> None:
    """No further demand."""


def paper_is_out_and_buffer_empty(simulator: EscposSimulator, result: PrintResult) -> None:
    """The rest is thrown away while the printer still stands: none for the new roll."""
    if result.outcome is PrintOutcome.UNSURE:
        assert result.reason == "paper_out"
        end = time.monotonic() + 2
        while simulator.held and time.monotonic() < end:
            time.sleep(0.005)
        assert simulator.held == 0


@pytest.mark.parametrize(
    ("fault", "step", "check"),
    [
        ("out_at_byte", 9, paper_is_out_and_buffer_empty),
        ("dead_at_byte", 31, nothing),
        ("drop_at_byte", 17, nothing),
    ],
)
def test_never_a_false_printed(fault: str, step: int, check: Check) -> None:
    positions = range(1, whole_job() + 1, step)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = list(pool.map(lambda at: job_with(fault, at, check), positions))
    assert PrintOutcome.UNSURE in outcomes
    assert outcomes.count(PrintOutcome.UNSURE) > len(outcomes) // 2
