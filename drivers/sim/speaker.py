"""A simulated loudspeaker: a named pipe that is listened to.

It cannot be heard, but tells what arrived: which chime, how long, how loud, cut short, overlapping.

    hall-devices sim speaker --option pipe=/tmp/speaker
"""

import contextlib
import os
import select
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from drivers.saying import saying
from drivers.sim.base import Simulator
from drivers.sim.ports import Port
from drivers.sim.speaker_ear import Ear, Heard


class PipePort(Port):
    """A named pipe whose reading end is ours; unplugged it is gone, as a sound card pulled out.

    At the end of each session `ended` is called and the pipe opened anew, as a shell's loop does.
    """

    def __init__(self, pipe: str | None, ended: Callable[[], None]) -> None:
        super().__init__()
        self._ended = ended
        self._folder = None if pipe else tempfile.mkdtemp(prefix="hall-sim-")
        self._pipe = Path(pipe) if pipe else Path(self._folder or "", "sound")
        self.options = {"pipe": str(self._pipe)}
        self._reader = -1

    def close(self) -> None:
        """See `Port.close`."""
        super().close()
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _open(self) -> None:
        if self._pipe.exists() and not self._pipe.is_fifo():
            raise ValueError(
                saying("{path} is there and no pipe: name another path", path=self._pipe)
            )
        with contextlib.suppress(FileExistsError):
            os.mkfifo(self._pipe)
        if not self._pipe.is_fifo():  # somebody's file, which `_shut` would remove
            raise FileExistsError(17, "is there and no named pipe", str(self._pipe))
        self._reader = os.open(self._pipe, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)

    def _shut(self) -> None:
        self._pipe.unlink(missing_ok=True)
        os.close(self._reader)
        self._reader = -1
        self._ended()

    def _data_fd(self) -> int | None:
        return None  # a loudspeaker does not answer

    def _receive(self, limit: int) -> bytes:
        if not select.select([self._reader], [], [], 0.05)[0]:
            return b""  # also before anybody has opened the other end
        data = os.read(self._reader, limit)
        if not data:
            os.close(self._reader)
            self._ended()
            self._reader = os.open(self._pipe, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        return data


class SpeakerSimulator(Simulator):
    """Faults: `silent` or `blocked` (takes no more samples and plays none, which is all that can be
    seen of a silent loudspeaker), `bytes_per_s` (takes them no faster; real time is 44,100).
    `unplug` makes it vanish. `heard` lists the announcements, `forget` begins anew.
    """

    name = "speaker"
    controls: ClassVar[tuple[str, ...]] = ("plug", "unplug", "heard", "forget")
    faults: ClassVar[tuple[str, ...]] = ("silent", "blocked", "bytes_per_s")

    def __init__(self, *, pipe: str | None = None) -> None:
        super().__init__(PipePort(pipe, self._session_over))
        self.ear = Ear()

    silent = Simulator.blocked

    @property
    def bytes_per_s(self) -> float | None:
        """How fast it takes them at most; None: as they come."""
        return self.port.bytes_per_s

    @bytes_per_s.setter
    def bytes_per_s(self, value: float | None) -> None:
        self.port.bytes_per_s = value

    @property
    def announcements(self) -> list[Heard]:
        """Those that have begun, oldest first; the last 100."""
        return list(self.ear.heard)

    @property
    def overlaps(self) -> bool:
        """Whether two ever played at once."""
        return self.ear.stray > 0

    def handle(self, data: bytes) -> None:
        """See `Simulator.handle`."""
        self.ear.feed(data)

    def _session_over(self) -> None:
        self.ear.end()
        with self._changed:  # whoever waits for the end
            self._changed.notify_all()

    def heard(self) -> dict[str, Any]:
        """All announcements in numbers, and whether any overlapped."""
        return {
            "announcements": [each.told() for each in self.announcements],
            "overlaps": self.overlaps,
        }

    def forget(self) -> None:
        """Begin anew."""
        self.ear = Ear()
        self.forget_received()


SIMULATOR = SpeakerSimulator
