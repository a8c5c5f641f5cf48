"""The options of a driver, told: by `hall-devices options` and below the help of the commands."""

from typing import Annotated, Any

import typer
from pydantic import BaseModel
from rich.table import Table
from rich.text import Text
from typer.core import TyperCommand

from drivers import registry
from drivers.cli.output import Screen, tell, write
from drivers.cli.run import COMMANDS, fail
from drivers.cli.wording import language
from drivers.errors import PeripheralError
from drivers.saying import as_described, in_language
from drivers.settings.option_words import allowed, meaning, properties
from drivers.words import Language, say

NARROW, NARROW_KEY = 60, 7  # columns
HEADINGS = ("options.key", "options.default", "options.allowed", "options.meaning")


def options(
    driver: Annotated[str | None, typer.Argument(help="Driver name; all when omitted.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON Schema.")] = False,
) -> None:
    """List the options of a driver: default, what is allowed, unit, meaning.

    Example: hall-devices options escpos
    """
    try:
        tell_options(driver, as_json)
    except PeripheralError as e:
        fail(as_json, e)


def tell_options(driver: str | None, as_json: bool) -> None:
    """Print a driver's options, or those of all. Raises BAD_OPTION for an unknown one.

    As JSON: the JSON Schema of one driver's options, each with its `unit` where it has one; or an
    object of them by driver.
    """
    names = [driver] if driver else registry.names()
    if not as_json:
        for name in names:
            print_table(name)
        return
    schemas = {name: _schema(registry.spec_of(name).options) for name in names}
    tell(schemas[driver] if driver else schemas)


class DeviceCommand(TyperCommand):
    """A command whose help ends with the options of the drivers that it can use."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """See click."""
        super().format_help(ctx, formatter)
        for name in registry.names():
            if COMMANDS[registry.spec_of(name).kind] == self.name:
                print_table(name)


def print_table(driver: str) -> None:
    """Print the options of one driver. Raises BAD_OPTION for an unknown one."""
    spec, lang = registry.spec_of(driver), language()
    title = in_language(as_described(spec.title), lang)
    write(say("options.of", lang, driver=driver, title=title))
    Screen().print(option_table(spec.options, lang))


def option_table(model: type[BaseModel], lang: Language) -> Table:
    """A row for each option of a model; on a narrow screen two columns hold all of it."""
    table = Table(box=None)
    wide, rows = Screen().width >= NARROW, _rows(model, lang)
    used = [any(row[at] for row in rows) for at in range(len(HEADINGS))]
    headings = [say(heading, lang) for heading, there in zip(HEADINGS, used, strict=True) if there]
    for heading in headings if wide else (headings[0], "\n".join(headings[1:])):
        whole = wide and heading == headings[0]  # a narrower one would be cut
        table.add_column(heading, overflow="fold", no_wrap=whole)
    if not wide:
        table.columns[0].max_width = NARROW_KEY
    for row in rows:
        told = [text for text, there in zip(row, used, strict=True) if there]
        cells = told if wide else (told[0], "\n".join(filter(None, told[1:])))
        table.add_row(*map(Text, cells))
    return table


def _rows(model: type[BaseModel], lang: Language) -> list[tuple[str, str, str, str]]:
    """Of each option its name, default, what is allowed, meaning."""
    rows = []
    for key, schema in properties(model).items():
        required = model.model_fields[key].is_required()
        default = say("options.required", lang) if required else _word(schema.get("default"))
        what, means = (
            in_language(text, lang).strip() for text in (allowed(key, schema), meaning(schema))
        )
        rows.append((key, default, what, means))
    return rows


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return {**model.model_json_schema(), "properties": properties(model)}


def _word(default: object) -> str:
    if isinstance(default, bool):
        return str(default).lower()  # as it is typed
    return "" if default is None else str(default)
