"""Messages that must not be lost, on disk until the application's reply (SQLite, WAL, FULL).

A PUBACK is no reason to forget an entry: Mosquitto acknowledges before it saves.
"""

import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

from bus import topics
from bus.errors import BusError, BusReason
from bus.settings import make_private_folder

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    topic TEXT NOT NULL,
    payload BLOB NOT NULL,
    expires_ms INTEGER NOT NULL
) STRICT
"""
_COLUMNS = "id, topic, payload, expires_ms"
_BUSY_S = 5.0

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """One message that waits for its reply. `id` is the request id."""

    id: str
    address: topics.Address
    payload: bytes
    expires_ms: int


class Outbox:
    """The entries of one terminal in the file `path`. Safe to use from any thread.

    Every method that changes something returns after it is on disk. Raises BusError
    STORE_DAMAGED when the file is not an outbox, STORE_FAILED when it cannot be written.

    forgotten: ids that were forgotten while the disk refused it, one set for all outboxes that a
        process opens on `path` one after the other. They are gone for `pending`, and leave the
        file with the next change that succeeds.
    """

    def __init__(self, path: Path, forgotten: set[str] | None = None) -> None:
        self._path = path
        self._forgotten = set() if forgotten is None else forgotten
        self._lock = threading.Lock()
        with self._errors():
            make_private_folder(path.parent)
            self._db = sqlite3.connect(path, timeout=_BUSY_S, check_same_thread=False)
            try:
                self._prepare()
            except BaseException:
                self._db.close()
                raise
        path.chmod(0o600)

    @classmethod
    def open_or_set_aside(
        cls, path: Path, forgotten: set[str] | None = None
    ) -> tuple["Outbox", Path | None]:
        """Open `path`; if it is damaged, rename it and begin an empty one.

        Returns the outbox and where the damaged file now lies, or None. Nothing is deleted.
        """
        try:
            return cls(path, forgotten), None
        except BusError as error:
            if error.reason is not BusReason.STORE_DAMAGED:
                raise
        aside = path.with_name(f"{path.name}.damaged-{time.time_ns() // 1_000_000}")
        path.rename(aside)
        for suffix in ("-wal", "-shm"):
            companion = path.with_name(path.name + suffix)
            if companion.exists():
                companion.rename(aside.with_name(aside.name + suffix))
        return cls(path, forgotten), aside

    def put(self, entry: Entry, *, instead_of: str | None = None) -> None:
        """Keep `entry`, and forget `instead_of` in the same moment. A known id stays as it was."""
        values = (entry.id, str(entry.address), entry.payload, entry.expires_ms)
        with self._transaction() as db:
            db.execute("DELETE FROM entries WHERE id = ?", (instead_of,))
            db.execute(f"INSERT OR IGNORE INTO entries ({_COLUMNS}) VALUES (?, ?, ?, ?)", values)

    def forget(self, id_: str) -> None:
        """Drop the entry, if there is one; in memory, where the disk refuses (see `forgotten`)."""
        with self._lock:
            self._forgotten.add(id_)
        self.tidy()

    def tidy(self) -> None:
        """Have the file forget, too, what was forgotten while the disk refused it."""
        if not self._forgotten:
            return
        try:
            with self._transaction():
                pass
        except BusError as error:
            if error.reason is not BusReason.STORE_FAILED:
                raise
            _log.error("bus.outbox_failed", problem=error.detail)

    def pending(self) -> tuple[Entry, ...]:
        """All entries, oldest first, the expired included."""
        with self._lock, self._errors():
            rows = self._db.execute(f"SELECT {_COLUMNS} FROM entries ORDER BY number").fetchall()
            return tuple(entry for entry in _entries(rows) if entry.id not in self._forgotten)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def _prepare(self) -> None:
        db = self._db
        db.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
            db.execute(f"PRAGMA {pragma}").fetchall()
        if (verdict := db.execute("PRAGMA quick_check").fetchone()[0]) != "ok":
            raise sqlite3.DatabaseError(verdict)
        db.execute(_SCHEMA)
        db.execute(f"SELECT {_COLUMNS} FROM entries LIMIT 1").fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._errors():
            self._db.execute("BEGIN IMMEDIATE")
            with self._db:
                owed = tuple(self._forgotten)
                self._db.executemany("DELETE FROM entries WHERE id = ?", [(id_,) for id_ in owed])
                yield self._db
            self._forgotten.difference_update(owed)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """SQLite's errors as ours: OperationalError is the disk's fault, the rest the file's."""
        try:
            yield
        except (OSError, sqlite3.OperationalError) as error:
            if "no such column" in str(error):
                raise self._damaged(error) from error
            detail = f"outbox {self._path} cannot be used: {error}; check space and rights"
            raise BusError(BusReason.STORE_FAILED, detail) from error
        except sqlite3.DatabaseError as error:
            raise self._damaged(error) from error

    def _damaged(self, error: Exception) -> BusError:
        return BusError(
            BusReason.STORE_DAMAGED,
            f"outbox {self._path} is damaged ({error}); move the file away and start again; "
            "requests in it that were not answered yet are not sent",
        )


def _entries(rows: Iterable[tuple[str, str, bytes, int]]) -> Iterator[Entry]:
    for id_, topic, payload, expires_ms in rows:
        yield Entry(id_, topics.parse(topic), payload, expires_ms)
