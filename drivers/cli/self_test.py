"""`hall-devices test`: a peripheral tests itself, with a report that a technician can read."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Annotated, Any, NoReturn, Self

import typer
from rich.console import Console
from rich.live import Live
from rich.text import Text

from drivers.bounded import OverdueError, run_bounded
from drivers.clashes import Clash
from drivers.cli.arguments import AsJson, Options, Seconds
from drivers.cli.entries import (
    ConfigFile,
    Entry,
    Everything,
    MaybeDriver,
    chosen,
    clashing,
    reached,
)
from drivers.cli.output import Screen, tell, write
from drivers.cli.run import Exit, exit_of, fail
from drivers.cli.steps import SelfTest, Step, Wishes
from drivers.cli.wording import Lang, language, what_to_do
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import DriverSpec, Kind
from drivers.saying import as_described, in_language
from drivers.words import Language, say

LIMIT_S = 120.0  # beyond what a citizen is waited for: the longest that one peripheral may take
MARKS = {True: ("✓", "bold green"), False: ("✗", "bold red"), None: ("–", "yellow")}
ANSWERS = {True: ("", "y", "yes", "是"), False: ("n", "no", "否")}
PRINTERS = (Kind.TICKET_PRINTER, Kind.DOCUMENT_PRINTER)


@dataclass
class Report:
    """What became of one peripheral."""

    id: str
    driver: str
    kind: str
    steps: list[Step] = field(default_factory=list)

    @property
    def failed(self) -> list[Step]:
        """The steps that did not work out."""
        return [step for step in self.steps if step.ok is False]

    @property
    def status(self) -> Exit:
        """Exit status of this peripheral alone."""
        if not self.failed:
            return Exit.DONE
        first = self.failed[0]
        return exit_of(first.reason, first.sent)

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        head = {"id": self.id, "driver": self.driver, "kind": self.kind, "ok": not self.failed}
        return {**head, "steps": [asdict(step) for step in self.steps]}


def self_test(
    driver: MaybeDriver = None,
    *,
    option: Options = [],  # noqa: B006 - typer wants a list
    everything: Everything = False,
    config: ConfigFile = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Print without asking.")] = False,
    no_paper: Annotated[bool, typer.Option("--no-paper", help="Print nothing.")] = False,
    timeout: Seconds = 30.0,
    lang: Lang = None,
    as_json: AsJson = False,
) -> None:
    """Test a peripheral: open it, ask how it is, use it once (test slip, card, text, voice).

    Example: hall-devices test escpos -o host=192.168.1.87 --yes, or: hall-devices test --all
    --config hall.toml. A printer prints only after a question or with --yes. --timeout is for
    whoever lays the card or holds the code.
    """
    talk = language(lang, as_json)
    console = Screen(quiet=as_json)
    try:
        entries = chosen(driver, option, everything, config)
    except PeripheralError as e:
        fail(as_json, e)
    reports = []
    clashes = clashing(entries)
    with _Waiting(console, talk) as waiting:
        for at, entry in enumerate(entries):
            try:
                with reached(entry) as (spec, options):
                    paper = spec.kind in PRINTERS and not no_paper and (
                        yes or _may_print(entry, talk, as_json)
                    )  # fmt: skip
                    wishes = Wishes(talk, paper, timeout, waiting.shown)
                    reports.append(_tested(entry, spec, options, wishes, console))
            except PeripheralError as e:
                if len(entries) == 1:
                    fail(as_json, e)
                reports.append(_not_begun(entry, e, console, talk))
            if at in clashes:
                reports[-1].steps.append(_beside(clashes[at], talk))
                _print_step(console, talk, reports[-1].steps[-1])
    _leave(reports, console, talk, as_json)


def _not_begun(entry: Entry, error: PeripheralError, console: Console, lang: Language) -> Report:
    """One that could not even be opened for want of good options."""
    todo = what_to_do(error.reason.value, None, lang, error.advice)
    seen = in_language(error.detail, lang).replace("\n", "\n      ")
    step = Step("open", False, 0, seen, todo, error.reason.value, error.sent)
    console.print(Text.assemble((entry.place, "bold"), f"  {entry.driver}"))
    _print_step(console, lang, step)
    return Report(entry.id, entry.driver, "", [step])


def _beside(clash: Clash, lang: Language) -> Step:
    """That it cannot work beside another, however well each does alone."""
    what, todo = in_language(clash.what, lang), in_language(clash.advice, lang)
    return Step("beside", False, 0, what, todo, Reason.BAD_OPTION.value, sent=False)


def _may_print(entry: Entry, lang: Language, as_json: bool) -> bool:
    if as_json or not sys.stdin.isatty():
        return False
    while True:
        print(say("ask_paper", lang, id=entry.id), end=": ", flush=True)
        word = sys.stdin.readline()
        if not word:  # Ctrl-D
            write("")
            return False
        for answer, words in ANSWERS.items():
            if word.strip().lower() in words:
                return answer
        write(say("yes_or_no", lang))


def _tested(
    entry: Entry, spec: DriverSpec, options: Any, wishes: Wishes, console: Console
) -> Report:
    """Run the steps on a thread that is left behind when the driver hangs."""
    report = Report(entry.id, entry.driver, spec.kind.value)
    console.print(
        Text.assemble(
            (entry.place, "bold"), f"  {in_language(as_described(spec.title), wishes.lang)}"
        )
    )

    def tell(step: Step) -> None:
        report.steps.append(step)
        _print_step(console, wishes.lang, step)

    limit_s = wishes.wait_s + LIMIT_S
    try:
        run_bounded(lambda: SelfTest(spec, wishes, tell).run(options), limit_s, spec.name)
    except OverdueError:
        hangs = say("hangs", wishes.lang, limit=limit_s)
        told = what_to_do(Reason.SILENT, spec.kind, wishes.lang)
        tell(Step("close", False, round(limit_s * 1000), hangs, told, Reason.SILENT.value))
    return report


class _Waiting:
    """A sentence with the seconds left, while somebody is waited for at a terminal.

    At the end of the block, be it by Ctrl-C, none is left that a thread goes on drawing.
    """

    def __init__(self, console: Console, lang: Language) -> None:
        self._console = console
        self._lang = lang
        self._line: Live | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._line is not None:
            self._line.stop()

    @contextmanager
    def shown(self, words: str, seconds: float) -> Iterator[None]:
        end = time.monotonic() + seconds

        def sentence() -> Text:
            left = max(0, round(end - time.monotonic()))
            return Text("  … " + say(words, self._lang, left=left, what=""), "cyan")

        if not self._console.is_terminal:
            yield
            return
        if threading.current_thread() is threading.main_thread():
            self._console.print(sentence())
            yield
            return
        with Live(console=self._console, get_renderable=sentence, transient=True) as self._line:
            yield


def _print_step(console: Console, lang: Language, step: Step) -> None:
    mark, style = MARKS[step.ok]
    line = Text.assemble("  ", (mark, style), f" {say(step.step, lang)}")
    line.append(f"  {step.took_ms} ms", "dim")
    if step.seen:
        line.append(f"  {step.seen}")
    console.print(line)
    if step.advice:
        console.print(Text(f"      → {step.advice}", "yellow" if step.ok is False else "cyan"))


def _leave(reports: list[Report], console: Console, lang: Language, as_json: bool) -> NoReturn:
    bad = [report for report in reports if report.failed]
    if as_json:
        told = {"ok": not bad, "peripherals": [report.plain() for report in reports]}
        tell(told)
    else:
        style = "bold red" if bad else "bold green"
        counts = say("summary", lang, good=len(reports) - len(bad), bad=len(bad))
        console.print(Text(counts, style))
    reached_some = [report for report in bad if report.status is not Exit.NOTHING_SENT]
    status = Exit.FAILED if reached_some or len(bad) < len(reports) else Exit.NOTHING_SENT
    if len(bad) == 1 == len(reports):
        status = bad[0].status
    raise typer.Exit(int(status if bad else Exit.DONE))
