"""Paper runs out and the cover opens at every byte of a job: never a false *printed*.

The oracle is the printer's own paper: a slip is out when one piece of it, cut, has all that an
undisturbed job prints and nothing else (`escpos_loop.play`).
"""

import pytest
from escpos_loop import VARIANTS, play, slip_of, undisturbed

from drivers.interfaces import PrintOutcome


@pytest.mark.parametrize("columns", [48, 32])
@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("fault", ["out_at_byte", "cover_at_byte"])
def test_at_every_byte(fault: str, variant: str, columns: int) -> None:
    options = {**VARIANTS[variant], "columns": columns}
    _, size = undisturbed(slip_of(options), **options)
    outcomes = [play(fault, at, **options) for at in range(size + 1)]
    assert outcomes.count(PrintOutcome.UNSURE) > len(outcomes) // 2
    assert outcomes[-1] is PrintOutcome.PRINTED  # it strikes after the last byte
