"""Facts as rows of a hash chain, one chain a site: a changed, missing or reordered row shows.

Link n is SHA-256 over link n-1 and the canonical bytes of row n: the JSON array
`[site, seq, at_ms, actor, request_id, kind, body]`, UTF-8, no spaces, `body` as the stored text.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

import msgspec
from sqlalchemy import Connection, insert, select

from hall_controller.facts import Fact
from hall_controller.store.tables import facts, sites

GENESIS = bytes(32)
_DECODER: msgspec.json.Decoder[Fact] = msgspec.json.Decoder(reduce(or_, Fact.__subclasses__()))


@dataclass(frozen=True, slots=True)
class FactRow:
    """One fact with its circumstances, as stored."""

    site: str
    seq: int
    at_ms: int
    actor: str
    request_id: str | None
    kind: str
    body: str
    prev_hash: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """The last link of a site's chain."""

    seq: int = 0
    hash: bytes = GENESIS


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What `verify` found: `broken_at` is the first row that does not fit, or None."""

    site: str
    facts: int
    broken_at: int | None = None
    problem: str = ""


def link(
    head: Head, fact: Fact, *, site: str, at_ms: int, actor: str, request_id: str | None
) -> FactRow:
    """The row that follows `head`."""
    body = msgspec.json.encode(fact).decode()
    kind = str(type(fact).__struct_config__.tag)
    seq = head.seq + 1
    digest = _hash(head.hash, site, seq, at_ms, actor, request_id, kind, body)
    return FactRow(site, seq, at_ms, actor, request_id, kind, body, head.hash, digest)


def fact_of(row: FactRow) -> Fact:
    """The fact that a row holds."""
    return _DECODER.decode(row.body)


def append(connection: Connection, rows: Iterable[FactRow]) -> None:
    """Store rows that `link` made."""
    values = [{name: getattr(row, name) for name in FactRow.__slots__} for row in rows]
    if values:
        connection.execute(insert(facts), values)


def read(connection: Connection, site: str, after: int = 0) -> Iterator[FactRow]:
    """A site's facts in order, from the one after number `after`."""
    query = select(facts).where(facts.c.site == site, facts.c.seq > after).order_by(facts.c.seq)
    for row in connection.execute(query):
        yield FactRow(*(getattr(row, name) for name in FactRow.__slots__))


def verify(connection: Connection, site: str) -> ChainReport:
    """Walk a site's chain from its beginning to the head that `sites` names."""
    head = Head()
    for row in read(connection, site):
        expected = _hash(
            head.hash, site, head.seq + 1, row.at_ms, row.actor, row.request_id, row.kind, row.body
        )
        if row.seq != head.seq + 1:
            return ChainReport(site, head.seq, head.seq + 1, f"fact {head.seq + 1} is missing")
        if row.prev_hash != head.hash or row.hash != expected:
            return ChainReport(site, head.seq, row.seq, f"fact {row.seq} was changed")
        head = Head(row.seq, row.hash)
    query = select(sites.c.head_seq, sites.c.head_hash).where(sites.c.site == site)
    stored = connection.execute(query).one_or_none()
    if stored is not None and tuple(stored) != (head.seq, head.hash):
        return ChainReport(site, head.seq, head.seq + 1, f"facts after {head.seq} are missing")
    return ChainReport(site, head.seq)


def _hash(previous: bytes, *parts: Any) -> bytes:
    return hashlib.sha256(previous + msgspec.json.encode(parts)).digest()
