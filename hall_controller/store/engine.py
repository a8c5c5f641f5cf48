"""The one file that knows which database engine is below: opening, locking, checkpoints, upserts.

SQLite runs in WAL mode with synchronous=FULL: a commit is on disk when it returns. Checkpoints run
on a thread of their own, so that no commit pays for them.
"""

import fcntl
import os
import sqlite3
import threading
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, Engine, Insert, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DatabaseError as SqlDatabaseError

from hall_controller.errors import HallReason, StoreError

CHECKPOINT_EVERY_S = 2.0
TRUNCATE_ABOVE_BYTES = 64 * 1024 * 1024


def open_engine(path: Path) -> Engine:
    """Engine over the SQLite file `path`, made when absent.

    Raises StoreError STORE_DAMAGED for a file that is no whole database; it is left as it is.
    """
    _refuse_damaged(path)
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 5.0})
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", lambda c: c.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def open_reading(path: Path) -> Engine:
    """Engine that only reads, also while a controller holds the store. Raises as `open_engine`."""
    _refuse_damaged(path)
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 5.0})
    event.listen(engine, "connect", lambda c, _record: c.execute("PRAGMA query_only=ON"))
    return engine


def upsert(connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert `rows`, or replace those whose primary key exists. Each row names every column."""
    values = [dict(row) for row in rows]
    if not values:
        return
    connection.execute(_upsert_into(table, connection.dialect.name), values)


@cache
def _upsert_into(table: Table, dialect: str) -> Insert:
    """The statement, kept: making it costs more than running it."""
    statement = (sqlite.insert if dialect == "sqlite" else postgresql.insert)(table)
    keys = [column.name for column in table.primary_key]
    changes = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=changes)


def in_words(error: BaseException) -> str:
    """The database's own short reason, without SQL text and parameters (which may be personal)."""
    cause = error.orig if isinstance(error, SqlDatabaseError) else error
    return f"{type(cause).__name__}: {str(cause).splitlines()[0] if str(cause) else ''}"


class StoreLock:
    """Holds `path` for this process, so that a second controller on the same store is refused.

    The kernel lets go of it when the process ends, however it ends.
    """

    def __init__(self, path: Path) -> None:
        self._file: IO[str] = open(path, "a+", encoding="ascii")  # noqa: SIM115 - held for life
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.seek(0)
            holder = self._file.read(20).strip() or "unknown"
            self._file.close()
            raise StoreError(
                HallReason.STORE_IN_USE,
                f"another hall-controller (pid {holder}) uses {path.parent}; stop it first,"
                " or give this one another --data-dir",
            ) from None
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()

    def release(self) -> None:
        """Let the next controller in."""
        self._file.close()


class Checkpointer:
    """Moves the WAL into the database file every two seconds, on its own thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._wal = path.with_name(path.name + "-wal")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="checkpoint", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Checkpoint once more and end the thread."""
        self._stop.set()
        self._thread.join(10.0)

    def _run(self) -> None:
        connection = sqlite3.connect(self._path, timeout=1.0, isolation_level=None)
        try:
            while not self._stop.wait(CHECKPOINT_EVERY_S):
                large = self._wal.exists() and self._wal.stat().st_size > TRUNCATE_ABOVE_BYTES
                self._checkpoint(connection, "TRUNCATE" if large else "PASSIVE")
            self._checkpoint(connection, "TRUNCATE")
        finally:
            connection.close()

    @staticmethod
    def _checkpoint(connection: sqlite3.Connection, mode: str) -> None:
        try:
            connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()
        except sqlite3.Error:
            return  # busy or full: the WAL keeps everything, the next round tries again


def _configure(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "wal_autocheckpoint=0",
        "secure_delete=ON",  # a deleted person leaves no bytes behind
    ):
        connection.execute(f"PRAGMA {pragma}")


def _refuse_damaged(path: Path) -> None:
    if not path.exists():
        return
    try:
        problem = "it is empty" if path.stat().st_size == 0 else _first_problem(path)
    except OSError as error:
        raise StoreError(
            HallReason.STORE_FAILED, f"cannot read the store {path}: {error.strerror}"
        ) from error
    if problem:
        raise StoreError(
            HallReason.STORE_DAMAGED,
            f"the store {path} is damaged ({problem}); nothing was changed. Put a backup in its"
            " place, or move it away together with its -wal file to begin an empty hall",
        )


def _first_problem(path: Path) -> str | None:
    with open(path, "rb"):
        pass  # raises the OSError that SQLite would hide in "unable to open database file"
    connection = sqlite3.connect(path, timeout=10.0)
    try:
        found = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.DatabaseError as error:
        return str(error)
    finally:
        connection.close()
    return None if found == "ok" else " ".join(found.split())
