"""A simulated Onbon BX-K card: answers frames over TCP or a PTY and keeps what it was told to show.

Written from the protocol alone (onbonlab/BX-K, appendix); the driver has its own code for all of
it (`onbon_bx_wire.py`). A 5K card reads X and width in units of 8 pixels, a 6K card in pixels.

    hall-devices sim onbon_bx --option tcp_port=5005 --option generation=6k
"""

import threading
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar, Literal

from drivers.sim.base import Simulator
from drivers.sim.onbon_bx_wire import Area, Frame, dynamic_areas, read_frame, write_answer
from drivers.sim.ports import PtyPort, TcpPort

FRAMES_KEPT = 1000
BUFFER_LIMIT = 64 * 1024
WILDCARDS = (0xFFFE, 0xFFFF)


@dataclass(frozen=True, slots=True)
class PanelState:
    """What the panel shows. `since` is when the areas last changed (`time.monotonic`)."""

    on: bool = True
    areas: tuple[Area, ...] = ()
    brightness: bytes = b""
    since: float = field(default_factory=time.monotonic)


class OnbonSimulator(Simulator):
    """A card at a TCP port, or at a PTY with `pty=True`.

    Faults: `silent` (does as told, answers nothing), `nack` (an error code instead of doing it),
    `delay_s` (answers late), `garble` (answers with a wrong checksum), `drop` (breaks the
    connection at the next frame, once). `unplug` makes it refuse connections.
    """

    name = "onbon_bx"
    faults: ClassVar[tuple[str, ...]] = ("silent", "nack", "delay_s", "garble", "drop")

    def __init__(
        self,
        *,
        pty: bool = False,
        link: str | Path | None = None,
        tcp_port: int = 0,
        generation: Literal["5k", "6k"] = "6k",
        screen: int = 1,
    ) -> None:
        super().__init__(PtyPort(link) if pty or link else TcpPort(tcp_port))
        self.generation = generation
        self.screen = screen
        self.silent = False
        self.nack = 0
        self.delay_s = 0.0
        self.garble = False
        self.drop = False
        self.state = PanelState()
        self.frames: list[Frame] = []
        self.damaged = 0
        self._buffer = bytearray()
        self._state_lock = threading.Lock()

    def connected(self) -> None:
        """A new connection begins outside any frame."""
        self._buffer.clear()

    def handle(self, data: bytes) -> None:
        """See `Simulator.handle`: frames end with 5A, which escaping keeps out of them."""
        self._buffer += data
        while (end := self._buffer.find(b"\x5a")) >= 0:
            raw = bytes(self._buffer[:end])
            del self._buffer[: end + 1]
            start = raw.rfind(b"\xa5" * 8)
            if start >= 0:
                self._frame(raw[start + 8 :])
        del self._buffer[:-BUFFER_LIMIT]

    def _frame(self, escaped: bytes) -> None:
        if self.drop:
            self.drop = False
            self.port.drop()
            return
        frame = read_frame(escaped)
        if frame is None:
            self.damaged += 1
            self._answer(5)
            return
        if frame.screen not in (self.screen, *WILDCARDS):
            return
        self.frames = [*self.frames, frame][-FRAMES_KEPT:]
        error = self.nack or self._obey(frame)
        if frame.reply:
            self._answer(error)

    def _answer(self, error: int) -> None:
        if self.silent:
            return
        time.sleep(self.delay_s)
        self.port.send(write_answer(self.screen, error, spoiled=self.garble))

    def _obey(self, frame: Frame) -> int:
        """Do what the frame says; the error code of the answer."""
        with self._state_lock:
            match frame.group, frame.command:
                case (0xA2, 0x00 | 0x03):
                    return 0
                case (0xA3, 0x00):
                    self.state = replace(self.state, on=frame.payload[:1] == b"\x01")
                case (0xA3, 0x02):
                    self.state = replace(self.state, brightness=frame.payload)
                case (0xA3, 0x06):
                    return self._dynamic(frame.payload)
                case (0xA3, 0x10):
                    self.state = replace(self.state, areas=(), since=time.monotonic())
                case (0xA2 | 0xA3, _):
                    return 2
                case _:
                    return 1
        return 0

    def _dynamic(self, payload: bytes) -> int:
        try:
            gone, fresh = dynamic_areas(payload, 8 if self.generation == "5k" else 1)
        except (IndexError, ValueError):
            return 16
        kept = tuple(
            area
            for area in self.state.areas
            if gone is not None and area.id not in gone and area.id not in {a.id for a in fresh}
        )
        areas = tuple(sorted((*kept, *fresh), key=lambda area: area.id))
        self.state = replace(self.state, areas=areas, since=time.monotonic())
        return 0


SIMULATOR = OnbonSimulator
