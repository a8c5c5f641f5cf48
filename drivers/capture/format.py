"""The file of a recording: JSON Lines, first a header, then one chunk a line.

    {"format": "yukuai-hall-capture", "version": 1, "driver": "sdt_reader", "options": {…},
     "program": "0.1.0", "recorded_at": "2026-03-02T09:14:07+08:00", "masked": true}
    {"ms": 3, "dir": "out", "hex": "aaaaaa96690003 11ff ed"}

`ms` counts from the opening and never falls; `dir` is out (to the peripheral) or in; blanks in
`hex` are allowed, so that a recording can be annotated by eye.
"""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from drivers.errors import PeripheralError, Reason
from drivers.interfaces import Chunk, Direction
from drivers.saying import saying
from drivers.settings.option_words import problems

FORMAT = "yukuai-hall-capture"
LARGEST_FILE = 256 * 1024 * 1024
LONGEST_MS = 366 * 24 * 3600 * 1000
MENDING = saying("delete the line if the file was cut off, or record anew")
SECRET_WORDS = ("password", "passwd", "secret", "token", "pin", "key")


class Header(BaseModel):
    """First line of a recording."""

    model_config = ConfigDict(frozen=True)

    format: str = Field(default=FORMAT, pattern=f"^{FORMAT}$")
    version: int = Field(default=1, ge=1, le=1)
    driver: str = Field(min_length=1)
    options: dict[str, Any] = {}
    program: str = ""
    recorded_at: str = ""
    masked: bool


@dataclass(frozen=True, slots=True)
class Capture:
    """A recording as it stands in a file."""

    header: Header
    chunks: Sequence[Chunk] = field(default_factory=tuple)


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid")

    ms: int = Field(ge=0, le=LONGEST_MS)
    dir: Direction
    hex: str


M = TypeVar("M", bound=BaseModel)
EXAMPLES: dict[type[BaseModel], str] = {
    Header: f'{{"format": "{FORMAT}", "version": 1, "driver": "NAME", "options": {{}}, '
    '"masked": true}',
    _Line: '{"ms": 3, "dir": "out", "hex": "aa96"}',
}


def header_of(driver: str, options: BaseModel, masked: bool) -> Header:
    """The header of a recording made now. Secret options are left out."""
    try:
        program = version("yukuai-hall")
    except PackageNotFoundError:
        program = ""
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    told = _public(options)
    return Header(driver=driver, options=told, program=program, recorded_at=now, masked=masked)


def write_capture(file: Path, capture: Capture) -> None:
    """Write all at once, for the owner alone to read. Raises OSError, and leaves no part behind."""
    lines = [capture.header.model_dump_json()]
    lines += [
        json.dumps({"ms": chunk.at_ms, "dir": chunk.direction.value, "hex": chunk.data.hex()})
        for chunk in capture.chunks
    ]
    fresh = file.with_name(file.name + ".new")
    fresh.unlink(missing_ok=True)
    fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(fd, "w", encoding="utf-8") as out:
            out.write("\n".join(lines) + "\n")
        fresh.replace(file)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise


def read_capture(file: Path) -> Capture:
    """The recording in `file`. Raises BAD_OPTION, naming the line that is wrong, and a remedy."""
    try:
        if not file.is_file():  # a device or pipe may never end
            why = saying("not a file") if file.exists() else saying("no such file")
            raise wrong(saying("cannot read {file}: {why}", file=file, why=why))
        if file.stat().st_size > LARGEST_FILE:
            raise wrong(
                saying(
                    "{file} is larger than a recording can be ({most} MiB): "
                    "is it one of hall-devices record?",
                    file=file, most=LARGEST_FILE >> 20,
                )
            )  # fmt: skip
        with file.open("rb") as opened:
            return _capture(file, opened)
    except OSError as e:
        raise wrong(saying("cannot read {file}: {why}", file=file, why=e.strerror)) from e


def wrong(detail: str) -> PeripheralError:
    """The error of an unusable file or argument."""
    return PeripheralError(Reason.BAD_OPTION, detail, sent=False)


def _capture(file: Path, lines: Iterable[bytes]) -> Capture:
    header: Header | None = None
    chunks: list[Chunk] = []
    for number, line in enumerate(lines, start=1):
        place = saying("{file}: line {number}", file=file, number=number)
        text = _text(line, place)
        if header is None:
            header = _parsed(Header, text, place)
        elif text.strip():
            chunks.append(_chunk(text, place, chunks[-1].at_ms if chunks else 0))
    if header is None:
        raise wrong(saying("{file}: line 1: no header, the file is empty: record anew", file=file))
    return Capture(header, tuple(chunks))


def _text(line: bytes, place: str) -> str:
    try:
        return line.decode("utf-8-sig")  # editors on Windows put a mark in front
    except UnicodeDecodeError as e:
        raise wrong(
            saying(
                "{place}: not UTF-8 at byte {at}: save the file as UTF-8",
                place=place, at=e.start + 1,
            )
        ) from e  # fmt: skip


def _chunk(text: str, place: str, earlier_ms: int) -> Chunk:
    line = _parsed(_Line, text, place)
    if line.ms < earlier_ms:
        raise wrong(
            saying(
                "{place}: ms: {ms} is before the line above, {earlier}; let it rise",
                place=place, ms=line.ms, earlier=earlier_ms,
            )
        )  # fmt: skip
    try:
        data = bytes.fromhex(line.hex)
    except ValueError as e:
        raise wrong(
            saying(
                "{place}: hex: no bytes in hexadecimal, two digits each; {mending}",
                place=place, mending=MENDING,
            )
        ) from e  # fmt: skip
    if not data:
        raise wrong(saying("{place}: hex: empty; {mending}", place=place, mending=MENDING))
    return Chunk(line.ms, line.dir, data)


def _parsed(model: type[M], text: str, place: str) -> M:
    try:
        return model.model_validate_json(text)
    except ValidationError as e:
        first, what = e.errors()[0]["type"], problems(model, e, options=False)[0]
    if first == "json_invalid":
        remedy = saying("is it a recording of hall-devices record?")
        remedy = remedy if model is Header else MENDING
    elif first == "extra_forbidden":
        remedy = saying("there are {names}", names=", ".join(model.model_fields))
    else:
        remedy = saying("a line is like {example}", example=EXAMPLES[model])
    raise wrong(saying("{place}: {what}; {remedy}", place=place, what=what, remedy=remedy))


def _public(options: BaseModel) -> Mapping[str, Any]:
    """Options that are set and may be known."""
    secret = {
        name
        for name in type(options).model_fields
        if isinstance(getattr(options, name), SecretStr)
        or any(word in name.lower().split("_") for word in SECRET_WORDS)
    }
    return options.model_dump(mode="json", exclude=secret, exclude_none=True)
