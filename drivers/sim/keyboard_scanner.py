"""A simulated scanner that plays a US keyboard: event records through a FIFO.

    hall-devices sim keyboard_scanner --option link=/tmp/keyboard

Control lines: `scan A001`. Faults:

    silent      types nothing
    split       each event leaves in two pieces
    slow_ms     pause between two keys
    no_suffix   no Enter at the end
    tab         Tab at the end instead of Enter
    dropped     the kernel had to drop events in the middle of each code
    caps        each code is typed with Caps Lock on, Shift making up for it
    alt         what has no key is spelled as Alt and its byte's number (else it is left out)
    again_ms    the code is typed again so often until `hide` (0: once)
"""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from drivers.sim.base import Simulator
from drivers.sim.keyboard_scanner_port import FifoPort, event

SHIFT_KEY, ALT_KEY, CAPS_KEY, ENTER_KEY, TAB_KEY = 42, 56, 58, 28, 15
KEYPAD = (82, 79, 80, 81, 75, 76, 77, 71, 72, 73)
KEYS = {  # character → key, of a US keyboard
    **{c: 2 + n for n, c in enumerate("1234567890-=")},
    **{c: 16 + n for n, c in enumerate("qwertyuiop[]")},
    **{c: 30 + n for n, c in enumerate("asdfghjkl;'`")},
    **{c: 43 + n for n, c in enumerate("\\zxcvbnm,./")},
    " ": 57,
}
ABOVE = dict(zip('!@#$%^&*()_+{}:"~|<>?', "1234567890-=[];'`\\,./", strict=True))


class KeyboardScannerSimulator(Simulator):
    """The scanner's keyboard side."""

    name = "keyboard_scanner"
    controls: ClassVar[tuple[str, ...]] = ("scan", "hide", "unplug", "plug")
    faults: ClassVar[tuple[str, ...]] = (
        "silent", "split", "slow_ms", "no_suffix", "tab", "dropped", "caps", "alt", "again_ms",
    )  # fmt: skip

    def __init__(self, link: str | Path | None = None, charset: str = "utf-8") -> None:
        super().__init__(FifoPort(link))
        self._charset = charset
        self.silent = self.split = self.no_suffix = self.tab = False
        self.dropped = self.caps = self.alt = False
        self.slow_ms = self.again_ms = 0.0
        self._typing = threading.Lock()
        self._hidden = threading.Event()

    def handle(self, data: bytes) -> None:
        """Nothing can be said to a keyboard of this kind."""

    def scan(self, *words: object) -> None:
        """Hold a code with this text before the scanner; several words are joined by blanks."""
        self._hidden.set()
        self._hidden = hidden = threading.Event()
        text = " ".join(map(str, words))
        threading.Thread(target=self._repeat, args=(text, hidden), daemon=True).start()

    def hide(self) -> None:
        """Take the code away."""
        self._hidden.set()

    def _repeat(self, text: str, hidden: threading.Event) -> None:
        self._type(text)
        while self.again_ms and self.port.plugged and not hidden.wait(self.again_ms / 1000):
            self._type(text)

    def _type(self, text: str) -> None:
        if self.silent:
            return
        with self._typing:
            self._keys([(CAPS_KEY,)] if self.caps else [])
            for n, c in enumerate(text):
                if self.dropped and n == len(text) // 2:
                    self._send(event(0, 3, 0))
                else:
                    self._keys(self._strokes(c))
            self._keys([(CAPS_KEY,)] if self.caps else [])
            if not self.no_suffix:
                self._keys([(TAB_KEY if self.tab else ENTER_KEY,)])

    def _strokes(self, c: str) -> Iterator[tuple[int, ...]]:
        """Chords that make up `c`, each the keys held down together, the last one struck."""
        base = ABOVE.get(c, c.lower())
        if base in KEYS:
            shifted = c in ABOVE or c.isupper()
            if self.caps and base.isalpha():
                shifted = not shifted
            yield (SHIFT_KEY, KEYS[base]) if shifted else (KEYS[base],)
        elif self.alt:
            for byte in c.encode(self._charset):
                yield (ALT_KEY, *(KEYPAD[int(digit)] for digit in f"{byte:04d}"))

    def _keys(self, chords: "Iterator[tuple[int, ...]] | list[tuple[int, ...]]") -> None:
        for chord in chords:
            spelled = chord[0] == ALT_KEY
            self._key(chord[0], 1)
            for key in chord[1:]:
                self._key(key, 1)
                if spelled:
                    self._key(key, 0)
            for key in (ALT_KEY,) if spelled else reversed(chord):
                self._key(key, 0)
            time.sleep(self.slow_ms / 1000)

    def _key(self, key: int, value: int) -> None:
        # As a HID keyboard does: scan code, key, end of the packet.
        self._send(event(4, 4, 0x70000 + key) + event(1, key, value) + event(0, 0, 0))

    def _send(self, records: bytes) -> None:
        if not self.split:
            self.port.send(records)
            return
        self.port.send(records[:13])
        time.sleep(0.002)
        self.port.send(records[13:])


SIMULATOR = KeyboardScannerSimulator
