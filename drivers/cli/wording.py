"""In which language a command speaks, and what it says to do. The sayings: `words.say`."""

from contextvars import ContextVar
from typing import Annotated

import typer

from drivers import words
from drivers.errors import Reason
from drivers.interfaces import DeviceStatus, Kind
from drivers.saying import in_language, is_said_in, saying
from drivers.status import WORKING, PeripheralHealth, State
from drivers.words import Language

Lang = Annotated[
    Language | None, typer.Option("--lang", help="Language of the report; else the locale's.")
]
# Of the one command that this process runs: the language that was asked for.
told_in: ContextVar[Language | None] = ContextVar("told_in", default=None)

KINDS = {
    Kind.CARD_READER: saying("card reader"),
    Kind.SCANNER: saying("scanner"),
    Kind.TICKET_PRINTER: saying("ticket printer"),
    Kind.DOCUMENT_PRINTER: saying("printer of documents"),
    Kind.DISPLAY: saying("display"),
    Kind.SPEAKER: saying("speaker"),
}


def language(asked: Language | None = None, as_json: bool = False) -> Language:
    """The language asked for here or before the command, else that of the locale.

    JSON, which programs read, is English unless another was asked for.
    """
    if asked is not None:
        told_in.set(asked)
    return told_in.get() or ("en" if as_json else words.language_here())


def what_to_do(reason: str | None, kind: Kind | None, lang: Language, theirs: str = "") -> str:
    """What a technician should do about a failure: `theirs`, the driver's own advice, where it can
    be said in that language."""
    if theirs and is_said_in(theirs, lang):
        return in_language(theirs, lang)
    if reason not in set(Reason):
        return theirs
    return words.of_reason(Reason(reason), kind, lang).technician


def what_to_do_now(
    health: PeripheralHealth | DeviceStatus, kind: Kind | None, lang: Language
) -> str:
    """What a technician should do about a peripheral that is so; nothing when it works."""
    quiet = health.state in (State.STARTING, State.STOPPED)
    told = words.of_health(health, kind, lang)
    plain = words.of_state(health.state, kind, lang)
    if quiet or (health.state in WORKING and told == plain) or health.card_present:
        return ""
    return told.technician
