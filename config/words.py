"""What pydantic found, in words for whoever wrote the file."""

import difflib
from collections.abc import Mapping, Sequence
from typing import Any


def words_of(item: Mapping[str, Any], known: Sequence[str]) -> tuple[str, str]:
    """What is wrong and a suggestion, for one of pydantic's errors; `known` keys stand there."""
    if item["type"] == "extra_forbidden":
        close = difflib.get_close_matches(str(item["loc"][-1]), known, n=1)
        hint = f"did you mean '{close[0]}'?" if close else f"there is: {', '.join(known)}"
        return "unknown setting", hint
    if item["type"] == "missing":
        return "is missing", ""
    message = str(item["msg"]).removeprefix("Value error, ")
    return f"{message}, got {item['input']!r:.60}", ""
