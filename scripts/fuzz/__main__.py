"""`python -m scripts.fuzz`: every target in a process of its own, as many at a time as cores.

Inputs that were found worth keeping grow in `build/fuzz/<target>/corpus`, so that the next run
begins where this one ended. Exit status 1 when an input crashed, hung (over 5 s), needed over
2 GiB, or when fewer inputs were tried than asked for. A finding stays in `build/fuzz/<target>/`.
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

from rich.console import Console
from rich.table import Table

from scripts.fuzz.target import Target
from scripts.fuzz.targets import TARGETS, target

FOLDER = Path("build/fuzz")
LEAST_EACH, LEAST_IN_ALL = 200_000, 1_000_000
HANG_S, MEMORY_MIB = 5, 2048
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
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        outcomes = list(pool.map(lambda each: fuzz(each, runs), chosen))
    tell(outcomes)
    return 0 if all(outcome.ok for outcome in outcomes) else 1


def fuzz(each: Target, runs: int) -> Outcome:
    """Fuzz one target with `runs` inputs."""
    folder = FOLDER / each.name
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for seed in each.seeds:
        (corpus / hashlib.sha1(seed).hexdigest()).write_bytes(seed)
    print(f"fuzz: {each.name}: {runs:,} inputs", flush=True)
    begun = time.monotonic()
    done = subprocess.run(
        [
            sys.executable, "-m", "scripts.fuzz.worker", each.name,
            # The corpus itself is tried first and counts; a few more make up for it.
            f"-runs={runs + len(list(corpus.iterdir()))}", f"-timeout={HANG_S}",
            f"-rss_limit_mb={MEMORY_MIB}", f"-max_len={each.longest}",
            f"-artifact_prefix={folder}/", str(corpus),
        ],
        capture_output=True, text=True, errors="replace", check=False,
    )  # fmt: skip
    (folder / "log").write_text(done.stderr + done.stdout, "utf-8")
    return Outcome(
        name=each.name,
        inputs=_number(_DONE, done.stderr),
        corpus=len(list(corpus.iterdir())),
        covered=_number(_SEEN, done.stderr),
        seconds=time.monotonic() - begun,
        finding=_finding(done, runs, folder),
    )


def _finding(done: "subprocess.CompletedProcess[str]", runs: int, folder: Path) -> str:
    if done.returncode:
        said = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        errors = [line for line in said if re.search(r"Error|Exception|SUMMARY|ALARM|limit", line)]
        return f"{(errors or said or ['ended without a word'])[-1].strip()[:160]}; see {folder}"
    inputs = _number(_DONE, done.stderr)
    return "" if inputs >= runs else f"only {inputs:,} of {runs:,} inputs were tried; see {folder}"


def _number(pattern: re.Pattern[str], text: str) -> int:
    found = pattern.findall(text)
    return int(
        found[-1][0] if found and isinstance(found[-1], tuple) else found[-1] if found else 0
    )


def tell(outcomes: Sequence[Outcome]) -> None:
    """The table, and the sum."""
    table = Table("parser", "inputs", "corpus", "edges", "s", "outcome", box=None)
    for each in outcomes:
        verdict = "[green]✓[/] nothing found" if each.ok else f"[red]✗[/] {each.finding}"
        table.add_row(
            each.name, f"{each.inputs:,}", str(each.corpus), str(each.covered),
            f"{each.seconds:.0f}", verdict,
        )  # fmt: skip
    console = Console()
    console.print(table)
    console.print(f"{sum(each.inputs for each in outcomes):,} inputs in all")


if __name__ == "__main__":
    sys.exit(main())
