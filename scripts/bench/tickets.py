"""How many numbers a second the hall gives, and how long one takes: a real controller process with
its broker, store on disk (synchronous=FULL), and terminals in a process of their own."""

import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scripts.bench.machine import cpu_s
from scripts.bench.row import GENERATOR_FULL, Row, at_least, at_most, percentile, spread
from scripts.bench.work import Bench, BenchError, run_part, write_settings
from scripts.demo.processes import Children, wait_until

MANY, FEW = 20, 5  # clients
SECONDS = 6.0
REPLIES = 2_500


def run(folder: Path, say: Callable[[str], None], _wanted: frozenset[str]) -> list[Row]:
    """tickets_per_second: replies with a number a second, 20 clients with one request each in
    flight. ticket_reply_p99_ms: from publishing the request to its reply at the terminal, 5
    clients; waiting rows of the first part are in the hall then.
    """
    settings_file = write_settings(folder, MANY)
    children = Children(folder / "logs")
    links = folder / "var" / "links"
    command = [sys.executable, "-m", "hall_controller", "--config", str(settings_file)]
    try:
        controller = children.start("controller", command)
        wait_until(lambda: "hall: open" in controller.output(), "the hall to open", 30, children)
        few = run_part("ticket_clients", links, FEW, 0.0, REPLIES)
        used_s = cpu_s(controller.process.pid)
        many = run_part("ticket_clients", links, MANY, SECONDS, 0)
        used_s = cpu_s(controller.process.pid) - used_s
    finally:
        children.stop()
    _check_numbers(folder / "var" / "hall.sqlite3", few, many)
    per_second = many["replies"] / many["seconds"]
    say(f"{per_second:.0f} numbers/s, controller at {used_s / many['seconds']:.0%} of a core")
    busy, calm = _generator(many), _generator(few)
    note = f"n={many['replies']}, {_note(many)}, controller {used_s / many['seconds']:.0%}"
    p99_ms = percentile(few["latencies_ms"], 99)
    few_note = f"{spread(few['latencies_ms'])}, {_note(few)}"
    return [
        at_least("tickets_per_second", per_second, "1/s", 500, sound=busy, note=note),
        at_most("ticket_reply_p99_ms", p99_ms, "ms", 50, sound=calm, note=few_note),
    ]


def _generator(part: dict[str, Any]) -> bool:
    """Whether the generator was not what was slow."""
    return bool(part["cpu_s"] / part["seconds"] < GENERATOR_FULL)


def _note(part: dict[str, Any]) -> str:
    share = part["cpu_s"] / part["seconds"]
    return f"generator {share:.0%} of a core{'' if _generator(part) else ' (bottleneck)'}"


def _check_numbers(store: Path, *parts: dict[str, Any]) -> None:
    """Every request got a number, no number twice, and the store has just these."""
    numbers = [number for part in parts for number in part["numbers"]]
    if refusals := [part["refusals"] for part in parts if part["refusals"]]:
        raise BenchError(f"the hall refused: {refusals}")
    if len(set(numbers)) != len(numbers):
        raise BenchError(f"{len(numbers) - len(set(numbers))} numbers came out twice")
    connection = sqlite3.connect(f"file:{store}?mode=ro", uri=True)
    try:
        stored = {row[0] for row in connection.execute("SELECT number FROM tickets")}
    finally:
        connection.close()
    if stored != set(numbers):
        raise BenchError(f"{len(numbers)} numbers were given, the store holds {len(stored)}")


BENCH = Bench(("tickets_per_second", "ticket_reply_p99_ms"), run)
