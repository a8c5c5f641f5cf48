"""The chime before a call: soft bells, computed here, so that no recording needs a licence.

The two notes are those of the TV board (E5, C5). Each begins within 20 ms, not at once, and dies
away; an octave above at a fifth of the strength makes it a bell rather than a whistle.
"""

import array
import math
from functools import cache
from typing import Literal

from drivers.sound.pcm import RATE, Samples

Chime = Literal["two", "three", "none"]

E5, G5, C5 = 659.26, 783.99, 523.25
NOTES: dict[str, tuple[float, ...]] = {"two": (E5, C5), "three": (G5, E5, C5), "none": ()}
APART_S = 0.45
NOTE_S = 1.1
ATTACK_S = 0.02
HALVES_EVERY_S = 0.16
PEAK = 11_000  # of 32,767: below the voice


@cache
def chime(kind: Chime) -> Samples:
    """Its samples; empty for `none`."""
    notes = NOTES[kind]
    if not notes:
        return array.array("h")
    mixed = [0.0] * int(RATE * (APART_S * (len(notes) - 1) + NOTE_S))
    for place, hertz in enumerate(notes):
        begin = int(RATE * APART_S * place)
        for index in range(int(RATE * NOTE_S)):
            mixed[begin + index] += _bell(hertz, index / RATE)
    strongest = max(abs(value) for value in mixed)
    return array.array("h", [round(value / strongest * PEAK) for value in mixed])


def _bell(hertz: float, at_s: float) -> float:
    swell = min(1.0, at_s / ATTACK_S) * min(1.0, (NOTE_S - at_s) / ATTACK_S)
    turn = 2 * math.pi * hertz * at_s
    fade: float = swell * 0.5 ** (at_s / HALVES_EVERY_S)
    return fade * (math.sin(turn) + 0.2 * math.sin(2 * turn))
