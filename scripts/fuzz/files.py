"""Files and listings that come from elsewhere: sounds, names of voices, recordings."""

import re
from itertools import pairwise
from pathlib import Path

from drivers.capture.format import read_capture, write_capture
from drivers.capture.playback import wire_of
from drivers.errors import Reason
from drivers.sound.pcm import RATE, from_wav, to_bytes, wav_header
from drivers.sound.voices import voice_names
from scripts.fuzz.target import Target, folder, refusing

VOICES = b"""Pty Language       Age/Gender VoiceName          File                 Other Languages
 5  cmn             --/M      Chinese_(Mandarin,_latin_as_English) sit/cmn              (zh-cmn 5)(zh 5)
 5  cmn-latn-pinyin --/M      Chinese_(Mandarin,_latin_as_Pinyin) sit/cmn-Latn-pinyin  (zh-cmn 5)(zh 5)
"""  # noqa: E501 - as the program prints it
HEADER = (
    b'{"format": "yukuai-hall-capture", "version": 1, "driver": "sdt_reader", "masked": true}\n'
)
RECORDING = HEADER + b'{"ms": 3, "dir": "out", "hex": "aaaaaa96690003 11ff ed"}\n'
LATER_FIRST = RECORDING + b'{"ms": 2, "dir": "in", "hex": "00"}\n'
ODD_SPACE = HEADER.replace(b"}", b', "options": {"port": "\\u2028\\u0085"}}')
SLOWEST_RATE = 8000


def wav(data: bytes) -> None:
    """A WAV file, as it is and behind a good header, where its samples are what follows."""
    with refusing(Reason.GARBLED):
        assert len(from_wav(data)) * SLOWEST_RATE <= len(data) * RATE
    whole = data[: len(data) // 2 * 2]
    assert to_bytes(from_wav(wav_header(len(data)) + data)) == whole


def voices(data: bytes) -> None:
    """What `espeak-ng --voices` prints: words, none of them with a blank; a voice is found."""
    names = voice_names(data)
    assert all(name and not re.search(r"[\s()]", name) for name in names)
    assert sum(map(len, names)) <= len(data)
    assert {"cmn", "cmn-latn-pinyin", "zh"} <= voice_names(data + b"\n" + VOICES)


def recordings(data: bytes) -> None:
    """A recording: refused with its line, or chunks in order that are the same written again."""
    file = folder() / "recording.jsonl"
    for text in (data, HEADER + data):
        file.write_bytes(text)
        with refusing(Reason.BAD_OPTION):
            capture = read_capture(file)
            assert all(before.at_ms <= after.at_ms for before, after in pairwise(capture.chunks))
            assert all(chunk.data for chunk in capture.chunks)
            _check_again(file, capture)
            wire_of(capture.header.options)


def _check_again(file: Path, capture: object) -> None:
    """A recording that was read can be written and read again; a refusal is a finding here."""
    try:
        write_capture(file, capture)  # type: ignore[arg-type]
        again = read_capture(file)
    except Exception as e:
        raise AssertionError("cannot be written again") from e
    assert again == capture


TARGETS = (
    Target("wav", wav, (wav_header(8) + bytes(8),), longest=2048),
    Target("voices", voices, (VOICES,), longest=2048),
    Target(
        "recordings",
        recordings,
        (RECORDING, RECORDING[len(HEADER) :], LATER_FIRST, ODD_SPACE),
        longest=1024,
    ),
)
