"""Messages of the Internet Printing Protocol (RFC 8010): requests made, answers taken apart.

A message: version (2 bytes), operation or status (2), request id (4), then groups of attributes,
each begun by a group tag below 10; tag 03 ends them and the document follows. An attribute: value
tag (1), length of the name (2), name, length of the value (2), value; one with an empty name is a
further value of the attribute before it.

Made here and not by pycups: its parser ends the whole program (SIGSEGV) on a broken answer, and it
waits without limit for a print server that hangs.
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from drivers.errors import PeripheralError, Reason
from drivers.saying import saying

VERSION = b"\x02\x00"
ANSWER_LIMIT = 4 * 1024 * 1024  # bytes; a printer may tell all of 500 jobs, unasked
MESSAGE_LIMIT = 200  # characters that are passed on of what a printer says for people
NO_VALUE = 0x13  # value tag of what is not there yet, as the time at which a job began
GROUP_OPERATION, GROUP_JOB, GROUP_END, GROUP_PRINTER = 0x01, 0x02, 0x03, 0x04


class Op(IntEnum):
    """Operations that we use (RFC 8011 and CUPS)."""

    CREATE_JOB = 0x0005
    SEND_DOCUMENT = 0x0006
    CANCEL_JOB = 0x0008
    GET_JOB = 0x0009
    GET_JOBS = 0x000A
    GET_PRINTER = 0x000B
    CUPS_GET_DEFAULT = 0x4001
    CUPS_GET_PRINTERS = 0x4002


class Tag(IntEnum):
    """Value tags."""

    INTEGER = 0x21
    BOOLEAN = 0x22
    ENUM = 0x23
    TEXT = 0x41
    NAME = 0x42
    KEYWORD = 0x44
    URI = 0x45
    CHARSET = 0x47
    LANGUAGE = 0x48
    MIME = 0x49


class Status(IntEnum):
    """Statuses that we tell apart; those below 0x0100 are successes."""

    FORBIDDEN = 0x0401
    NOT_AUTHENTICATED = 0x0402
    NOT_AUTHORIZED = 0x0403
    NOT_POSSIBLE = 0x0404
    NOT_FOUND = 0x0406
    FORMAT_NOT_SUPPORTED = 0x040A
    NOT_ACCEPTING = 0x0506
    BUSY = 0x0507


Attribute = tuple[Tag, str, Any]  # tag, name, and a value or a list of values


@dataclass(frozen=True, slots=True)
class Answer:
    """`groups`: (group tag, values by attribute name), in order.

    "No value" is None; a value of an unknown kind is bytes.
    """

    status: int
    groups: list[tuple[int, dict[str, list[Any]]]] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether the printer did it."""
        return self.status < 0x0100

    def of(self, group: int) -> list[dict[str, list[Any]]]:
        """All groups of one kind; a list of jobs has a group for each."""
        return [values for tag, values in self.groups if tag == group]

    def first(self, group: int) -> dict[str, list[Any]]:
        """The first group of one kind, empty when there is none."""
        return next(iter(self.of(group)), {})

    def message(self) -> str:
        """The printer's own words about a failure, for people."""
        told = words_of(self.first(GROUP_OPERATION), "status-message")
        return told or saying("status {number}", number=f"{self.status:#x}")


def request(op: Op, operation: Iterable[Attribute], job: Iterable[Attribute] = ()) -> bytes:
    """A request without its document. Charset and language are added in front, as is required."""
    head: list[Attribute] = [
        (Tag.CHARSET, "attributes-charset", "utf-8"),
        (Tag.LANGUAGE, "attributes-natural-language", "en"),
    ]
    out = bytearray(VERSION + struct.pack(">HI", op, 1))
    out.append(GROUP_OPERATION)
    for one in (*head, *operation):
        out += _packed(one)
    if job := list(job):
        out.append(GROUP_JOB)
        for one in job:
            out += _packed(one)
    out.append(GROUP_END)
    return bytes(out)


