"""Which documents a page printer is given: PDF, PNG, JPEG and plain text, told by their bytes."""

from dataclasses import dataclass
from pathlib import Path

from drivers.errors import PeripheralError, Reason
from drivers.printers.cups_text import pdf_of
from drivers.saying import Saying, saying

STARTS = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
)
OTHERS = (
    (b"PK\x03\x04", saying("an office file or archive")),
    (b"\xd0\xcf\x11\xe0", saying("an old office file")),
)
UNKNOWN = saying("of an unknown type")


@dataclass(frozen=True, slots=True)
class Document:
    """What is printed, and its MIME type. The file's name may be personal and stays behind."""

    mime: str
    data: bytes

    def __repr__(self) -> str:
        return f"<Document {self.mime} of {len(self.data)} bytes, withheld>"


def load(file: Path, limit: int) -> Document:
    """Read a document of at most `limit` bytes. Raises BAD_OPTION for what cannot be printed."""
    try:
        with file.open("rb") as opened:
            data = opened.read(limit + 1)
    except OSError as e:
        raise _refused(saying("cannot read the file: {why}", why=e.strerror)) from e
    if len(data) > limit:
        raise _refused(saying("the file is larger than {limit_mb} MB", limit_mb=limit // 1_000_000))
    return document_of(data)


def document_of(data: bytes) -> Document:
    """Tell the type of a document by its bytes. Text may be UTF-8 or GB18030 and becomes a PDF."""
    if not data:
        raise _refused(saying("the file is empty"))
    for start, mime in STARTS:
        if data.startswith(start):
            if mime == "application/pdf" and b"%%EOF" not in data[-2048:]:
                raise _refused(saying("the PDF is cut off: its end is missing"))
            return Document(mime, data)
    what = next((what for start, what in OTHERS if data.startswith(start)), UNKNOWN)
    text = _text(data)
    if text is None:
        raise _refused(
            saying("the file is {what}; PDF, PNG, JPEG and plain text can be printed", what=what)
        )
    return Document("application/pdf", pdf_of(text))


def _text(data: bytes) -> str | None:
    for charset in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(charset)
        except UnicodeDecodeError:
            continue
        controls = (char < " " and char not in "\t\r\n\f" for char in text)
        return None if any(controls) or "\x7f" in text else text
    return None


def _refused(detail: Saying) -> PeripheralError:
    return PeripheralError(Reason.BAD_OPTION, detail, sent=False)
