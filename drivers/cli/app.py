"""`hall-devices`: try a peripheral by hand, or play one.

Exit status: 0 done; 1 the peripheral was reached and it did not work out; 2 bad arguments;
3 nothing could be sent at all; 130 interrupted by Ctrl-C or SIGTERM (`print` tells its outcome;
`watch`, `sim`, `record` and `replay` end in this way, with 0).
"""

import logging
import sys
from typing import Annotated, Any

import structlog
import typer
from structlog.typing import EventDict
from typer.core import TyperGroup

from drivers.cli.interrupted import interrupt_told
from drivers.cli.options import DeviceCommand, options
from drivers.cli.output import safe_stdout
from drivers.cli.printing import print_
from drivers.cli.read import read
from drivers.cli.record import record
from drivers.cli.replay import replay
from drivers.cli.say import say
from drivers.cli.scan import scan
from drivers.cli.self_test import self_test
from drivers.cli.show import show
from drivers.cli.sim import SimCommand, sim
from drivers.cli.usage import usage_told
from drivers.cli.watch import watch
from drivers.cli.wording import language, told_in
from drivers.saying import value_in_language
from drivers.words import Language


class Commands(TyperGroup):
    """The list of commands; with --json words that make no command are answered as JSON too."""

    _as_json = False

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """See click."""
        self._as_json = "--json" in args
        with usage_told(self._as_json):
            return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """See click: here the words of a command are looked at, then it runs."""
        with usage_told(self._as_json), interrupt_told(self._as_json):
            return super().invoke(ctx)


app = typer.Typer(
    cls=Commands,
    help="Try a peripheral of the hall by hand, or play one.\n\n"
    "Exit status: 0 done; 1 reached, but it did not work out; 2 bad arguments; "
    "3 nothing could be sent; 130 interrupted by Ctrl-C or SIGTERM (watch, sim, record and "
    "replay end so, with 0).",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)


@app.callback()
def setup(
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Bytes to stderr.")] = False,
    lang: Annotated[
        Language | None, typer.Option(help="Language of reports and advice; else the locale's.")
    ] = None,
) -> None:
    """Logs go to stderr, so that stdout holds only the answer."""
    told_in.set(lang)
    level = logging.DEBUG if verbose else logging.WARNING
    here = language()  # logs come from threads, which do not know it

    def said(_logger: object, _method: str, event: EventDict) -> EventDict:
        return {key: value_in_language(value, here) for key, value in event.items()}

    structlog.configure(
        processors=[
            said,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%H:%M:%S.%f", utc=False),
            # Plain: the default shows local variables, which may hold a card.
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


app.command(cls=DeviceCommand)(read)
app.command("print", cls=DeviceCommand)(print_)
app.command(cls=DeviceCommand)(show)
app.command(cls=DeviceCommand)(say)
app.command("test")(self_test)
app.command()(watch)
app.command()(record)
app.command()(replay)
app.command()(scan)
app.command(cls=SimCommand)(sim)
app.command()(options)


def main() -> None:
    """Entry point of `hall-devices`."""
    with safe_stdout():
        app(prog_name="hall-devices")
