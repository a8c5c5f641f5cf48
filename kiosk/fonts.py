"""Where the kiosk's fonts are.

Text: "Noto Sans CJK SC", which set-up takes out of Debian's collection (a collection's first face
has Japanese forms, and Kivy always takes the first). Pictograms: Debian's Material Design Icons.
"""

import os
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path("/usr/share/fonts/opentype/noto")
WANTED = "Noto Sans CJK SC"
ICONS = Path(
    "/usr/share/fonts/truetype/materialdesignicons-webfont/materialdesignicons-webfont.ttf"
)
BUILT = Path(__file__).resolve().parent.parent / "build" / "fonts"


class FontError(Exception):
    """A font is missing; the text is one line and says what to do."""


@dataclass(frozen=True, slots=True)
class Fonts:
    """Paths of the three faces, as Kivy wants them."""

    regular: str
    bold: str
    icons: str


def extract(source: Path, target: Path) -> None:
    """Write the face whose family is `WANTED` from collection `source` to `target`."""
    from fontTools.ttLib import TTCollection  # only when there is something to extract

    with TTCollection(str(source), lazy=True) as collection:
        for font in collection.fonts:
            if font["name"].getDebugName(1).startswith(WANTED):
                target.parent.mkdir(parents=True, exist_ok=True)
                scratch = target.with_suffix(f".{os.getpid()}")
                font.save(str(scratch))
                scratch.replace(target)
                return
    raise FontError(f"{source} holds no face {WANTED}")


def find(cache: Path | None = None) -> Fonts:
    """The fonts; extracts a missing text face into `cache` (default: the user's cache folder).

    Raises FontError with one line when a font is nowhere and cannot be made.
    """
    if not ICONS.is_file():
        raise FontError(f"{ICONS} is missing: install fonts-materialdesignicons-webfont")
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache or home / "yukuai-hall" / "fonts"
    return Fonts(_face("Regular", folder), _face("Bold", folder), str(ICONS))


def _face(weight: str, cache: Path) -> str:
    name = f"NotoSansSC-{weight}.otf"
    for known in (BUILT / name, cache / name):
        if known.is_file():
            return str(known)
    source = SOURCE / f"NotoSansCJK-{weight}.ttc"
    if not source.is_file():
        raise FontError(f"{source} is missing: install fonts-noto-cjk")
    try:
        extract(source, cache / name)
    except (ImportError, OSError) as error:
        raise FontError(
            f"cannot take {name} out of {source} ({error}): run `make setup`"
        ) from error
    return str(cache / name)
