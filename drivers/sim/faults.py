"""Values for faults: of the type that a fault has, and within what its simulator can play."""

from collections.abc import Mapping
from typing import Any

from drivers.saying import Saying, saying

Limits = tuple[float, float]  # both included; of bytes in hexadecimal, how many

LONGEST_S = 3600
MANY = 1_000_000_000
USUAL: dict[str, Limits] = {  # by the end of a fault's name
    "_per_s": (1, MANY),
    "_s": (0, LONGEST_S),
    "_ms": (0, 1000 * LONGEST_S),
    "": (0, MANY),
}
BYTES: Limits = (0, 256)


def limits_of(name: str, declared: Mapping[str, Limits]) -> Limits:
    """What a number may be: as declared, else by the end of the fault's name."""
    usual = next(limits for end, limits in USUAL.items() if name.endswith(end))
    return declared.get(name, usual)


def takes(name: str, before: Any, nullable: bool, declared: Mapping[str, Limits]) -> Saying:
    """In words what a fault takes that is no bytes; `before` is its value."""
    if isinstance(before, str):
        return saying("a text")
    if isinstance(before, bool):
        return saying("true or false")
    low, high = limits_of(name, declared)
    what = saying("a whole number") if _whole(before, nullable) else saying("a number")
    if high < MANY:
        what = saying("{what} from {low} to {high}", what=what, low=low, high=high)
    else:
        what = saying("{what} of {low} or more", what=what, low=low)
    return saying("{what} or null", what=what) if nullable else what


def fitting(
    name: str, value: Any, before: Any, nullable: bool, declared: Mapping[str, Limits]
) -> Any:
    """`value` in the type of `before`, the fault's present value. Raises ValueError."""
    if nullable and value is None:
        return None
    if isinstance(before, str):
        return str(value)
    wrong = ValueError(
        saying("{name} takes {what}", name=name, what=takes(name, before, nullable, declared))
    )
    if isinstance(before, bool):
        if value not in (True, False):  # also 1 and 0
            raise wrong
        return bool(value)
    kinds = int if _whole(before, nullable) else int | float
    if isinstance(value, bool) or not isinstance(value, kinds):
        raise wrong
    low, high = limits_of(name, declared)
    if not low <= value <= high:  # nor is NaN
        raise wrong
    return float(value) if isinstance(before, float) else value


def hexadecimal(name: str, value: Any, declared: Mapping[str, Limits]) -> str:
    """`value` as bytes in hexadecimal, "" for none. Raises ValueError."""
    text = "" if value in (None, False) else str(value)
    low, high = declared.get(name, BYTES)
    try:
        count = len(bytes.fromhex(text))
    except ValueError:
        raise ValueError(saying("{name} takes bytes in hexadecimal, as in 60", name=name)) from None
    if count and not low <= count <= high:
        many = f"{low}" if low == high else f"{low}–{high}"
        raise ValueError(
            saying("{name} takes bytes in hexadecimal: {many} of them", name=name, many=many)
        )
    return text


def _whole(before: Any, nullable: bool) -> bool:
    return isinstance(before, int) and not nullable
