"""`hall-devices read`: one identity card, or one code before a scanner."""

import os
import sys
import threading
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from drivers.cards.photos import picture_of
from drivers.cli.arguments import AsJson, Driver, Options, Seconds
from drivers.cli.run import Exit, answer, bad_argument, driver_of, fail, plain, use
from drivers.cli.wording import language
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import IdentityCard, Kind, ScannedCode
from drivers.masking import mask_address, mask_name, mask_number, mask_numbers_in
from drivers.saying import saying, together
from drivers.words import say

READ_GRACE_S = 5.0  # a card laid at the last moment is still read to its end
GIVE_UP_S = 0.8  # on Ctrl-C: a scanner's light goes out before the program ends
CARD_KEYS = (
    "kind", "name", "name_latin", "sex", "nation", "birth", "address", "number",
    "issuer", "valid_from", "valid_to", "open_ended", "problems",
)  # fmt: skip
RAW_PHOTO = ".wlt"
MASKED_NUMBERS = ("number", "card_number", "permit_number", "earlier_number")


def read(
    driver: Driver,
    option: Options = [],  # noqa: B006 - typer wants a list
    *,
    timeout: Seconds = 30.0,
    as_json: AsJson = False,
    reveal: Annotated[bool, typer.Option("--reveal", help="Show personal data in full.")] = False,
    photo: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Keep the card's photo: *.wlt as read, else decoded."),
    ] = None,
) -> None:
    """Read one identity card or one code; personal data is masked unless --reveal is given.

    Of a card: name, numbers and address; birth, sex and nation are shown.
    Of a code: ID numbers (15 or 18 characters, in any form of digits, also with
    blanks or hyphens between); all its other text is shown.

    A photo that cannot be kept is told of (`photo_note`) and does not make the reading fail.
    A card that was found within --timeout is read to its end: up to five seconds longer.

    Example: hall-devices read sdt_reader --option port=/dev/ttyUSB0 --timeout 10
    """
    end = time.monotonic() + timeout
    given_up = threading.Event()
    lang = language()  # the work has a thread of its own, which does not know it

    def work(device: Any) -> IdentityCard | ScannedCode:
        left_s = max(0.1, end - time.monotonic())
        if sys.stderr.isatty() and not as_json:
            hand = "lay" if spec.kind is Kind.CARD_READER else "scan"
            print(say(hand, lang, left=round(left_s)), file=sys.stderr)
        read: IdentityCard | ScannedCode = device.read(left_s, given_up.is_set)
        return read

    try:
        kinds = (Kind.CARD_READER,) if photo else (Kind.CARD_READER, Kind.SCANNER)
        spec, options = driver_of(driver, kinds, option)
        if photo and not (photo.parent.is_dir() and os.access(photo.parent, os.W_OK)):
            raise bad_argument(saying("--photo: cannot write in {folder}", folder=photo.parent))
        found = use(
            spec,
            options,
            work,
            timeout + READ_GRACE_S,
        )
    except PeripheralError as e:
        fail(as_json, e)
    except KeyboardInterrupt:
        given_up.set()
        time.sleep(GIVE_UP_S)
        raise
    kept = keep_photo(found.photo, photo) if photo and isinstance(found, IdentityCard) else {}
    answer(as_json, told_of(found, reveal) | kept, Exit.DONE, kept.get("photo_note", ""))


def keep_photo(data: bytes | None, file: Path) -> dict[str, Any]:
    """Write the photo to `file`, for its owner's eyes; what to tell of it.

    `photo` is the file that was written, `photo_note` says why none was.
    """
    if data is None:
        return {"photo_note": saying("This card gave no photo.")}
    try:
        content = data if file.suffix.lower() == RAW_PHOTO else picture_of(data)
        _write(file, content)
    except PeripheralError as e:
        hint = saying("Name the file *{end} to keep it as it was read.", end=RAW_PHOTO)
        return {"photo_note": together(e.detail, hint if e.reason is Reason.REJECTED else "")}
    except OSError as e:
        return {"photo_note": saying("cannot write {file}: {why}", file=file, why=e.strerror)}
    return {"photo": str(file)}


def _write(file: Path, content: bytes) -> None:
    """Raises OSError, and leaves no part behind."""
    fd = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(fd, "wb") as opened:
            opened.write(content)
    except OSError:
        if file.is_file():  # no device
            file.unlink()
        raise


def told_of(found: IdentityCard | ScannedCode, reveal: bool) -> dict[str, Any]:
    """What is shown of it, `ok` first. What a kind of card never has is left out of its answer."""
    if isinstance(found, ScannedCode):
        text = found.text if reveal else mask_numbers_in(found.text)
        return {"ok": True, "kind": "code", **plain(found), "text": text}
    shown = plain(found)
    if not reveal:
        latin = found.name_latin
        shown |= {
            "name": mask_name(found.name),
            "name_latin": None if latin is None else mask_name(latin),
            "address": mask_address(found.address),
            "newest_address": mask_address(found.newest_address),
        }
        shown |= {key: mask_number(shown[key]) for key in MASKED_NUMBERS if shown[key]}
    del shown["photo"], shown["fingerprints"]
    usual = {key: shown.pop(key) for key in CARD_KEYS}
    return {"ok": True, **usual, **{key: value for key, value in shown.items() if value}}
