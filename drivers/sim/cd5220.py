"""A simulated customer display: two lines of 20 characters, CD5220 commands, no answers.

Written from the command list alone. Line mode (1B 51 …) hears only its own commands until 0C or 18.

    hall-devices sim cd5220 --option link=/tmp/pole
    hall-devices sim cd5220 --option behind_printer=true   # shows nothing until it is selected
"""

import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

from drivers.sim.base import Simulator
from drivers.sim.ports import Port, PtyPort, TcpPort

COLUMNS = 20
BLANK = (" " * COLUMNS, " " * COLUMNS)
ESC, CR, CLEAR, CANCEL, HOME = 0x1B, 0x0D, 0x0C, 0x18, 0x0B
SCROLL_LIMIT = 39
STEP_S = 0.3  # a scrolling line moves on by one character
PARAMETERS = {0x40: 0, 0x6C: 2, 0x2A: 1, 0x5F: 1, 0x66: 1, 0x63: 1, 0x3D: 1,
              0x11: 0, 0x12: 0, 0x13: 0}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PoleState:
    """The display. `scroll`: text that runs through the upper line since `since`."""

    lines: tuple[str, str] = BLANK
    column: int = 0
    row: int = 0
    cursor: bool = True
    brightness: int = 4
    selected: bool = True
    line_mode: bool = False
    scroll: str = ""
    since: float = field(default_factory=time.monotonic)

    def seen(self, at_s: float = 0.0) -> tuple[str, str]:
        """Both lines `at_s` seconds after the text came."""
        if not self.scroll:
            return self.lines
        ring = self.scroll + " " * COLUMNS
        start = int(at_s / STEP_S) % len(ring)
        return (ring + ring)[start : start + COLUMNS], self.lines[1]


class Cd5220Simulator(Simulator):
    """A pole display at a PTY, or at a TCP port with `tcp_port`.

    Faults: `deaf` (understands nothing), `blocked` (the line takes no bytes: an XOFF that stays, a
    serial server that is full), `garble` (a bit of each byte is turned on the way), `echo`. There
    is no `silent`: it always is. `ignored` counts bytes that were no command.
    """

    name = "cd5220"
    controls: ClassVar[tuple[str, ...]] = ("plug", "unplug", "power_cycle")
    faults: ClassVar[tuple[str, ...]] = ("deaf", "blocked", "garble", "echo")

    def __init__(
        self,
        *,
        link: str | Path | None = None,
        tcp_port: int | None = None,
        behind_printer: bool = False,
    ) -> None:
        port: Port = PtyPort(link) if tcp_port is None else TcpPort(tcp_port)
        super().__init__(port)
        self._selected = not behind_printer
        self.state = PoleState(selected=self._selected)
        self.deaf = False
        self.garble = False
        self.echo = False
        self.ignored = 0
        self._bytes: list[int] = []

    def power_cycle(self) -> None:
        """Off and on again: blank, the cursor blinks."""
        self.state = PoleState(selected=self._selected)
        self._bytes.clear()

    def handle(self, data: bytes) -> None:
        """See `Simulator.handle`."""
        if self.echo:
            self.port.send(data)
        if self.deaf:
            return
        for byte in data:
            self._bytes.append(byte ^ 0x02 if self.garble else byte)
            if _whole(self._bytes):
                command, self._bytes = bytes(self._bytes), []
                self._do(command)

    def _do(self, command: bytes) -> None:
        state = self.state
        if command[:2] == b"\x1b\x3d":
            self.state = replace(state, selected=command[2] == 2)
        elif not state.selected:
            return  # for the printer
        elif command[:2] == b"\x1b\x51":
            self.state = _line_mode(state, command[2], command[3:-1])
        elif command[0] in (CLEAR, CANCEL):
            self.state = _cleared(state, all_of_it=command[0] == CLEAR)
        elif state.line_mode:
            self.ignored += len(command)
        elif command[0] == ESC:
            self.state = _set(state, command[1], command[2:])
        elif command[0] == HOME:
            self.state = replace(state, column=0, row=0)
        elif command[0] >= 0x20:
            self.state = _written(state, chr(command[0]) if command[0] < 0x7F else "?")
        else:
            self.ignored += 1


def _whole(command: list[int]) -> bool:
    """Whether a command (or a character) is complete."""
    if command[0] != ESC:
        return True
    if len(command) < 2:
        return False
    if command[1] == 0x51:
        return len(command) > 3 and (command[-1] == CR or len(command) > 200)
    return len(command) >= 2 + PARAMETERS.get(command[1], 0)


def _line_mode(state: PoleState, which: int, data: bytes) -> PoleState:
    text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "?" for byte in data)
    now = time.monotonic()
    if which == 0x44:
        return replace(state, line_mode=True, scroll=text[:SCROLL_LIMIT], since=now)
    line = text[:COLUMNS].ljust(COLUMNS)
    if which == 0x41:
        return replace(
            state, line_mode=True, lines=(line, state.lines[1]), scroll="", row=0, since=now
        )
    if which == 0x42:
        return replace(state, line_mode=True, lines=(state.lines[0], line), row=1, since=now)
    return state


def _cleared(state: PoleState, *, all_of_it: bool) -> PoleState:
    upper = BLANK[0] if all_of_it or state.row == 0 else state.lines[0]
    lower = BLANK[1] if all_of_it or state.row == 1 else state.lines[1]
    row = 0 if all_of_it else state.row
    scroll = "" if all_of_it or state.row == 0 else state.scroll
    now = time.monotonic()
    return replace(
        state, lines=(upper, lower), column=0, row=row, scroll=scroll, line_mode=False, since=now
    )


def _set(state: PoleState, what: int, values: bytes) -> PoleState:
    match what:
        case 0x40:
            return PoleState(selected=state.selected)
        case 0x6C if 1 <= values[0] <= COLUMNS and values[1] in (1, 2):
            return replace(state, column=values[0] - 1, row=values[1] - 1)
        case 0x2A if 1 <= values[0] <= 4:
            return replace(state, brightness=values[0])
        case 0x5F:
            return replace(state, cursor=values[0] != 0)
    return state


def _written(state: PoleState, c: str) -> PoleState:
    """A character at the cursor, which goes on to the next place, from the last to the first."""
    line = state.lines[state.row]
    line = line[: state.column] + c + line[state.column + 1 :]
    lines = (line, state.lines[1]) if state.row == 0 else (state.lines[0], line)
    place = (state.row * COLUMNS + state.column + 1) % (2 * COLUMNS)
    return replace(
        state, lines=lines, row=place // COLUMNS, column=place % COLUMNS, since=time.monotonic()
    )


SIMULATOR = Cd5220Simulator
