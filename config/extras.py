"""What a program says when it was installed without the extra that it needs."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

OURS = ("bus", "config", "drivers", "hall_controller", "kiosk")


@contextmanager
def needing(program: str, extra: str) -> Iterator[None]:
    """Around the whole program, its imports too: a missing library is one sentence, exit 1."""
    try:
        yield
    except ModuleNotFoundError as e:
        missing = (e.name or "").partition(".")[0]
        if missing in ("", *OURS):
            raise
        sys.exit(
            f"{program} needs the extra '{extra}': pip install 'yukuai-hall[{extra}]' "
            f"(there is no {missing})"
        )
