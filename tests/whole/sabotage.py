"""`python -m tests.whole.sabotage PART …`: the demo with one simulated peripheral that is broken.

The part does not do what its driver was told, as with a wrong driver; the demo must see that on the
hardware's side. Everything else is the demo, unchanged.
"""

import sys

from drivers.sim import escpos, onbon_bx
from drivers.sim.onbon_bx_wire import Frame
from scripts.demo.__main__ import main


class DeafPanel(onbon_bx.OnbonSimulator):
    """Answers that all is well and drops every text."""

    def _obey(self, frame: Frame, screen: int) -> int:
        return 0 if (frame.group, frame.command) == (0xA3, 0x06) else super()._obey(frame, screen)


class SmallPrinter(escpos.EscposSimulator):
    """Never hears the command that makes a number large."""

    def feed(self, data: bytes) -> None:
        super().feed(data.replace(b"\x1d\x21\x22", b"\x1d\x21\x00"))


def sabotage(part: str) -> None:
    """Exchange `panel` or `printer` for its broken twin."""
    if part == "panel":
        onbon_bx.SIMULATOR = DeafPanel
    elif part == "printer":
        escpos.SIMULATOR = SmallPrinter
    else:
        raise ValueError(part)


if __name__ == "__main__":
    sabotage(sys.argv.pop(1))
    sys.exit(main())
