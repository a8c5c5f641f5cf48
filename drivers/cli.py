"""`hall-devices`: try a peripheral by hand, or play one.

Exit status: 0 done; 1 the peripheral was reached and it did not work out; 2 bad arguments;
3 nothing could be sent at all.
"""

import json
import logging
import sys
import time
from dataclasses import fields
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer
from pydantic import ValidationError

from drivers.cli_options import DeviceCommand, tell_options
from drivers.cli_run import Exit, answer, bad_argument, driver_of, exit_of, told, use
from drivers.cli_sim import run_simulator
from drivers.errors import PeripheralError
from drivers.interfaces import IdentityCard, Kind, PrintOutcome, PrintResult, ShowResult
from drivers.masking import mask_address, mask_name, mask_number
from drivers.papers.slip import Slip
from drivers.status import Paper

READ_GRACE_S = 5.0  # a card laid at the last moment is still read to its end
GRACE_S = 1.0

Driver = Annotated[str, typer.Argument(help="Driver name, e.g. sdt_reader, escpos, onbon_bx.")]
Options = Annotated[
    list[str],
    typer.Option("--option", "-o", metavar="KEY=VALUE", help="Option of the driver; repeatable."),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout, nothing else.")]
Seconds = Annotated[float, typer.Option(min=0.1, max=3600, help="Seconds at most.")]

app = typer.Typer(
    help="Try a peripheral of the hall by hand, or play one.\n\n"
    "Exit status: 0 done; 1 reached, but it did not work out; 2 bad arguments; "
    "3 nothing could be sent.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)


@app.callback()
def setup(
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Bytes to stderr.")] = False,
) -> None:
    """Logs go to stderr, so that stdout holds only the answer."""
    level = logging.DEBUG if verbose else logging.WARNING
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%H:%M:%S.%f", utc=False),
            # Plain: the default shows local variables, which may hold a card.
            structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


@app.command(cls=DeviceCommand)
def read(
    driver: Driver,
    option: Options = [],  # noqa: B006 - typer wants a list
    timeout: Seconds = 30.0,
    as_json: AsJson = False,
    reveal: Annotated[bool, typer.Option("--reveal", help="Show personal data in full.")] = False,
) -> None:
    """Read one identity card; name, number and address are masked unless --reveal is given.

    Example: hall-devices read sdt_reader --option port=/dev/ttyUSB0 --timeout 10
    """
    end = time.monotonic() + timeout
    try:
        spec, options = driver_of(driver, Kind.CARD_READER, option)
        card = use(
            spec,
            options,
            lambda device: device.read(max(0.1, end - time.monotonic()), lambda: False),
            timeout + READ_GRACE_S,
        )
    except PeripheralError as e:
        failed = {"ok": False, "reason": e.reason.value, "advice": told(e)}
        answer(as_json, failed, exit_of(e.reason, e.sent), e.detail)
    answer(as_json, _card(card, reveal), Exit.DONE)


@app.command("print", cls=DeviceCommand)
def print_(
    driver: Driver,
    *,
    option: Options = [],  # noqa: B006 - typer wants a list
    slip: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Slip as JSON (see --schema); - is stdin.")
    ] = None,
    schema: Annotated[bool, typer.Option("--schema", help="Print the slip's JSON Schema.")] = False,
    timeout: Seconds = 60.0,
    as_json: AsJson = False,
) -> None:
    """Print one ticket slip and watch it come out.

    Example: hall-devices print escpos -o host=192.168.1.87 -o tcp_port=9100 --slip slip.json
    """
    if schema:
        indent = None if as_json else 2
        print(json.dumps(Slip.model_json_schema(), ensure_ascii=False, indent=indent))
        return
    opened = False

    def work(device: Any) -> PrintResult:
        nonlocal opened
        opened = True
        result: PrintResult = device.print_slip(paper)
        return result

    try:
        paper = _slip(slip)
        spec, options = driver_of(driver, Kind.TICKET_PRINTER, option)
        result = use(spec, options, work, timeout + GRACE_S)
        status, detail = exit_of(result.reason), ""
    except PeripheralError as e:
        # Opening sends no byte of the slip; what fails later may have.
        outcome = PrintOutcome.UNSURE if opened and e.sent else PrintOutcome.NOT_PRINTED
        result = PrintResult(outcome, Paper.UNKNOWN, e.reason.value, told(e))
        status, detail = exit_of(e.reason, e.sent), e.detail
    done = result.outcome is PrintOutcome.PRINTED
    answer(as_json, _plain(result), Exit.DONE if done else status, detail)


@app.command(cls=DeviceCommand)
def show(
    driver: Driver,
    text: Annotated[str, typer.Option(help="What to show; empty clears the area.")],
    option: Options = [],  # noqa: B006 - typer wants a list
    timeout: Seconds = 15.0,
    as_json: AsJson = False,
) -> None:
    """Show a text on a display.

    Example: hall-devices show onbon_bx -o host=192.168.1.50 -o tcp_port=5005 -o generation=6k
    -o area=0,0,64,16 --text 请A001到3号窗口
    """
    try:
        spec, options = driver_of(driver, Kind.DISPLAY, option)
        result = use(spec, options, lambda device: device.show(text), timeout + GRACE_S)
        status, detail = exit_of(result.reason), ""
    except PeripheralError as e:
        result = ShowResult(False, "", e.reason.value, told(e))
        status, detail = exit_of(e.reason, e.sent), e.detail
    answer(as_json, _plain(result), Exit.DONE if result.ok else status, detail)


@app.command()
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
        failed = {"ok": False, "reason": e.reason.value, "advice": told(e)}
        answer(as_json, failed, exit_of(e.reason, e.sent), e.detail)


@app.command()
def options(
    driver: Annotated[str | None, typer.Argument(help="Driver name; all when omitted.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON Schema.")] = False,
) -> None:
    """List the options of a driver with their defaults.

    Example: hall-devices options escpos
    """
    try:
        tell_options(driver, as_json)
    except PeripheralError as e:
        failed = {"ok": False, "reason": e.reason.value, "advice": told(e)}
        answer(as_json, failed, exit_of(e.reason, e.sent), e.detail)


def main() -> None:
    """Entry point of `hall-devices`."""
    app(prog_name="hall-devices")


def _card(card: IdentityCard, reveal: bool) -> dict[str, Any]:
    shown = {"ok": True, **_plain(card)}
    if not reveal:
        latin = card.name_latin
        shown |= {
            "name": mask_name(card.name),
            "name_latin": None if latin is None else mask_name(latin),
            "number": mask_number(card.number),
            "address": mask_address(card.address),
        }
    keys = ("ok", "kind", "name", "name_latin", "sex", "nation", "birth", "address", "number")
    return {key: shown.pop(key) for key in keys} | shown


def _slip(file: Path | None) -> Slip:
    if file is None:
        raise bad_argument("--slip FILE is missing; --schema shows what belongs in it")
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text("utf-8")
        return Slip.model_validate_json(text)
    except (OSError, UnicodeDecodeError) as e:
        raise bad_argument(f"cannot read {file}: {e}") from e
    except ValidationError as e:
        lines = (f"{'.'.join(map(str, p['loc'])) or file}: {p['msg']}" for p in e.errors())
        raise bad_argument("; ".join(lines)) from e


def _plain(result: Any) -> dict[str, Any]:
    return {field.name: _value(getattr(result, field.name)) for field in fields(result)}


def _value(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    return [_value(one) for one in value] if isinstance(value, tuple) else value
