"""A simulated Onbon BX-K card: answers frames over TCP or a PTY and keeps what it was told to show.

Written from the protocol alone (onbonlab/BX-K, appendix); the driver has its own code for all of
it (`onbon_bx_wire.py`). A 5K card reads X and width in units of 8 pixels, a 6K card in pixels.

    hall-devices sim onbon_bx --option tcp_port=5005 --option generation=6k
    hall-devices sim onbon_bx --option link=/tmp/line --option screens=1,2,3   # on one RS-485 line
"""

import threading
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Literal

from drivers.sim.base import Simulator
from drivers.sim.faults import Limits
from drivers.sim.onbon_bx_wire import Area, Frame, dynamic_areas, read_frame, write_answer
from drivers.sim.ports import PtyPort, TcpPort

FRAMES_KEPT = 1000
BUFFER_LIMIT = 64 * 1024
WILDCARDS = (0xFFFE, 0xFFFF)
COLLISION = b"\xa5\xa5\x00\x81\x21\x5a"  # several cards talk at once


@dataclass(frozen=True, slots=True)
class PanelState:
    """What the panel shows. `since` is when the areas last changed (`time.monotonic`)."""

    on: bool = True
    areas: tuple[Area, ...] = ()
    brightness: bytes = b""
    since: float = field(default_factory=time.monotonic)


class OnbonSimulator(Simulator):
    """A card at a TCP port, or at a PTY with `pty=True`; with `screens`, several on one line.

    Faults: `silent` (does as told, answers nothing), `nack` (an error code instead of doing it),
    `delay_s` (answers late), `garble` (answers with a wrong checksum), `drop` (breaks the
    connection at the next frame, once), `echo` (the adapter returns what the driver sends). With
    `only` they concern that one screen. `unplug` makes it refuse connections.
    """

    name = "onbon_bx"
    faults: ClassVar[tuple[str, ...]] = (
        "silent", "nack", "delay_s", "garble", "drop", "echo", "only",
    )  # fmt: skip
    limits: ClassVar[dict[str, Limits]] = {"nack": (0, 255), "only": (0, 65535)}

    def __init__(
        self,
        *,
        pty: bool = False,
        link: str | Path | None = None,
        tcp_port: int = 0,
        generation: Literal["5k", "6k"] = "6k",
        screen: int = 1,
        screens: str | int = "",
    ) -> None:
        super().__init__(PtyPort(link) if pty or link else TcpPort(tcp_port))
        self.generation = generation
        self.silent = False
        self.nack = 0
        self.delay_s = 0.0
        self.garble = False
        self.drop = False
        self.echo = False
        self.only = 0
        numbers = [int(number) for number in str(screens).split(",") if number] or [screen]
        self.states = {number: PanelState() for number in numbers}
        self.frames: list[Frame] = []
        self.damaged = 0
        self._buffer = bytearray()
        self._state_lock = threading.Lock()

    @property
    def state(self) -> PanelState:
        """What the only panel shows, or the first of several."""
        return next(iter(self.states.values()))

    def connected(self) -> None:
        """A new connection begins outside any frame."""
        self._buffer.clear()

    def handle(self, data: bytes) -> None:
        """See `Simulator.handle`: frames end with 5A, which escaping keeps out of them."""
        if self.echo:
            self.port.send(data)
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
            if len(self.states) == 1:  # of several, none knows that it was meant
                self._answer(next(iter(self.states)), 5)
            return
        meant = [number for number in self.states if frame.screen in (number, *WILDCARDS)]
        if meant:
            self.frames = [*self.frames, frame][-FRAMES_KEPT:]
        errors = {
            number: self._fault(number, "nack") or self._obey(frame, number) for number in meant
        }
        if frame.reply and len(meant) > 1:
            self.port.send(COLLISION)
        elif frame.reply:
            for number, error in errors.items():
                self._answer(number, error)

    def _answer(self, screen: int, error: int) -> None:
        if self._fault(screen, "silent"):
            return
        time.sleep(self._fault(screen, "delay_s"))
        spoiled = bool(self._fault(screen, "garble"))
        self.port.send(write_answer(screen, error, spoiled=spoiled))

    def _fault(self, screen: int, name: str) -> Any:
        """The fault's value as far as it concerns that screen."""
        return getattr(self, name) if self.only in (0, screen) else 0

    def _obey(self, frame: Frame, screen: int) -> int:
        """Do what the frame says; the error code of the answer."""
        with self._state_lock:
            state = self.states[screen]
            match frame.group, frame.command:
                case (0xA2, 0x00 | 0x03):
                    return 0
                case (0xA3, 0x00):
                    state = replace(state, on=frame.payload[:1] == b"\x01")
                case (0xA3, 0x02):
                    state = replace(state, brightness=frame.payload)
                case (0xA3, 0x06):
                    try:
                        state = self._dynamic(state, frame.payload)
                    except (IndexError, ValueError):
                        return 16
                case (0xA3, 0x10):
                    state = replace(state, areas=(), since=time.monotonic())
                case (0xA2 | 0xA3, _):
                    return 2
                case _:
                    return 1
            self.states[screen] = state
        return 0

    def _dynamic(self, state: PanelState, payload: bytes) -> PanelState:
        gone, fresh = dynamic_areas(payload, 8 if self.generation == "5k" else 1)
        kept = tuple(
            area
            for area in state.areas
            if gone is not None and area.id not in gone and area.id not in {a.id for a in fresh}
        )
        areas = tuple(sorted((*kept, *fresh), key=lambda area: area.id))
        return replace(state, areas=areas, since=time.monotonic())


SIMULATOR = OnbonSimulator
