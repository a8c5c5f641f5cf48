"""A fuzz target, and how its inputs are cut into pieces."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

TODAY = date(2026, 11, 24)


@dataclass(frozen=True, slots=True)
class Target:
    """A parser of bytes from a device. `longest` bounds its inputs where long ones are slow."""

    name: str
    run: Callable[[bytes], None]
    seeds: tuple[bytes, ...]
    longest: int = 8192


def pieces(data: bytes) -> list[bytes]:
    """`data` without its first byte, cut into pieces of that many bytes (0: whole)."""
    if not data:
        return []
    size = data[0] or len(data)
    return [data[at : at + size] for at in range(1, len(data), size)]


def same_however_cut(parse: Callable[[Sequence[bytes]], list[str]], data: bytes) -> None:
    """Run `parse` over the pieces and over the whole; both must tell the same."""
    told = parse(pieces(data))
    whole = parse([data[1:]])
    if told != whole:
        raise AssertionError(f"cut: {told}, whole: {whole}")


def hexed(text: str) -> bytes:
    """Bytes as the protocol sheets write them."""
    return bytes.fromhex(text)
