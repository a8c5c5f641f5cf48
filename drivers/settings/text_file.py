"""Text files that people name: read whole, but never without end and never without a limit."""

import os
import select
import stat
import sys
from pathlib import Path

from drivers.errors import PeripheralError, Reason
from drivers.saying import saying

NOBODY_S = 2.0  # for somebody to write to a pipe
SILENCE_S = 10.0  # of a pipe that somebody holds and writes nothing to
STDIN = Path("stdin")  # how it is called
MARK = "\ufeff"  # what editors on Windows put in front


def text_of(file: Path, limit: int) -> str:
    """What stands in `file`, a regular file or a pipe, without the mark in front.

    Raises BAD_OPTION for more than `limit` bytes, for what is no UTF-8, no file, a device, and for
    a pipe that nobody writes to.
    """
    try:
        is_pipe = _is_pipe(file)
        fd = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            data = _piped(fd, file, limit) if is_pipe else _read(fd, limit)
        finally:
            os.close(fd)
    except (OSError, ValueError) as e:  # ValueError: a NUL in the name
        why = getattr(e, "strerror", None) or str(e)
        raise _wrong(saying("cannot read {file}: {why}", file=file, why=why)) from e
    return _text(_within(data, file, limit), file)


def text_of_stdin(limit: int) -> str:
    """What comes on stdin to its end; whoever sits at a terminal is waited for. See `text_of`."""
    data = sys.stdin.buffer.read(limit + 1)
    return _text(_within(data, STDIN, limit), STDIN)


def _is_pipe(file: Path) -> bool:
    """Whether it is a pipe, not a file. Raises OSError, and BAD_OPTION for what is neither."""
    mode = file.stat().st_mode
    if stat.S_ISDIR(mode):
        raise _wrong(saying("cannot read {file}: it is a folder", file=file))
    if not stat.S_ISREG(mode) and not stat.S_ISFIFO(mode):
        raise _wrong(saying("cannot read {file}: it is a device, name a file", file=file))
    return stat.S_ISFIFO(mode)


def _read(fd: int, limit: int) -> bytes:
    data = bytearray()
    while len(data) <= limit and (piece := os.read(fd, limit + 1 - len(data))):
        data += piece
    return bytes(data)


def _piped(fd: int, file: Path, limit: int) -> bytes:
    """All until its writer ends it. Raises BAD_OPTION when nobody writes."""
    data, wait_s = bytearray(), NOBODY_S
    while len(data) <= limit:
        try:
            piece = os.read(fd, limit + 1 - len(data))
        except BlockingIOError:
            piece, wait_s = None, SILENCE_S
        if piece == b"" and (data or not wait_s):
            break
        if piece:
            data += piece
        elif not select.select([fd], [], [], wait_s)[0]:
            raise _wrong(saying("cannot read {file}: nobody writes to this pipe", file=file))
        elif piece == b"":
            wait_s = 0.0  # a writer that came and left
    return bytes(data)


def _within(data: bytes, file: Path, limit: int) -> bytes:
    if len(data) > limit:
        much = f"{limit >> 20} MiB"
        raise _wrong(saying("{file} holds more than {much}: is it the right file?",
                            file=file, much=much))  # fmt: skip
    return data


def _text(data: bytes, file: Path) -> str:
    try:
        return data.decode("utf-8").removeprefix(MARK)
    except UnicodeDecodeError as e:
        raise _wrong(saying("{file} is not UTF-8; save it as UTF-8", file=file)) from e


def _wrong(detail: str) -> PeripheralError:
    return PeripheralError(Reason.BAD_OPTION, detail, sent=False)
