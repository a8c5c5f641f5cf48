"""One row of the benchmark table, and the arithmetic behind it."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

BINDING = frozenset({"bus_ingest_ratio", "kiosk_start_ratio", "id_read_ratio"})
GENERATOR_FULL = 0.9  # CPU seconds a second: from here on the load generator may be what is slow


@dataclass(frozen=True, slots=True)
class Row:
    """A figure. `value` is None when it could not be measured; `note` then says why.

    `baseline` is the other side's figure in the same unit, `ratio` ours to it; `aim` is what
    `value` is held against. `ok`: whether it was measured soundly and met its aim, if it has one.
    """

    name: str
    value: float | None
    unit: str
    baseline: float | None = None
    ratio: float | None = None
    aim: float | None = None
    ok: bool = True
    note: str = ""

    @property
    def binds(self) -> bool:
        """Whether a miss fails the run: ratios bind, absolute figures depend on the machine."""
        return self.name in BINDING

    @property
    def fails(self) -> bool:
        """Whether the run must end with status 1 because of this row."""
        return self.value is None or (self.binds and not self.ok)

    def as_json(self) -> dict[str, Any]:
        """The row as `build/bench.json` has it."""
        fields = asdict(self)
        del fields["note"]
        return {key: _rounded(field) for key, field in fields.items()}


def unmeasured(name: str, why: str) -> Row:
    """The row of something that could not be measured; of `why` the last line, which says most."""
    return Row(name, None, "", ok=False, note=why.strip().rpartition("\n")[2])


def at_least(name: str, value: float, unit: str, aim: float, **more: Any) -> Row:
    """A row that wants `value` at `aim` or above. `sound=False`: it is not ok whatever it says."""
    sound = more.pop("sound", True)
    return Row(name, value, unit, aim=aim, ok=bool(sound and value >= aim), **more)


def at_most(name: str, value: float, unit: str, aim: float, **more: Any) -> Row:
    """A row that wants `value` at `aim` or below. `sound=False`: it is not ok whatever it says."""
    sound = more.pop("sound", True)
    return Row(name, value, unit, aim=aim, ok=bool(sound and value <= aim), **more)


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest of `values` that at least `percent` of them do not exceed (nearest rank)."""
    if not values:
        raise ValueError("no values, no percentile")
    rank = max(1, math.ceil(len(values) * percent / 100))
    return sorted(values)[rank - 1]


def median(values: Sequence[float]) -> float:
    """The middle one; the mean of the middle two."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no values, no median")
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def spread(values: Sequence[float]) -> str:
    """Median, p99 and largest, for a note."""
    middle, high, top = median(values), percentile(values, 99), max(values)
    return f"n={len(values)}, median {middle:.1f}, p99 {high:.1f}, max {top:.1f}"


def _rounded(field: Any) -> Any:
    return round(field, 3) if isinstance(field, float) else field
