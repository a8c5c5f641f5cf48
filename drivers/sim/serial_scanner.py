"""A simulated bar and QR code scanner on a pseudo-terminal.

    hall-devices sim serial_scanner --option link=/tmp/scanner --option trigger=gm65

Control lines: `scan A001` holds a code before it, `hide` takes it away. A triggered scanner is
dark and sends nothing until it is lit, then each code once; without a trigger it sends at once.
Faults (`no_suffix true`, `split_ms 50`):

    silent       neither codes nor answers
    no_answer    obeys, but answers no command; `bad_answer` answers with a wrong checksum
    late_ms      pause before an answer and before a code
    merged       answer and code leave in one piece, as do two codes shown with `scan_two`; with
                 split_ms or dribble_ms the answer and the beginning of the code
    split_ms     a code leaves in two pieces, cut inside a character where it has a foreign one
    dribble_ms   pause between two bytes of a code
    no_suffix    nothing ends a code
    nul          a NUL byte after each code and one before it
    noise        stray bytes before each code
    again_ms     without trigger: the code is sent again so often until `hide` (0: once)
"""

import threading
import time
from pathlib import Path
from typing import ClassVar

from drivers.sim.base import Simulator
from drivers.sim.ports import PtyPort
from drivers.sim.serial_scanner_makes import MAKES

SUFFIXES = {"cr": b"\x0d", "lf": b"\x0a", "crlf": b"\x0d\x0a", "tab": b"\x09", "none": b""}
BUFFER_LIMIT = 4096


class SerialScannerSimulator(Simulator):
    """A scanner of the make that `trigger` names. `lit`: whether its light is on."""

    name = "serial_scanner"
    controls: ClassVar[tuple[str, ...]] = ("scan", "scan_two", "hide", "unplug", "plug")
    faults: ClassVar[tuple[str, ...]] = (
        "silent", "no_answer", "bad_answer", "late_ms", "merged", "split_ms", "dribble_ms",
        "no_suffix", "nul", "noise", "again_ms",
    )  # fmt: skip

    def __init__(
        self,
        link: str | Path | None = None,
        *,
        trigger: str = "gm65",
        suffix: str = "cr",
        charset: str = "utf-8",
        aim: str = "",
        prefix: str = "",
    ) -> None:
        super().__init__(PtyPort(link))
        self._make = MAKES[trigger]
        self._trigger = trigger
        self._suffix = SUFFIXES[suffix]
        self._settings = {"suffix": suffix} | ({"prefix": prefix} if prefix else {})
        self._charset = charset
        self._aim = aim
        self._prefix = bytes.fromhex(prefix)
        self.silent = self.no_answer = self.bad_answer = self.merged = False
        self.no_suffix = self.nul = self.noise = False
        self.late_ms = self.split_ms = self.dribble_ms = self.again_ms = 0.0
        self.lit = trigger == "none"
        self._held: bytes | None = None
        self._heard = bytearray()
        self._sending = threading.Lock()
        self._hidden = threading.Event()

    @property
    def options(self) -> dict[str, object]:
        """See `Simulator.options`: with how this scanner is set."""
        aim = {"aim": True} if self._aim else {}
        return {**super().options, "trigger": self._trigger, **self._settings, **aim}

    def scan(self, *words: object, charset: str | None = None) -> None:
        """Hold a code with this text before the scanner; several words are joined by blanks."""
        self.scan_bytes(" ".join(map(str, words)).encode(charset or self._charset))

    def scan_two(self, first: object, second: object) -> None:
        """Two codes at once; they are sent one behind the other."""
        parts = [self._dressed(str(text).encode(self._charset)) for text in (first, second)]
        self._present(b"".join(parts))

    def scan_bytes(self, data: bytes) -> None:
        """Hold a code with these bytes before the scanner."""
        self._present(self._dressed(data))

    def hide(self) -> None:
        """Take the code away."""
        self._held = None
        self._hidden.set()

    def plug(self) -> None:
        """Power up anew, dark."""
        self._heard.clear()
        self.lit = self._trigger == "none"
        super().plug()

    def handle(self, data: bytes) -> None:
        """Obey each complete command; anything else is skipped byte by byte."""
        self._heard += data
        while self._heard:
            for command, (meaning, answer, spoiled) in self._make.items():
                if self._heard.startswith(command):
                    del self._heard[: len(command)]
                    self._obey(meaning, b"" if self.no_answer else answer, spoiled)
                    break
            else:
                if any(command.startswith(bytes(self._heard)) for command in self._make):
                    return
                del self._heard[0]

    def _obey(self, meaning: str, answer: bytes, spoiled: bytes) -> None:
        if self.silent:
            return
        time.sleep(self.late_ms / 1000)
        answer = spoiled if self.bad_answer and answer else answer
        held = self._held if meaning == "start" else None
        if meaning in ("start", "stop"):
            self.lit = meaning == "start"
        if held is not None and self.merged:
            self._held = None
            self._send(held, answer)
            return
        self.port.send(answer)
        if held is not None:
            self._held = None
            self._send(held)

    def _present(self, wire: bytes) -> None:
        self._hidden.set()
        if self._trigger != "none" and not self.lit:
            self._held = wire
            return
        self._hidden = hidden = threading.Event()
        threading.Thread(target=self._repeat, args=(wire, hidden), daemon=True).start()

    def _repeat(self, wire: bytes, hidden: threading.Event) -> None:
        self._send(wire)
        while self.again_ms and self._trigger == "none" and self.port.plugged:
            if hidden.wait(self.again_ms / 1000):
                return
            self._send(wire)

    def _send(self, wire: bytes, answer: bytes = b"") -> None:
        """Send a code, its first piece together with `answer`."""
        if self.silent:
            return
        pieces, pause_ms = [wire], self.split_ms
        if self.dribble_ms:
            pieces, pause_ms = [bytes([byte]) for byte in wire] or [wire], self.dribble_ms
        elif self.split_ms:
            cut = next((n + 1 for n, byte in enumerate(wire) if byte > 0x7F), len(wire) // 2)
            pieces = [wire[:cut], wire[cut:]]
        with self._sending:
            time.sleep(self.late_ms / 1000)
            self.port.send(answer + pieces[0])
            for piece in pieces[1:]:
                time.sleep(pause_ms / 1000)
                self.port.send(piece)

    def _dressed(self, data: bytes) -> bytes:
        """The code as it goes over the wire."""
        wire = self._prefix + self._aim.encode() + data
        if self.nul:
            wire = b"\0" + wire + b"\0"
        if self.noise:
            wire = b"\xff\xfe\x8a" + wire
        return wire + (b"" if self.no_suffix else self._suffix)


SIMULATOR = SerialScannerSimulator
