"""Who speaks: the program espeak-ng, or ready clips; both give samples.

espeak-ng's voice `cmn` of Debian 12 (1.51) reads Chinese characters as English (请 becomes “king
three”, espeak-ng issue 1236): `cmn-latn-pinyin` reads them right, and Latin letters as the letters
of a ticket number are called in China.
"""

import re
import shutil
import subprocess
import time
from typing import Protocol

from drivers.errors import PeripheralError, Reason
from drivers.interfaces import Cancelled
from drivers.saying import saying, together
from drivers.sound.pcm import Samples, from_wav, trimmed
from drivers.sound.reading import Sentence

PROGRAM = "espeak-ng"
INSTALL = saying(
    "Install the voice: apt-get install espeak-ng. Or give ready clips (option clips)."
)
LOOK_S = 0.05
LIMIT_S = 10.0  # a sentence takes 20 ms
OLD_VOICES = {"cmn-latn-pinyin": "cmn"}  # before 1.51 that voice had this name


class Voice(Protocol):
    """Turns one sentence into samples."""

    def speak(self, sentence: Sentence, cancelled: Cancelled) -> Samples:
        """Its samples, without silence around. Raises NO_VOICE, or CANCELLED."""

    def problem(self) -> str:
        """What is missing, as advice; empty when nothing is."""


class Espeak:
    """espeak-ng as a child for each sentence. The text goes through a pipe, not as an argument."""

    def __init__(self, names: dict[str, str], words_per_minute: int) -> None:
        self._names = names  # by language
        self._speed = words_per_minute
        self._known: frozenset[str] = frozenset()

    def speak(self, sentence: Sentence, cancelled: Cancelled) -> Samples:
        """See `Voice.speak`."""
        try:
            name = self._voice(self._names[sentence.language], cancelled)
            command = [PROGRAM, "-v", name, "-s", str(self._speed), "-b", "1"]
            wav = _run([*command, "--stdin", "--stdout"], sentence.text.encode(), cancelled)
            samples = trimmed(from_wav(wav))
        except FileNotFoundError:
            raise no_voice(saying("{program} is not installed", program=PROGRAM), INSTALL) from None
        except PeripheralError as e:
            if e.reason in (Reason.CANCELLED, Reason.NO_VOICE):
                raise
            detail = saying("{program}: {why}", program=PROGRAM, why=e.detail)
            raise no_voice(detail, INSTALL) from e
        if not samples:
            detail = saying(
                "{program} with the voice {voice} said nothing", program=PROGRAM, voice=name
            )
            raise no_voice(detail, INSTALL)
        return samples

    def problem(self) -> str:
        """See `Voice.problem`."""
        return "" if shutil.which(PROGRAM) else INSTALL

    def _voice(self, name: str, cancelled: Cancelled) -> str:
        """The voice to use, if it is known: for another one espeak-ng silently takes English."""
        if not self._known:
            self._known = voice_names(_run([PROGRAM, "--voices"], b"", cancelled))
        for each in (name, OLD_VOICES.get(name, "")):
            if each.partition("+")[0] in self._known:
                return each
        raise no_voice(
            saying("{program} has no voice {voice}", program=PROGRAM, voice=name),
            saying("{program} --voices lists the voices there are.", program=PROGRAM),
        )


class WithFallback:
    """Clips, and another voice for a sentence that they cannot say whole."""

    def __init__(self, first: Voice, other: Voice) -> None:
        self._first, self._other = first, other
        self.missing = ""  # advice about what the first lacked

    def speak(self, sentence: Sentence, cancelled: Cancelled) -> Samples:
        """See `Voice.speak`. NO_VOICE names what the clips lack when the other fails too."""
        try:
            return self._first.speak(sentence, cancelled)
        except PeripheralError as e:
            if e.reason is not Reason.NO_VOICE:
                raise
            lack = e
        self.missing = lack.advice
        try:
            return self._other.speak(sentence, cancelled)
        except PeripheralError as e:
            if e.reason is not Reason.NO_VOICE:
                raise
            advice = together(lack.advice, e.advice)
            raise no_voice(together(lack.detail, e.detail, by="; "), advice) from e

    def problem(self) -> str:
        """See `Voice.problem`."""
        mine, others = self._first.problem(), self._other.problem()
        return together(mine, others) if mine and others else ""


def voice_names(listing: bytes) -> frozenset[str]:
    """All words of what `espeak-ng --voices` prints: languages, names and other languages."""
    words = re.findall(r"[^\s()]+", listing.decode("utf-8", "replace"))
    return frozenset(words)


def no_voice(detail: str, advice: str) -> PeripheralError:
    """The error of a sentence that nobody here can say."""
    return PeripheralError(Reason.NO_VOICE, detail, advice=advice, sent=False)


def _run(command: list[str], text: bytes, cancelled: Cancelled) -> bytes:
    """What the command writes, given `text`. Raises CANCELLED, SILENT, or what `Popen` raises."""
    end = time.monotonic() + LIMIT_S
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL) as child:
        given: bytes | None = text
        while True:
            try:
                return child.communicate(given, timeout=LOOK_S)[0]
            except subprocess.TimeoutExpired:
                given = None
            late = time.monotonic() > end
            if late or cancelled():
                child.kill()
                child.communicate()
                if late:
                    slow = saying("{program} takes too long", program=command[0])
                    raise PeripheralError(Reason.SILENT, slow)
                raise PeripheralError(Reason.CANCELLED, saying("cancelled"))
