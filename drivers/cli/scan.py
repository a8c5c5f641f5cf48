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
from drivers.cli.run import Exit, bad_argument, fail
from drivers.cli.wording import Lang, language
from drivers.discovery.found import Found, Medium
from drivers.discovery.paste import settings_for
from drivers.discovery.scan import Wish
from drivers.discovery.scan import scan as look
from drivers.discovery.spared import named_in
from drivers.errors import PeripheralError
from drivers.saying import saying
from drivers.words import Language, say


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
    lang: Lang = None,
    as_json: AsJson = False,
) -> None:
    """Find what is attached. Ports that somebody uses are neither opened nor asked.

    Exit status 3 when there is nothing at any of the places named with --port and --host.

    Example: hall-devices scan --host 192.168.1.87,192.168.1.61 --config hall.toml
    """
    talk = language(lang, as_json)
    try:
        spared = named_in(config) if config else {}
    except PeripheralError as e:
        fail(as_json, e)
    hosts = tuple(name.strip() for name in host.split(",") if name.strip())
    wrong = [name for name in hosts if name.count(":") == 1 and not _port_of(name)]
    if wrong:
        bad = saying("--host {host}: the port is 1 to 65535", host=wrong[0])
        fail(as_json, bad_argument(bad))
    found = _scan(Wish(tuple(port), hosts, spared, ask, limit), talk, quiet=as_json)
    toml = settings_for(found, talk)
    named = [one for one in found if port or one.medium is Medium.TCP or "host" in one.options]
    there = not (port or hosts) or any(one.options or one.untouched for one in named)
    if as_json:
        tell({"ok": there, "found": [told_of(one, talk) for one in found], "config": toml})
    else:
        _show(found, toml, talk)
    raise typer.Exit(int(Exit.DONE if there else Exit.NOTHING_SENT))


def _port_of(host: str) -> int | None:
    """The port in `host:port`; None when it is none."""
    port = host.rpartition(":")[2]
    return int(port) if port.isdecimal() and 0 < int(port) < 65536 else None


def told_of(found: Found, lang: Language) -> dict[str, Any]:
    """One find for JSON; `untouched` only where the port was left alone."""
    shown = {
        "medium": found.medium.value,
        "place": found.place,
        "why": found.told(lang),
        "driver": found.driver,
        "sure": found.sure,
        "options": found.options,
    }
    return shown | ({"untouched": found.untouched.told(lang)} if found.untouched else {})


def _scan(wish: Wish, lang: Language, *, quiet: bool) -> list[Found]:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(
        *columns, console=Console(stderr=True, emoji=False), transient=True, disable=quiet
    ) as bar:
        task = bar.add_task(say("scan.looking", lang), total=None)

        def tell(place: str, step: str) -> None:
            bar.update(task, description=escape(f"{place}: {step}"))

        return look(wish, tell)


def _show(found: list[Found], toml: str, lang: Language) -> None:
    console = Screen()
    table = Table(box=None)
    for heading in ("scan.place", "scan.belief", "scan.why"):
        table.add_column(say(heading, lang), overflow="fold")
    for one in found:
        why = one.untouched.told(lang) if one.untouched else one.told(lang)
        table.add_row(escape(one.place), _belief(one, lang), escape(why))
    console.print(table if found else say("scan.nothing", lang))
    if toml:
        console.print(f"\n{say('scan.to_paste', lang)}\n", markup=False)
        write(toml)


def _belief(found: Found, lang: Language) -> str:
    if found.untouched:
        return f"[yellow]{say('scan.left_alone', lang)}[/]"
    if found.driver is None:
        return f"[dim]{say('scan.unknown', lang) if found.options else '–'}[/]"
    return f"[green]{found.driver}[/]" if found.sure else f"[yellow]{found.driver}?[/]"
