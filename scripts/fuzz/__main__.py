"""`python -m scripts.fuzz`: every target in a process of its own, as many at a time as cores.

Inputs that were found worth keeping grow in `build/fuzz/<target>/corpus`, so that the next run
begins where this one ended. Exit status 1 when an input was a finding, took too long or the process
grew (the limits stand in `worker.py`), or when fewer inputs were tried than asked for. A finding
stays in `build/fuzz/<target>/`. The seconds of the table are those of the processor.
"""

import argparse
import hashlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from scripts.fuzz.target import Target
from scripts.fuzz.targets import TARGETS, target

FOLDER = Path("build/fuzz")
MEMORY = Path("/dev/shm")  # for files that a parser reads from a path
LEAST_EACH, LEAST_IN_ALL = 200_000, 1_000_000
HANG_S, MEMORY_MIB = 60, 512  # of the clock, where `worker.py` cannot look any more
SLOWLY = 2000  # inputs grow; what long ones do is shown by the floods
_DONE = re.compile(r"Done (\d+) runs in (\d+) second")
_SEEN = re.compile(r"cov: (\d+)")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one target."""

    name: str
    inputs: int
    corpus: int
    covered: int
    seconds: float
    peak_mib: float
    finding: str

    @property
    def ok(self) -> bool:
        """Whether all inputs were tried and none was a finding."""
        return not self.finding


def main() -> int:
    """Run; the exit status."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--only", nargs="+", metavar="TARGET", help="these targets")
    parser.add_argument("--runs", type=int, default=0, help="inputs a target; 0: as promised")
    options = parser.parse_args()
    try:
        chosen = [target(name) for name in options.only] if options.only else list(TARGETS)
    except ValueError as e:
        parser.error(str(e))
    runs = options.runs or max(LEAST_EACH, -(-LEAST_IN_ALL // len(TARGETS)))
    begun = time.monotonic()
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        outcomes = list(pool.map(lambda each: fuzz(each, runs), chosen))
    tell(outcomes, time.monotonic() - begun)
    return 0 if all(outcome.ok for outcome in outcomes) else 1


def fuzz(each: Target, runs: int) -> Outcome:
    """Fuzz one target with `runs` inputs."""
    folder = FOLDER / each.name
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for seed in each.seeds:
        (corpus / hashlib.sha1(seed).hexdigest()).write_bytes(seed)
    print(f"fuzz: {each.name}: {runs:,} inputs", flush=True)
    command = [
        sys.executable, "-m", "scripts.fuzz.worker", each.name,
        # The corpus itself is tried first and counts; a few more make up for it.
        f"-runs={runs + len(list(corpus.iterdir()))}", f"-timeout={HANG_S}",
        f"-rss_limit_mb={MEMORY_MIB}", f"-max_len={each.longest}", f"-len_control={SLOWLY}",
        f"-artifact_prefix={folder}/", str(corpus),
    ]  # fmt: skip
    log = folder / "log"
    memory = MEMORY if MEMORY.is_dir() else None
    # libFuzzer ends a process without a last word, so what it leaves is removed here.
    with log.open("wb") as out, TemporaryDirectory(prefix="hall-fuzz-", dir=memory) as place:
        around = {**os.environ, "TMPDIR": place}
        child = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=around)
        _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)  # it is waited for already
    said = log.read_text("utf-8", "replace")
    return Outcome(
        name=each.name,
        inputs=_number(_DONE, said),
        corpus=len(list(corpus.iterdir())),
        covered=_number(_SEEN, said),
        seconds=used.ru_utime + used.ru_stime,
        peak_mib=used.ru_maxrss / 1024,
        finding=_finding(child.returncode, said, runs, folder),
    )


def _finding(status: int, told: str, runs: int, folder: Path) -> str:
    if status:
        said = [line for line in told.splitlines() if line.strip()]
        errors = [line for line in said if re.search(r"Error|Exception|SUMMARY|ALARM|limit", line)]
        return f"{(errors or said or ['ended without a word'])[-1].strip()[:160]}; see {folder}"
    inputs = _number(_DONE, told)
    return "" if inputs >= runs else f"only {inputs:,} of {runs:,} inputs were tried; see {folder}"


def _number(pattern: re.Pattern[str], text: str) -> int:
    found = pattern.findall(text)
    return int(
        found[-1][0] if found and isinstance(found[-1], tuple) else found[-1] if found else 0
    )


def tell(outcomes: Sequence[Outcome], seconds: float) -> None:
    """The table, and the sums."""
    table = Table("parser", "inputs", "corpus", "edges", "s", "MiB", "outcome", box=None)
    for each in outcomes:
        verdict = "[green]✓[/] nothing found" if each.ok else f"[red]✗[/] {each.finding}"
        table.add_row(
            each.name, f"{each.inputs:,}", str(each.corpus), str(each.covered),
            f"{each.seconds:.0f}", f"{each.peak_mib:.0f}", verdict,
        )  # fmt: skip
    console = Console()
    console.print(table)
    inputs = sum(each.inputs for each in outcomes)
    worked = sum(each.seconds for each in outcomes)
    console.print(f"{inputs:,} inputs in all; {worked:.0f} s of processors in {seconds:.0f} s")


if __name__ == "__main__":
    sys.exit(main())
