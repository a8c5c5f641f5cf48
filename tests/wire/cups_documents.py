"""Documents to print, made by programs that are none of ours, and what comes out, looked at."""

import subprocess
from pathlib import Path

POSTSCRIPT = (
    "/Helvetica findfont 40 scalefont setfont "
    "{0} {{ 100 400 moveto (PAGE-OF-THREE) show showpage }} repeat"
)


def three_pages(folder: Path, pages: int = 3) -> Path:
    file = folder / "secret-name.pdf"
    subprocess.run(
        ["gs", "-q", "-sDEVICE=pdfwrite", "-o", file, "-c", POSTSCRIPT.format(pages)], check=True
    )
    return file


def text_in(pdf: Path) -> str:
    done = subprocess.run(["pdftotext", pdf, "-"], capture_output=True, text=True, check=True)
    return done.stdout


def facts_of(pdf: Path) -> dict[str, str]:
    done = subprocess.run(["pdfinfo", pdf], capture_output=True, text=True, check=True)
    pairs = (line.partition(":") for line in done.stdout.splitlines())
    return {key: value.strip() for key, _, value in pairs}


def blackness(pdf: Path, folder: Path) -> int:
    """Dark pixels of the first page at 50 dpi, drawn by poppler."""
    from PIL import Image

    subprocess.run(
        ["pdftoppm", "-r", "50", "-gray", "-f", "1", "-l", "1", pdf, folder / "p"], check=True
    )
    (file,) = folder.glob("p-*.pgm")
    count = sum(Image.open(file).histogram()[:128])
    file.unlink()
    return count
