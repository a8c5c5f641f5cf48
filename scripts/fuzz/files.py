"""Files that come from elsewhere: sound of a voice or of clips."""

import contextlib

from drivers.errors import PeripheralError
from drivers.sound.pcm import from_wav, wav_header
from scripts.fuzz.target import Target


def wav(data: bytes) -> None:
    """A WAV file, as it is and behind a good header."""
    for file in (data, wav_header(len(data)) + data):
        with contextlib.suppress(PeripheralError):
            from_wav(file)


TARGETS = (Target("wav", wav, (wav_header(8) + bytes(8),), longest=2048),)
