"""How a card's personal data is shown where it need not be read: enough to recognise one's own."""

import re

_ID_NUMBER = re.compile(r"(?<!\d)(?:\d{17}[\dXx]|\d{15})(?!\d)")
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
    """A text with every citizen ID number (15 or 18 characters) in it masked."""
    return _ID_NUMBER.sub(lambda found: mask_number(found[0]), text)


def mask_address(address: str | None) -> str | None:
    """Down to the county-level unit (区, 县, 市 below a province, 自治县): 重庆市渝中区***."""
    if address is None:
        return None
    known = _COUNTY.match(address) or re.match(_PROVINCE, address)
    return (known[0] if known else "") + "***"
