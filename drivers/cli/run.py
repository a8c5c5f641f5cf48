"""What the commands of `hall-devices` share: options, one bounded use of a device, exit codes."""

import sys
from collections.abc import Callable, Collection
from concurrent.futures import Future
from contextvars import ContextVar
from dataclasses import fields
from datetime import date
from enum import Enum, IntEnum
from typing import Any, NoReturn, TypeVar

import typer
from pydantic import BaseModel
from rich.table import Table

from drivers import registry
from drivers.bounded import OverdueError, begin, outcome
from drivers.cli.output import Screen, complain, tell
from drivers.cli.rows import row_name, row_value
from drivers.cli.wording import KINDS, language, what_to_do
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import DriverSpec, Kind
from drivers.saying import in_language, is_said_in, saying, value_in_language
from drivers.transports import tap
from drivers.words import Language, say

T = TypeVar("T")
# Of the one command that this process runs: what it is used on.
_used: ContextVar[Kind | None] = ContextVar("used", default=None)
SLOW = saying("It answers, but is not done: give it longer with --timeout, see what it waits for.")
CHECK = saying("Check the power of the peripheral and its cable.")
COMMANDS = {
    Kind.CARD_READER: "read",
    Kind.SCANNER: "read",
    Kind.TICKET_PRINTER: "print",
    Kind.DOCUMENT_PRINTER: "print",
    Kind.DISPLAY: "show",
    Kind.SPEAKER: "say",
}


class Exit(IntEnum):
    """Exit status of every command."""

    DONE = 0
    FAILED = 1  # the peripheral was reached and it did not work out
    BAD_ARGUMENTS = 2
    NOTHING_SENT = 3  # no such peripheral, or in use
    INTERRUPTED = 130  # by Ctrl-C or SIGTERM; a print tells its outcome first


def exit_of(reason: str | None, sent: bool = True) -> Exit:
    """Exit status for a failure's reason; `sent` tells whether any byte went out."""
    if reason == Reason.BAD_OPTION:
        return Exit.BAD_ARGUMENTS
    return Exit.FAILED if sent else Exit.NOTHING_SENT


def pairs(options: list[str]) -> dict[str, str]:
    """`key=value` words as a dictionary. Raises BAD_OPTION."""
    wrong = [option for option in options if not option.partition("=")[1]]
    if wrong:
        raise bad_argument(saying("--option {word!r} is not key=value", word=wrong[0]))
    return {key.strip(): value for key, _, value in (option.partition("=") for option in options)}


def bad_argument(detail: str) -> PeripheralError:
    """The error of a wrong argument."""
    return PeripheralError(Reason.BAD_OPTION, detail, sent=False)


def driver_of(
    driver: str, kinds: Collection[Kind], options: list[str]
) -> tuple[DriverSpec, BaseModel]:
    """The driver and its checked options. Raises BAD_OPTION, also for another kind of driver."""
    given = pairs(options)
    spec = registry.spec_of(driver)
    _used.set(spec.kind)
    if spec.kind not in kinds:
        raise bad_argument(
            saying(
                "{driver} is a {kind}: use hall-devices {command}",
                driver=driver, kind=KINDS[spec.kind], command=COMMANDS[spec.kind],
            )
        )  # fmt: skip
    return spec, registry.check(driver, given)


class _Reached:
    """A tap that only knows whether anything went out, be it a question while opening, or came."""

    def __init__(self) -> None:
        self.yes = self.answers = False

    def sent(self, data: bytes) -> None:
        """See `Tap`."""
        self.yes = True

    def received(self, data: bytes) -> None:
        """See `Tap`."""
        self.answers = True


def use(
    spec: DriverSpec,
    options: BaseModel,
    work: Callable[[Any], T],
    limit_s: float,
    wait: "Callable[[Future[T], float], T]" = outcome,
) -> T:
    """Open the device, do `work` with it, close it. Raises PeripheralError.

    `sent` of the error tells whether any byte went out since before the opening. Runs on a thread
    that is left behind after `limit_s`: not even a driver stuck in the system may hold up the
    command.
    """
    opened, reached = False, _Reached()

    def body() -> T:
        nonlocal opened
        with tap.collecting(reached):
            device = spec.open(options)
            opened = True
            try:
                return work(device)
            finally:
                device.close()

    try:
        return wait(begin(body, spec.name), limit_s)
    except PeripheralError as e:
        e.sent = e.sent or reached.yes
        raise
    except OverdueError:
        there = opened or reached.yes
        raise PeripheralError(
            Reason.SILENT if there else Reason.NO_DEVICE,
            saying(
                "{name} did not come to an end within {limit_s:g} s",
                name=spec.name,
                limit_s=limit_s,
            ),
            advice=SLOW if reached.answers else CHECK,
            sent=there,
        ) from None


def answer(as_json: bool, shown: dict[str, Any], status: Exit, detail: str = "") -> NoReturn:
    """Print the outcome, as one JSON line or as a table, and leave with `status`.

    The table speaks the language of the place; JSON, which programs read, English unless another
    was asked for with --lang.
    """
    lang = language(as_json=as_json)
    if as_json:
        tell({key: value_in_language(value, lang) for key, value in shown.items()})
    else:
        table = Table(show_header=False, box=None)
        for _ in range(2):
            table.add_column(overflow="fold")
        for key, value in _rows(shown, lang).items():
            if value not in (None, "", []):
                table.add_row(f"[bold]{row_name(key, lang)}[/]", _word(row_value(key, value, lang)))
        Screen().print(table)
    seen = not as_json and sys.stdout.isatty() and sys.stderr.isatty()
    if detail and not (seen and detail == shown.get("advice")):
        complain(in_language(detail, lang))
    raise typer.Exit(int(status))


def fail(as_json: bool, error: PeripheralError) -> NoReturn:
    """Answer with a failure and leave with its exit status."""
    failed = {"ok": False, "reason": error.reason.value, "advice": told(error)}
    answer(as_json, failed, exit_of(error.reason, error.sent), error.detail)


def plain(result: Any) -> dict[str, Any]:
    """A dataclass as texts, numbers, truth values and lists, for JSON or a table."""
    return {field.name: _value(getattr(result, field.name)) for field in fields(result)}


def told(error: PeripheralError) -> str:
    """What to advise; for wrong arguments, what is wrong with them."""
    return error.detail if error.reason is Reason.BAD_OPTION else error.advice or error.detail


def _rows(shown: dict[str, Any], lang: Language) -> dict[str, Any]:
    """What the table shows; in Chinese, what to do has a row of its own instead of `advice`."""
    reason, advice = shown.get("reason"), shown.get("advice") or ""
    if lang == "en" or reason not in {*Reason}:
        return {key: value_in_language(value, lang) for key, value in shown.items()}
    kept = {key: value_in_language(value, lang) for key, value in shown.items()
            if key != "advice" or not is_said_in(advice, lang)}  # fmt: skip
    return {**kept, say("todo", lang): what_to_do(reason, _used.get(), lang, advice)}


def _value(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    return [_value(one) for one in value] if isinstance(value, tuple) else value


def _word(value: object) -> str:
    text = ", ".join(value) if isinstance(value, list) else str(value)
    return text.replace("[", r"\[")
