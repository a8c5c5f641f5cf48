"""The store: what it refuses, what it keeps, and that nobody can change it unseen."""

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from hall_controller import facts
from hall_controller.core.apply import apply
from hall_controller.core.state import HallState
from hall_controller.errors import HallError, HallReason, StoreError
from hall_controller.keys import store_key
from hall_controller.store import chain
from hall_controller.store.engine import open_engine
from hall_controller.store.people import PersonRow
from hall_controller.store.replies import KEEP_MS, ReplyRow
from hall_controller.store.store import Changes, SiteChanges, Store
from hall_controller.store.tables import metadata

SITE = "500240116000"
KEY = bytes(range(32))
DAY = "2026-11-24"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path, KEY)
    opened.claim("controller", [SITE], 1)
    yield opened
    opened.close()


def ticket(number: int) -> facts.TicketIssued:
    return facts.TicketIssued(
        ticket_id=f"t{number}",
        queue="general",
        business_day=DAY,
        sequence=number,
        number=f"A{number:03}",
        terminal="kiosk-1",
        issued_ms=number,
    )


def changes_of(store: Store, *happened: facts.Fact, state: HallState | None = None) -> Changes:
    """A batch in which these facts happened."""
    change = SiteChanges(state if state is not None else store.load(SITE, DAY))
    head = store.heads[SITE]
    for fact in happened:
        row = chain.link(head, fact, site=SITE, at_ms=5, actor="terminal:kiosk-1", request_id=None)
        head = chain.Head(row.seq, row.hash)
        change.facts.append(row)
        apply(change.state, fact, None)
        change.touched.note(fact, change.state)
    return Changes(sites={SITE: change})


def test_the_migrations_make_exactly_the_tables_that_the_program_uses(
    store: Store, tmp_path: Path
) -> None:
    with create_engine(f"sqlite:///{tmp_path / 'hall.sqlite3'}").connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_a_commit_is_on_disk_in_wal_mode_and_fully_synced(store: Store, tmp_path: Path) -> None:
    store.commit(changes_of(store, ticket(1)))
    with sqlite3.connect(tmp_path / "hall.sqlite3") as other:
        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert other.execute("SELECT number FROM tickets").fetchall() == [("A001",)]
    with open_engine(tmp_path / "hall.sqlite3").connect() as own:  # as the store opens it
        assert own.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert own.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_one_number_cannot_be_stored_twice_and_then_nothing_of_the_batch_is(store: Store) -> None:
    store.commit(changes_of(store, ticket(1)))
    twin = changes_of(store, facts.TicketIssued(**{**_fields(ticket(1)), "ticket_id": "other"}))
    twin.replies.append(ReplyRow("r1", SITE, "terminal:kiosk-1", 5, "{}"))
    with pytest.raises(StoreError) as caught:
        store.commit(twin)
    assert caught.value.reason is HallReason.STORE_REFUSED
    assert store.stored_replies(["r1"]) == {}
    assert store.verify_chain(SITE) == chain.ChainReport(SITE, 1)


@pytest.mark.parametrize(
    ("sql", "broken_at"),
    [
        ("UPDATE facts SET body = replace(body, 'A002', 'A009') WHERE seq = 2", 2),
        ("UPDATE facts SET actor = 'clerk:li' WHERE seq = 3", 3),
        ("DELETE FROM facts WHERE seq = 2", 2),
        ("DELETE FROM facts WHERE seq = 3", 3),
        ("UPDATE facts SET at_ms = 6 WHERE seq = 1", 1),
    ],
)
def test_a_changed_or_missing_fact_shows(
    store: Store, tmp_path: Path, sql: str, broken_at: int
) -> None:
    store.commit(changes_of(store, ticket(1), ticket(2), ticket(3)))
    assert store.verify_chain(SITE).broken_at is None
    with sqlite3.connect(tmp_path / "hall.sqlite3") as other:
        other.execute(sql)
    assert store.verify_chain(SITE).broken_at == broken_at


def test_a_second_controller_is_refused_and_says_who_is_there(store: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=f"pid {os.getpid()}") as caught:
        Store(tmp_path, KEY)
    assert caught.value.reason is HallReason.STORE_IN_USE
    store.commit(changes_of(store, ticket(1)))


