"""Sentences that a driver says in English and that `hall-devices` can say in Chinese too.

    raise PeripheralError(Reason.BUSY, saying("{port} is in use", port=port), advice=saying("…"))

The English sentence is its own key in `locale/zh_CN/LC_MESSAGES/advice.po`. A saying *is* its
English text, so that logs, health and whoever reads `advice` need not know of this; what is built
from it with `+` or in an f-string is a plain text again: use `together`.
"""

import gettext
import re
from functools import cache
from pathlib import Path
from typing import Any, Literal

LOCALE = Path(__file__).resolve().parent / "locale"
DOMAIN = "advice"
MARKS = {"; ": "；", ", ": "，"}  # as they are written in Chinese
SYSTEM = "system"  # catalogue of what the operating system says of errors
ERRNO = re.compile(r"^\[Errno -?\d+\] ")
DESCRIBED = "options"  # catalogue of what options are described as

Language = Literal["zh", "en"]


class Saying(str):
    """An English text with what it was made of: pieces, each a sentence and its values."""

    pieces: tuple["tuple[str, dict[str, Any]] | str", ...] = ()
    by: str = ""

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (str(self), self.pieces, self.by)


def saying(sentence: str, /, **values: object) -> Saying:
    """`sentence` (a literal, for the catalogue) with its {values} filled in.

    A value that is a saying itself is said in the same language.
    """
    return _restored(sentence.format(**values) if values else sentence, ((sentence, values),), "")


def as_described(description: str) -> Saying:
    """The description of an option, or the title of a driver, for `in_language`."""
    return _restored(description, ((description, {}),) if description else (), "")


def together(*texts: str, by: str = " ") -> Saying:
    """All `texts` that say anything, one after the other, with `by` between them."""
    told = tuple(text for text in texts if text)
    return _restored(by.join(told), told, by)


def told_by(error: Exception) -> str:
    """What an exception says; a saying that it was raised with stays one."""
    said = error.args[0] if error.args else ""
    return said if isinstance(said, Saying) else str(error)


def in_language(text: str, language: Language) -> str:
    """`text` in that language; as it is where nobody wrote it down."""
    if language == "en" or not isinstance(text, Saying):
        return str(text)
    return _joined([_piece(piece, language) for piece in text.pieces], text.by)


def value_in_language(value: Any, language: Language) -> Any:
    """A value of a sentence or an answer: texts in that language, all else as it is."""
    return in_language(value, language) if isinstance(value, str) else value


def is_said_in(text: str, language: Language) -> bool:
    """Whether all of `text` can be said in that language."""
    if language == "en":
        return True
    if not isinstance(text, Saying):
        return not any(c.isascii() and c.isalpha() for c in text)
    return all(_known(piece, language) for piece in text.pieces)


def _known(piece: "tuple[str, dict[str, Any]] | str", language: Language) -> bool:
    if isinstance(piece, str):
        return is_said_in(piece, language)
    sentence, values = piece
    nested = [value for value in values.values() if isinstance(value, Saying)]
    return _catalogue().gettext(sentence) != sentence and all(
        is_said_in(value, language) for value in nested
    )


def _piece(piece: "tuple[str, dict[str, Any]] | str", language: Language) -> str:
    if isinstance(piece, str):
        return in_language(piece, language)
    sentence, values = piece
    told = {
        name: in_language(value, language) if isinstance(value, Saying) else _by_the_system(value)
        for name, value in values.items()
    }
    known = _catalogue().gettext(sentence)
    return known.format(**told) if values else known


def _by_the_system(value: Any) -> Any:
    """A value that is what the operating system says of an error, in Chinese; others as they are.

    Its number, which Python puts before it, helps nobody.
    """
    if not isinstance(value, str):
        return value
    return _system().gettext(ERRNO.sub("", value)) if value else value


def _joined(texts: list[str], by: str) -> str:
    """No space after a Chinese sentence, and Chinese marks between several."""
    if by != " ":
        return MARKS.get(by, by).join(texts)
    joined = ""
    for text in texts:
        joined += text if joined[-1:] in "。！？；：，" else f" {text}"
    return joined


def _restored(text: str, pieces: tuple[Any, ...], by: str) -> Saying:
    made = Saying(text)
    made.pieces, made.by = pieces, by
    return made


@cache
def _system() -> gettext.NullTranslations:
    return gettext.translation(SYSTEM, LOCALE, ["zh_CN"])


@cache
def _catalogue() -> gettext.NullTranslations:
    catalogue = gettext.translation(DOMAIN, LOCALE, ["zh_CN"])
    catalogue.add_fallback(gettext.translation(DESCRIBED, LOCALE, ["zh_CN"], fallback=True))
    return catalogue
