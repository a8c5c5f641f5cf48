"""`hall-devices sim`: a simulator in the foreground, with control lines on stdin."""

import contextlib
import difflib
import inspect
import json
import shlex
import signal
import sys
import threading
from collections.abc import Collection
from typing import Annotated, Any

import typer

from drivers import sim as simulators
from drivers.cli.arguments import AsJson, Options
from drivers.cli.output import tell, write
from drivers.cli.run import COMMANDS, bad_argument, fail, pairs
from drivers.errors import PeripheralError
from drivers.interfaces import Kind
from drivers.registry import spec_of
from drivers.sim.base import Simulator

NEEDED = {  # what the command of a kind does not go without
    Kind.TICKET_PRINTER: " --slip FILE",
    Kind.DOCUMENT_PRINTER: " --file FILE",
    Kind.DISPLAY: " --text A001",
    Kind.SPEAKER: " --number A001 --window 3",
}


def sim(
    name: Annotated[str, typer.Argument(help="Simulator, named as its driver.")],
    option: Options = [],  # noqa: B006 - typer wants a list
    as_json: AsJson = False,
) -> None:
    """Play a peripheral until Ctrl-C; lines on stdin lay cards and cause faults.

    Example: hall-devices sim sdt_reader --option link=/tmp/reader; then type: lay jia
    """
    try:
        run_simulator(name, option, as_json)
    except PeripheralError as e:
        fail(as_json, e)


def run_simulator(name: str, option: list[str], as_json: bool) -> None:
    """Run until SIGINT or SIGTERM. Raises BAD_OPTION.

    Prints where to point the driver, then an answer (JSON) to each control line. The end of stdin
    ends only the control lines, so that a simulator can run with none.
    """
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    simulator = _start(name, option)
    try:
        introduce(name, simulator, as_json)
        threading.Thread(target=_obey, args=(simulator,), daemon=True).start()
        ended.wait()
    finally:
        simulator.stop()


def _start(name: str, option: list[str]) -> Simulator:
    given = {key: _value(value) for key, value in pairs(option).items()}
    try:
        _check_known(name, given)
        return simulators.start(name, **given)
    except (TypeError, LookupError, OverflowError) as e:  # of a value that makes no sense to it
        values = ", ".join(option) or "no options"
        raise bad_argument(f"simulator {name} cannot start with {values}: {e}") from e
    except (ValueError, OSError) as e:
        raise bad_argument(str(e)) from e


def _check_known(name: str, given: Collection[str]) -> None:
    """Raise BAD_OPTION for an option that it does not take, ValueError for no such simulator."""
    accepted = list(inspect.signature(simulators.simulator_class(name)).parameters)
    for key in given:
        if key not in accepted:
            near = difflib.get_close_matches(key, accepted, n=1)
            hint = f"did you mean {near[0]}? It takes" if near else "it takes"
            raise bad_argument(
                f"simulator {name}: unknown option {key!r}; {hint} {', '.join(accepted)}"
            )


def introduce(name: str, simulator: Simulator, as_json: bool) -> None:
    """Say where to point the driver, and what can be typed."""
    if as_json:
        where = {"ok": True, "options": simulator.options, "control": simulator.vocabulary()}
        tell(where)
        return
    given = [shlex.quote(f"{key}={value}") for key, value in simulator.options.items()]
    words = " ".join(f"--option {pair}" for pair in given)
    command, needed = "read", ""
    with contextlib.suppress(PeripheralError):
        kind = spec_of(name).kind
        command, needed = COMMANDS[kind], NEEDED.get(kind, "")
    write(f"{name} plays. In another terminal: hall-devices {command} {name} {words}{needed}")
    write("Type here to control it, Ctrl-C ends it:")
    for line in simulator.vocabulary():
        write(f"  {line}")
    sys.stdout.flush()


def _obey(simulator: Simulator) -> None:
    for line in sys.stdin:
        if line.strip():
            tell(simulator.control(line))


def _value(word: str) -> Any:
    """Numbers and truth values as such, everything else as text."""
    try:
        value = json.loads(word)
    except ValueError:
        return word
    return value if isinstance(value, int | float) else word
