"""An outbox file that cannot be written, made so from outside."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path


@contextmanager
def refusing(outbox: Path, what: str) -> Iterator[None]:
    """While inside, each `what` (INSERT, DELETE) fails with sqlite3.OperationalError, the class of
    error of a full disk: a trigger calls a function that is nowhere."""
    _run(outbox, f"CREATE TRIGGER full BEFORE {what} ON entries BEGIN SELECT disk_full(); END")
    try:
        yield
    finally:
        _run(outbox, "DROP TRIGGER full")


def _run(outbox: Path, statement: str) -> None:
    with closing(sqlite3.connect(outbox, isolation_level=None)) as db:
        db.execute(statement)
