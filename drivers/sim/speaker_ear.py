"""What a listener makes of the bytes that were played: announcements, loudness, notes, overlaps.

Knows the WAV form and the tempered scale (A4 = 440 Hz) by itself; nothing of it is the driver's.
"""

import math
import struct
import time
from dataclasses import dataclass, field
from typing import Any

HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")  # RIFF, WAVE, fmt, data
KEPT = 100  # announcements
LONGEST_BYTES = 8 * 1024 * 1024
WINDOW_S = 0.1
TONE_SHARE = 0.7  # of a window's energy, for it to be a note and not a voice
QUIET_RMS = 100
UNCLEAR_WINDOWS = 2
NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
LOWEST, HIGHEST = 60, 90  # C4 to F#6, as MIDI numbers


@dataclass
class Heard:
    """One announcement. `begun` and `ended` are `time.monotonic()`; `cut`: it was not finished."""

    rate: int
    expected_bytes: int
    begun: float = field(default_factory=time.monotonic)
    ended: float = 0.0
    cut: bool = False
    data: bytearray = field(default_factory=bytearray)

    @property
    def values(self) -> tuple[int, ...]:
        """The samples."""
        count = len(self.data) // 2
        return struct.unpack(f"<{count}h", self.data[: 2 * count])

    @property
    def duration_s(self) -> float:
        """How long it plays."""
        return len(self.data) / 2 / self.rate

    @property
    def rms(self) -> float:
        """Its mean loudness, of 32,767."""
        return _rms(self.values)

    @property
    def peak(self) -> int:
        """Its loudest sample."""
        return max((abs(value) for value in self.values), default=0)

    def notes(self) -> list[str]:
        """The notes that it begins with, before anybody speaks: `["E5", "C5"]`."""
        size, values = int(self.rate * WINDOW_S), self.values
        found: list[str] = []
        unclear = 0  # windows in a row: between two bells there is one
        for at in range(0, len(values) - size, size):
            window = values[at : at + size]
            if _rms(window) < QUIET_RMS:
                continue
            note = _note(window, self.rate)
            unclear = 0 if note else unclear + 1
            if unclear > UNCLEAR_WINDOWS:
                break
            if note and note not in found[-1:]:
                found.append(note)
        return found

    def told(self) -> dict[str, Any]:
        """In numbers, for a control line or a page."""
        return {
            "seconds": round(self.duration_s, 2),
            "rms": round(self.rms),
            "peak": self.peak,
            "notes": self.notes(),
            "cut": self.cut,
        }


class Ear:
    """Takes apart sessions, from the opening of a pipe to its end: one WAV header, then samples.

    The end alone ends an announcement; before the promised length it was cut. `stray` counts bytes
    that belong to none: without a header before them, or beyond the promised length, as of two
    programs that play at once.
    """

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.stray = 0
        self._buffer = bytearray()  # of a header
        self._current: Heard | None = None
        self._left = 0
        self._noise = False  # the session did not begin with a header

    def feed(self, data: bytes) -> None:
        """More bytes arrived."""
        if self._current is None and not self._noise:
            self._buffer += data
            if len(self._buffer) < HEADER.size:
                return
            data = bytes(self._buffer)
            self._buffer.clear()
            data = data[self._begin(data) :]
        if self._current is not None:
            self._current.data += data[: self._left]
            del self._current.data[:-LONGEST_BYTES]
        self.stray += max(0, len(data) - self._left)
        self._left = max(0, self._left - len(data))

    def end(self) -> None:
        """The pipe was closed by who played: what comes next begins anew."""
        if self._current is not None:
            self._current.cut = self._left > 0
            self._current.ended = time.monotonic()
        self.stray += len(self._buffer)
        self._buffer.clear()
        self._current, self._left, self._noise = None, 0, False

    def _begin(self, data: bytes) -> int:
        """Read the header; how many bytes it has, none when it is no header."""
        fields = HEADER.unpack_from(data)
        rate, size = fields[7], fields[12]
        form = (b"RIFF", 36 + size, b"WAVE", b"fmt ", 16, 1, 1, rate, 2 * rate, 2, 16, b"data")
        if fields[:12] != form or not 8_000 <= rate <= 48_000:
            self._noise = True
            return 0
        self._current, self._left = Heard(rate, size), size
        self.heard = [*self.heard, self._current][-KEPT:]
        return HEADER.size


def _note(window: tuple[int, ...], rate: int) -> str:
    """The note that the window is, or nothing when it is none."""
    energy = sum(value * value for value in window)
    shares = {
        number: _share(window, 440 * 2 ** ((number - 69) / 12), rate, energy)
        for number in range(LOWEST, HIGHEST + 1)
    }
    best = max(shares, key=lambda number: shares[number])
    return f"{NAMES[best % 12]}{best // 12 - 1}" if shares[best] >= TONE_SHARE else ""


def _share(window: tuple[int, ...], hertz: float, rate: int, energy: int) -> float:
    """How much of the energy lies at that frequency (Goertzel)."""
    turn = 2 * math.cos(2 * math.pi * hertz / rate)
    before = last = 0.0
    for value in window:
        before, last = last, value + turn * last - before
    power = last * last + before * before - turn * last * before
    return 2 * power / (len(window) * energy)


def _rms(values: tuple[int, ...]) -> float:
    return math.sqrt(sum(value * value for value in values) / len(values)) if values else 0.0
