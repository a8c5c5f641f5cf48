"""`hall-config`: check a settings file, explain where each value comes from, compare two files."""

import sys
import tomllib
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from config.errors import ConfigError
from config.loader import DEFAULTS, EXAMPLES, load
from config.schema import HallSettings

app = typer.Typer(
    help=f"Settings of a hall: check, explain, diff. Examples are in {EXAMPLES}.",
    no_args_is_help=True,
    add_completion=False,
)
FileArgument = Annotated[Path, typer.Argument(help="Settings file (TOML)")]
Flat = dict[str, Any]


@app.command()
def check(file: FileArgument) -> None:
    """Tell everything that is wrong with FILE, each with its line; exit status 2 if anything is."""
    settings = _load(file, with_drivers=True)
    typer.echo(f"{file}: ok: {_summary(settings)}")


@app.command()
def explain(
    file: Annotated[Path | None, typer.Argument(help="Settings file (TOML)")] = None,
) -> None:
    """Show every setting, its value, and whether it comes from FILE or from the defaults."""
    settings = _load(file)
    own = _flat(tomllib.loads(file.read_text(encoding="utf-8"))) if file else {}
    table = Table("setting", "value", "from", box=None)
    for key, value in _flat(settings.model_dump(mode="json")).items():
        table.add_row(key, str(value), str(file) if key in own else DEFAULTS.name)
    Console(soft_wrap=not sys.stdout.isatty()).print(table)


@app.command()
def diff(old: FileArgument, new: FileArgument) -> None:
    """Show the settings in which two files differ; exit status 1 if any."""
    before, after = (_flat(_load(file).model_dump(mode="json")) for file in (old, new))
    keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    for key in keys:
        typer.echo(f"{key}: {before.get(key, '(none)')} -> {after.get(key, '(none)')}")
    raise typer.Exit(1 if keys else 0)


def _load(file: Path | None, *, with_drivers: bool = False) -> HallSettings:
    try:
        return load(file, with_drivers=with_drivers)
    except ConfigError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error


def _summary(settings: HallSettings) -> str:
    from config.hall_name import official_name

    name = settings.site.name_override or official_name(settings.site.code)
    counts = [
        f"{len(getattr(settings, field))} {field}"
        for field in ("queues", "windows", "kiosks", "nodes")
    ]
    return f"{name}, {', '.join(counts)}"


def _flat(tree: Any, prefix: str = "") -> Flat:
    """A tree as dotted keys; lists are counted by index."""
    if isinstance(tree, dict) and tree:
        pairs = [(f"{prefix}.{key}" if prefix else str(key), value) for key, value in tree.items()]
    elif isinstance(tree, list) and tree:
        pairs = [(f"{prefix}[{index}]", value) for index, value in enumerate(tree)]
    else:
        return {prefix: tree}
    return {key: leaf for name, value in pairs for key, leaf in _flat(value, name).items()}


def main() -> None:
    """Entry point of `hall-config`."""
    app()
