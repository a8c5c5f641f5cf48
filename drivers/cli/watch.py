"""`hall-devices watch`: how one or all peripherals are, live."""

import logging
import signal
import sys
import threading
import time
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import datetime
from queue import Empty, SimpleQueue
from typing import Annotated

import structlog
import typer
from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from drivers import registry
from drivers.cli.arguments import AsJson, Options
from drivers.cli.entries import ConfigFile, Everything, MaybeDriver, chosen
from drivers.cli.output import Screen, failed, tell
from drivers.cli.run import fail
from drivers.cli.wording import Lang, language, what_to_do_now
from drivers.errors import PeripheralError
from drivers.status import Paper, PeripheralHealth, State
from drivers.words import Language, say

LOOK_S = 0.2
ICONS = {
    State.STARTING: ("…", "cyan"),
    State.ONLINE: ("●", "green"),
    State.BUSY: ("▶", "blue"),
    State.OFFLINE: ("!", "yellow"),
    State.USER_ERROR: ("!", "yellow"),
    State.NO_DEVICE: ("✗", "red"),
    State.HARDWARE_ERROR: ("✗", "bold red"),
    State.STOPPED: ("■", "dim"),
}


def watch(
    ctx: typer.Context,
    driver: MaybeDriver = None,
    *,
    option: Options = [],  # noqa: B006 - typer wants a list
    everything: Everything = False,
    config: ConfigFile = None,
    for_s: Annotated[
        float | None, typer.Option("--for", min=0.1, metavar="SECONDS", help="End after so long.")
    ] = None,
    lang: Lang = None,
    as_json: AsJson = False,
) -> None:
    """Watch peripherals until Ctrl-C: state, paper, cover, card, since when, what to do.

    Example: hall-devices watch --all --config hall.toml. With --json: one line for each change.
    """
    news: SimpleQueue[PeripheralHealth] = SimpleQueue()
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    if not ctx.find_root().params.get("verbose"):
        mute_logs()  # every trouble stands in the table already
    try:
        with ExitStack() as running:
            for entry in chosen(driver, option, everything, config):
                owner = registry.make_owner(
                    entry.id, entry.driver, entry.options, entry.simulated, news.put
                )
                running.callback(owner.stop)
                owner.start()
            _follow(news, ended, for_s, language(lang), as_json)
    except PeripheralError as e:
        fail(as_json, e)


def mute_logs() -> None:
    """Let only errors through."""
    errors = structlog.make_filtering_bound_logger(logging.ERROR)
    structlog.configure(wrapper_class=errors)


def _follow(
    news: "SimpleQueue[PeripheralHealth]",
    ended: threading.Event,
    for_s: float | None,
    lang: Language,
    as_json: bool,
) -> None:
    end = time.monotonic() + (for_s if for_s is not None else float("inf"))
    latest: dict[str, PeripheralHealth] = {}
    console = Screen()
    live = console.is_terminal and not as_json
    with Live(console=console, auto_refresh=False) if live else ExitStack() as screen:
        while not ended.is_set() and not failed() and time.monotonic() < end:
            try:
                health = news.get(timeout=LOOK_S)
            except Empty:
                continue
            latest[health.id] = health
            if as_json:
                tell(health.plain())
            elif isinstance(screen, Live):
                screen.update(screen_of(latest.values(), lang), refresh=True)
            else:
                console.print(_line(health, lang), soft_wrap=True)
                sys.stdout.flush()


def screen_of(healths: Iterable[PeripheralHealth], lang: Language) -> Group:
    """All peripherals as they are now; below, what to do about those that do not work."""
    table = Table(box=None)
    for heading in ("peripheral", "driver", "state", "paper", "cover", "card", "since"):
        table.add_column(say(heading, lang), overflow="fold")
    todo = []
    for health in healths:
        *cells, advice = _cells(health, lang)
        table.add_row(*cells)
        if advice:
            todo.append(Text.assemble(("→ ", "yellow"), (health.id, "bold"), "  ", advice))
    return Group(table, *todo, Text(say("end", lang), "dim"))


def _cells(health: PeripheralHealth, lang: Language) -> list[Text]:
    icon, style = ICONS[health.state]
    cover = {None: "", True: say("open_", lang), False: say("shut", lang)}[health.cover_open]
    card = {None: "", True: say("there", lang), False: say("none", lang)}[health.card_present]
    since = datetime.fromtimestamp(health.since_ms / 1000).strftime("%H:%M:%S")
    kind = registry.spec_of(health.driver).kind
    paper = say(health.paper.value, lang) if health.paper else ""
    todo = what_to_do_now(health, kind, lang)
    return [
        Text(health.id, "bold"),
        Text(health.driver),
        Text(f"{icon} {say(health.state.value, lang)}", style),
        Text(paper, "" if health.paper in (None, Paper.OK) else "yellow"),
        Text(cover, "yellow" if health.cover_open else ""),
        Text(card),
        Text(since),
        Text("\n".join(filter(None, (todo, health.detail)))),
    ]


def _line(health: PeripheralHealth, lang: Language) -> str:
    """One change, where there is no screen to draw a table on."""
    cells = [cell.plain.replace("\n", " / ") for cell in _cells(health, lang)]
    return "  ".join(filter(None, cells))
