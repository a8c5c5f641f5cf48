"""The words of the kiosk, through gettext: `locale/<language>/LC_MESSAGES/kiosk.po`.

A sentence is named by a key, so that wording may change in one language without touching the code
or the other. Chinese is the source; a key missing in a language falls back to Chinese.
"""

import gettext
from collections.abc import Callable
from functools import cache
from pathlib import Path

from kiosk.flow.visit import Cards

LOCALE = Path(__file__).resolve().parent / "locale"
DOMAIN = "kiosk"
SOURCE_LANGUAGE = "zh"
LANGUAGES = {"zh": "zh_CN", "en": "en"}

# Said by the card that can be read: KEY for identity cards, KEY.social_security, KEY.both.
BY_CARDS = frozenset({
    "home.card", "home.card.hint", "home.no_card", "identify.lay", "identify.how",
    "card.lifted", "card.unreadable",
})  # fmt: skip

Clock = Callable[[float], str]


class Words:
    """Says sentences in one language: `words("home.greeting", hall=…)`."""

    def __init__(self, language: str, translations: gettext.NullTranslations) -> None:
        self.language = language
        self._translations = translations

    def __call__(self, key: str, **values: object) -> str:
        """The sentence `key` with `{placeholders}` filled in."""
        return self._translations.gettext(key).format(**values)

    def count(self, key: str, number: int, **values: object) -> str:
        """The sentence `key` in the form that `number` needs; it may use `{n}`."""
        return self._translations.ngettext(key, key, number).format(n=number, **values)


def for_cards(key: str, cards: Cards) -> str:
    """The key of the sentence `key` where these cards can be read."""
    return key if cards is Cards.IDENTITY or key not in BY_CARDS else f"{key}.{cards}"


@cache
def words(language: str) -> Words:
    """The words of `zh` or `en`. Raises KeyError for a language that is not there."""
    translations = gettext.translation(DOMAIN, LOCALE, [LANGUAGES[language]])
    if language != SOURCE_LANGUAGE:
        translations.add_fallback(gettext.translation(DOMAIN, LOCALE, [LANGUAGES[SOURCE_LANGUAGE]]))
    return Words(language, translations)
