"""WAV files for the tests of sound, written and read by the standard library."""

import math
import struct
import wave
from pathlib import Path


def tone(
    file: Path, hertz: float, seconds: float = 0.2, rate: int = 22_050, channels: int = 1
) -> Path:
    """A sine at half of full amplitude."""
    file.parent.mkdir(parents=True, exist_ok=True)
    count = int(rate * seconds)
    values = [round(16_000 * math.sin(2 * math.pi * hertz * n / rate)) for n in range(count)]
    with wave.open(str(file), "wb") as opened:
        opened.setparams((channels, 2, rate, 0, "NONE", ""))
        opened.writeframes(b"".join(struct.pack("<h", value) * channels for value in values))
    return file


def samples_of(file: Path) -> tuple[int, ...]:
    """The samples of a file, which must be in the form that the driver promises."""
    with wave.open(str(file)) as opened:
        assert opened.getparams()[:3] == (1, 2, 22_050)
        data = opened.readframes(opened.getnframes())
        assert len(data) == 2 * opened.getnframes()  # the header counts right
    return struct.unpack(f"<{len(data) // 2}h", data)


def rms(values: tuple[int, ...]) -> float:
    return math.sqrt(sum(value * value for value in values) / len(values))


def never() -> bool:
    return False
