"""What a fuzz target is, and the list of them all. What must hold of each stands beside it.

A target's `run` takes bytes and returns; anything it raises is a finding. What a parser is allowed
to raise, it catches itself. The first byte of an input says into how small pieces the rest is cut:
a stream must give the same answers however its bytes arrive.
"""

from scripts.fuzz import cards, chips, displays, files, printers, scanners, servers, system
from scripts.fuzz.target import Target

TARGETS: tuple[Target, ...] = (
    *cards.TARGETS,
    *chips.TARGETS,
    *scanners.TARGETS,
    *printers.TARGETS,
    *servers.TARGETS,
    *displays.TARGETS,
    *files.TARGETS,
    *system.TARGETS,
)


def target(name: str) -> Target:
    """The target of that name. Raises ValueError."""
    for each in TARGETS:
        if each.name == name:
            return each
    raise ValueError(f"no target {name!r}; there are {', '.join(t.name for t in TARGETS)}")
