"""Settings ready to paste, for what a scan found."""

import json
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from drivers import registry
from drivers.discovery.found import Found
from drivers.errors import PeripheralError
from drivers.interfaces import Kind
from drivers.settings.peripherals_file import table_of
from drivers.words import Language, say

IDS = {
    Kind.CARD_READER: "reader",
    Kind.SCANNER: "scanner",
    Kind.TICKET_PRINTER: "printer",
    Kind.DOCUMENT_PRINTER: "a4",
    Kind.DISPLAY: "panel",
    Kind.SPEAKER: "speaker",
}


def settings_for(found: Iterable[Found], language: Language) -> str:
    """TOML for a hall's settings file, with comments in that language.

    What is not sure, or lacks an option, is commented out.
    """
    numbers: Counter[str] = Counter()
    parts = []
    for one in found:
        if one.driver is None or one.untouched:
            continue
        kind = registry.spec_of(one.driver).kind
        numbers[IDS[kind]] += 1
        id = IDS[kind] + (f"-{numbers[IDS[kind]]}" if numbers[IDS[kind]] > 1 else "")
        parts.append(_entry(one, kind, id, language))
    return "\n".join(parts)


def _entry(found: Found, kind: Kind, id: str, language: Language) -> str:
    options = ", ".join(f"{key} = {_toml(value)}" for key, value in found.options.items())
    lines = [
        f"[[{table_of(kind)}.peripherals]]",
        f'id = "{id}"',
        f'driver = "{found.driver}"',
        f"options = {{ {options} }}",
    ]
    problem = "" if found.sure else say("paste.unsure", language)
    try:
        registry.check(found.driver or "", found.options)
    except PeripheralError as e:
        problem = say("paste.incomplete", language, told=e.detail)
    head = f"# {_one_line(found.place)}: {_one_line(found.told(language))}\n"
    if problem:
        head += f"# {_one_line(problem)}\n"
        lines = [f"# {line}" for line in lines]
    return head + "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    # TOML allows every character that JSON leaves as it is, but this one.
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def _one_line(text: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f]+", " ", text)
