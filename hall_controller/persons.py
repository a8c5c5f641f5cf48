"""A person as a terminal sent it, opened. Nothing here is ever logged or put on the bus."""

from dataclasses import dataclass

import msgspec


class _Identity(msgspec.Struct, frozen=True):
    """The two fields of an identity that the hall itself reads."""

    name: str
    number: str


@dataclass(frozen=True, slots=True, repr=False)
class Person:
    """Name and ID number, and the whole identity as it came (JSON)."""

    name: str
    number: str
    raw: bytes

    @property
    def masked_name(self) -> str:
        """The name as staff see it: 测试甲 → 测**; a long one is no longer, and tells no length."""
        return self.name[:1] + "*" * min(len(self.name) - 1, 2)


_DECODER = msgspec.json.Decoder(_Identity)


def read(raw: bytes) -> Person | None:
    """The person in `raw` (JSON), or None when it is not one."""
    try:
        identity = _DECODER.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    if not identity.name or not identity.number:
        return None
    return Person(identity.name, identity.number, raw)
