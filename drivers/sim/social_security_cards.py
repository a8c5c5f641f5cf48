"""Fictitious social security cards: files of records, as their structure describes them.

All holders were born in January 1900 in no county, so that no number can be a living person's. The
numbering of records, the padding and the joined name are written anew, apart from the driver's.
"""

from dataclasses import dataclass, field

Record = tuple[int, bytes]
ATR = bytes.fromhex("3B 6D 00 00 00 81 54 31 01 00 00 00 00 00 00 00 01")


@dataclass(frozen=True, slots=True)
class Card:
    """A chip card. `files` are its records in order, by file id; locked ones hold none."""

    social_security: bool = True
    files: dict[int, tuple[Record, ...]] = field(default_factory=dict)
    locked: tuple[int, ...] = (0xEF07, 0xEF08)
    atr: bytes = ATR


def _card(
    number: str,
    name: str,
    *,
    card_number: str = "T00000001",
    born: str = "19000101",
    sex: bytes = b"1",
    nation: str = "01",
    dates: tuple[bytes, bytes] = (bytes.fromhex("20240101"), bytes.fromhex("20990101")),
    version: bytes = b"3.00",
    padding: bytes = b"\0",
    more_name: bool = True,
) -> Card:
    coded = name.encode("gb18030").ljust(50, padding)
    issued, valid_to = dates
    holder = [(0x08, number.encode().ljust(18, padding)), (0x09, coded[:30])]
    if more_name:
        holder.append((0x4E, coded[30:50]))
    holder += [
        (0x0A, sex), (0x0B, bytes.fromhex(nation)), (0x0C, bytes.fromhex("500000")),
        (0x0D, bytes.fromhex(born)),
    ]  # fmt: skip
    card = [
        (0x01, bytes.fromhex("500000 D156000005 0000000000000001")), (0x02, b"3"),
        (0x03, version), (0x04, bytes(12)), (0x05, issued), (0x06, valid_to),
        (0x07, card_number.encode().ljust(9, padding)),
    ]  # fmt: skip
    return Card(files={0xEF05: tuple(card), 0xEF06: tuple(holder)})


CARDS = {
    "jia": _card("500000190001010007", "测试甲"),
    # 𠮷 has four bytes, which stand on both sides of the cut between name and its extension.
    "yi": _card(
        "500000190001020029", "测试乙阿卜杜热合曼麦麦提依明𠮷", card_number="T00000002",
        born="19000102", sex=b"2", nation="05", version=b"2.0\0",
    ),
    "old": _card(
        "500000190001030016", "测试丙", card_number="T00000003", born="19000103",
        version=b"1.0\0", more_name=False,
    ),
    "spaces": _card(
        "50000019000104002X", "测试丁", card_number="T0000004", born="19000104", sex=b"2",
        nation="15", padding=b" ", dates=(b"2012", b"2022"),
    ),
    "expired": _card(
        "500000190001050017", "测试戊", card_number="T00000005", born="19000105",
        dates=(bytes.fromhex("20040105"), bytes.fromhex("20140105")),
    ),
    "wrong": _card("500000190001060019", "测试己", card_number="T00000006", born="19000106"),
    "bank": Card(social_security=False),
}  # fmt: skip


def card_of(name: str) -> Card:
    """A card by its name. Raises ValueError with the names there are."""
    if name not in CARDS:
        raise ValueError(f"no card {name!r}; there are {', '.join(CARDS)}")
    return CARDS[name]
