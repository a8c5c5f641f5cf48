"""Service items (事项) and domains of the sample township, as data.

No rules here; what is unknown in the data stays None. Start reading at README.md.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from config.schema import HallSettings, QueueSettings

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Domain:
    """A field of service, in which a citizen looks for an item."""

    id: str
    order: int
    name: str
    name_en: str
    short_name_en: str


@dataclass(frozen=True, slots=True)
class Item:
    """A service item (事项). `immediate` and `promised_days` are None where unknown."""

    id: str
    name: str
    name_en: str
    domain_id: str
    kiosk_mode: str
    keywords: tuple[str, ...]
    immediate: bool | None
    promised_days: int | None


@cache
def domains() -> tuple[Domain, ...]:
    """All domains in their order of display."""
    rows = json.loads((_FOLDER / "domains.json").read_text(encoding="utf-8"))
    found = [
        Domain(
            id=row["domain_id"],
            order=row["order"],
            name=row["name"],
            name_en=row["name_en"],
            short_name_en=row["short_name_en"],
        )
        for row in rows
    ]
    return tuple(sorted(found, key=lambda domain: domain.order))


@cache
def items() -> tuple[Item, ...]:
    """All service items in the order of the data file."""
    rows = json.loads((_FOLDER / "township_items.json").read_text(encoding="utf-8"))
    return tuple(
        Item(
            id=row["item_id"],
            name=row["name"],
            name_en=row["name_en"],
            domain_id=row["domain_id"],
            kiosk_mode=row["kiosk_mode"],
            keywords=tuple(row["keywords"]),
            immediate=row["immediate"],
            promised_days=row["promised_days"],
        )
        for row in rows
    )


def queue_for(settings: HallSettings, domain_id: str) -> QueueSettings:
    """The queue that takes items of this domain: one that names it, else the first without any."""
    for queue in settings.queues:
        if domain_id in queue.domains:
            return queue
    return next((queue for queue in settings.queues if not queue.domains), settings.queues[0])
