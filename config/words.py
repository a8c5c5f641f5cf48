"""What pydantic found, in words for whoever wrote the file."""

import difflib
from collections.abc import Mapping, Sequence
from typing import Any


def words_of(item: Mapping[str, Any], known: Sequence[str]) -> tuple[str, str]:
    """What is wrong and a suggestion, for one of pydantic's errors; `known` keys stand there."""
    if item["type"] == "extra_forbidden":
        return "unknown setting", among(str(item["loc"][-1]), known)
    if item["type"] == "missing":
        return "is missing", ""
    message = str(item["msg"]).removeprefix("Value error, ")
    return f"{message}, got {item['input']!r:.60}", ""


def among(name: str, known: Sequence[str]) -> str:
    """Which of the `known` names was meant by one that is none of them, or which there are."""
    close = difflib.get_close_matches(name, known, n=1)
    if close:
        return f"did you mean '{close[0]}'?"
    return "there is: " + ", ".join(known) if known else "there is none"
