"""A slip that is all pictures: the paper runs out at every byte of it, and all else goes wrong.

The oracle is the printer's own paper: a slip is out when one piece of it, cut, has all that an
undisturbed job prints and nothing else (`escpos_loop.play`). Every fault at every byte takes a
quarter of an hour: `YUKUAI_SOAK=1 pytest -s tests/wire/test_escpos_every_byte_raster.py`.
"""

import os
from collections import Counter

import pytest
from escpos_loop import FAULTS, SHORT, play, undisturbed

from drivers.interfaces import PrintOutcome

RASTER = {"text": "raster", "qr_module": 2}
SOAK = "YUKUAI_SOAK" in os.environ


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


@pytest.mark.skipif(not SOAK, reason="every fault at every byte: with YUKUAI_SOAK=1")
@pytest.mark.timeout(0)
@pytest.mark.parametrize("columns", [48, 32])
@pytest.mark.parametrize("baud", [None, 19200])
@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_at_every_byte(fault: str, baud: int | None, columns: int) -> None:
    line = {"port": "loop", "host": None, "baud": baud} if baud else {}
    _, size = undisturbed(SHORT, **RASTER, columns=columns, **line)
    told: Counter[PrintOutcome] = Counter()
    for at in range(size + 1):
        told[play(fault, at, baud=baud, **RASTER, columns=columns)] += 1
    print(f"\n{fault} {baud} {columns}: {dict(told)}")
    assert told[PrintOutcome.UNSURE] > size // 2
