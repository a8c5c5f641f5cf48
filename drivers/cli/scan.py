"""`hall-devices scan`: what is attached, what it is believed to be, and settings to paste."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from drivers.cli.arguments import AsJson
from drivers.cli.output import Screen, tell, write
from drivers.cli.run import bad_argument, fail, plain
from drivers.discovery.found import Found
from drivers.discovery.paste import settings_for
from drivers.discovery.scan import Wish
from drivers.discovery.scan import scan as look
from drivers.discovery.spared import named_in
from drivers.errors import PeripheralError


def scan(
    *,
    port: Annotated[
        list[str], typer.Option(help="Only this serial port; repeatable.", show_default=False)
    ] = [],  # noqa: B006 - typer wants a list
    host: Annotated[
        str, typer.Option(metavar="A[,B]", help="Network devices, host or host:port.")
    ] = "",
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Settings whose ports are left alone.")
    ] = None,
    ask: Annotated[bool, typer.Option(help="Ask what it is; --no-ask only lists.")] = True,
    limit: Annotated[float, typer.Option(min=1, max=600, help="Seconds for each port.")] = 30.0,
    as_json: AsJson = False,
) -> None:
    """Find what is attached. Ports that somebody uses are neither opened nor asked.

    Example: hall-devices scan --host 192.168.1.87,192.168.1.61 --config hall.toml
    """
    try:
        spared = named_in(config) if config else {}
    except PeripheralError as e:
        fail(as_json, e)
    hosts = tuple(name.strip() for name in host.split(",") if name.strip())
    wrong = [name for name in hosts if name.count(":") == 1 and not _port_of(name)]
    if wrong:
        fail(as_json, bad_argument(f"--host {wrong[0]}: the port is 1 to 65535"))
    found = _scan(Wish(tuple(port), hosts, spared, ask, limit), quiet=as_json)
    toml = settings_for(found)
    if as_json:
        shown = {"ok": True, "found": [told_of(one) for one in found], "config": toml}
        tell(shown)
    else:
        _show(found, toml)


def _port_of(host: str) -> int | None:
    """The port in `host:port`; None when it is none."""
    port = host.rpartition(":")[2]
    return int(port) if port.isdecimal() and 0 < int(port) < 65536 else None


def told_of(found: Found) -> dict[str, Any]:
    """One find for JSON; `untouched` only where the port was left alone."""
    shown = plain(found)
    if not found.untouched:
        del shown["untouched"]
    return shown


def _scan(wish: Wish, *, quiet: bool) -> list[Found]:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=quiet) as bar:
        task = bar.add_task("looking", total=None)

        def tell(place: str, step: str) -> None:
            bar.update(task, description=escape(f"{place}: {step}"))

        return look(wish, tell)


def _show(found: list[Found], toml: str) -> None:
    console = Screen()
    table = Table(box=None)
    for heading in ("PLACE", "BELIEVED TO BE", "WHY"):
        table.add_column(heading, overflow="fold")
    for one in found:
        table.add_row(escape(one.place), _belief(one), escape(one.untouched or one.why))
    console.print(table if found else "Nothing is attached that could be seen.")
    if toml:
        console.print("\nFor the settings file, below its \\[\\[kiosks]] or \\[\\[nodes]]:\n")
        write(toml)


def _belief(found: Found) -> str:
    if found.untouched:
        return "[yellow]left alone[/]"
    if found.driver is None:
        return "[dim]unknown[/]"
    return f"[green]{found.driver}[/]" if found.sure else f"[yellow]{found.driver}?[/]"
