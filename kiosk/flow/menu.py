"""The catalogue as this kiosk offers it: domains, their items, and where each one queues."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from kiosk.flow.visit import TILES_A_PAGE

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class MenuDomain:
    """One tile of `Screen.DOMAINS` (办事领域). It always has items."""

    id: str
    name: str
    name_en: str


@dataclass(frozen=True, slots=True)
class MenuItem:
    """One tile of `Screen.ITEMS`: a service item (事项) and its queue."""

    id: str
    name: str
    name_en: str
    domain_id: str
    queue_id: str


@dataclass(frozen=True, slots=True)
class Menu:
    """What may be chosen, in the order in which it is shown."""

    domains: tuple[MenuDomain, ...]
    items: tuple[MenuItem, ...]

    def domain(self, domain_id: str | None) -> MenuDomain | None:
        """The domain of that id, or None."""
        return next((domain for domain in self.domains if domain.id == domain_id), None)

    def item(self, item_id: str | None) -> MenuItem | None:
        """The item of that id, or None."""
        return next((item for item in self.items if item.id == item_id), None)

    def items_of(self, domain_id: str | None) -> tuple[MenuItem, ...]:
        """Items of one domain."""
        return tuple(item for item in self.items if item.domain_id == domain_id)


def page_of(entries: Sequence[T], page: int) -> Sequence[T]:
    """The entries that stand on `page` (from 0)."""
    return entries[page * TILES_A_PAGE : (page + 1) * TILES_A_PAGE]


def page_count(entries: Sequence[object]) -> int:
    """How many pages `entries` take; at least one."""
    return max(1, -(-len(entries) // TILES_A_PAGE))
