"""Peripherals of one settings file that cannot both work, because they are at one place.

`hall-config check` finds this by the entry point group `yukuai_hall.checks`. Where a peripheral is
says its driver's options model (`transports/places.py`), and by a class variable what tells it
apart from others at the same place, each option with the value that means all of them, or None:

    told_apart_by: ClassVar[Mapping[str, object] | None] = {"address": 0}

Without it a place is shared with nobody. A serial line is shared at one speed only. A driver for
which it is None shares in a way of its own: only the line's settings are compared.

A kiosk or a node is taken for a computer of its own: two of them are compared only in what they
have on the network.

Two are no trouble where each use is whole by itself: jobs in a CUPS queue, announcements on one
sound card, pipe, file or folder (they are played one after the other). Those say no place.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from drivers import registry
from drivers.saying import Saying, saying
from drivers.transports import UsbOptions
from drivers.transports.places import (
    Place,
    is_on_the_network,
    line_settings,
    name_of,
    option_of,
    place_of,
    same_place,
)

Sentences = tuple[Saying, Saying]  # what is wrong, ending in the other's name; what to do


@dataclass(frozen=True, slots=True)
class Clash:
    """Peripheral number `at` cannot work beside `other`, an earlier one. `option`: of `at`."""

    at: int
    other: int
    option: str
    what: Saying
    advice: Saying


def clashes(peripherals: Sequence[tuple[str, Mapping[str, Any]]]) -> list[Clash]:
    """Each peripheral that cannot work beside an earlier one, told once, in their order.

    `peripherals`: id of the kiosk or node and the entry, as `peripherals_file.peripherals_in` has
    them. Passed over are simulated ones, unknown drivers, wrong options (others tell of them), and
    drivers whose options say no place. No port is opened.
    """
    earlier: list[_Placed] = []
    found: list[Clash] = []
    for at, (terminal, entry) in enumerate(peripherals):
        this = _placed(at, terminal, entry)
        if this is None:
            continue
        for other in earlier:
            if sentences := _sentences(this, other):
                found.append(Clash(at, other.at, option_of(this.place), *sentences))
                break
        earlier.append(this)
    return found


@dataclass(frozen=True, slots=True)
class _Placed:
    at: int
    terminal: str
    name: str
    driver: str
    options: BaseModel
    place: Place

    @property
    def told_apart_by(self) -> Mapping[str, object] | None:
        said: Mapping[str, object] | None = getattr(self.options, "told_apart_by", {})
        return said


def _placed(at: int, terminal: str, entry: Mapping[str, Any]) -> _Placed | None:
    driver, options = entry.get("driver"), entry.get("options", {})
    if not isinstance(driver, str) or not isinstance(options, dict) or entry.get("simulated"):
        return None
    try:
        checked = registry.check(driver, options)
    except Exception:  # noqa: BLE001 - others' code, which whoever opens it hears of
        return None
    place = place_of(checked)
    if place is None:
        return None
    return _Placed(at, terminal, f"{terminal}/{entry.get('id', '?')}", driver, checked, place)


def _sentences(this: _Placed, other: _Placed) -> Sentences | None:
    """What is wrong with the two; None when both can work."""
    reached = this.terminal == other.terminal or is_on_the_network(this.place)
    if not reached or not same_place(this.place, other.place):
        return None
    if this.told_apart_by == {} or other.told_apart_by == {}:
        return _not_shared(this, other)
    settings, theirs = line_settings(this.place), line_settings(other.place)
    if settings != theirs:
        return (
            saying(
                "{place} has {settings} for {this}, but {theirs} for {other}",
                place=_where(this, other), settings=settings, theirs=theirs,
                this=this.name, other=other.name,
            ),
            saying("Give both the same baud, parity, data_bits and stop_bits."),
        )  # fmt: skip
    if this.driver != other.driver:
        return None  # another protocol has other addresses
    return _one_address(this, other)


def _not_shared(this: _Placed, other: _Placed) -> Sentences:
    names = {"this": this.name, "other": other.name}
    match this.place, other.place:
        case UsbOptions() as ours, UsbOptions() as theirs if 2 in _parts(ours, theirs):
            return (
                saying(
                    "{place} does not tell {this} from {other}", place=_where(this, other), **names
                ),
                saying("Add the serial number of each: vid:pid:serial."),
            )
    return (
        saying(
            "{place} cannot be shared by {this} and {other}", place=_where(this, other), **names
        ),
        saying("Give one of them another {option}.", option=option_of(this.place)),
    )


def _one_address(this: _Placed, other: _Placed) -> Sentences | None:
    """What is wrong when nothing tells the two apart; the first option named is the one to change.

    None when something does, or when nobody knows.
    """
    pairs = list(_pairs(this, other))
    if not pairs or any(ours != theirs and everyone not in (ours, theirs)
                        for _, everyone, ours, theirs in pairs):  # fmt: skip
        return None
    key, everyone, ours, theirs = pairs[0]
    where, option = _where(this, other), option_of(this.place)
    names = {"this": this.name, "other": other.name}
    if everyone in (ours, theirs):
        return (
            saying("on {place}, {key} {value} means all of them: it does not tell {this} from "
                   "{other}", place=where, key=key, value=everyone, **names),
            saying("Give each its own {key}, or another {option}.", key=key, option=option),
        )  # fmt: skip
    return (
        saying("on {place}, {key} {value} is both {this} and {other}",
               place=where, key=key, value=ours, **names),
        saying("Give one of them another {key}, or another {option}.", key=key, option=option),
    )  # fmt: skip


def _pairs(this: _Placed, other: _Placed) -> Iterator[tuple[str, object, object, object]]:
    for key, everyone in (this.told_apart_by or {}).items():
        yield key, everyone, getattr(this.options, key), getattr(other.options, key)


def _parts(*usb: UsbOptions) -> set[int]:
    return {len(one.usb.split(":")) for one in usb}


def _where(this: _Placed, other: _Placed) -> str:
    """The place; by both its names where it has two."""
    name, too = name_of(this.place), name_of(other.place)
    return name if name == too else f"{name} ({too})"
