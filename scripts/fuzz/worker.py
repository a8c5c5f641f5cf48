"""One target in this process: `python -m scripts.fuzz.worker NAME [libFuzzer options] CORPUS`.

The modules of the parser are imported under atheris' instrumentation; libFuzzer's own options give
the number of inputs and the limits of time and memory, and it ends the process. Before it begins,
each seed is fed as a flood. An input may take a second of this process, and a little for each byte:
a parser that looks at everything again for each byte is found by that. A parser that keeps what
it was fed, wherever, is found by the growth of the process.
"""

import importlib
import logging
import resource
import sys
import time

import atheris
import structlog

from scripts.fuzz.target import Target

LONGEST_S, BYTE_S = 1.0, 0.00005  # three times what the slowest parser needs
FLOOD = 64 * 1024
SETTLED = 5000  # inputs after which the process has its size
GROWTH_MIB = 48  # of which libFuzzer's own notes are a few


class Watched:
    """The target's `run` within its limits of time and memory."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._inputs = 0
        self._settled_mib = 0.0

    def flood(self) -> None:
        """Each seed over and over, and nothing but one byte."""
        for seed in (*self._target.seeds, b"\x01\x00", b"\x00\xff"):
            self.run(seed[:1] + (seed[1:] or seed) * (FLOOD // len(seed)))

    def run(self, data: bytes) -> None:
        """One input. Raises AssertionError when it took too long or too much."""
        begun = time.process_time()
        self._target.run(data)
        spent = time.process_time() - begun
        assert spent < LONGEST_S + BYTE_S * len(data), f"{spent:.1f} s for {len(data)} bytes"
        self._inputs += 1
        if self._inputs == SETTLED:
            self._settled_mib = _peak_mib()
        elif self._inputs > SETTLED and self._inputs % 1000 == 0:
            grown = _peak_mib() - self._settled_mib
            assert grown < GROWTH_MIB, f"grew by {grown:.0f} MiB in {self._inputs} inputs"


def main() -> None:
    """Fuzz until libFuzzer ends it; exit status 0 when nothing was found."""
    name, *options = sys.argv[1:]
    with atheris.instrument_imports(include=["drivers"], exclude=["drivers.sim"]):
        watched = Watched(importlib.import_module("scripts.fuzz.targets").target(name))
    quiet = structlog.make_filtering_bound_logger(logging.CRITICAL)
    structlog.configure(wrapper_class=quiet)
    watched.flood()
    atheris.Setup([sys.argv[0], *options], watched.run)
    atheris.Fuzz()


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
