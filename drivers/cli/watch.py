"""`hall-devices watch`: how one or all peripherals are, live."""

import logging
import signal
import sys
import threading
import time
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
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
from drivers.cli.entries import ConfigFile, Entry, Everything, MaybeDriver, chosen
from drivers.cli.output import Screen, failed, tell
from drivers.cli.run import fail
from drivers.cli.wording import Lang, language, what_to_do, what_to_do_now
from drivers.errors import PeripheralError, Reason
from drivers.lifecycle import Owner
from drivers.saying import in_language
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


KEPT = {Reason.BUSY: "in_use", Reason.BAD_OPTION: "wrong_settings"}  # and what to say of it


@dataclass(frozen=True, slots=True)
class Seen:
    """One change. `kept`: what keeps a peripheral that is there, a reason of `KEPT`."""

    health: PeripheralHealth
    kept: PeripheralError | None = None


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
    news: SimpleQueue[Seen] = SimpleQueue()
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    if not ctx.find_root().params.get("verbose"):
        mute_logs()  # every trouble stands in the table already
    try:
        with ExitStack() as running:
            for entry in chosen(driver, option, everything, config):
                running.callback(_started(entry, news).stop)
            _follow(news, ended, for_s, language(lang, as_json), as_json)
    except PeripheralError as e:
        fail(as_json, e)


def _started(entry: Entry, news: "SimpleQueue[Seen]") -> Owner:
    """Its owner, which tells `news` of each change. Raises BAD_OPTION."""

    def put(health: PeripheralHealth) -> None:
        trouble = owner.trouble
        kept = health.state is State.NO_DEVICE and trouble.reason in KEPT
        news.put(Seen(health, trouble if kept else None))

    owner = registry.make_owner(entry.id, entry.driver, entry.options, entry.simulated, put)
    owner.start()
    return owner


def mute_logs() -> None:
    """Let only errors through."""
    errors = structlog.make_filtering_bound_logger(logging.ERROR)
    structlog.configure(wrapper_class=errors)


def _follow(
    news: "SimpleQueue[Seen]",
    ended: threading.Event,
    for_s: float | None,
    lang: Language,
    as_json: bool,
) -> None:
    end = time.monotonic() + (for_s if for_s is not None else float("inf"))
    latest: dict[str, Seen] = {}
    console = Screen()
    live = console.is_terminal and not as_json
    with Live(console=console, auto_refresh=False) if live else ExitStack() as screen:
        while not ended.is_set() and not failed() and time.monotonic() < end:
            try:
                seen = news.get(timeout=LOOK_S)
            except Empty:
                continue
            latest[seen.health.id] = seen
            if as_json:
                tell({**seen.health.plain(), "detail": in_language(seen.health.detail, lang)})
            elif isinstance(screen, Live):
                screen.update(screen_of(latest.values(), lang), refresh=True)
            else:
                console.print(_line(seen, lang), soft_wrap=True)
                sys.stdout.flush()


def screen_of(all_seen: Iterable[Seen], lang: Language) -> Group:
    """All peripherals as they are now; below, what to do about those that do not work."""
    table = Table(box=None)
    for heading in ("peripheral", "driver", "state", "paper", "cover", "card", "since"):
        table.add_column(say(heading, lang), overflow="fold")
    todo = []
    for seen in all_seen:
        *cells, advice = _cells(seen, lang)
        table.add_row(*cells)
        if advice:
            todo.append(Text.assemble(("→ ", "yellow"), (seen.health.id, "bold"), "  ", advice))
    return Group(table, *todo, Text(say("end", lang), "dim"))


def _cells(seen: Seen, lang: Language) -> list[Text]:
    health = seen.health
    icon, style = ICONS[health.state]
    cover = {None: "", True: say("open_", lang), False: say("shut", lang)}[health.cover_open]
    card = {None: "", True: say("there", lang), False: say("none", lang)}[health.card_present]
    since = datetime.fromtimestamp(health.since_ms / 1000).strftime("%H:%M:%S")
    kind = registry.spec_of(health.driver).kind
    paper = say(health.paper.value, lang) if health.paper else ""
    if seen.kept:
        state = say(KEPT[seen.kept.reason], lang)
        todo = what_to_do(seen.kept.reason, kind, lang, seen.kept.advice)
    else:
        state, todo = say(health.state.value, lang), what_to_do_now(health, kind, lang)
    return [
        Text(health.id, "bold"),
        Text(health.driver),
        Text(f"{icon} {state}", style),
        Text(paper, "" if health.paper in (None, Paper.OK) else "yellow"),
        Text(cover, "yellow" if health.cover_open else ""),
        Text(card),
        Text(since),
        Text("\n".join(filter(None, (todo, in_language(health.detail, lang))))),
    ]


def _line(seen: Seen, lang: Language) -> str:
    """One change, where there is no screen to draw a table on."""
    cells = [cell.plain.replace("\n", " / ") for cell in _cells(seen, lang)]
    return "  ".join(filter(None, cells))
