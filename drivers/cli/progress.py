"""A line that moves while something is done: at a terminal only, never with --json or in a pipe."""

import contextlib
import sys
from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


@contextlib.contextmanager
def working(words: str, as_json: bool) -> Iterator[None]:
    """Show `words` and the time that passes, on stderr, until the block ends."""
    console = Console(stderr=True, emoji=False)
    if as_json or not (console.is_terminal and sys.stdout.isatty()):
        yield
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    bar = Progress(*columns, console=console, transient=True, redirect_stdout=False)
    bar.add_task(escape(words), total=None)
    bar.start()
    try:
        yield
    finally:
        with contextlib.suppress(OSError):  # a terminal that is gone
            bar.stop()
