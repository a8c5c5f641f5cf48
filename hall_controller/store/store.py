"""The hall's store: opened once, read at start, and from then on one `commit` a batch."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError

from hall_controller.core.state import HallState
from hall_controller.errors import HallReason, StoreError
from hall_controller.store import chain, people, replies, rows
from hall_controller.store.chain import ChainReport, FactRow, Head
from hall_controller.store.engine import Checkpointer, StoreLock, in_words, open_engine
from hall_controller.store.migrate import migrate
from hall_controller.store.people import PersonKeys, PersonRow
from hall_controller.store.replies import ReplyRow
from hall_controller.store.tables import meta, sites
from hall_controller.store.touched import Touched

FILE_NAME = "hall.sqlite3"

_MOVE_HEAD = (
    update(sites)
    .where(sites.c.site == bindparam("of_site"), sites.c.epoch == bindparam("as_epoch"))
    .values(head_seq=bindparam("head_seq"), head_hash=bindparam("head_hash"))
)


@dataclass(slots=True)
class SiteChanges:
    """What a batch changed at one site; `state` is the site's state after it."""

    state: HallState
    facts: list[FactRow] = field(default_factory=list)
    touched: Touched = field(default_factory=Touched)


@dataclass(slots=True)
class Changes:
    """Everything that one commit writes."""

    sites: dict[str, SiteChanges] = field(default_factory=dict)
    replies: list[ReplyRow] = field(default_factory=list)
    people: list[PersonRow] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.replies or any(site.facts for site in self.sites.values()))


class Store:
    """One SQLite file, held by one process. All methods are for one thread, the hall loop's."""

    def __init__(self, folder: Path, key: bytes) -> None:
        """Open `folder`/hall.sqlite3, bring it to the newest schema and hold it.

        Raises StoreError: in use, damaged, newer than this program, not the store of this key.
        """
        path = folder / FILE_NAME
        self.keys = PersonKeys(key)
        self._lock = StoreLock(folder / "hall.lock")
        try:
            self._engine = open_engine(path)
            path.touch(mode=0o600)
            with self._guarded() as connection:
                migrate(connection)
                _check_key(connection, self.keys.check)
            self._checkpointer = Checkpointer(path)
        except BaseException:
            self._lock.release()
            raise
        self._epochs: dict[str, int] = {}
        self.heads: dict[str, Head] = {}

    def close(self) -> None:
        """Move the WAL into the file and let go."""
        self._engine.dispose()
        self._checkpointer.stop()
        self._lock.release()

    def claim(self, owner: str, codes: Iterable[str], now_ms: int) -> None:
        """Become the owner of these sites: their epoch rises, and older owners' commits fail."""
        with self._guarded() as connection:
            for code in codes:
                row = connection.execute(select(sites).where(sites.c.site == code)).one_or_none()
                head = Head(row.head_seq, row.head_hash) if row else Head()
                epoch = row.epoch + 1 if row else 1
                values = {"owner": owner, "epoch": epoch, "claimed_ms": now_ms}
                if row:
                    connection.execute(update(sites).where(sites.c.site == code).values(**values))
                else:
                    values |= {"site": code, "head_seq": head.seq, "head_hash": head.hash}
                    connection.execute(insert(sites).values(**values))
                self._epochs[code], self.heads[code] = epoch, head

    def load(self, site: str, since_day: str) -> HallState:
        """The live state of a site: `since_day` (ISO) and later, and what is at a window."""
        with self._guarded() as connection:
            return rows.load(connection, site, since_day)

    def stored_replies(self, request_ids: Collection[str]) -> dict[str, ReplyRow]:
        """The answers given before to these requests."""
        if not request_ids:
            return {}
        with self._guarded() as connection:
            return replies.find(connection, request_ids)

    def person_ids(self, digests: Collection[str]) -> dict[str, str]:
        """Person ids of the digests that were seen before."""
        if not digests:
            return {}
        with self._guarded() as connection:
            return people.find_ids(connection, digests)

    def persons(self, person_ids: Iterable[str]) -> dict[str, bytes]:
        """Persons, opened, by id; deleted ones are missing."""
        with self._guarded() as connection:
            sealed = people.sealed_of(connection, person_ids)
        return {person_id: self.keys.open(person_id, data) for person_id, data in sealed.items()}

    def commit(self, changes: Changes) -> None:
        """Write everything or nothing; on disk when it returns.

        Raises StoreError: STORE_REFUSED when some row is at fault, STORE_FAILED when the store is
        (full disk, rights), FENCED when another controller has claimed a site.
        """
        heads: dict[str, Head] = {}
        with self._guarded() as connection:
            people.add(connection, changes.people)
            for site, change in changes.sites.items():
                if change.facts:
                    heads[site] = self._advance(connection, site, change.facts)
                    rows.write(connection, site, change.state, change.touched)
            replies.add(connection, changes.replies)
        self.heads.update(heads)

    def purge(self, now_ms: int) -> int:
        """Delete replies and withdrawals that nobody can ask for any more; returns how many."""
        with self._guarded() as connection:
            return replies.purge(connection, now_ms)

    def forget_persons(self, before_ms: int) -> int:
        """Retention: delete persons first seen before `before_ms`; facts and tickets stay."""
        with self._guarded() as connection:
            return people.forget_before(connection, before_ms)

    def facts(self, site: str, after: int = 0) -> list[FactRow]:
        """A site's facts in order, from the one after number `after`."""
        with self._guarded() as connection:
            return list(chain.read(connection, site, after))

    def verify_chain(self, site: str) -> ChainReport:
        """Whether the facts of a site are whole and unchanged."""
        with self._guarded() as connection:
            return chain.verify(connection, site)

    def _advance(self, connection: Connection, site: str, added: list[FactRow]) -> Head:
        chain.append(connection, added)
        head = Head(added[-1].seq, added[-1].hash)
        moved = connection.execute(
            _MOVE_HEAD,
            {
                "of_site": site,
                "as_epoch": self._epochs.get(site, 0),
                "head_seq": head.seq,
                "head_hash": head.hash,
            },
        )
        if moved.rowcount != 1:
            raise StoreError(HallReason.FENCED, f"another controller has claimed site {site}")
        return head

    @contextmanager
    def _guarded(self) -> Iterator[Connection]:
        """A transaction whose errors are StoreErrors, without SQL text or parameters."""
        try:
            with self._engine.begin() as connection:
                yield connection
        except (IntegrityError, DataError, OverflowError, UnicodeError) as error:
            raise StoreError(
                HallReason.STORE_REFUSED, f"the store refused a row: {in_words(error)}"
            ) from None
        except SQLAlchemyError as error:
            raise StoreError(
                HallReason.STORE_FAILED, f"the store does not work: {in_words(error)}"
            ) from None


def _check_key(connection: Connection, check: str) -> None:
    stored = connection.scalar(select(meta.c.value).where(meta.c.key == "key_check"))
    if stored is None:
        connection.execute(insert(meta).values(key="key_check", value=check))
    elif stored != check:
        raise StoreError(
            HallReason.KEYS_UNFIT,
            "keys/store.key is not the key of this store; put the right one back from a backup",
        )
