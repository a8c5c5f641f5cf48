"""`python -m scripts.bench`: measure, print one table, write `build/bench.json`.

Status 1 when a binding ratio failed or something could not be measured, else 0.
"""

import argparse
import fcntl
import shutil
import sys
import time
import traceback
from pathlib import Path

from config import log
from scripts.bench import floor, ingest, kiosk_start, peripherals, tickets
from scripts.bench.machine import facts
from scripts.bench.report import print_table, write_json
from scripts.bench.row import Row, unmeasured
from scripts.bench.work import Bench

BENCHES: tuple[Bench, ...] = (
    kiosk_start.BENCH,
    ingest.BENCH,
    tickets.BENCH,
    floor.BENCH,
    peripherals.BENCH,
)
NAMES = tuple(name for bench in BENCHES for name in bench.names)
FOLDER = Path("build/bench")


def main() -> int:
    """Run; the exit status."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=NAMES, metavar="NAME", help="these rows")
    parser.add_argument("--json", type=Path, default=Path("build/bench.json"))
    options = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    lock = (FOLDER / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        print("bench: another one runs; two at once would measure each other", file=sys.stderr)
        return 1
    wanted = frozenset(options.only or NAMES)
    log.configure("warning")
    caption, begun = facts(), time.monotonic()
    rows: list[Row] = []
    for bench in BENCHES:
        if wanted & set(bench.names):
            rows += [row for row in measure(bench, wanted) if row.name in wanted]
    print_table(rows, f"{caption}; took {time.monotonic() - begun:.0f} s")
    write_json(rows, options.json)
    return 1 if any(row.fails for row in rows) else 0


def measure(bench: Bench, wanted: frozenset[str]) -> list[Row]:
    """The rows of one benchmark; what it does not give is unmeasured."""
    folder = (FOLDER / bench.names[0]).resolve()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    begun = time.monotonic()
    rows: list[Row] = []
    why = "it was not reached"
    try:
        for row in bench.run(folder, say, wanted & set(bench.names)):
            rows.append(row)  # what came before a failure stays
    except Exception as error:  # noqa: BLE001 - outermost: the other benchmarks go on
        traceback.print_exc()
        why = str(error)
    say(f"{bench.names[0]} and its like took {time.monotonic() - begun:.0f} s")
    given = {row.name for row in rows}
    missing = [name for name in bench.names if name in wanted and name not in given]
    return [*rows, *(unmeasured(name, why) for name in missing)]


def say(text: str) -> None:
    """Progress."""
    print(f"bench: {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
