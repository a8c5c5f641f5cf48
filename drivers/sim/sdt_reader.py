"""A simulated resident ID card reader on a pseudo-terminal.

    hall-devices sim sdt_reader --option link=/tmp/reader

Options: `card` lies there at the start, `baud` is the only speed that the module hears (any when
left out), `paced` true sends and receives no faster than the line's speed.

Control lines: `lay jia`, `lift`, `unplug`, `plug`; faults (`silent true`, `bad_checksum 2`):

    silent         answers nothing
    sam_fault      "60" self test failed or "66" not authorised, to every command
    reset_cures    a reset (10 FF) ends `sam_fault`
    boot_s         so many seconds after power-up nothing is heard
    select_fails   81 to select
    refused        31 to select: a card that fails authentication
    lifted_midway  the card is lifted just before it is read: 41, then no card
    read_status    any other status, e.g. "33", to the commands that read
    keeps_finding  find answers 9F for a card that was read and lies there still
    old_module     21 to 30 10 and to 30 03
    prints         bytes of fingerprints: 1024, 512 or 0
    bad_checksum   so many answers go out with a wrong checksum
    short_frame    so many answers stop half-way
    old_answers    so many answers are preceded by one to another question
    dribble_ms     pause between two bytes
    late_ms        pause before an answer
    garbage        noise before each preamble
    tricky_photo   the photo contains the preamble and whole frames
    baud           the only speed that the module hears, null for any
    paced          bytes take as long as on a line of the driver's speed
"""

import time
from pathlib import Path
from typing import ClassVar

from drivers.sim import people
from drivers.sim.base import Simulator
from drivers.sim.faults import Limits
from drivers.sim.line_speed import BITS_PER_BYTE, send_paced, speed_of
from drivers.sim.ports import PtyPort

START = b"\xaa\xaa\xaa\x96\x69"
SAM_ID = bytes.fromhex("05000300E5D634010100000063000000")
NOISE = bytes.fromhex("00 FF AA AA 13 AA 96 69 AA AA")
DONE, UNKNOWN = 0x90, 0x21


