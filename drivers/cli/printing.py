"""`hall-devices print`: one ticket slip, or one document on a page printer."""

import time
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import BaseModel, ValidationError

from drivers.cli.arguments import GRACE_S, AsJson, Driver, Options, Seconds
from drivers.cli.interrupted import Interrupt
from drivers.cli.output import tell
from drivers.cli.progress import working
from drivers.cli.run import Exit, answer, bad_argument, driver_of, exit_of, plain, told, use
from drivers.cli.wording import language
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import DriverSpec, Kind, PrintOutcome, PrintResult
from drivers.papers.slip import Slip
from drivers.printers.advice import LOOK_TICKET
from drivers.saying import saying, together
from drivers.settings.option_words import problems
from drivers.settings.text_file import STDIN, text_of, text_of_stdin
from drivers.status import Paper
from drivers.words import say

LARGEST_SLIP = 1024 * 1024  # bytes
WITHDRAW_GRACE_S = 15.0  # a document that was not printed in time is taken back from its queue
NOTHING = saying("Nothing was sent to be printed.")
LOOK_QUEUE = saying(
    "It may still come out: cancel it in the printer's queue, look before printing again."
)
INTERRUPTED = saying("interrupted")
NO_SLIP = saying("--slip FILE is missing; --schema shows what belongs in it")
NO_FILE = saying("--file FILE is missing, e.g. a PDF")
A_FOLDER, NO_REGULAR_FILE = saying("a folder"), saying("no regular file")

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
                raise PeripheralError(Reason.CANCELLED, INTERRUPTED, advice=NOTHING, sent=False)
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
            with working(say("print.working", language()), as_json):
                result = use(spec, options, work, limit_s, interrupt.outcome)
        status, detail = exit_of(result.reason), ""
    except PeripheralError as e:
        # Opening and questions send no byte of the slip; what fails later may have.
        outcome = PrintOutcome.UNSURE if begun else PrintOutcome.NOT_PRINTED
        result = PrintResult(outcome, Paper.UNKNOWN, e.reason.value, told(e))
        status, detail = exit_of(e.reason, e.sent), e.detail
    except KeyboardInterrupt:
        result, status, detail = _cut_off(begun, slip), Exit.INTERRUPTED, INTERRUPTED
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
        raise bad_argument(NO_SLIP if tickets else NO_FILE)
    if tickets and file is not None:
        raise bad_argument(
            saying("{driver} prints slips (--slip FILE), not documents", driver=driver)
        )
    if not tickets and slip is not None:
        raise bad_argument(
            saying("{driver} prints documents (--file FILE), not slips", driver=driver)
        )
    return spec, options


def _document(file: Path | None) -> Path:
    if file is None or not file.exists():
        raise bad_argument(saying("cannot read {file}: no such file", file=file))
    if not file.is_file():
        what = A_FOLDER if file.is_dir() else NO_REGULAR_FILE
        raise bad_argument(
            saying(
                "cannot print {file}: it is {what}; name a document, e.g. a PDF",
                file=file, what=what,
            )
        )  # fmt: skip
    return file


def read_slip(file: Path) -> Slip:
    """The slip in a JSON file; `-` is stdin. Raises BAD_OPTION."""
    if str(file) == "-":
        file, text = STDIN, text_of_stdin(LARGEST_SLIP)
    else:
        text = text_of(file, LARGEST_SLIP)
    try:
        return Slip.model_validate_json(text)
    except ValidationError as e:
        first = e.errors()[0]
        if first["type"] == "json_invalid":
            why = first["ctx"]["error"]
            raise bad_argument(saying("{file} is not JSON: {why}", file=file, why=why)) from e
        if not first["loc"]:
            raise bad_argument(
                saying("{file} holds no slip: one JSON object in braces is meant", file=file)
            ) from e
        raise bad_argument(together(*problems(Slip, e, options=False), by="; ")) from e
