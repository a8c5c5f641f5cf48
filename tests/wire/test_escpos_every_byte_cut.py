"""Power, firmware and connection fail at every byte of a job: never a false *printed*.

The oracle is the printer's own paper: a slip is out when one piece of it, cut, has all that an
undisturbed job prints and nothing else (`escpos_loop.play`).
"""

import pytest
from escpos_loop import VARIANTS, play, slip_of, undisturbed

from drivers.interfaces import PrintOutcome


@pytest.mark.parametrize("columns", [48, 32])
@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("fault", ["dead_at_byte", "reset_at_byte", "drop_at_byte"])
def test_at_every_byte(fault: str, variant: str, columns: int) -> None:
    options = {**VARIANTS[variant], "columns": columns}
    _, size = undisturbed(slip_of(options), **options)
    outcomes = [play(fault, at, **options) for at in range(size + 1)]
    assert outcomes.count(PrintOutcome.UNSURE) > len(outcomes) // 2
    assert outcomes[-1] is PrintOutcome.PRINTED  # it strikes after the last byte


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_restart_on_a_serial_line_that_goes_on_is_noticed(variant: str) -> None:
    """It is back after half a second, and hears and confirms the rest of the slip."""
    options = VARIANTS[variant]
    _, size = undisturbed(slip_of(options), **options)
    outcomes = [play("reset_at_byte", at, baud=9600, **options) for at in range(0, size + 1, 3)]
    assert outcomes.count(PrintOutcome.UNSURE) > len(outcomes) // 2


@pytest.mark.parametrize("boot_s", [0.0, 0.05, 0.3])
@pytest.mark.parametrize("garbage", ["00", "00 00", "10 00 00 00", "00 12"])
def test_what_it_sends_when_it_comes_up_is_no_answer(garbage: str, boot_s: float) -> None:
    """Its buffer is lost, and with it the questions behind the slip."""
    _, size = undisturbed(slip_of({}))
    outcomes = [play("reset_at_byte", at, garbage=garbage, boot_s=boot_s) for at in range(size + 1)]
    assert outcomes.count(PrintOutcome.UNSURE) > len(outcomes) // 2
