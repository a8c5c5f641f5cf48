"""Places that play in real time: a sound card through aplay, and a pipe to another program."""

import contextlib
import errno
import fcntl
import os
import select
import stat
import struct
import subprocess
import tempfile
import termios
import time
from pathlib import Path
from typing import IO

from drivers.errors import PeripheralError, Reason
from drivers.interfaces import Cancelled
from drivers.sound.pcm import RATE, SAMPLE_BYTES, silence, to_bytes, wav_header
from drivers.sound.sinks import place_lock, seconds_of
from drivers.transports.claims import device_key

PROGRAM = "aplay"
LOOK_S = 0.05
PATIENCE_S = 5.0  # beyond the time that the sound takes
STALLED_S = 2.0
PROBE_S = 0.02
BYTES_A_SECOND = RATE * SAMPLE_BYTES
CHUNK_BYTES = BYTES_A_SECOND // 40  # 25 ms
AHEAD_S = 0.06  # a pipe is filled no further, so that a cancelled call falls silent
READER_S = 5.0  # the longest wait for a reader: one that begins anew after each call is soon back
AFTER_END_S = 1.0  # aplay reads the end up to half a second late, as its buffer empties
PIPE_BYTES = 8192  # small, so that a reader which has stopped is noticed
ASOUND = Path("/proc/asound")
ADVICE = "Check the sound card, its cable and the option device (aplay -L lists the names)."


class AlsaSink:
    """A sound card by its ALSA name, played to by one aplay an announcement.

    Opening plays 20 ms of silence: only that tells whether the name can be played to. Later checks
    do so again only when a card came or went.
    """

    def __init__(self, device: str, asound: Path = ASOUND) -> None:
        self._device = device
        self._asound = asound
        self._cards: frozenset[str] = frozenset()
        self._probe()

    def check(self) -> str:
        """See `Sink.check`."""
        if _cards(self._asound) != self._cards:
            self._probe()
        return ""

    def play(self, data: bytes, cancelled: Cancelled) -> None:
        """See `Sink.play`."""
        with self._lock(cancelled):
            self._play(data, cancelled)

    def close(self) -> None:
        """See `Sink.close`: aplay ended with its announcement."""

    def _lock(self, cancelled: Cancelled) -> contextlib.AbstractContextManager[None]:
        return place_lock(f"alsa {self._device}", cancelled)

    def _probe(self) -> None:
        cards = _cards(self._asound)
        try:
            with self._lock(lambda: True):  # whoever plays there is not waited for
                self._play(to_bytes(silence(PROBE_S)), lambda: False)
        except PeripheralError as e:
            if e.reason in (Reason.BUSY, Reason.CANCELLED):
                return  # another program plays: it is there
            raise PeripheralError(Reason.NO_DEVICE, e.detail, advice=e.advice, sent=False) from e
        self._cards = cards

    def _play(self, data: bytes, cancelled: Cancelled) -> None:
        end = time.monotonic() + seconds_of(data) + PATIENCE_S
        rest = memoryview(data)
        with tempfile.TemporaryFile() as errors:
            child = self._start(errors)
            assert child.stdin is not None
            os.set_blocking(child.stdin.fileno(), False)
            try:
                while child.poll() is None:
                    if cancelled():
                        raise PeripheralError(Reason.CANCELLED, "cancelled")
                    if time.monotonic() > end:
                        raise PeripheralError(
                            Reason.SILENT, f"{self._device} takes no sound", advice=ADVICE
                        )
                    rest = _give(child, rest)
            finally:
                child.kill()  # an aplay that ended by itself is past caring
                child.stdin.close()
                child.wait()
            errors.seek(0)
            said = errors.read(4096).decode(errors="replace")
        if child.returncode != 0 or rest:
            raise self._failed(said, began=len(rest) < len(data))

    def _start(self, errors: IO[bytes]) -> "subprocess.Popen[bytes]":
        form = ["-t", "raw", "-f", "S16_LE", "-r", str(RATE), "-c", "1"]
        try:
            return subprocess.Popen(
                [PROGRAM, "-q", "-D", self._device, *form],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                bufsize=0,
                env={**os.environ, "LC_ALL": "C"},
            )
        except OSError:
            raise PeripheralError(
                Reason.NO_DEVICE,
                f"{PROGRAM} is not installed: apt-get install alsa-utils",
                advice="Install the sound tools: apt-get install alsa-utils.",
                sent=False,
            ) from None

    def _failed(self, said: str, began: bool) -> PeripheralError:
        why = next((line for line in said.splitlines() if line.startswith(PROGRAM)), "aplay ended")
        if "busy" in why:
            return PeripheralError(
                Reason.BUSY,
                f"{self._device} is in use by another program",
                advice="Stop the other program, or use a device that mixes, e.g. default.",
                sent=False,
            )
        return PeripheralError(
            Reason.LOST, f"lost {self._device}: {why[:200]}", advice=ADVICE, sent=began
        )


