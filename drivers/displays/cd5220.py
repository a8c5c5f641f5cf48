"""Customer displays (客显) of two lines of 20 characters that know CD5220 commands (ESC/POS pole).

    [[nodes.peripherals]]
    id = "panel-3"
    driver = "cd5220"
    options = { port = "/dev/ttyUSB0" }
    # or { port = "/dev/ttyUSB0", select = true, brightness = 4 }

Manuals: POSX XP8200 and Partner pole displays, command set CD5220. What is sent:

    [1B 3D 02] 0C 1B 40 0C [1B 5F 00] [1B 2A n]   select, initialise, clear, cursor off, brightness
    1B 51 41 text 0D   upper line
    1B 51 42 text 0D   lower line
    1B 51 44 text 0D   upper line, scrolling, fewer than 40 characters

Only 0C and 18 leave the line mode that 1B 51 begins and in which nothing else is heard, so 0C comes
before everything else. There is no Chinese and no answer. A line feed in a text begins the lower
line. Without one up to 20 characters stand in the upper line; what breaks between words into two
lines of 20 in both; anything else scrolls in the upper line, cut to 39. Spaces are sent as given,
only those at such a break are not. `select` is for a display whose cable hangs behind a printer's:
without it the printer would print the text. The printer itself then cannot be driven through the
same port.
"""

import textwrap
from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field

from drivers.displays.mute import MuteDisplay
from drivers.displays.place import PlaceOptions
from drivers.displays.substitution import Substituted, can_show_ascii, substitute
from drivers.interfaces import DriverSpec, Kind, ShowResult
from drivers.saying import saying, together

COLUMNS = 20
SCROLL_LIMIT = 39
SELECT_DISPLAY = b"\x1b\x3d\x02"
INITIALISE, CLEAR = b"\x1b\x40", b"\x0c"
CURSOR_OFF = b"\x1b\x5f\x00"
BRIGHTNESS = b"\x1b\x2a"
UPPER, LOWER, SCROLL = b"\x1b\x51\x41", b"\x1b\x51\x42", b"\x1b\x51\x44"
CR = b"\x0d"


class Cd5220Options(PlaceOptions):
    """Options of a `cd5220` display: 9600 8N1 is usual."""

    # Has no address and takes all that it hears for its own.
    told_apart_by: ClassVar[Mapping[str, object] | None] = {}

    select: bool = Field(
        default=False, description="The display hangs behind a printer: select it before each text"
    )
    cursor_off: bool = Field(default=True, description="Hide the cursor")
    brightness: int | None = Field(default=None, ge=1, le=4, description="4 is brightest")


class Cd5220Display(MuteDisplay[Cd5220Options]):
    """A `Display`."""

    def show(self, text: str) -> ShowResult:
        """See `Display.show`. A line feed in `text` begins the lower line."""
        given = text.replace("\r\n", "\n").split("\n")
        found = [substitute(line, can_show_ascii, missing="?", words=True) for line in given]
        data, shown = lines([one.text for one in found])
        advice = merged(found).advice
        if data.startswith(SCROLL) and len(" ".join(one.text for one in found)) > SCROLL_LIMIT:
            advice = together(saying("Cut to {limit} characters.", limit=SCROLL_LIMIT), advice)
        return self.send(beginning(self.options) + data, shown=shown, advice=advice)


def merged(found: list[Substituted]) -> Substituted:
    """What was replaced and cut in all lines, told once."""
    replaced = {old: new for line in found for old, new in line.replaced}
    return Substituted("", tuple(replaced.items()), any(line.cut for line in found))


def beginning(options: Cd5220Options) -> bytes:
    """What goes before each text: the display is as after power-up and clear, and ours."""
    data = (SELECT_DISPLAY if options.select else b"") + CLEAR + INITIALISE + CLEAR
    if options.cursor_off:
        data += CURSOR_OFF
    if options.brightness is not None:
        data += BRIGHTNESS + bytes([options.brightness])
    return data


def lines(texts: list[str]) -> tuple[bytes, str]:
    """Commands that show `texts` (ASCII, a line each; empty ones are no line) and what they show.

    The display has been cleared, so an empty upper line needs no command.
    """
    whole = " ".join(text for text in texts if text)
    both = texts if len(texts) == 2 else [whole]
    if any(len(line) > COLUMNS for line in both):
        both = textwrap.wrap(
            whole, COLUMNS, break_long_words=False, break_on_hyphens=False, expand_tabs=False
        )
    if len(both) <= 2 and all(len(line) <= COLUMNS for line in both):
        placed = zip((UPPER, LOWER), both, strict=False)
        data = b"".join(line + text.encode("ascii") + CR for line, text in placed if text)
        return data, " ".join(text for text in both if text)
    cut = whole[:SCROLL_LIMIT]
    return SCROLL + cut.encode("ascii") + CR, cut


SPEC: DriverSpec = DriverSpec(
    name="cd5220",
    kind=Kind.DISPLAY,
    title="CD5220 / ESC-POS customer display, 2 x 20 characters",
    options=Cd5220Options,
    open=Cd5220Display,
    speeds=(9600, 19200),
    test_text="TEST A001\nWINDOW 3",
)
