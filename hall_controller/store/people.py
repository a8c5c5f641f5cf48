"""Persons, encrypted and apart from everything else.

A record is AES-GCM under a key derived from the store's key, bound to its person id. The same ID
number is recognised by a keyed digest (HMAC-SHA256), so that no number is stored or comparable
without the key. Retention may delete a row: facts and tickets only hold the person id.
"""

import hashlib
import hmac
import os
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, delete, insert, select

from hall_controller.errors import HallReason, StoreError
from hall_controller.store.tables import people

_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person as stored; nothing in it is readable without the key."""

    person_id: str
    digest: str
    sealed: bytes
    created_ms: int


class PersonKeys:
    """Seals, opens and recognises persons with keys derived from the 32-byte store key."""

    def __init__(self, store_key: bytes) -> None:
        self._aes = AESGCM(_derive(store_key, b"people/seal"))
        self._digest_key = _derive(store_key, b"people/digest")
        self.check = _derive(store_key, b"check").hex()[:16]  # tells whether a key fits a store

    def digest(self, id_number: str) -> str:
        """The same for the same number, and telling nothing without the key."""
        return hmac.new(self._digest_key, id_number.encode(), hashlib.sha256).hexdigest()

    def seal(self, person_id: str, person: bytes) -> bytes:
        """Nonce and ciphertext of `person`, bound to `person_id`."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._aes.encrypt(nonce, person, person_id.encode())

    def open(self, person_id: str, sealed: bytes) -> bytes:
        """The person again. Raises StoreError KEYS_UNFIT when this key did not seal it."""
        try:
            return self._aes.decrypt(
                sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], person_id.encode()
            )
        except InvalidTag:
            raise StoreError(
                HallReason.KEYS_UNFIT, f"person {person_id} was not sealed with this store's key"
            ) from None


def find_ids(connection: Connection, digests: Collection[str]) -> dict[str, str]:
    """Person ids of those digests that were seen before."""
    query = select(people.c.digest, people.c.person_id).where(people.c.digest.in_(digests))
    return {row.digest: row.person_id for row in connection.execute(query)}


def add(connection: Connection, rows: Iterable[PersonRow]) -> None:
    """Store new persons."""
    values = [
        {
            "person_id": r.person_id,
            "digest": r.digest,
            "sealed": r.sealed,
            "created_ms": r.created_ms,
        }
        for r in rows
    ]
    if values:
        connection.execute(insert(people), values)


def sealed_of(connection: Connection, person_ids: Iterable[str]) -> dict[str, bytes]:
    """Sealed records by person id; those deleted meanwhile are missing."""
    ids = list(person_ids)
    found: dict[str, bytes] = {}
    for start in range(0, len(ids), 500):
        part = ids[start : start + 500]
        rows = connection.execute(
            select(people.c.person_id, people.c.sealed).where(people.c.person_id.in_(part))
        )
        found.update((row.person_id, row.sealed) for row in rows)
    return found


def forget_before(connection: Connection, before_ms: int) -> int:
    """Delete persons first seen before `before_ms`; returns how many."""
    return connection.execute(delete(people).where(people.c.created_ms < before_ms)).rowcount


def _derive(key: bytes, purpose: bytes) -> bytes:
    return hmac.new(key, b"yukuai-hall/" + purpose, hashlib.sha256).digest()
