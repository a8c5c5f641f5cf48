"""What an option may be, and what is wrong with one, in plain words instead of pydantic's.

    escpos: tcp_port: must be a whole number from 1 to 65535, not 'abc'

Works on the JSON Schema of a model, so that models of others are told of in the same way. The
Chinese of descriptions stands in `locale/zh_CN/LC_MESSAGES/options.po`.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from drivers.saying import Saying, as_described, saying, together, told_by
from drivers.settings.near import nearest

Schema = Mapping[str, Any]
SHOWN = 40  # characters of a wrong value
EASY = re.compile(r"^\^\(([\w|-]+)\)\$$")  # a pattern that only lists words
HEX = saying("bytes in hexadecimal, as in 1C 43 FF")
FORMS = {  # patterns of our own drivers
    r"^([0-9A-Fa-f]{2} ?)*$": HEX,
    r"^\d{1,4},\d{1,4},\d{1,4},\d{1,4}$": saying("x,y,width,height, as in 0,0,64,16"),
    r"^[0-9a-fA-F]{4}:[0-9a-fA-F]{4}(:[^:]+)?$": saying(
        "vid:pid or vid:pid:serial, as in 0416:5011"
    ),
    r"^[!-~]$": saying("one letter, digit or sign"),
    r"^[ -~]$": saying("one letter, digit, sign or blank"),
    r"^[A-Za-z][A-Za-z0-9_+-]*$": saying("a name of letters, digits, _, + and -"),
}
UNITS = {
    "baud": saying("bits a second"),
    "pace": saying("bytes a second"),
    "volume": "%",
    "longest": saying("bytes"),
    "qr_module": saying("dots"),
}
SUFFIXES = {"_s": saying("seconds"), "_ms": saying("milliseconds"), "_mb": "MB"}


def problems(model: type[BaseModel], error: ValidationError, options: bool = True) -> list[Saying]:
    """What is wrong, one sentence for each option, beginning with its name where it has one.

    `options` false for a model whose fields are not options, but names in a file.
    """
    fields = model.model_json_schema().get("properties", {})
    told = [_problem(problem, fields, options) for problem in error.errors()]
    return list(dict.fromkeys(told))  # an option of two types is named twice


def properties(model: type[BaseModel]) -> dict[str, Schema]:
    """The JSON Schema of each option, with its `unit` where it has one."""
    fields: dict[str, dict[str, Any]] = model.model_json_schema().get("properties", {})
    return {
        key: {**schema, "unit": unit_of(key, schema)} if unit_of(key, schema) else schema
        for key, schema in fields.items()
    }


def unit_of(key: str, schema: Schema) -> str:
    """The unit of a number: `unit` of its schema, else by the name of the option; or nothing."""
    if not any(one.get("type") in ("integer", "number") for one in _choices(schema)):
        return ""
    by_name = next((unit for end, unit in SUFFIXES.items() if key.endswith(end)), "")
    return schema.get("unit") or UNITS.get(key, by_name)


def allowed(key: str, schema: Schema) -> Saying:
    """What the option may be, with its unit."""
    whats = [_allowed(one) for one in _choices(schema)]
    what = whats[0]
    for other in whats[1:]:
        what = saying("{one} or {other}", one=what, other=other)
    unit = unit_of(key, schema)
    return saying("{what} ({unit})", what=what, unit=unit) if unit else what


def meaning(schema: Schema) -> str:
    """The description of an option, in the languages that it has."""
    return as_described(str(schema.get("description", "")))


def worded(error: Any) -> str:
    """What one of pydantic's errors says, without the class that it came from.

    A saying that a validator of ours raised is given as it is.
    """
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, ValueError):
        return told_by(cause)
    return str(error["msg"])


def _problem(error: Any, fields: Mapping[str, Schema], options: bool) -> Saying:
    path = [str(part) for part in error["loc"]]
    if error["type"] == "extra_forbidden":
        return _unknown(".".join(path), fields, options)
    key = path[0] if path else ""
    schema = fields.get(key)
    if schema is None:
        return together(worded(error))
    if error["type"] == "missing":
        return saying("{key}: must be given: {what}", key=key, what=meaning(schema) or key)
    why = worded(error)
    if error["type"] in ("value_error", "assertion_error") and "fromhex()" not in why:
        return saying("{key}: {why}", key=key, why=why)
    given = _shown(error["input"], schema)
    what = _expected(error, key, schema)
    return saying("{key}: must be {what}, not {given}", key=key, what=what, given=given)


def _unknown(key: str, fields: Iterable[str], options: bool) -> Saying:
    what = (
        saying("unknown option {key!r}", key=key)
        if options
        else saying("unknown name {key!r}", key=key)
    )
    near = nearest(key, fields)
    return saying("{what}, did you mean {name}?", what=what, name=near) if near else what


def _expected(error: Any, key: str, schema: Schema) -> Saying:
    if error["type"] == "value_error":
        return HEX
    pattern = error.get("ctx", {}).get("pattern")  # may be of a model inside a validator
    if pattern and not any("pattern" in one for one in _choices(schema)):
        return _form(pattern)
    return allowed(key, schema)


def _shown(given: Any, schema: Schema) -> str:
    if schema.get("writeOnly"):  # a secret
        return "…"
    text = repr(given) if isinstance(given, str) else json.dumps(given, default=str)
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def _choices(schema: Schema) -> list[Schema]:
    """The alternatives of an option; that it may be left out is none."""
    found = [one for one in schema.get("anyOf", [schema]) if one.get("type") != "null"]
    texts = [one for one in found if one == {"type": "string"}]
    if texts:  # then a path is nothing else
        found = [one for one in found if one.get("format") != "path"]
    return found or [schema]


def _allowed(schema: Schema) -> Saying:
    if "enum" in schema or "const" in schema:
        return _one_of([str(one) for one in schema.get("enum", [schema.get("const")])])
    match schema.get("type"):
        case "boolean":
            return saying("true or false")
        case "integer":
            return _number(saying("a whole number"), schema)
        case "number":
            return _number(saying("a number"), schema)
        case "string":
            return _text(schema)
    return saying("a value")


def _one_of(words: list[str]) -> Saying:
    if len(words) == 1:
        return together(words[0])
    return saying("{words} or {last}", words=", ".join(words[:-1]), last=words[-1])


def _number(what: Saying, schema: Schema) -> Saying:
    low, above = schema.get("minimum"), schema.get("exclusiveMinimum")
    high, below = schema.get("maximum"), schema.get("exclusiveMaximum")
    if low is not None and high is not None:
        return saying("{what} from {low} to {high}", what=what, low=low, high=high)
    if low is not None:
        what = saying("{what} of {low} or more", what=what, low=low)
    if above is not None:
        what = saying("{what} above {above}", what=what, above=above)
    if high is not None:
        what = saying("{what}, up to {high}", what=what, high=high)
    if below is not None:
        what = saying("{what}, below {below}", what=what, below=below)
    return what


def _text(schema: Schema) -> Saying:
    if "pattern" in schema:
        return _form(schema["pattern"])
    if schema.get("format") == "path":
        return saying("a path")
    if schema.get("format") == "date-time":
        return saying("a time with its zone, as in 2026-03-02T09:14:07+08:00")
    what = saying("a text, not empty") if schema.get("minLength") else saying("a text")
    most = schema.get("maxLength")
    return saying("{what}, at most {most} characters", what=what, most=most) if most else what


def _form(pattern: str) -> Saying:
    if pattern in FORMS:
        return FORMS[pattern]
    easy = EASY.match(pattern)
    if easy:
        return _one_of(easy[1].split("|"))
    return saying("a text of the form {pattern}", pattern=pattern)