def parse(data: bytes) -> Answer:
    """Take an answer apart. Raises GARBLED for anything that is not a whole one."""
    try:
        _, status, _ = struct.unpack_from(">HHI", data)
        answer = Answer(status)
        _attributes(data, 8, answer.groups)
    except (struct.error, IndexError) as e:
        raise PeripheralError(
            Reason.GARBLED, saying("the answer is not a whole IPP message")
        ) from e
    return answer


def text_of(values: dict[str, list[Any]], name: str) -> str:
    """The attribute's first value when it is a text, else an empty one."""
    value = next(iter(values.get(name, [])), "")
    return value if isinstance(value, str) else ""


def words_of(values: dict[str, list[Any]], name: str) -> str:
    """The attribute's text for people: short, and without what a terminal would obey."""
    shown = "".join(char if char.isprintable() else " " for char in text_of(values, name))
    return " ".join(shown[: 4 * MESSAGE_LIMIT].split())[:MESSAGE_LIMIT]


def texts_of(values: dict[str, list[Any]], name: str) -> list[str]:
    """All of the attribute's values that are texts."""
    return [value for value in values.get(name, []) if isinstance(value, str)]


def number_of(values: dict[str, list[Any]], name: str) -> int:
    """The attribute's first value when it is a number, else 0."""
    value = next(iter(values.get(name, [])), 0)
    return value if isinstance(value, int) else 0


def count_of(values: dict[str, list[Any]], *names: str) -> int | None:
    """The largest of the counts under these names; None when none is told."""
    first = (next(iter(values.get(name, [])), None) for name in names)
    return max((value for value in first if isinstance(value, int) and value >= 0), default=None)


def numbers_of(values: dict[str, list[Any]], name: str) -> list[int]:
    """All of the attribute's values that are numbers."""
    return [value for value in values.get(name, []) if isinstance(value, int)]


def _packed(attribute: Attribute) -> bytes:
    tag, name, values = attribute
    out = b""
    for value in values if isinstance(values, list) else [values]:
        match tag:
            case Tag.INTEGER | Tag.ENUM:
                data = struct.pack(">i", value)
            case Tag.BOOLEAN:
                data = bytes([value])
            case _:
                data = value.encode()
        key = b"" if out else name.encode()
        out += struct.pack(">BH", tag, len(key)) + key + struct.pack(">H", len(data)) + data
    return out


def _attributes(data: bytes, at: int, groups: list[tuple[int, dict[str, list[Any]]]]) -> None:
    """Fill `groups`. Raises struct.error or IndexError where the message ends too early."""
    last: list[Any] = []
    depth = 0  # inside a collection (tags 34 to 37), of which nothing is kept
    while (tag := data[at]) != GROUP_END:
        at += 1
        if tag < 0x10:
            groups.append((tag, {}))
            continue
        name, at = _counted(data, at)
        value, at = _counted(data, at)
        depth = max(0, depth + (tag == 0x34) - (tag == 0x37))
        if depth > 0 or tag == 0x37 or not groups:
            continue
        if name:
            last = groups[-1][1].setdefault(name.decode("utf-8", "replace"), [])
        last.append(_value(tag, value))


def _counted(data: bytes, at: int) -> tuple[bytes, int]:
    (length,) = struct.unpack_from(">H", data, at)
    end = at + 2 + length
    if end > len(data):
        raise IndexError
    return data[at + 2 : end], end


def _value(tag: int, value: bytes) -> Any:
    if tag == NO_VALUE:
        return None
    if tag in (Tag.INTEGER, Tag.ENUM) and len(value) == 4:
        return int.from_bytes(value, "big", signed=True)
    if tag == Tag.BOOLEAN and len(value) == 1:
        return value != b"\0"
    return value.decode("utf-8", "replace") if 0x40 <= tag < 0x60 else value
