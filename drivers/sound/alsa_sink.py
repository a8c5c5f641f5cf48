"""A sound card, played to in real time through aplay."""

import contextlib
import os
import select
import subprocess
import tempfile
import time
from pathlib import Path
from typing import IO

from drivers.errors import PeripheralError, Reason
from drivers.interfaces import Cancelled
from drivers.saying import saying
from drivers.sound.pcm import RATE, silence, to_bytes
from drivers.sound.sinks import CANCELLED, place_lock, seconds_of

PROGRAM = "aplay"
LOOK_S = 0.05
PATIENCE_S = 5.0  # beyond the time that the sound takes
PROBE_S = 0.02
NOT_OPENED = "open error"  # in what aplay says
ASOUND = Path("/proc/asound")
ADVICE = saying("Check the sound card, its cable and the option device (aplay -L lists the names).")


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
                        raise PeripheralError(Reason.CANCELLED, CANCELLED)
                    if time.monotonic() > end:
                        stuck = saying("{device} takes no sound", device=self._device)
                        raise PeripheralError(Reason.SILENT, stuck, advice=ADVICE)
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
                saying("{program} is not installed: apt-get install alsa-utils", program=PROGRAM),
                advice=saying("Install the sound tools: apt-get install alsa-utils."),
                sent=False,
            ) from None

    def _failed(self, said: str, began: bool) -> PeripheralError:
        why = next((line for line in said.splitlines() if line.startswith(PROGRAM)), "")
        if "busy" in why:
            return PeripheralError(
                Reason.BUSY,
                saying("{device} is in use by another program", device=self._device),
                advice=saying("Stop the other program, or use a device that mixes, e.g. default."),
                sent=False,
            )
        why = why[:200] or saying("aplay ended")
        detail = saying("lost {name}: {why}", name=self._device, why=why)
        if NOT_OPENED in why:  # aplay's pipe has taken samples by then, the card none
            detail = saying("cannot open {name}: {why}", name=self._device, why=why)
            began = False
        return PeripheralError(Reason.LOST, detail, advice=ADVICE, sent=began)


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
