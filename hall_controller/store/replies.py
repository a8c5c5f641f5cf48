"""Stored replies: one request id, one answer, for longer than any outbox keeps an entry."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from hall_controller.store.tables import replies, tombstones

KEEP_MS = 8 * 24 * 3_600_000  # outboxes give up after 7 days


@dataclass(frozen=True, slots=True)
class ReplyRow:
    """The answer to `request_id`, which `actor` asked. `body` is the answer as JSON."""

    request_id: str
    site: str
    actor: str
    at_ms: int
    body: str


def add(connection: Connection, rows: Iterable[ReplyRow]) -> None:
    """Store answers. A second answer to one request id is an error of the database."""
    values = [{name: getattr(row, name) for name in ReplyRow.__slots__} for row in rows]
    if values:
        connection.execute(insert(replies), values)


def find(connection: Connection, request_ids: Collection[str]) -> dict[str, ReplyRow]:
    """The stored answers among `request_ids`."""
    query = select(replies).where(replies.c.request_id.in_(request_ids))
    rows = connection.execute(query)
    return {r.request_id: ReplyRow(*(getattr(r, n) for n in ReplyRow.__slots__)) for r in rows}


def purge(connection: Connection, now_ms: int) -> int:
    """Delete answers and withdrawals that no sender can ask for any more; returns how many."""
    before = now_ms - KEEP_MS
    gone = connection.execute(delete(replies).where(replies.c.at_ms < before)).rowcount
    return gone + connection.execute(delete(tombstones).where(tombstones.c.at_ms < before)).rowcount
