"""Samples: 22.05 kHz, 16 bit, mono throughout; reading WAV files, loudness, silence."""

import array
import struct
import sys
from typing import TypeAlias

from drivers.errors import PeripheralError, Reason
from drivers.saying import saying

RATE = 22_050
SAMPLE_BYTES = 2
HEADER_BYTES = 44
LONGEST_WAV_BYTES = 20 * 1024 * 1024
FORMAT_PCM, FORMAT_EXTENSIBLE = 1, 0xFFFE
SILENT_BELOW = 200  # of 32,767: what a speech program leaves at both ends
MARGIN = RATE // 50  # kept of it, so that no consonant is cut

Samples: TypeAlias = "array.array[int]"  # of type "h"


def silence(seconds: float) -> Samples:
    """That long a pause."""
    return array.array("h", bytes(SAMPLE_BYTES * int(RATE * seconds)))


def louder(samples: Samples, percent: int) -> Samples:
    """At `percent` (0 to 100) of the amplitude."""
    return array.array("h", [value * percent // 100 for value in samples])


def trimmed(samples: Samples) -> Samples:
    """Without the silence before and after, but for 20 ms."""
    loud = [at for at, value in enumerate(samples) if abs(value) > SILENT_BELOW]
    if not loud:
        return array.array("h")
    return samples[max(0, loud[0] - MARGIN) : loud[-1] + MARGIN]


def to_bytes(samples: Samples) -> bytes:
    """Little endian, as in a WAV file."""
    if sys.byteorder == "big":
        samples = array.array("h", samples)
        samples.byteswap()
    return samples.tobytes()


def wav_header(data_bytes: int) -> bytes:
    """The 44 bytes before `data_bytes` of samples (RIFF, WAVE, fmt, data; Microsoft PCM)."""
    riff = struct.pack("<4sI4s", b"RIFF", 36 + data_bytes, b"WAVE")
    rate = struct.pack("<II", RATE, RATE * SAMPLE_BYTES)
    form = struct.pack("<4sIHH", b"fmt ", 16, FORMAT_PCM, 1) + rate + struct.pack("<HH", 2, 16)
    return riff + form + struct.pack("<4sI", b"data", data_bytes)


def from_wav(data: bytes) -> Samples:
    """Samples of a WAV file: PCM, 16 bit, one or two channels, 8 to 48 kHz. Raises GARBLED.

    The lengths that a program writes into a pipe are too large (it cannot know them): the data
    then goes to the end.
    """
    channels = rate = bits = 0
    for name, chunk in _chunks(data):
        if name == b"fmt " and len(chunk) >= 16:
            code, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", chunk)
            if code not in (FORMAT_PCM, FORMAT_EXTENSIBLE):
                raise _unusable(saying("format {code}", code=code))
        if name == b"data":
            if bits != 16 or channels not in (1, 2) or not 8_000 <= rate <= 48_000:
                raise _unusable(
                    saying(
                        "{channels} channels of {bits} bit at {rate} Hz",
                        channels=channels,
                        bits=bits,
                        rate=rate,
                    )
                )
            return _resampled(_mono(chunk, channels), rate)
    raise _unusable(saying("no samples"))


def _chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    if len(data) < 12 or data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise _unusable(saying("no WAV file"))
    if len(data) > LONGEST_WAV_BYTES:
        raise _unusable(saying("too long"))
    chunks, at = [], 12
    while at + 8 <= len(data):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        chunks.append((name, data[at + 8 : at + 8 + size]))
        at += 8 + size + size % 2
    return chunks


def _mono(chunk: bytes, channels: int) -> Samples:
    frame = SAMPLE_BYTES * channels
    samples = array.array("h", chunk[: len(chunk) // frame * frame])
    if sys.byteorder == "big":
        samples.byteswap()
    if channels == 1:
        return samples
    pairs = zip(samples[::2], samples[1::2], strict=True)
    return array.array("h", [(left + right) // 2 for left, right in pairs])


def _resampled(samples: Samples, rate: int) -> Samples:
    """On our rate, by the straight line between neighbours: enough for speech."""
    if rate == RATE or not samples:
        return samples
    last, out = len(samples) - 1, array.array("h")
    for index in range(len(samples) * RATE // rate):
        at, part = divmod(index * rate, RATE)
        here, there = samples[min(at, last)], samples[min(at + 1, last)]
        out.append(here + (there - here) * part // RATE)
    return out


def _unusable(what: str) -> PeripheralError:
    return PeripheralError(
        Reason.GARBLED,
        saying("not a sound that can be played: {what}", what=what),
        advice=saying("Save the clip as WAV: PCM, 16 bit, mono, 22050 Hz."),
        sent=False,
    )
