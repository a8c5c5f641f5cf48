"""How a card's personal data is shown where it need not be read: enough to recognise one's own."""

import re
import unicodedata

# Between two digits: blanks, hyphens and dashes, dots, low lines, and what cannot be seen.
_GAP = r"[\s\-\u2010-\u2015\u2212._·\u00ad\u200b-\u200d\u2060\ufeff]{0,3}"
_DAY = r"(?:0 [1-9]|1 [0-2]) (?:0 [1-9]|[12] \d|3 [01])"
# With gaps it must hold a date of birth, else dates and telephone numbers in a row were taken too.
_SPACED = rf"[1-9](?: \d){{5}} (?:(?:1 [89]|2 0) \d \d {_DAY}(?: \d){{3}} [\dXx]"
_SPACED += rf"|\d \d {_DAY}(?: \d){{3}})"
_ID_NUMBER = re.compile(rf"(?<!\d)(?:\d{{17}}[\dXx]|\d{{15}}|{_SPACED.replace(' ', _GAP)})(?!\d)")
_FIRST_IDEOGRAPH = "\u2e80"  # what comes before are letters; names in private use come after
_PROVINCE = r"(?:[^区县市省]{2,8}[省市]|[^区县市省]{2,6}自治区)"
# Signs of a street keep what lies below the county from being taken for one.
_COUNTY = re.compile(rf"{_PROVINCE}?[^镇乡街路村号]{{1,14}}?[区县市]")


def mask_name(name: str) -> str:
    """First character and a star for each further one: 测试甲 → 测**.

    Of a name in letters (TEST, ALPHA → T***) only the first, for its length would tell too much.
    """
    if "" < name[:1] < _FIRST_IDEOGRAPH:
        return name[0] + "***"
    return name[:1] + "*" * len(name[1:])


def mask_number(number: str) -> str:
    """First six and last four characters: 500103********001X; all stars when it is short."""
    if len(number) <= 10:
        return "*" * len(number)
    return number[:6] + "*" * (len(number) - 10) + number[-4:]


def mask_numbers_in(text: str) -> str:
    """A text with every citizen ID number (15 or 18 characters) in it masked; the rest stays.

    Full-width and other forms of digits and X count too, as do numbers with blanks, hyphens or
    dots in between; these stay where they are: 500103 ******** 001X.
    """
    plain = "".join(map(_plain, text))  # as long as `text`
    hidden: set[int] = set()
    for found in _ID_NUMBER.finditer(plain):
        hidden.update([at for at in range(*found.span()) if plain[at].isalnum()][6:-4])
    return "".join("*" if at in hidden else c for at, c in enumerate(text))


def mask_address(address: str | None) -> str | None:
    """Down to the county-level unit (区, 县, 市 below a province, 自治县): 重庆市渝中区***."""
    if address is None:
        return None
    known = _COUNTY.match(address) or re.match(_PROVINCE, address)
    return (known[0] if known else "") + "***"


def _plain(c: str) -> str:
    """A digit in any form (５, ⑤, ٥) as 0 to 9, any other character as its plain form."""
    digit = unicodedata.digit(c, None)
    plain = unicodedata.normalize("NFKC", c) if digit is None else str(digit)
    return plain if len(plain) == 1 else c
