"""Every literal topic of the system, with its QoS, retain flag, direction and message type.

A site is a 12-digit division code written as three levels, `500240/116/000`, so that
`hall/1/500240/116/#` is one township with its villages. Nothing outside this file spells a topic.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from bus import messages
from bus.errors import BusError, BusReason

ROOT = "hall/1"
RESERVED = frozenset({"board", "window"})  # they stand where a terminal id stands

_SITE = re.compile(r"[0-9]{12}")
_LEVELS = re.compile(rf"{ROOT}/([0-9]{{6}})/([0-9]{{3}})/([0-9]{{3}})/([^/]+)/([^/]+)")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}", re.IGNORECASE)


class Direction(StrEnum):
    """Who publishes on a topic, seen from the controller that owns the site."""

    FROM_TERMINAL = "from_terminal"
    TO_TERMINAL = "to_terminal"
    TO_SITE = "to_site"


@dataclass(frozen=True, slots=True)
class Channel:
    """One kind of topic. `leaf` is its last level, or `board`/`window` for the site's own."""

    leaf: str
    message: type[messages.Message]
    direction: Direction
    retain: bool
    qos: int = 1
    summary: str = ""


PRESENCE = Channel(
    "presence", messages.Presence, Direction.FROM_TERMINAL, True, summary="How a terminal is"
)
HEALTH = Channel(
    "health", messages.Health, Direction.FROM_TERMINAL, True, summary="State of every peripheral"
)
EVENT = Channel(
    "event", messages.Event, Direction.FROM_TERMINAL, False, summary="Something that just happened"
)
COMMAND = Channel(
    "command", messages.Command, Direction.TO_TERMINAL, False, summary="Do this, once"
)
RESULT = Channel(
    "result", messages.Result, Direction.FROM_TERMINAL, False, summary="How far a command came"
)
REQUEST = Channel(
    "request", messages.Request, Direction.FROM_TERMINAL, False, summary="A terminal asks the owner"
)
REPLY = Channel(
    "reply", messages.Reply, Direction.TO_TERMINAL, False, summary="The owner's stored answer"
)
CONFIG = Channel(
    "config", messages.ConfigOffer, Direction.TO_TERMINAL, True, summary="Configuration to fetch"
)
BOARD = Channel(
    "board",
    messages.BoardState,
    Direction.TO_SITE,
    True,
    summary="What the public may see of a queue",
)
WINDOW = Channel(
    "window", messages.WindowState, Direction.TO_SITE, True, summary="The call a window shows now"
)

CHANNELS = (PRESENCE, HEALTH, EVENT, COMMAND, RESULT, REQUEST, REPLY, CONFIG, BOARD, WINDOW)
_BY_LEAF = {channel.leaf: channel for channel in CHANNELS}


@dataclass(frozen=True, slots=True)
class Site:
    """A service site (服务场所): its 12-digit code. Raises BusError on a malformed one."""

    code: str

    def __post_init__(self) -> None:
        if not _SITE.fullmatch(self.code):
            raise BusError(BusReason.BAD_TOPIC, f"site code {self.code!r} is not 12 digits")

    @property
    def path(self) -> str:
        """The code as three topic levels, `500240/116/000`."""
        return f"{self.code[:6]}/{self.code[6:9]}/{self.code[9:]}"


@dataclass(frozen=True, slots=True)
class Address:
    """One concrete topic: a channel at a site, with its terminal, queue or window name."""

    channel: Channel
    site: Site
    name: str

    def __str__(self) -> str:
        return topic(self.channel, self.site, self.name)


def topic(channel: Channel, site: Site, name: str) -> str:
    """Topic of `channel` for a terminal (or queue, or window) `name` at `site`."""
    if not _NAME.fullmatch(name):
        raise BusError(BusReason.BAD_TOPIC, f"{name!r} cannot stand in a topic")
    if channel.direction is Direction.TO_SITE:
        return f"{ROOT}/{site.path}/{channel.leaf}/{name}"
    if name in RESERVED:
        raise BusError(BusReason.BAD_TOPIC, f"{name!r} is reserved and cannot name a terminal")
    return f"{ROOT}/{site.path}/{name}/{channel.leaf}"


def everywhere(channel: Channel) -> str:
    """Subscription filter for `channel` at every site and terminal."""
    if channel.direction is Direction.TO_SITE:
        return f"{ROOT}/+/+/+/{channel.leaf}/+"
    return f"{ROOT}/+/+/+/+/{channel.leaf}"


def all_of_site(channel: Channel, site: Site) -> str:
    """Subscription filter for `channel` of every terminal (or queue, or window) of one site."""
    if channel.direction is Direction.TO_SITE:
        return f"{ROOT}/{site.path}/{channel.leaf}/+"
    return f"{ROOT}/{site.path}/+/{channel.leaf}"


def not_ours(what: str) -> BusError:
    """The error for something that is no topic of this system."""
    return BusError(BusReason.BAD_TOPIC, f"{what} is not a topic of this system")


def parse(text: str) -> Address:
    """The address that a topic names. Raises BusError when it is none of ours."""
    levels = _LEVELS.fullmatch(text)
    if levels is None:
        raise not_ours(repr(text))
    county, township, village, above, last = levels.groups()
    leaf, name = (above, last) if above in RESERVED else (last, above)
    channel = _BY_LEAF.get(leaf)
    of_site = channel is not None and channel.direction is Direction.TO_SITE
    if channel is None or of_site != (above in RESERVED) or not _NAME.fullmatch(name):
        raise not_ours(repr(text))
    return Address(channel, Site(county + township + village), name)
