"""Reads a settings file over the defaults and reports everything that is wrong with it at once."""

import tomllib
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from config.checks import Finding, cross_checks
from config.errors import ConfigError, Problem
from config.peripherals import peripheral_findings
from config.places import line_numbers, nearest
from config.schema import HallSettings
from config.words import words_of

DEFAULTS = Path(__file__).with_name("defaults.toml")
EXAMPLES = Path(__file__).with_name("examples")

Tree = dict[str, Any]


def load(path: Path | None = None, *, with_drivers: bool = False) -> HallSettings:
    """Settings from `path` laid over `defaults.toml`; for None the defaults, the sample hall.

    Tables are merged, lists are replaced. `with_drivers` also checks every peripheral's options by
    its driver, which must then be installed here. Raises ConfigError with every problem and its
    place.
    """
    base = tomllib.loads(DEFAULTS.read_text(encoding="utf-8"))
    if path is None:
        return _validate(base, DEFAULTS, DEFAULTS.read_text(encoding="utf-8"), with_drivers)
    text = _read(path)
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([Problem(str(path), "", f"not valid TOML: {error}")]) from error
    return _validate(merge(_inheritable(base, tree), tree), path, text, with_drivers)


def _inheritable(base: Tree, tree: Tree) -> Tree:
    """The defaults without those lists of the sample hall that would not fit the file's own.

    Own queues need own windows; own windows, kiosks or nodes mean that none of the sample's
    kiosks and nodes stand in this hall.
    """
    dropped: set[str] = set()
    if "queues" in tree:
        dropped |= {"windows"}
    if tree.keys() & {"queues", "windows", "kiosks", "nodes"}:
        dropped |= {"kiosks", "nodes"}
    return {key: value for key, value in base.items() if key not in dropped}


def merge(base: Tree, over: Tree) -> Tree:
    """`over` laid on `base`: tables merge, everything else replaces. Neither is changed."""
    result = dict(base)
    for key, value in over.items():
        below = result.get(key)
        if isinstance(value, dict) and isinstance(below, dict):
            result[key] = merge(below, value)
        else:
            result[key] = value
    return result


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError([Problem(str(path), "", "is not UTF-8 text")]) from error
    except OSError as error:
        hint = f"examples are in {EXAMPLES}"
        what = f"cannot be read: {error.strerror}"
        raise ConfigError([Problem(str(path), "", what, hint)]) from error


def _validate(tree: Tree, path: Path, text: str, with_drivers: bool) -> HallSettings:
    lines = line_numbers(text)
    findings: list[Finding] = []
    settings: HallSettings | None = None
    try:
        settings = HallSettings.model_validate(tree)
    except ValidationError as error:
        for item in error.errors():
            where = tuple(item["loc"])
            findings.append((where, *words_of(item, _known_keys(where[:-1]))))
    findings += cross_checks(tree)
    if with_drivers:
        findings += peripheral_findings(tree, lambda where: nearest(lines, where))
    if settings is None or findings:
        problems = [(nearest(lines, where), where, what, hint) for where, what, hint in findings]
        problems.sort(key=lambda row: (row[0] is None, row[0]))
        raise ConfigError(
            [
                Problem(f"{path}:{line}" if line else str(path), _dotted(where), what, hint)
                for line, where, what, hint in problems
            ]
        )
    return settings


def _dotted(path: tuple[str | int, ...]) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _known_keys(path: tuple[str | int, ...]) -> list[str]:
    """Names of the settings that stand at `path` in the schema."""
    model: type[BaseModel] = HallSettings
    for part in path:
        if isinstance(part, int):
            continue
        field = model.model_fields.get(part)
        if field is None:
            return []
        kinds = (field.annotation, *get_args(field.annotation))
        model = next(
            (kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)),
            model,
        )
    return list(model.model_fields)
