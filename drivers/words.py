"""What is told about a peripheral: to a citizen, to staff, to a technician, in Chinese and English.

The sentences stand in `locale/*/LC_MESSAGES/drivers.po` (gettext), named by a key that begins with
what they are about: `state.offline.staff`, `paper.out.citizen`, `reason.no_card.technician`; one
with a kind at its end (`reason.rejected.citizen.scanner`) stands before the general one. What
`hall-devices` says besides, in its reports, stands in `hall-devices.po` in the same folders.
"""

import gettext
import locale
import os
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from drivers.errors import Reason
from drivers.interfaces import DeviceStatus, Kind
from drivers.saying import Language as Language  # noqa: PLC0414 - said again
from drivers.saying import value_in_language
from drivers.status import WORKING, Paper, PeripheralHealth, State

LOCALE = Path(__file__).resolve().parent / "locale"
DOMAIN, COMMAND = "drivers", "hall-devices"  # names of the catalogues
LANGUAGES = {"zh": "zh_CN", "en": "en"}


class Role(StrEnum):
    """Who is told."""

    CITIZEN = "citizen"
    STAFF = "staff"
    TECHNICIAN = "technician"


@dataclass(frozen=True, slots=True)
class Words:
    """One thing in three voices. `citizen`: kind, short, what to do now, no technical words."""

    citizen: str
    staff: str
    technician: str


def of_health(
    health: PeripheralHealth | DeviceStatus, kind: Kind | None = None, language: Language = "zh"
) -> Words:
    """What to tell about a peripheral that is so. What a hand can put right goes before the state
    that follows from it: an open cover, then paper jammed or out."""
    return _words(_subject(health), kind, language)


def of_state(state: State, kind: Kind | None = None, language: Language = "zh") -> Words:
    """What to tell about a state alone."""
    return _words(f"state.{state.value}", kind, language)


def of_paper(paper: Paper, kind: Kind | None = None, language: Language = "zh") -> Words:
    """What to tell about a printer's paper."""
    return _words(f"paper.{paper.value}", kind or Kind.TICKET_PRINTER, language)


def of_reason(reason: Reason, kind: Kind | None = None, language: Language = "zh") -> Words:
    """What to tell when a peripheral did not do what was asked."""
    return _words(f"reason.{reason.value}", kind, language)


def name_of(kind: Kind | None, language: Language = "zh") -> str:
    """How a kind of peripheral is called."""
    return _said(f"noun.{kind.value if kind else 'any'}", language)


def say(key: str, language: Language, **values: object) -> str:
    """A saying of `hall-devices` with its values, what drivers said among them in that language."""
    told = {name: value_in_language(value, language) for name, value in values.items()}
    return _said(key, language, COMMAND).format(**told)


def has_saying(key: str) -> bool:
    """Whether `say` knows it."""
    return _said(key, "zh", COMMAND) != key  # an English one may read like its key


def language_here() -> Language:
    """The language of whoever sits at this machine, by its locale."""
    named = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG")
                  if os.environ.get(name)), "")  # fmt: skip
    return "zh" if locale.normalize(named).startswith("zh") else "en"


def _subject(health: PeripheralHealth | DeviceStatus) -> str:
    state = health.state
    there = state in WORKING or state in (State.OFFLINE, State.USER_ERROR)
    if there and health.cover_open:
        return "cover.open"
    if there and health.paper in (Paper.JAM, Paper.OUT):
        return f"paper.{health.paper.value}"
    if state in WORKING and health.paper is Paper.LOW:
        return "paper.low"
    if state is State.ONLINE and health.card_present:
        return "card.present"
    return f"state.{state.value}"


def _words(subject: str, kind: Kind | None, language: Language) -> Words:
    return Words(*(_sentence(f"{subject}.{role.value}", kind, language) for role in Role))


def _sentence(key: str, kind: Kind | None, language: Language) -> str:
    suffix = kind.value if kind else "any"
    own = f"{key}.{suffix}"
    said = _said(own, language)
    if said == own:
        said = _said(key, language)
    it = name_of(kind, language)
    instead = _said(f"instead.{suffix}", language)
    return said.format(it=it, It=it[0].upper() + it[1:], instead=instead)


def _said(key: str, language: Language, domain: str = DOMAIN) -> str:
    """The sentence under `key`, or `key` itself when there is none."""
    return _catalogue(domain, language).gettext(key)


@cache
def _catalogue(domain: str, language: Language) -> gettext.NullTranslations:
    return gettext.translation(domain, LOCALE, [LANGUAGES[language]])
