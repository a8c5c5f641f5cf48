"""A simulated resident ID card reader on a pseudo-terminal.

    hall-devices sim sdt_reader --option link=/tmp/reader

Control lines: `lay jia`, `lift`, `unplug`, `plug`; faults (`silent true`, `bad_checksum 2`):

    silent         answers nothing
    sam_fault      "60" self test failed or "66" not authorised, to every command
    select_fails   81 to select
    refused        31 to select: a card that fails authentication
    lifted_midway  the card is lifted just before it is read: 41, then no card
    bad_checksum   so many answers go out with a wrong checksum
    short_frame    so many answers stop half-way
    old_answers    so many answers are preceded by one to another question
    dribble_ms     pause between two bytes
    late_ms        pause before an answer
    garbage        noise before each preamble
    tricky_photo   the photo contains the preamble and whole frames
"""

import time
from pathlib import Path
from typing import ClassVar

from drivers.sim.base import Simulator
from drivers.sim.people import card_names, card_text
from drivers.sim.ports import PtyPort

START = b"\xaa\xaa\xaa\x96\x69"
SAM_ID = bytes.fromhex("05000300E5D634010100000063000000")
NOISE = bytes.fromhex("00 FF AA AA 13 AA 96 69 AA AA")


class SdtReaderSimulator(Simulator):
    """The module as its serial protocol describes it."""

    name = "sdt_reader"
    controls: ClassVar[tuple[str, ...]] = ("lay", "lift", "unplug", "plug")
    faults: ClassVar[tuple[str, ...]] = (
        "silent",
        "sam_fault",
        "select_fails",
        "refused",
        "lifted_midway",
        "bad_checksum",
        "short_frame",
        "old_answers",
        "dribble_ms",
        "late_ms",
        "garbage",
        "tricky_photo",
    )

    def __init__(self, link: str | Path | None = None, card: str | None = None) -> None:
        super().__init__(PtyPort(link))
        self.silent = False
        self.sam_fault: str | None = None
        self.select_fails = False
        self.refused = False
        self.lifted_midway = False
        self.bad_checksum = 0
        self.short_frame = 0
        self.old_answers = 0
        self.dribble_ms = 0.0
        self.late_ms = 0.0
        self.garbage = False
        self.tricky_photo = False
        self._pending = bytearray()
        self._text: bytes | None = card_text(card) if card else None
        self._selected = False
        self._read = False

    def lay(self, card: str = "jia") -> None:
        """Lay a card by its name (see `people.py`)."""
        self.lay_text(card_text(card))

    def lay_text(self, text: bytes) -> None:
        """Lay a card with this 256-byte text block."""
        self._selected = self._read = False
        self._text = text

    def lift(self) -> None:
        """Take the card away."""
        self._text = None
        self._selected = self._read = False

    @property
    def card_lies(self) -> bool:
        """Whether a card lies on the reader."""
        return self._text is not None

    def plug(self) -> None:
        """Power up anew: half a command of before is forgotten."""
        self._pending.clear()
        self._selected = False
        super().plug()

    def vocabulary(self) -> tuple[str, ...]:
        """See `Simulator.vocabulary`; names the cards too."""
        return (f"lay {'|'.join(card_names())}", *super().vocabulary()[1:])

    def handle(self, data: bytes) -> None:
        """Answer every complete request in what was received so far."""
        self._pending += data
        while (at := self._pending.find(START)) >= 0:
            frame = self._pending[at + len(START) :]
            size = frame[0] * 256 + frame[1] if len(frame) >= 2 else None
            if size is None or len(frame) < 2 + size:
                return
            del self._pending[: at + len(START) + 2 + size]
            self._answer(bytes(frame[: 2 + size]))

    def _answer(self, frame: bytes) -> None:
        folded = 0
        for byte in frame:
            folded ^= byte
        # The checksum is part of what was folded, so a right one leaves nothing.
        status, data = (0x10, b"") if folded else self._carry_out(frame[2:-1])
        if self.silent:
            return
        if self.old_answers > 0:
            self.old_answers -= 1
            self._send(0x90, b"")
        self._send(status, data)

    def _carry_out(self, command: bytes) -> tuple[int, bytes]:
        if self.sam_fault:
            return int(str(self.sam_fault), 16), b""
        answers = {
            "10ff": self._reset,
            "11ff": _done,
            "12ff": _sam_id,
            "2001": self._find,
            "2002": self._select,
            "3001": self._read_card,
            "3003": _absent,
        }
        answer = answers.get(command.hex())
        return answer() if answer else (0x21, b"")

    def _reset(self) -> tuple[int, bytes]:
        self._selected = False
        return 0x90, b""

    def _find(self) -> tuple[int, bytes]:
        if self._text is None or self._read:
            return 0x80, b""
        return 0x9F, bytes(4)

    def _select(self) -> tuple[int, bytes]:
        if self._text is None or self.select_fails:
            return 0x81, b""
        if self.refused:
            return 0x31, b""
        self._selected = True
        return 0x90, bytes(8)

    def _read_card(self) -> tuple[int, bytes]:
        if self.lifted_midway:
            self.lift()
        if self._text is None or not self._selected:
            return 0x41, b""
        self._read = True
        trick = START + b"\x00\x04\x00\x00\x80\x84" if self.tricky_photo else b""
        photo = (trick * 40).ljust(1024, b"\0")
        return 0x90, b"\x01\x00\x04\x00" + self._text + photo

    def _send(self, status: int, data: bytes) -> None:
        inner = bytes([0, 0, status]) + data
        size = len(inner) + 1
        body = bytes([size // 256, size % 256]) + inner
        folded = 0
        for byte in body:
            folded ^= byte
        if self.bad_checksum > 0:
            self.bad_checksum -= 1
            folded ^= 0x55
        frame = (NOISE if self.garbage else b"") + START + body + bytes([folded])
        if self.short_frame > 0:
            self.short_frame -= 1
            frame = frame[: len(frame) // 2]
        time.sleep(self.late_ms / 1000)
        if not self.dribble_ms:
            self.port.send(frame)
            return
        for byte in frame:
            self.port.send(bytes([byte]))
            time.sleep(self.dribble_ms / 1000)


def _done() -> tuple[int, bytes]:
    return 0x90, b""


def _sam_id() -> tuple[int, bytes]:
    return 0x90, SAM_ID


def _absent() -> tuple[int, bytes]:
    return 0x91, b""


SIMULATOR = SdtReaderSimulator
