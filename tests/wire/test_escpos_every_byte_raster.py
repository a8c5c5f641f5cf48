"""A slip that is all pictures: the paper runs out at every byte of it, and all else goes wrong.

The oracle is the printer's own paper: a slip is out when one piece of it, cut, has all that an
undisturbed job prints and nothing else (`escpos_loop.play`).
"""

import pytest
from escpos_loop import FAULTS, SHORT, play, undisturbed

from drivers.interfaces import PrintOutcome

RASTER = {"text": "raster", "qr_module": 2}


@pytest.mark.parametrize("columns", [48, 32])
def test_out_of_paper_at_every_byte(columns: int) -> None:
    _, size = undisturbed(SHORT, **RASTER, columns=columns)
    assert size > 3_000
    outcomes = [play("out_at_byte", at, **RASTER, columns=columns) for at in range(size + 1)]
    assert outcomes.count(PrintOutcome.UNSURE) > len(outcomes) * 9 // 10


@pytest.mark.parametrize("fault", FAULTS)
def test_other_faults_in_pictures(fault: str) -> None:
    """One byte of a picture is like another: every eleventh."""
    _, size = undisturbed(SHORT, **RASTER)
    outcomes = [play(fault, at, **RASTER) for at in range(0, size + 1, 11)]
    assert outcomes.count(PrintOutcome.UNSURE) > len(outcomes) // 2
