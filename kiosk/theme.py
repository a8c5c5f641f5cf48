"""How the kiosk looks, as named tokens: no screen spells a colour or a size of its own.

Lengths are *design pixels* of a 1080 × 1920 (portrait) or 1920 × 1080 (landscape) screen; `Sheet`
turns them into real ones. The contrast of each pair that is used stands in `PAIRS` and is tested.
A mode (normal now; elder and high contrast later) is one more `Theme`.
"""

from dataclasses import dataclass, fields

Rgba = tuple[float, float, float, float]


def rgba(colour: str, alpha: float = 1.0) -> Rgba:
    """`#RRGGBB` as four fractions, for Kivy."""
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue, alpha


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours by what they are for."""

    ink: str = "#14202B"  # text
    ink_soft: str = "#4A5A68"  # secondary text, never below `hint`
    paper: str = "#F6F8FA"  # the ground
    card: str = "#FFFFFF"  # a tile on it
    line: str = "#D3DCE4"  # hairlines and tile borders
    pressed: str = "#D6E4F2"  # a tile under the finger
    primary: str = "#0A5FA8"  # the one thing to press
    primary_dark: str = "#084A84"  # ... under the finger
    primary_pale: str = "#E6F0F9"  # ground of a pictogram, of a fact
    on_primary: str = "#FFFFFF"
    good: str = "#0B6E4F"
    good_pale: str = "#E8F5EF"
    warn: str = "#7A4B00"
    warn_pale: str = "#FFF6E0"
    bad: str = "#B42318"
    bad_pale: str = "#FFF1F0"
    night: str = "#0B2545"  # header, idle screen
    night_soft: str = "#16365F"  # a tile on it
    on_night: str = "#FFFFFF"
    on_night_soft: str = "#C9D6E6"
    amber: str = "#FFC53D"
    shade: str = "#0B2545"  # laid over a screen, see `Theme.shade_alpha`


@dataclass(frozen=True, slots=True)
class Theme:
    """One mode of the kiosk. Sizes in design pixels, times in seconds."""

    palette: Palette = Palette()
    type_scale: float = 1.0  # elder mode: 1.35
    steps: tuple[float, ...] = (184, 152, 128, 104, 88, 72, 60, 52, 46, 40, 36, 32, 28)
    number: float = 220  # a long text goes down `steps`, never below the last of them
    display: float = 104  # the clock of the idle screen
    title: float = 72
    heading: float = 60
    tile: float = 52
    lead: float = 46
    body: float = 40
    hint: float = 32
    grid: float = 8
    margin: float = 64
    gap: float = 32
    corner: float = 24
    stroke: float = 6  # line pictures
    hairline: float = 2
    header: float = 160
    footer: float = 176
    target: float = 96  # smallest thing to press; elder: 144
    button: float = 128
    tiles_per_page: int = 6
    rows_per_page: int = 6
    shade_alpha: float = 0.72
    motion_s: float = 0.18  # 0 in high contrast mode
    loop_s: float = 2.0  # an animated picture
    frames_per_s: float = 15.0  # of one: each frame redraws the whole screen

    def sizes(self, style: str) -> tuple[float, ...]:
        """Type sizes to try for `style` (a field's name), the wanted one first."""
        wanted = float(getattr(self, style))
        tried = (wanted, *(step for step in self.steps if step < wanted))
        return tuple(size * self.type_scale for size in tried)

    @property
    def styles(self) -> tuple[float, ...]:
        """Every type size that may come up, the common ones first."""
        return tuple(size * self.type_scale for size in (*self.steps[::-1], self.number))

    def colour(self, name: str) -> str:
        """`#RRGGBB` of a palette token."""
        return str(getattr(self.palette, name))


NORMAL = Theme()
TOKENS = frozenset(field.name for field in fields(Palette))

# (text, ground, least contrast by WCAG 2.1): every pair that a screen puts together.
PAIRS: tuple[tuple[str, str, float], ...] = (
    ("ink", "paper", 15.0),
    ("ink", "card", 16.0),
    ("ink", "pressed", 7.0),
    ("ink", "primary_pale", 7.0),
    ("ink_soft", "paper", 6.5),
    ("ink_soft", "card", 7.0),
    ("ink_soft", "primary_pale", 4.5),
    ("ink_soft", "pressed", 4.5),
    ("primary", "card", 6.0),
    ("primary", "paper", 6.0),
    ("primary", "primary_pale", 4.5),
    ("primary", "pressed", 4.5),
    ("on_primary", "primary", 6.4),
    ("on_primary", "primary_dark", 7.0),
    ("on_primary", "good", 6.2),
    ("good", "good_pale", 5.5),
    ("ink", "good_pale", 7.0),
    ("warn", "warn_pale", 6.8),
    ("ink", "warn_pale", 7.0),
    ("bad", "bad_pale", 5.9),
    ("on_primary", "bad", 6.5),
    ("on_night", "night", 15.0),
    ("on_night", "night_soft", 9.0),
    ("on_night_soft", "night", 7.0),
    ("on_night_soft", "night_soft", 7.0),
    ("amber", "night", 9.6),
    ("amber", "night_soft", 7.0),
)


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.1, section 'Definitions'."""
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in rgba(colour)[:3]]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21, WCAG 2.1."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
