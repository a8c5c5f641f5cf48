"""Speaker of the waiting room: a chime, then the call in Chinese and, if wanted, in English.

    [[nodes.peripherals]]
    id = "speaker"
    driver = "speaker"
    options = { device = "default", volume = 80, quiet = "12:00-14:00=40", repeat = 2 }
    # or { device = "plughw:CARD=Device,DEV=0", languages = "zh,en" }
    # or { file = "calls.wav" }   one WAV file that grows, for a recording
    # or { folder = "calls", clips = "clips" }   one WAV file a call, spoken by ready clips
    # or { pipe = "/run/hall/sound" }   to another program, e.g. of a public address system

Sources: manuals of espeak-ng 1.51 and aplay 1.2.8 (Debian 12). Sound is 22.05 kHz, 16 bit, mono.

One announcement at a time: the owner thread queues them, and the place they are played to is
locked, so that two speakers on one sound card, even of two programs, never talk over each other.
A cancelled one falls silent within 100 ms.
"""

from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from drivers.errors import PeripheralError, Reason
from drivers.interfaces import Announcement, Cancelled, DeviceStatus, DriverSpec, Kind, SayResult
from drivers.saying import saying
from drivers.sound.alsa_sink import AlsaSink
from drivers.sound.chime import Chime, chime
from drivers.sound.clips import Clips
from drivers.sound.pcm import Samples, louder, silence, to_bytes
from drivers.sound.pipe_sink import PipeSink
from drivers.sound.reading import Language, One, Sentence, has_number, sentence
from drivers.sound.sinks import CANCELLED, FileSink, FolderSink, Sink
from drivers.sound.voices import Espeak, Voice, WithFallback
from drivers.sound.volume import now, spans, volume_at
from drivers.status import State

AFTER_CHIME_S = 0.15
BETWEEN_S = 0.5
MUTE = saying("Not heard: the volume for this time of the day is 0.")
NO_NUMBER = saying("Nothing was said: the call has no number.")
LANGUAGES: dict[str, tuple[Language, ...]] = {
    "zh": ("zh",), "en": ("en",), "zh,en": ("zh", "en"), "en,zh": ("en", "zh"),
}  # fmt: skip


class SpeakerOptions(BaseModel):
    """Options of a `speaker`: exactly one of device, file, folder or pipe says where it plays."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    device: str | None = Field(default=None, min_length=1, description="Sound card: ALSA name")
    file: str | None = Field(default=None, min_length=1, description="WAV file that grows")
    folder: str | None = Field(default=None, min_length=1, description="Folder: one WAV a call")
    pipe: str | None = Field(default=None, min_length=1, description="Named pipe to a program")
    languages: Literal["zh", "zh,en", "en", "en,zh"] = Field(
        default="zh", description="Spoken languages in their order"
    )
    one: One = Field(default="yi", description="1 in a ticket number: yi (一) or yao (幺)")
    chime: Chime = Field(default="two", description="Notes before the voice: two, three, none")
    repeat: int = Field(default=1, ge=1, le=3, description="How often the call is said")
    volume: int = Field(default=80, ge=0, le=100, description="Percent of full amplitude; 0 mutes")
    quiet: str = Field(
        default="",
        max_length=200,
        description="Other volumes by time of day: 12:00-14:00=40, 18:00-08:00=20",
    )
    clips: str | None = Field(
        default=None, min_length=1, description="Folder of ready clips, used before espeak-ng"
    )
    speed: int = Field(default=150, ge=80, le=400, description="Words a minute of espeak-ng")
    zh_voice: str = Field(
        default="cmn-latn-pinyin",
        pattern=r"^[A-Za-z][A-Za-z0-9_+-]*$",
        description="Chinese voice of espeak-ng; its cmn reads characters as English in 1.51",
    )
    en_voice: str = Field(
        default="en", pattern=r"^[A-Za-z][A-Za-z0-9_+-]*$", description="English voice of espeak-ng"
    )

    @field_validator("quiet")
    @classmethod
    def _understood(cls, value: str) -> str:
        spans(value)
        return value

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        places = (self.device, self.file, self.folder, self.pipe)
        if sum(place is not None for place in places) != 1:
            raise ValueError(saying("give exactly one of device, file, folder or pipe"))
        return self


class AnnouncingSpeaker:
    """A `Speaker`."""

    def __init__(self, options: SpeakerOptions) -> None:
        self._options = options
        self._quiet = spans(options.quiet)
        self._voice = _voice(options)
        self._sink: Sink = _sink(options)

    def status(self) -> DeviceStatus:
        """See `Device.status`. OFFLINE, with what to install, when nobody can speak."""
        remark = self._sink.check()
        problem = remark or self._voice.problem()
        return DeviceStatus(State.OFFLINE if problem else State.ONLINE, detail=problem)

    def say(self, announcement: Announcement, cancelled: Cancelled) -> SayResult:
        """See `Speaker.say`.

        When no voice can be had the chime alone sounds, so that people look up, and the result is
        not ok: NO_VOICE.
        """
        if not has_number(announcement):
            return SayResult(False, "", Reason.REJECTED.value, NO_NUMBER)
        volume = volume_at(now(), self._options.volume, self._quiet)
        if not volume:
            return SayResult(True, "", advice=MUTE)
        languages = LANGUAGES[self._options.languages]
        sentences = [sentence(announcement, each, self._options.one) for each in languages]
        try:
            spoken = self._spoken(sentences, cancelled)
        except PeripheralError as e:
            if e.reason is not Reason.NO_VOICE:
                raise
            self._play(chime(self._options.chime), volume, cancelled)
            return SayResult(False, "", e.reason.value, e.advice)
        before = chime(self._options.chime)
        if before:
            before = before + silence(AFTER_CHIME_S)
        self._play(before + spoken, volume, cancelled)
        said = " ".join(each.text for each in sentences * self._options.repeat)
        return SayResult(True, said, advice=self._remark())

    def close(self) -> None:
        """See `Device.close`."""
        self._sink.close()

    def _spoken(self, sentences: list[Sentence], cancelled: Cancelled) -> Samples:
        once = silence(0)
        for each in sentences:
            once += self._voice.speak(each, cancelled) + silence(BETWEEN_S)
        return once * self._options.repeat

    def _play(self, samples: Samples, volume: int, cancelled: Cancelled) -> None:
        if cancelled():
            raise PeripheralError(Reason.CANCELLED, CANCELLED, sent=False)
        if samples:
            self._sink.play(to_bytes(louder(samples, volume)), cancelled)

    def _remark(self) -> str:
        """What the clips lacked, where another voice stood in."""
        return self._voice.missing if isinstance(self._voice, WithFallback) else ""


def _voice(options: SpeakerOptions) -> Voice:
    espeak = Espeak({"zh": options.zh_voice, "en": options.en_voice}, options.speed)
    return WithFallback(Clips(Path(options.clips)), espeak) if options.clips else espeak


def _sink(options: SpeakerOptions) -> Sink:
    if options.device is not None:
        return AlsaSink(options.device)
    if options.file is not None:
        return FileSink(options.file)
    if options.folder is not None:
        return FolderSink(options.folder)
    return PipeSink(options.pipe or "")


SPEC: DriverSpec = DriverSpec(
    name="speaker",
    kind=Kind.SPEAKER,
    title="Chime and voice, to a sound card, a file or a pipe",
    options=SpeakerOptions,
    open=AnnouncingSpeaker,
)