def test_who_lost_a_site_can_commit_no_more(store: Store, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "hall.sqlite3") as other:
        other.execute("UPDATE sites SET owner = 'upper', epoch = epoch + 1")
    with pytest.raises(StoreError) as caught:
        store.commit(changes_of(store, ticket(1)))
    assert caught.value.reason is HallReason.FENCED
    assert store.facts(SITE) == []


def test_each_claim_raises_the_epoch(tmp_path: Path) -> None:
    for epoch in (1, 2, 3):
        opened = Store(tmp_path, KEY)
        opened.claim("controller", [SITE], epoch)
        opened.close()
        with sqlite3.connect(tmp_path / "hall.sqlite3") as other:
            assert other.execute("SELECT epoch FROM sites").fetchall() == [(epoch,)]


def damage_head(path: Path) -> None:
    path.write_bytes(b"this is not a database" * 500)


def damage_middle(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for page in range(1, len(data) // 4096):
        data[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    path.write_bytes(data)


def cut_off(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [damage_head, damage_middle, cut_off, empty])
def test_a_damaged_file_is_named_and_left_alone(tmp_path: Path, damage: object) -> None:
    Store(tmp_path, KEY).close()
    path = tmp_path / "hall.sqlite3"
    damage(path)  # type: ignore[operator]
    before = path.read_bytes()
    with pytest.raises(StoreError) as caught:
        Store(tmp_path, KEY)
    assert caught.value.reason is HallReason.STORE_DAMAGED
    assert str(path) in caught.value.detail
    assert "\n" not in caught.value.detail
    assert path.read_bytes() == before


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    Store(tmp_path, KEY).close()
    with sqlite3.connect(tmp_path / "hall.sqlite3") as other:
        other.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError) as caught:
        Store(tmp_path, KEY)
    assert caught.value.reason is HallReason.STORE_NEWER


def test_a_key_that_is_not_the_stores_is_refused(tmp_path: Path) -> None:
    Store(tmp_path, KEY).close()
    with pytest.raises(StoreError) as caught:
        Store(tmp_path, bytes(32))
    assert caught.value.reason is HallReason.KEYS_UNFIT


def test_a_missing_key_beside_a_store_is_not_replaced(tmp_path: Path) -> None:
    key = store_key(tmp_path, store_exists=False)
    assert store_key(tmp_path, store_exists=True) == key
    assert (tmp_path / "store.key").stat().st_mode & 0o777 == 0o600
    (tmp_path / "store.key").unlink()
    with pytest.raises(HallError, match=r"store\.key is missing"):
        store_key(tmp_path, store_exists=True)
    assert not (tmp_path / "store.key").exists()


def test_replies_are_kept_longer_than_any_outbox_and_then_deleted(store: Store) -> None:
    store.commit(Changes(replies=[ReplyRow("r1", SITE, "a", 1_000, "{}")]))
    assert store.purge(1_000 + KEEP_MS) == 0
    assert set(store.stored_replies(["r1"])) == {"r1"}
    assert store.purge(1_001 + KEEP_MS) == 1
    assert store.stored_replies(["r1"]) == {}
    assert KEEP_MS > 7 * 86_400_000


def test_a_forgotten_person_leaves_chain_and_tickets_whole(store: Store, tmp_path: Path) -> None:
    keys = store.keys
    row = PersonRow("p1", keys.digest("123"), keys.seal("p1", b"a person"), 10)
    happened = changes_of(store, facts.TicketIssued(**{**_fields(ticket(1)), "person_id": "p1"}))
    happened.people.append(row)
    store.commit(happened)
    assert store.persons(["p1"]) == {"p1": b"a person"}
    assert store.person_ids([row.digest]) == {row.digest: "p1"}
    assert store.forget_persons(11) == 1
    assert store.persons(["p1"]) == {}
    assert store.verify_chain(SITE).broken_at is None
    assert store.load(SITE, DAY).tickets["t1"].person_id == "p1"
    store.close()
    assert row.sealed not in (tmp_path / "hall.sqlite3").read_bytes(), "deleted bytes are wiped"


def test_a_sealed_person_belongs_to_one_id(store: Store) -> None:
    sealed = store.keys.seal("p1", b"a person")
    with pytest.raises(StoreError):
        store.keys.open("p2", sealed)


def _fields(fact: facts.TicketIssued) -> dict[str, object]:
    return {name: getattr(fact, name) for name in fact.__struct_fields__}
