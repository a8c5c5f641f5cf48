"""Take the simplified Chinese face out of Debian's Noto CJK collections.

Kivy takes face 0 of a collection, which has Japanese forms; face 2 is "Noto Sans CJK SC".
"""

import sys
from pathlib import Path

from fontTools.ttLib import TTCollection

SOURCE = Path("/usr/share/fonts/opentype/noto")
WANTED = "Noto Sans CJK SC"


def extract(source: Path, target: Path) -> None:
    """Write the face whose family is `WANTED` from collection `source` to `target`."""
    with TTCollection(str(source), lazy=True) as collection:
        for font in collection.fonts:
            if font["name"].getDebugName(1).startswith(WANTED):
                target.parent.mkdir(parents=True, exist_ok=True)
                font.save(str(target))
                return
    raise SystemExit(f"{source} holds no face {WANTED}")


def main() -> None:
    """Extract Regular and Bold into the folder given as the only argument."""
    folder = Path(sys.argv[1])
    for weight in ("Regular", "Bold"):
        extract(SOURCE / f"NotoSansCJK-{weight}.ttc", folder / f"NotoSansSC-{weight}.otf")


if __name__ == "__main__":
    main()
