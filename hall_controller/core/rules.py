"""What the core needs to know of the settings, and nothing else of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True, slots=True)
class QueueRule:
    """One queue. `prefix` opens its numbers, `weight` is its share at windows serving several."""

    id: str
    name: str
    name_en: str
    prefix: str
    weight: int = 1


@dataclass(frozen=True, slots=True)
class WindowRule:
    """One window (窗口) and the queues it serves, in order of preference."""

    id: str
    name: str
    queues: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class HallRules:
    """One hall. `owns` are the site codes whose tickets this controller may issue."""

    site: str
    hall_name: str
    queues: tuple[QueueRule, ...]
    windows: tuple[WindowRule, ...]
    owns: frozenset[str]
    terminals: frozenset[str]  # ids that may speak
    item_names: Mapping[str, str] = field(default_factory=dict)  # service item id → name
    max_wait_ms: int = 45 * 60_000
    default_service_ms: int = 6 * 60_000
    undo_ms: int = 5_000
    notices: tuple[str, ...] = ()

    @cached_property
    def queue_by_id(self) -> Mapping[str, QueueRule]:
        """Queues by id."""
        return {queue.id: queue for queue in self.queues}

    @cached_property
    def window_by_id(self) -> Mapping[str, WindowRule]:
        """Windows by id."""
        return {window.id: window for window in self.windows}
