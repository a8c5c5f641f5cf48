"""Where samples go: a sound card through aplay, a pipe, a WAV file or a folder of them.

Nothing overlaps: a sound card, a pipe and a file are locked (flock, also between programs) while an
announcement plays. A folder needs no lock: each announcement is a file of its own.
"""

import contextlib
import fcntl
import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from drivers.errors import PeripheralError, Reason
from drivers.interfaces import Cancelled
from drivers.saying import saying
from drivers.sound.pcm import HEADER_BYTES, RATE, SAMPLE_BYTES, wav_header
from drivers.transports.claims import run_folder

LOOK_S = 0.02
TURN_LIMIT_S = 60.0  # the longest wait for another program that plays there
LONGEST_FILE_BYTES = 2**32 - 64 * 1024 * 1024  # what a WAV header can count
FOLDER_KEEPS = 1000  # announcements; older ones make room
CANCELLED = saying("cancelled")


class Sink(Protocol):
    """One place to play to."""

    def check(self) -> str:
        """Whether it is there: "" or a remark. Raises LOST or NO_DEVICE when it is gone."""

    def play(self, data: bytes, cancelled: Cancelled) -> None:
        """Play samples to their end; what was not played at CANCELLED is never heard.

        Raises LOST when it went away meanwhile, SILENT when it takes no samples, BUSY.
        """

    def close(self) -> None:
        """Give it back. Never raises; a second call does nothing."""


class FileSink:
    """One WAV file that grows by each announcement; made when it is not there."""

    def __init__(self, file: str) -> None:
        self._file = Path(file)
        if self._file.absolute().is_relative_to("/dev"):
            raise PeripheralError(
                Reason.BAD_OPTION,
                saying("{file} is no place for a recording", file=file),
                advice=saying("A sound card is named with the option device."),
                sent=False,
            )
        self.check()

    def check(self) -> str:
        """See `Sink.check`."""
        try:
            with self._opened() as (fd, size):
                _check_header(self._file, os.pread(fd, HEADER_BYTES, 0), size)
        except OSError as e:
            raise _not_there(str(self._file), e.strerror or "") from e
        return ""

    def play(self, data: bytes, cancelled: Cancelled) -> None:
        """See `Sink.play`: at once, without waiting for the time that it would take."""
        if cancelled():
            raise _cancelled()
        try:
            with self._opened() as (fd, _), turn(fd, cancelled):
                end = max(os.fstat(fd).st_size, HEADER_BYTES)
                whole = end - HEADER_BYTES + len(data)
                if whole > LONGEST_FILE_BYTES:
                    raise _full(str(self._file))
                _write_at(fd, data, end)
                _write_at(fd, wav_header(whole), 0)
        except OSError as e:
            raise _lost(str(self._file), e) from e

    def close(self) -> None:
        """See `Sink.close`."""

    @contextlib.contextmanager
    def _opened(self) -> Iterator[tuple[int, int]]:
        fd = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK, 0o644)
        try:
            yield fd, os.fstat(fd).st_size
        finally:
            os.close(fd)


class FolderSink:
    """A folder with one WAV file an announcement, named by its time; the newest 1,000 are kept."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)
        self.check()

    def check(self) -> str:
        """See `Sink.check`."""
        if not self._folder.is_dir() or not os.access(self._folder, os.W_OK):
            raise _not_there(str(self._folder), saying("no folder to write to"))
        return ""

    def play(self, data: bytes, cancelled: Cancelled) -> None:
        """See `Sink.play`: a file appears whole or not at all."""
        if cancelled():
            raise _cancelled()
        name = time.strftime("%Y%m%d-%H%M%S") + f"-{time.time_ns() % 1_000_000_000:09d}.wav"
        fresh = self._folder / f".{name}.part"
        try:
            fresh.write_bytes(wav_header(len(data)) + data)
            fresh.replace(self._folder / name)
            for old in sorted(self._folder.glob("2*-*-*.wav"))[:-FOLDER_KEEPS]:
                old.unlink(missing_ok=True)
        except OSError as e:
            with contextlib.suppress(OSError):
                fresh.unlink(missing_ok=True)
            raise _lost(str(self._folder), e) from e

    def close(self) -> None:
        """See `Sink.close`."""


@contextlib.contextmanager
def place_lock(name: str, cancelled: Cancelled) -> Iterator[None]:
    """Have the place `name` alone on this machine, waiting for one's turn.

    The lock file is where claims of ports are, so that services with a private /tmp share it.
    Raises CANCELLED, or BUSY after a minute. Where no lock file can be made there is none.
    """
    digest = hashlib.sha256(name.encode()).hexdigest()[:16]
    path = run_folder() / f"yukuai-hall-sound-{digest}.lock"
    try:
        fd = _lock_file(path)
    except OSError:
        yield
        return
    try:
        with turn(fd, cancelled):
            yield
    finally:
        os.close(fd)


def _lock_file(path: Path) -> int:
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK  # for a pipe put there
    try:
        return os.open(path, flags)  # another user's, too: creating would be refused there
    except FileNotFoundError:
        return os.open(path, flags | os.O_CREAT, 0o644)


@contextlib.contextmanager
def turn(fd: int, cancelled: Cancelled) -> Iterator[None]:
    """Have the open file alone among all who do so. Raises CANCELLED, or BUSY after a minute."""
    end = time.monotonic() + TURN_LIMIT_S
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if cancelled():
                raise _cancelled() from None
            if time.monotonic() > end:
                raise PeripheralError(
                    Reason.BUSY,
                    saying("another program plays there without end"),
                    advice=saying("Stop the other program, or name another device."),
                    sent=False,
                ) from None
        time.sleep(LOOK_S)
    try:
        yield
    finally:
        fcntl.flock(fd, fcntl.LOCK_UN)


def _check_header(file: Path, head: bytes, size: int) -> None:
    """An existing file must be one of ours: nothing else is ever written over."""
    ours = wav_header(0)
    same = head[:4] == ours[:4] and head[8:40] == ours[8:40]
    if size and (len(head) < HEADER_BYTES or not same):
        raise PeripheralError(
            Reason.BAD_OPTION,
            saying(
                "{file} is there and no recording of {rate} Hz, 16 bit, mono: it stays as it is",
                file=file,
                rate=RATE,
            ),
            advice=saying("Name another file."),
            sent=False,
        )


def _write_at(fd: int, data: bytes, at: int) -> None:
    rest = memoryview(data)
    while rest:
        count = os.pwrite(fd, rest, at)
        rest, at = rest[count:], at + count


def seconds_of(data: bytes) -> float:
    """How long these samples play."""
    return len(data) / (RATE * SAMPLE_BYTES)


def _cancelled() -> PeripheralError:
    return PeripheralError(Reason.CANCELLED, CANCELLED)


def _full(name: str) -> PeripheralError:
    advice = saying("Move it away: a new one begins.")
    full = saying("{name} is full", name=name)
    return PeripheralError(Reason.REJECTED, full, advice=advice, sent=False)


def _not_there(name: str, why: str) -> PeripheralError:
    return PeripheralError(
        Reason.NO_DEVICE,
        saying("cannot open {name}: {why}", name=name, why=why),
        advice=saying("Check the name, that its folder is there, and who may write to it."),
        sent=False,
    )


def _lost(name: str, error: OSError) -> PeripheralError:
    return PeripheralError(
        Reason.LOST,
        saying("lost {name}: {why}", name=name, why=error.strerror),
        advice=saying("Check that the folder is still there and the disk is not full."),
    )
