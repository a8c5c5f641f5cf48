"""Where each field stands in a card's 256-byte text block (GA/T 490 and its followers).

UTF-16LE, padded with spaces; start and size in bytes. One character at 248 tells the card apart:
a space is a resident's card (居民身份证), J the residence permit (居住证) of Hong Kong, Macau and
Taiwan, I and Y the permanent residence card of a foreigner as of 2017 and of 2023.
"""

from drivers.interfaces import CardKind

TEXT_BYTES = 256
MARKER_AT = 248
MARKERS = {
    " ": CardKind.CITIZEN,
    "J": CardKind.HMT,
    "I": CardKind.FOREIGN_2017,
    "Y": CardKind.FOREIGN_2023,
}

Layout = dict[str, tuple[int, int]]

_CITIZEN: Layout = {
    "name": (0, 30),
    "sex": (30, 2),
    "nation": (32, 4),
    "birth": (36, 16),
    "address": (52, 70),
    "number": (122, 36),
    "issuer": (158, 30),
    "valid_from": (188, 16),
    "valid_to": (204, 16),
}
_HMT: Layout = {
    **{name: place for name, place in _CITIZEN.items() if name != "nation"},
    "permit_number": (220, 18),
    "issue_count": (238, 4),
}
_FOREIGN_2017: Layout = {
    "name_latin": (0, 120),
    "sex": (120, 2),
    "number": (122, 30),
    "nationality": (152, 6),
    "name": (158, 30),
    "valid_from": (188, 16),
    "valid_to": (204, 16),
    "birth": (220, 16),
    "issuer": (240, 8),  # a code; 236 holds the version of the card
}
_FOREIGN_2023: Layout = {
    "name": (0, 30),
    "sex": (30, 2),
    "issue_count": (32, 4),
    "birth": (36, 16),
    "name_latin": (52, 70),  # characters 1 to 35
    "number": (122, 36),
    "valid_from": (188, 16),
    "valid_to": (204, 16),
    "name_latin_rest": (220, 22),  # characters 36 to 46
    "nationality": (242, 6),
    "earlier_number": (250, 6),
}
LAYOUTS: dict[CardKind, Layout] = {
    CardKind.CITIZEN: _CITIZEN,
    CardKind.HMT: _HMT,
    CardKind.FOREIGN_2017: _FOREIGN_2017,
    CardKind.FOREIGN_2023: _FOREIGN_2023,
}


def marker(text: bytes) -> str:
    """The character that tells what card it is."""
    return text[MARKER_AT : MARKER_AT + 2].decode("utf-16-le", errors="ignore")


def marker_name(text: bytes) -> str:
    """The same as a code point, U+0051: it tells of the kind of card, of nobody's person."""
    return f"U+{int.from_bytes(text[MARKER_AT : MARKER_AT + 2], 'little'):04X}"
