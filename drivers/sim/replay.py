"""A peripheral that only knows one recording: it waits for what was said and answers as it did.

    hall-devices replay FILE

Bytes of the driver may come in other pieces than recorded. A driver that opens the port anew goes
on where the recording stands or, where that does not fit, at its beginning. After the end each
question is answered as it was answered last; a peripheral that spoke unasked begins anew.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from drivers.saying import Saying, saying
from drivers.sim.base import Simulator
from drivers.sim.ports import Port
from drivers.sim.replay_ports import ReplayCard, ReplayFifo, ReplayPty, ReplayTcp

LOOK_S = 0.05
PAUSE_S = 1.0  # between two rounds of a recording in which the driver says nothing
SHOWN = 24  # bytes of a mismatch

Step = tuple[int, str, bytes]  # milliseconds, "out" or "in", bytes


@dataclass(frozen=True, slots=True)
class Mismatch:
    """The driver said something else. `chunk` counts from 1, as lines after the header do."""

    chunk: int
    expected: bytes
    heard: bytes

    def told(self) -> Saying:
        """What was expected, what was heard."""
        at = next(
            (n for n, (a, b) in enumerate(zip(self.expected, self.heard, strict=False)) if a != b),
            0,
        )
        return saying(
            "chunk {chunk} (line {line}): expected {expected}, heard {heard}; "
            "they differ at byte {at}",
            chunk=self.chunk, line=self.chunk + 1, at=at + 1,
            expected=_hex(self.expected), heard=_hex(self.heard),
        )  # fmt: skip


class ReplaySimulator(Simulator):
    """Plays `script` over a port of the given `wire`: pty, tcp, fifo or card (PC/SC).

    Raises CannotPlayError where a card cannot be played.
    """

    name = "replay"

    def __init__(
        self,
        script: Sequence[Step],
        wire: str = "pty",
        *,
        speed: float = 1.0,
        link: str | Path | None = None,
        tcp_port: int = 0,
    ) -> None:
        ports: dict[str, Callable[[], Port]] = {
            "pty": lambda: ReplayPty(link),
            "fifo": lambda: ReplayFifo(link),
            "tcp": lambda: ReplayTcp(tcp_port),
            "card": ReplayCard,
        }
        super().__init__(ports[wire]())
        self.mismatches: list[Mismatch] = []
        self._script = list(script)
        self._speed = speed
        self._heard = bytearray()
        self._news = threading.Condition()
        self._at = 0
        self._ended = self._stopped = self._fresh = self._refused = False
        self._since = 0.0  # when the step before this one was played
        self._player: threading.Thread | None = None

    @property
    def position(self) -> int:
        """Steps played of this round."""
        return self._at

    def start(self) -> None:
        """See `Simulator.start`."""
        super().start()
        self._player = threading.Thread(target=self._play, name="replay", daemon=True)
        self._player.start()

    def stop(self) -> None:
        """See `Simulator.stop`."""
        self._stopped = True
        with self._news:
            self._news.notify_all()
        if self._player is not None:
            self._player.join()
        super().stop()

    def connected(self) -> None:
        """A driver opened the port."""
        with self._news:
            self._heard.clear()
            self._fresh, self._refused = True, False
            self._since = time.monotonic()
            self._news.notify_all()

    def handle(self, data: bytes) -> None:
        """See `Simulator.handle`."""
        with self._news:
            self._heard += data
            self._news.notify_all()

    def _play(self) -> None:
        while not self._stopped:
            with self._news:
                if self._refused or not self.port.there:  # type: ignore[attr-defined]
                    self._news.wait(LOOK_S)
                    continue
                due = self._step()
            if due:
                self.port.send(due)

    def _step(self) -> bytes:
        """Go one step on, or wait a moment for it; what is now to be sent."""
        if self._at >= len(self._script):
            self._ended, self._at = True, 0
            if self._script[0][1] == "in":
                self._since = time.monotonic() + PAUSE_S / self._speed
        ms, direction, data = self._script[self._at]
        if direction == "out":
            self._listen(data)
            return b""
        if self._fresh and self._script[0][1] == "out":
            self._at += 1  # it answers a driver that is gone
            return b""
        before = self._script[self._at - 1][0] if self._at else 0
        left = self._since + (ms - before) / 1000 / self._speed - time.monotonic()
        if left > 0:
            self._news.wait(min(left, LOOK_S))
            return b""
        self._done()
        return data

    def _listen(self, expected: bytes) -> None:
        heard = bytes(self._heard[: len(expected)])
        if heard == expected:
            del self._heard[: len(expected)]
            self._fresh = False
            self._done()
        elif expected.startswith(heard):
            self._news.wait(LOOK_S)
        elif (at := self._elsewhere()) is not None:
            self._at, self._fresh = at, False
        else:
            self.mismatches.append(Mismatch(self._at + 1, expected, heard))
            self._refused = True

    def _elsewhere(self) -> int | None:
        """Another step that fits what was heard: the beginning, or after the end the last."""
        begins = [
            at
            for at, (_, direction, data) in enumerate(self._script)
            if direction == "out" and data[: len(self._heard)] == self._heard[: len(data)]
        ]
        if self._fresh and begins and begins[0] == self._first_out() and self._at != begins[0]:
            return begins[0]
        others = [at for at in begins if at != self._at]
        return others[-1] if self._ended and others else None

    def _first_out(self) -> int:
        return next(at for at, step in enumerate(self._script) if step[1] == "out")

    def _done(self) -> None:
        self._since = time.monotonic()
        self._at += 1


def _hex(data: bytes) -> str:
    more = f" … ({len(data)} bytes)" if len(data) > SHOWN else ""
    return data[:SHOWN].hex(" ") + more
