"""Ready clips: a folder of WAV files, one a word or syllable, that are put together to sentences.

`zh/请.wav`, `zh/零.wav`, `zh/A.wav`, `zh/窗口.wav`, `en/ticket.wav` …, or files of any name with a
`manifest.json`: {"zh": {"请": "qing.wav", "A": "letter-a.wav"}, "en": {"zero": "0.wav"}}.
"""

import json
from pathlib import Path

from drivers.errors import PeripheralError
from drivers.interfaces import Cancelled
from drivers.saying import saying
from drivers.sound.pcm import LONGEST_WAV_BYTES, Samples, from_wav, silence, trimmed
from drivers.sound.reading import ENGLISH, Language, Sentence
from drivers.sound.voices import no_voice

MANIFEST = "manifest.json"
LONGEST_MANIFEST_BYTES = 1024 * 1024
PAUSE_S = 0.25  # for a comma
JOINT_S = 0.03
COMMAS = "，,"
STOPS = "。."
NEEDED: dict[Language, tuple[str, ...]] = {
    "zh": (*"零一二三四五六七八九十", *"ABC", "请", "号", "到", "窗口"),
    "en": (*ENGLISH, "a", "ticket", "window"),
}


class Clips:
    """A `Voice` of clips. Read anew when asked for a word: a technician may add one at any time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def speak(self, sentence: Sentence, cancelled: Cancelled) -> Samples:
        """See `Voice.speak`."""
        known = self._files(sentence.language)
        words, missing = split(sentence, frozenset(known))
        if missing or not words:
            raise self._lacks(missing or [sentence.text])
        joined = silence(0)
        for word in words:
            joined += silence(PAUSE_S) if word in COMMAS else self._clip(word, known[word])
        return joined

    def problem(self) -> str:
        """See `Voice.problem`: whether the folder has what every call needs."""
        try:
            known = {language: self._files(language) for language in NEEDED}
        except PeripheralError as e:
            return e.advice
        lacks = [word for word in NEEDED["zh"] if word not in known["zh"]]
        words = " ".join(lacks)
        lacking = saying("{folder} lacks clips for: {words}.", folder=self._folder, words=words)
        return lacking if lacks else ""

    def _lacks(self, words: list[str]) -> PeripheralError:
        named = " ".join(words)
        return no_voice(
            saying("{folder} has no clip for {words}", folder=self._folder, words=named),
            saying("Clips are missing for: {words}.", words=named),
        )

    def _files(self, language: Language) -> dict[str, Path]:
        """The clip of every word, from the manifest or by the files' names."""
        manifest = self._folder / MANIFEST
        try:
            if not manifest.exists():
                files = sorted((self._folder / language).glob("*.wav"))
                return {_key(file.stem, language): file for file in files}
            with manifest.open("rb") as file:
                named = json.loads(file.read(LONGEST_MANIFEST_BYTES).decode())[language]
            return {_key(word, language): self._folder / str(name) for word, name in named.items()}
        except KeyError:
            return {}
        except (OSError, ValueError, TypeError, AttributeError, RecursionError) as e:
            advice = saying(
                "Correct {manifest}: it maps each language to its words' files.", manifest=manifest
            )
            why = type(e).__name__
            detail = saying("cannot use {manifest}: {why}", manifest=manifest, why=why)
            raise no_voice(detail, advice) from e

    def _clip(self, word: str, file: Path) -> Samples:
        try:
            with file.open("rb") as opened:
                return trimmed(from_wav(opened.read(LONGEST_WAV_BYTES + 1))) + silence(JOINT_S)
        except OSError as e:
            detail = saying("clip of {word}: {why}", word=word, why=e.strerror)
            raise no_voice(detail, saying("Put {file} in place.", file=file)) from e
        except PeripheralError as e:
            detail = saying("clip of {word}: {why}", word=word, why=e.detail)
            advice = saying("{file}: {advice}", file=file.name, advice=e.advice)
            raise no_voice(detail, advice) from e


def split(sentence: Sentence, known: frozenset[str]) -> tuple[list[str], list[str]]:
    """The words to play, the longest known first, with commas as they stand; and those unknown.

    An English hyphen parts two words (twenty-one) unless the whole is known.
    """
    if sentence.language == "en":
        return _split_english(sentence.text, known)
    words, missing, at = [], [], 0
    while at < len(sentence.text):
        rest = sentence.text[at:]
        found = next((rest[:n] for n in range(min(len(rest), 8), 0, -1) if rest[:n] in known), "")
        if not found and not (rest[0].isspace() or rest[0] in STOPS or rest[0] in COMMAS):
            missing.append(rest[0])
        if found or rest[0] in COMMAS:
            words.append(found or rest[0])
        at += len(found) or 1
    return words, list(dict.fromkeys(missing))


def _split_english(text: str, known: frozenset[str]) -> tuple[list[str], list[str]]:
    words: list[str] = []
    for word in text.lower().rstrip(STOPS).split():
        bare = word.rstrip(COMMAS)
        words += [bare] if bare in known else bare.split("-")
        words += word[len(bare) :]
    missing = [word for word in words if word not in known and word not in COMMAS]
    return words, list(dict.fromkeys(missing))


def _key(word: str, language: Language) -> str:
    return word.lower() if language == "en" else word