class PipeSink:
    """A named pipe (mkfifo) that another program reads: each call is opened, a WAV, and closed.

    The end of the file ends a call, also a cancelled one, which is shorter than its header says; so
    nothing holds the pipe open between calls, and a second passes before it is opened again: time
    for its reader to see the end. Whether anybody reads is therefore known from a call only.
    Samples are written as time passes, a tenth of a second ahead.
    """

    def __init__(self, pipe: str) -> None:
        self._name = pipe
        self._fd = -1
        self._remark = ""
        self._look(Reason.NO_DEVICE)

    def check(self) -> str:
        """See `Sink.check`. Opens the pipe only to see whether what ailed the last call is over."""
        self._look(Reason.LOST)
        if self._remark:
            with contextlib.suppress(PeripheralError), self._lock(lambda: True):
                self._open()
                self.close()
        return self._remark

    def play(self, data: bytes, cancelled: Cancelled) -> None:
        """See `Sink.play`."""
        self._look(Reason.LOST)
        with self._lock(cancelled):
            self._wait_for_reader(cancelled)
            try:
                self._play(wav_header(len(data)) + data, cancelled)
            finally:
                self.close()

    def close(self) -> None:
        """See `Sink.close`."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)

    def _lock(self, cancelled: Cancelled) -> contextlib.AbstractContextManager[None]:
        return place_lock(device_key(self._name) or self._name, cancelled)

    def _look(self, reason: Reason) -> None:
        """Raises `reason` when it is not there, not ours to write to, or no pipe."""
        try:
            found = os.stat(self._name)
        except OSError as e:
            raise self._gone(reason, os.strerror(e.errno or 0)) from e
        if not stat.S_ISFIFO(found.st_mode):
            raise self._gone(reason, "not a named pipe")
        if not os.access(self._name, os.W_OK):
            raise self._gone(reason, os.strerror(errno.EACCES))

    def _wait_for_reader(self, cancelled: Cancelled) -> None:
        end = time.monotonic() + READER_S
        while not self._open():
            if cancelled():
                raise PeripheralError(Reason.CANCELLED, "cancelled", sent=False)
            if time.monotonic() > end:
                advice = "Start the program that reads the pipe, and check its name."
                raise PeripheralError(Reason.SILENT, self._remark, advice=advice, sent=False)
            time.sleep(LOOK_S / 2)

    def _open(self) -> bool:
        """Open it when a reader is there who has read all so far; `_remark` says why not."""
        try:
            written_ago_s = time.time() - os.stat(self._name).st_mtime
            if 0 <= written_ago_s < AFTER_END_S:  # also by another program
                return False
            self._fd = os.open(self._name, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as e:
            if e.errno != errno.ENXIO:
                raise self._gone(Reason.LOST, os.strerror(e.errno or 0)) from e
            self._remark = f"no program reads {self._name}"
            return False
        if self._unread():
            self.close()
            self._remark = f"what reads {self._name} has stopped"
            return False
        with contextlib.suppress(OSError):
            fcntl.fcntl(self._fd, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        self._remark = ""
        return True

    def _play(self, data: bytes, cancelled: Cancelled) -> None:
        begun = time.monotonic()
        end = begun + seconds_of(data) + PATIENCE_S
        rest, written = memoryview(data), 0
        taken, moved_at = 0, begun
        while True:
            if cancelled():
                raise PeripheralError(Reason.CANCELLED, "cancelled")
            played = time.monotonic() - begun
            if not rest and played >= seconds_of(data) and not self._unread():
                return
            if written - self._unread() > taken:
                taken, moved_at = written - self._unread(), time.monotonic()
            if time.monotonic() > min(end, moved_at + STALLED_S):
                self._remark = f"what reads {self._name} has stopped"
                raise PeripheralError(
                    Reason.SILENT,
                    f"{self._name} took {taken} of {len(data)} bytes in time",
                    advice="Check the program that reads the pipe.",
                    sent=written > 0,
                )
            if rest and written / BYTES_A_SECOND < played + AHEAD_S:
                count = self._write(rest[:CHUNK_BYTES])
                rest, written = rest[count:], written + count
            else:
                time.sleep(LOOK_S / 2)

    def _write(self, piece: memoryview) -> int:
        if not select.select([], [self._fd], [], LOOK_S)[1]:
            return 0
        try:
            return os.write(self._fd, piece)
        except BlockingIOError:
            time.sleep(0.01)  # some room, but not for a whole piece
            return 0
        except OSError as e:
            raise self._gone(Reason.LOST, "its reader is gone") from e

    def _unread(self) -> int:
        """Bytes in the pipe."""
        count: int = struct.unpack("i", fcntl.ioctl(self._fd, termios.FIONREAD, b"\0\0\0\0"))[0]
        return count

    def _gone(self, reason: Reason, why: str) -> PeripheralError:
        lost = reason is Reason.LOST
        return PeripheralError(
            reason,
            f"{'lost' if lost else 'cannot open'} {self._name}: {why}",
            advice="Start the program that reads the pipe, and check its name.",
            sent=lost,
        )


def _give(child: "subprocess.Popen[bytes]", rest: memoryview) -> memoryview:
    """Hand over what aplay takes within 50 ms; when all is, close, so that it plays to the end."""
    assert child.stdin is not None
    if child.stdin.closed:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(LOOK_S)
        return rest
    if not rest:
        child.stdin.close()
        return rest
    if select.select([], [child.stdin], [], LOOK_S)[1]:
        try:
            return rest[os.write(child.stdin.fileno(), rest) :]
        except BlockingIOError:
            return rest
        except BrokenPipeError:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(LOOK_S)
    return rest


def _cards(asound: Path) -> frozenset[str]:
    """The sound cards that the kernel has, by number and name."""
    try:
        return frozenset(entry.name for entry in asound.iterdir())
    except OSError:
        return frozenset()
