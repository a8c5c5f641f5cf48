"""`hall-devices sim`: a simulator in the foreground, with control lines on stdin."""

import contextlib
import io
import shlex
import signal
import sys
import threading
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from drivers import sim as simulators
from drivers.cli.arguments import AsJson, Options
from drivers.cli.output import tell, write
from drivers.cli.run import COMMANDS, bad_argument, fail, pairs
from drivers.cli.sim_options import checked, tell_simulator
from drivers.cli.wording import language
from drivers.errors import PeripheralError
from drivers.interfaces import Kind
from drivers.registry import spec_of
from drivers.saying import Saying, saying, told_by, value_in_language
from drivers.sim.base import Simulator
from drivers.words import Language, say

WORDS = "drivers.cli.sim.words"
NEEDED = {  # what the command of a kind does not go without
    Kind.TICKET_PRINTER: " --slip FILE",
    Kind.DOCUMENT_PRINTER: " --file FILE",
    Kind.DISPLAY: " --text A001",
    Kind.SPEAKER: " --number A001 --window 3",
}


class SimCommand(TyperCommand):
    """A command whose help ends with what the named simulator takes, or with all their names."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """See click; its --help comes before the argument is known."""
        ctx.meta[WORDS] = list(args)
        return super().parse_args(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """See click."""
        super().format_help(ctx, formatter)
        known = simulators.names()
        named = [word for word in ctx.meta.get(WORDS, ()) if word in known]
        for name in named:
            tell_simulator(name, as_json=False)
        if not named:
            write(say("sim.there_are", language(), names=", ".join(known)))


def sim(
    name: Annotated[str, typer.Argument(help="Simulator, named as its driver.")],
    option: Options = [],  # noqa: B006 - typer wants a list
    takes: Annotated[
        bool, typer.Option("--options", help="Only tell its options, control lines and faults.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Play a peripheral until Ctrl-C; lines on stdin lay cards and cause faults.

    Example: hall-devices sim sdt_reader --option link=/tmp/reader; then type: lay jia
    """
    try:
        if takes:
            _tell(name, as_json)
        else:
            run_simulator(name, option, as_json)
    except PeripheralError as e:
        fail(as_json, e)


def _tell(name: str, as_json: bool) -> None:
    try:
        tell_simulator(name, as_json)
    except ValueError as e:
        raise bad_argument(told_by(e)) from e


def run_simulator(name: str, option: list[str], as_json: bool) -> None:
    """Run until SIGINT or SIGTERM. Raises BAD_OPTION.

    Prints where to point the driver, then an answer (JSON) to each control line. The end of stdin
    ends only the control lines, so that a simulator can run with none.
    """
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    simulator = _start(name, option)
    lang = language(as_json=as_json)
    try:
        introduce(name, simulator, as_json)
        threading.Thread(target=_obey, args=(simulator, lang), daemon=True).start()
        ended.wait()
    finally:
        simulator.stop()


def _start(name: str, option: list[str]) -> Simulator:
    try:
        return simulators.start(name, **checked(name, pairs(option)))
    except (TypeError, LookupError, ArithmeticError, ValueError, OSError) as e:
        why = told_by(e)
        if isinstance(why, Saying) or not option:  # else a value that makes no sense to it
            raise bad_argument(why) from e
        raise bad_argument(
            saying(
                "simulator {name} cannot start with {values}: {why}",
                name=name, values=", ".join(option), why=why,
            )
        ) from e  # fmt: skip


def introduce(name: str, simulator: Simulator, as_json: bool) -> None:
    """Say where to point the driver, and what can be typed."""
    if as_json:
        where = {"ok": True, "options": simulator.options, "control": simulator.vocabulary()}
        tell(where)
        return
    lang = language()
    write(say("sim.plays", lang, name=name, command=command_for(name, simulator.options)))
    write(say("sim.control", lang))
    for line in simulator.vocabulary():
        write(f"  {line}")
    sys.stdout.flush()


def command_for(driver: str, options: Mapping[str, Any]) -> str:
    """A command that can be pasted, for whoever wants to try the driver there."""
    command, needed = "read", ""
    with contextlib.suppress(PeripheralError):
        kind = spec_of(driver).kind
        command, needed = COMMANDS[kind], NEEDED.get(kind, "")
    given = [shlex.quote(f"{key}={value}") for key, value in options.items()]
    words = "".join(f" --option {pair}" for pair in given)
    return f"hall-devices {command} {driver}{words}{needed}"


def _obey(simulator: Simulator, lang: Language) -> None:
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")  # a wrong line must not be the last one
    for line in sys.stdin:
        if line.strip():
            answer = simulator.control(line)
            tell({key: value_in_language(value, lang) for key, value in answer.items()})