class SdtReaderSimulator(Simulator):
    """The module as its serial protocol describes it."""

    name = "sdt_reader"
    controls: ClassVar[tuple[str, ...]] = ("lay", "lift", "unplug", "plug")
    faults: ClassVar[tuple[str, ...]] = (
        "silent",
        "sam_fault",
        "reset_cures",
        "boot_s",
        "select_fails",
        "refused",
        "lifted_midway",
        "read_status",
        "keeps_finding",
        "old_module",
        "prints",
        "bad_checksum",
        "short_frame",
        "old_answers",
        "dribble_ms",
        "late_ms",
        "garbage",
        "tricky_photo",
        "baud",
        "paced",
    )
    hexadecimal = ("sam_fault", "read_status")
    limits: ClassVar[dict[str, Limits]] = {
        "sam_fault": (1, 1), "read_status": (1, 1), "baud": (50, 4_000_000), "prints": (0, 1024),
    }  # fmt: skip

    def __init__(
        self,
        link: str | Path | None = None,
        card: str | None = None,
        baud: int | None = None,
        paced: bool = False,
    ) -> None:
        super().__init__(PtyPort(link))
        self.silent = False
        self.sam_fault: str | None = None
        self.reset_cures = False
        self.boot_s = 0.0
        self.select_fails = False
        self.refused = False
        self.lifted_midway = False
        self.read_status: str | None = None
        self.keeps_finding = False
        self.old_module = False
        self.prints = 1024
        self.bad_checksum = 0
        self.short_frame = 0
        self.old_answers = 0
        self.dribble_ms = 0.0
        self.late_ms = 0.0
        self.garbage = False
        self.tricky_photo = False
        self.baud = baud
        self._nullable.add("baud")
        self.paced = paced
        self._pending = bytearray()
        self._powered = time.monotonic()
        self._text: bytes | None = None
        self._newest = ""
        self._selected = False
        self._read = False
        if card:
            self.lay(card)

    def lay(self, name: str = "jia") -> None:
        """Lay a card by its name (see `people.py`)."""
        laid = people.card(name)
        self.lay_text(laid.text(), laid.newest_address)

    def lay_text(self, text: bytes, newest_address: str = "") -> None:
        """Lay a card with this 256-byte text block."""
        self._selected = self._read = False
        self._newest = newest_address
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
        self._powered = time.monotonic()
        super().plug()

    def vocabulary(self) -> tuple[str, ...]:
        """See `Simulator.vocabulary`; names the cards too."""
        return (f"lay {'|'.join(people.card_names())}", *super().vocabulary()[1:])

    def handle(self, data: bytes) -> None:
        """Answer every complete request in what was received so far."""
        if time.monotonic() < self._powered + float(self.boot_s):
            return
        if self.baud is not None and speed_of(self.options["port"]) != self.baud:
            return
        if self.paced:
            time.sleep(len(data) * BITS_PER_BYTE / self._speed())
        self._pending += data
        while (at := self._pending.find(START)) >= 0:
            frame = self._pending[at + len(START) :]
            size = frame[0] * 256 + frame[1] if len(frame) >= 2 else None
            if size is None or len(frame) < 2 + size:
                return
            del self._pending[: at + len(START) + 2 + size]
            self._answer(bytes(frame[: 2 + size]))

    def _speed(self) -> int:
        return self.baud or speed_of(self.options["port"]) or 115200

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
            self._send(DONE, b"")
        self._send(status, data)

    def _carry_out(self, command: bytes) -> tuple[int, bytes]:
        if command == b"\x10\xff" and self.reset_cures:
            self.sam_fault = None
        if self.sam_fault:
            return int(str(self.sam_fault), 16), b""
        answers = {
            "10ff": self._reset,
            "11ff": lambda: (DONE, b""),
            "12ff": lambda: (DONE, SAM_ID),
            "2001": self._find,
            "2002": self._select,
            "3001": self._read_card,
            "3010": self._read_with_prints,
            "3003": self._read_newest_address,
        }
        answer = answers.get(command.hex())
        return answer() if answer else (UNKNOWN, b"")

    def _reset(self) -> tuple[int, bytes]:
        self._selected = False
        return DONE, b""

    def _find(self) -> tuple[int, bytes]:
        if self._text is None or (self._read and not self.keeps_finding):
            return 0x80, b""
        return 0x9F, bytes(4)

    def _select(self) -> tuple[int, bytes]:
        if self._text is None or self.select_fails:
            return 0x81, b""
        if self.refused:
            return 0x31, b""
        self._selected = True
        return DONE, bytes(8)

    def _refusal(self) -> int | None:
        """The status of a read that goes wrong."""
        if self.lifted_midway:
            self.lift()
        if self._text is None or not self._selected:
            return 0x41
        return int(str(self.read_status), 16) if self.read_status else None

    def _photo(self) -> bytes:
        trick = START + b"\x00\x04\x00\x00\x80\x84" if self.tricky_photo else b""
        return (trick * 40).ljust(1024, b"\0")

    def _read_card(self) -> tuple[int, bytes]:
        refusal = self._refusal()
        if refusal is not None or self._text is None:
            return refusal or 0x41, b""
        self._read = True
        return DONE, b"\x01\x00\x04\x00" + self._text + self._photo()

    def _read_with_prints(self) -> tuple[int, bytes]:
        if self.old_module:
            return UNKNOWN, b""
        status, data = self._read_card()
        if status != DONE:
            return status, data
        count = int(self.prints)
        return DONE, data[:4] + bytes([count // 256, count % 256]) + data[4:] + bytes(count)

    def _read_newest_address(self) -> tuple[int, bytes]:
        if self.old_module:
            return UNKNOWN, b""
        refusal = self._refusal()
        if refusal is not None:
            return refusal, b""
        if not self._newest:
            return 0x91, b""
        return DONE, (self._newest.encode("utf-16-le") + b" \0" * 35)[:70]

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
        if self.paced:
            send_paced(frame, self._speed(), self.port.send)
            return
        if not self.dribble_ms:
            self.port.send(frame)
            return
        for byte in frame:
            self.port.send(bytes([byte]))
            time.sleep(self.dribble_ms / 1000)


SIMULATOR = SdtReaderSimulator
