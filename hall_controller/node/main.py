"""The command `hall-node`: reads the settings, drives panels and speakers until a signal."""

import signal
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from bus.credentials import link_path
from config import log
from config.errors import ConfigError
from config.loader import load
from config.schema import HallSettings, NodeSettings
from drivers.errors import PeripheralError
from drivers.interfaces import Kind
from drivers.registry import spec_of
from hall_controller.node.node import Node

app = typer.Typer(add_completion=False)


class UsageError(Exception):
    """The settings cannot be used by a node; one line."""


@app.command()
def hall_node(
    config: Annotated[
        Path | None, typer.Option(help="Settings file; without one, the sample hall")
    ] = None,
    id_: Annotated[
        str | None, typer.Option("--id", help="Which node of the settings; default: the first")
    ] = None,
    data_dir: Annotated[
        Path | None, typer.Option(help="Data folder instead of the settings' one")
    ] = None,
) -> None:
    """The displays and the sound of a hall PC."""
    try:
        settings = load(config)
        chosen = choose(settings, id_)
        log.configure(settings.log.level)
        node = Node(chosen, link_path(data_dir or settings.controller.data_dir, chosen.id))
    except (ConfigError, UsageError) as error:
        _refuse(str(error))
    except PeripheralError as error:
        _refuse(error.detail)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: node.stop())
    node.run()


def choose(settings: HallSettings, id_: str | None) -> NodeSettings:
    """The node `id_`, or the first. Raises UsageError when it is not there or cannot work."""
    known = {each.id: each for each in settings.nodes}
    if not known:
        raise UsageError("the settings name no node: add a [[nodes]] table")
    chosen = known.get(id_ or next(iter(known)))
    if chosen is None:
        raise UsageError(f"no node {id_!r} in the settings; there are: {', '.join(known)}")
    drivers = {entry.id: entry.driver for entry in chosen.peripherals}
    taken: set[str] = set()
    for panel in chosen.panels:
        if spec_of(drivers[panel.peripheral]).kind is not Kind.DISPLAY:
            raise UsageError(f"panel at window {panel.window}: {panel.peripheral} is no display")
        if panel.peripheral in taken:
            raise UsageError(f"{panel.peripheral} stands at two windows; a panel shows one")
        taken.add(panel.peripheral)
    for speaker in chosen.speakers:
        if spec_of(drivers[speaker.peripheral]).kind is not Kind.SPEAKER:
            raise UsageError(f"{speaker.peripheral} is no speaker")
    return chosen


def _refuse(text: str) -> NoReturn:
    print("\n".join(f"hall-node: {line}" for line in text.splitlines()), file=sys.stderr)
    raise typer.Exit(2)


def main() -> None:
    """Entry point of the command."""
    app()


if __name__ == "__main__":
    main()
