"""A named pipe to another program, filled as time passes."""

import contextlib
import errno
import fcntl
import os
import select
import stat
import struct
import termios
import time

from drivers.errors import PeripheralError, Reason
from drivers.interfaces import Cancelled
from drivers.saying import saying
from drivers.sound.pcm import RATE, SAMPLE_BYTES, wav_header
from drivers.sound.sinks import CANCELLED, place_lock, seconds_of
from drivers.transports.claims import device_key

LOOK_S = 0.05
PATIENCE_S = 5.0  # beyond the time that the sound takes
STALLED_S = 2.0
BYTES_A_SECOND = RATE * SAMPLE_BYTES
CHUNK_BYTES = BYTES_A_SECOND // 40  # 25 ms
AHEAD_S = 0.06  # a pipe is filled no further, so that a cancelled call falls silent
READER_S = 5.0  # the longest wait for a reader: one that begins anew after each call is soon back
AFTER_END_S = 1.0  # aplay reads the end up to half a second late, as its buffer empties
PIPE_BYTES = 8192  # small, so that a reader which has stopped is noticed
ADVICE = saying("Start the program that reads the pipe, and check its name.")


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
            raise self._gone(reason, saying("not a named pipe"))
        if not os.access(self._name, os.W_OK):
            raise self._gone(reason, os.strerror(errno.EACCES))

    def _wait_for_reader(self, cancelled: Cancelled) -> None:
        end = time.monotonic() + READER_S
        while not self._open():
            if cancelled():
                raise PeripheralError(Reason.CANCELLED, CANCELLED, sent=False)
            if time.monotonic() > end:
                raise PeripheralError(Reason.SILENT, self._remark, advice=ADVICE, sent=False)
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
            self._remark = saying("no program reads {pipe}", pipe=self._name)
            return False
        if self._unread():
            self.close()
            self._remark = self._stopped()
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
                raise PeripheralError(Reason.CANCELLED, CANCELLED)
            played = time.monotonic() - begun
            if not rest and played >= seconds_of(data) and not self._unread():
                return
            if written - self._unread() > taken:
                taken, moved_at = written - self._unread(), time.monotonic()
            if time.monotonic() > min(end, moved_at + STALLED_S):
                self._remark = self._stopped()
                raise PeripheralError(
                    Reason.SILENT,
                    saying(
                        "{name} took {count} of {whole} bytes in time",
                        name=self._name,
                        count=taken,
                        whole=len(data),
                    ),
                    advice=saying("Check the program that reads the pipe."),
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
            raise self._gone(Reason.LOST, saying("its reader is gone")) from e

    def _unread(self) -> int:
        """Bytes in the pipe."""
        count: int = struct.unpack("i", fcntl.ioctl(self._fd, termios.FIONREAD, b"\0\0\0\0"))[0]
        return count

    def _gone(self, reason: Reason, why: str) -> PeripheralError:
        lost = reason is Reason.LOST
        detail = saying("cannot open {name}: {why}", name=self._name, why=why)
        if lost:
            detail = saying("lost {name}: {why}", name=self._name, why=why)
        return PeripheralError(reason, detail, advice=ADVICE, sent=lost)

    def _stopped(self) -> str:
        return saying("what reads {pipe} has stopped", pipe=self._name)
