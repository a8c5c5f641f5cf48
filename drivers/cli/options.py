"""The options of a driver, told: by `hall-devices options` and below the help of the commands."""

from typing import Annotated, Any

import typer
from pydantic_core import PydanticUndefined
from rich.table import Table
from rich.text import Text
from typer.core import TyperCommand

from drivers import registry
from drivers.cli.output import Screen, tell
from drivers.cli.run import COMMANDS, fail
from drivers.errors import PeripheralError

NARROW = 60  # columns


def options(
    driver: Annotated[str | None, typer.Argument(help="Driver name; all when omitted.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON Schema.")] = False,
) -> None:
    """List the options of a driver with their defaults.

    Example: hall-devices options escpos
    """
    try:
        tell_options(driver, as_json)
    except PeripheralError as e:
        fail(as_json, e)


def tell_options(driver: str | None, as_json: bool) -> None:
    """Print a driver's options, or those of all. Raises BAD_OPTION for an unknown one.

    As JSON: the JSON Schema of one driver's options, or an object of them by driver.
    """
    names = [driver] if driver else registry.names()
    if not as_json:
        for name in names:
            Screen().print(_table(name))
        return
    schemas = {name: registry.spec_of(name).options.model_json_schema() for name in names}
    tell(schemas[driver] if driver else schemas)


class DeviceCommand(TyperCommand):
    """A command whose help ends with the options of the drivers that it can use."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """See click."""
        super().format_help(ctx, formatter)
        for name in registry.names():
            if COMMANDS[registry.spec_of(name).kind] == self.name:
                Screen().print(_table(name))


def _table(driver: str) -> Table:
    spec = registry.spec_of(driver)
    table = Table(title=f"--option of {driver}: {spec.title}", title_justify="left", box=None)
    for heading in ("KEY", "DEFAULT", "MEANING"):
        whole = heading == "KEY" and Screen().width >= NARROW  # a narrower one would be cut
        table.add_column(heading, overflow="fold", no_wrap=whole)
    for name, field in spec.options.model_fields.items():
        default = "required" if field.default is PydanticUndefined else _word(field.default)
        table.add_row(name, default, Text(field.description or ""))
    return table


def _word(default: object) -> str:
    return "" if default is None else str(default)
