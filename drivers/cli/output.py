"""What goes to stdout: never cut, never a traceback when stdout cannot take it.

Values are folded where a column is narrow. JSON falls back to ASCII escapes where stdout has no
such characters; everything else to \\uXXXX, with one line on stderr.
"""

import codecs
import contextlib
import errno
import io
import json
import os
import sys
from collections.abc import Iterator
from typing import Any, TextIO

from rich.console import Console

FAILING = (errno.ENOSPC, errno.EPIPE, errno.EIO, errno.EBADF)
_escaped: list[str] = []  # characters that stdout had none for
_failed: list[str] = []  # why stdout took nothing


class Screen(Console):
    """A console on stdout whose `print` does not raise: `safe_stdout` tells."""

    def __init__(self, **how: Any) -> None:
        super().__init__(emoji=False, **how)  # `host:b:` is no picture

    def print(self, *objects: Any, **how: Any) -> None:
        """See rich."""
        try:
            super().print(*objects, **how)
        except OSError as e:
            _gave_up(e)

    def on_broken_pipe(self) -> None:
        """Called while the error is handled; rich itself would end the program."""
        raise  # noqa: PLE0704


def as_line(shown: Any, indent: int | None = None) -> str:
    """JSON for stdout: readable, or ASCII where its encoding demands it."""
    text = json.dumps(shown, ensure_ascii=False, indent=indent, default=str)
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return json.dumps(shown, indent=indent, default=str)
    return text


def tell(shown: Any, indent: int | None = None) -> None:
    """Print one JSON value, at once."""
    write(as_line(shown, indent))


def write(text: str) -> None:
    """Print a line, at once. Does not raise: `safe_stdout` tells."""
    try:
        print(text, flush=True)
    except (OSError, ValueError) as e:
        _gave_up(e)


def complain(text: str) -> None:
    """One line on stderr; nothing when nobody is there to read it, as at a lost terminal."""
    try:
        print(f"hall-devices: {text}", file=sys.stderr, flush=True)
    except (OSError, ValueError):
        _drain(sys.__stderr__)


def failed() -> bool:
    """Whether nobody gets what is printed: time to end what would go on without end."""
    return bool(_failed)


@contextlib.contextmanager
def safe_stdout() -> Iterator[None]:
    """Around the whole program: stdout that fails is one line on stderr and exit status 1.

    A worse exit status stays. Nothing is said of a reader that has enough, as `head -1`.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        codecs.register_error("hall.escaped", _escape)
        sys.stdout.reconfigure(errors="hall.escaped")
    status: Any = 0
    try:
        yield
    except SystemExit as e:
        status = e.code
    except OSError as e:  # of somebody else's print, as that of the help
        if e.errno not in FAILING or e.filename is not None:
            raise
        _gave_up(e)
    _flush()
    if _failed:
        if _failed[0] != os.strerror(errno.EPIPE):
            complain(f"cannot write to stdout: {_failed[0]}")
        status = status or 1
    elif _escaped:
        complain("stdout cannot show all characters: set PYTHONIOENCODING=utf-8 or a UTF-8 locale")
    raise SystemExit(status)


def _escape(error: UnicodeError) -> tuple[str | bytes, int]:
    if isinstance(error, UnicodeEncodeError):
        _escaped.append(error.object[error.start])
    return codecs.backslashreplace_errors(error)


def _flush() -> None:
    if sys.__stdout__ is not None:
        try:
            sys.__stdout__.flush()
        except (OSError, ValueError) as e:
            _gave_up(e)


def _gave_up(error: OSError | ValueError) -> None:
    """From now on stdout takes anything: what is left in its buffer must not fail once more."""
    _failed.append(getattr(error, "strerror", None) or str(error))
    _drain(sys.__stdout__)


def _drain(stream: TextIO | None) -> None:
    """Let it take anything from now on."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())  # type: ignore[union-attr]
        os.close(nowhere)
