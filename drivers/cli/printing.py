"""`hall-devices print`: one ticket slip, or one document on a page printer."""

import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import BaseModel, ValidationError

from drivers.cli.arguments import GRACE_S, AsJson, Driver, Options, Seconds
from drivers.cli.interrupted import Interrupt
from drivers.cli.output import tell
from drivers.cli.run import Exit, answer, bad_argument, driver_of, exit_of, plain, told, use
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import DriverSpec, Kind, PrintOutcome, PrintResult
from drivers.papers.slip import Slip
from drivers.registry import worded
from drivers.status import Paper

WITHDRAW_GRACE_S = 15.0  # a document that was not printed in time is taken back from its queue
NOTHING = "Nothing was sent to be printed."
LOOK_TICKET = "Look whether the ticket came out whole before printing it again."
LOOK_QUEUE = "It may still come out: cancel it in the printer's queue, look before printing again."

SlipFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Slip as JSON (see --schema); - is stdin.")
]
DocumentFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Document for a page printer, e.g. a PDF.")
]
Schema = Annotated[bool, typer.Option("--schema", help="Print the slip's JSON Schema.")]


def print_(
    driver: Driver,
    *,
    option: Options = [],  # noqa: B006 - typer wants a list
    slip: SlipFile = None,
    file: DocumentFile = None,
    schema: Schema = False,
    timeout: Seconds = 60.0,
    as_json: AsJson = False,
) -> None:
    """Print one ticket slip or one document and watch it come out.

    Ctrl-C takes a document back from its queue, and tells what became of it or of the slip.

    Example: hall-devices print escpos -o host=192.168.1.87 -o tcp_port=9100 --slip slip.json
    """
    if schema:
        tell(Slip.model_json_schema(), None if as_json else 2)
        return
    begun, end = False, time.monotonic() + timeout
    interrupt = Interrupt(0 if slip else WITHDRAW_GRACE_S)

    def work(device: Any) -> PrintResult:
        nonlocal begun
        begun = True  # before the look at `came`: who is told `not_printed` gets nothing printed
        try:
            if interrupt.came:
                raise PeripheralError(Reason.CANCELLED, "interrupted", advice=NOTHING, sent=False)
            result: PrintResult = (
                device.print_slip(paper)
                if slip
                else device.print_file(paper, lambda: interrupt.came or time.monotonic() > end)
            )
        except PeripheralError as e:
            begun = e.sent
            raise
        return result

    try:
        with interrupt:
            spec, options = _driver(driver, option, slip, file)
            paper = read_slip(slip) if slip else _document(file)
            limit_s = timeout + (GRACE_S if slip else WITHDRAW_GRACE_S)
            result = use(spec, options, work, limit_s, interrupt.outcome)
        status, detail = exit_of(result.reason), ""
    except PeripheralError as e:
        # Opening and questions send no byte of the slip; what fails later may have.
        outcome = PrintOutcome.UNSURE if begun else PrintOutcome.NOT_PRINTED
        result = PrintResult(outcome, Paper.UNKNOWN, e.reason.value, told(e))
        status, detail = exit_of(e.reason, e.sent), e.detail
    except KeyboardInterrupt:
        result, status, detail = _cut_off(begun, slip), Exit.INTERRUPTED, "interrupted"
    if interrupt.came:
        status = Exit.INTERRUPTED
    elif result.outcome is PrintOutcome.PRINTED:
        status = Exit.DONE
    answer(as_json, plain(result), status, detail)


def _cut_off(begun: bool, slip: Path | None) -> PrintResult:
    """What can be said of a print that nobody waited for."""
    if not begun:
        reason = Reason.CANCELLED.value
        return PrintResult(PrintOutcome.NOT_PRINTED, Paper.UNKNOWN, reason, NOTHING)
    advice = LOOK_TICKET if slip else LOOK_QUEUE
    return PrintResult(PrintOutcome.UNSURE, Paper.UNKNOWN, Reason.UNCONFIRMED.value, advice)


def _driver(
    driver: str, option: list[str], slip: Path | None, file: Path | None
) -> tuple[DriverSpec, BaseModel]:
    spec, options = driver_of(driver, (Kind.TICKET_PRINTER, Kind.DOCUMENT_PRINTER), option)
    tickets = spec.kind is Kind.TICKET_PRINTER
    if slip is None and file is None:
        needed = "--slip FILE is missing; --schema shows what belongs in it"
        raise bad_argument(needed if tickets else "--file FILE is missing, e.g. a PDF")
    if tickets and file is not None:
        raise bad_argument(f"{driver} prints slips (--slip FILE), not documents")
    if not tickets and slip is not None:
        raise bad_argument(f"{driver} prints documents (--file FILE), not slips")
    return spec, options


def _document(file: Path | None) -> Path:
    if file is None or not file.exists():
        raise bad_argument(f"cannot read {file}: no such file")
    if not file.is_file():
        what = "a folder" if file.is_dir() else "no regular file"
        raise bad_argument(f"cannot print {file}: it is {what}; name a document, e.g. a PDF")
    return file


def read_slip(file: Path) -> Slip:
    """The slip in a JSON file; `-` is stdin. Raises BAD_OPTION."""
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text("utf-8")
        return Slip.model_validate_json(text)
    except (OSError, UnicodeDecodeError) as e:
        raise bad_argument(f"cannot read {file}: {e}") from e
    except ValidationError as e:
        lines = (f"{'.'.join(map(str, p['loc'])) or file}: {worded(p)}" for p in e.errors())
        raise bad_argument("; ".join(lines)) from e
