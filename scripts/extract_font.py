"""Takes the simplified Chinese faces out of Debian's Noto CJK collections, for the kiosk."""

import sys
from pathlib import Path

from kiosk.fonts import SOURCE, extract


def main() -> None:
    """Extract Regular and Bold into the folder given as the only argument."""
    folder = Path(sys.argv[1])
    for weight in ("Regular", "Bold"):
        extract(SOURCE / f"NotoSansCJK-{weight}.ttc", folder / f"NotoSansSC-{weight}.otf")


if __name__ == "__main__":
    main()
