"""The table that a command answers with, in Chinese: names of its rows, words for their values.

In English, and in JSON always, they stand as programs know them.
"""

from typing import Any

from drivers.words import Language, has_saying, say

CODED = {"reason", "outcome", "paper", "kind", "sex", "problems", "outcomes", "ended"}


def row_name(key: str, lang: Language) -> str:
    """How a row is called."""
    return say(f"row.{key}", lang) if lang == "zh" and has_saying(f"row.{key}") else key


def row_value(key: str, value: Any, lang: Language) -> Any:
    """A value as people read it; a reason keeps its name, by which it stands in the guides."""
    if lang == "en":
        return value
    if isinstance(value, list):
        return [row_value(key, one, lang) for one in value]
    if isinstance(value, bool):
        return say(f"value.{key if key == 'ok' else 'any'}.{str(value).lower()}", lang)
    if key not in CODED:
        return value
    names = (f"{family}{value}" for family in ("value.", "reason.", ""))
    word = next((say(name, lang) for name in names if has_saying(name)), str(value))
    return f"{word} ({value})" if key == "reason" else word
