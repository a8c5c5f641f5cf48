"""Gives each person of a batch the id of their record, an old one or a new one."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from hall_controller.persons import Person
from hall_controller.store.people import PersonRow
from hall_controller.store.store import Store


@dataclass(frozen=True, slots=True)
class Recognised:
    """Where a person's record is; `row` is set when it has still to be stored."""

    person_id: str
    row: PersonRow | None


def recognise(
    persons: Iterable[Person], store: Store, new_id: Callable[[], str], now_ms: int
) -> dict[Person, Recognised]:
    """Every person with their record. The same ID number is the same person; their first record
    is kept as it is."""
    keys = store.keys
    digests = {person: keys.digest(person.number) for person in persons}
    found = {
        digest: Recognised(person_id, None)
        for digest, person_id in store.person_ids(set(digests.values())).items()
    }
    for person, digest in digests.items():
        if digest not in found:
            person_id = new_id()
            row = PersonRow(person_id, digest, keys.seal(person_id, person.raw), now_ms)
            found[digest] = Recognised(person_id, row)
    return {person: found[digest] for person, digest in digests.items()}
