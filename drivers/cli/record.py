"""`hall-devices record`: what goes over a peripheral's wire, to a file without personal data."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.live import Live
from rich.text import Text

from drivers import registry
from drivers.capture.format import Capture, header_of, write_capture
from drivers.capture.masking import check_allowed, masked
from drivers.capture.session import Act, Session
from drivers.cli.arguments import AsJson, Driver, Options
from drivers.cli.printing import read_slip
from drivers.cli.rows import row_value
from drivers.cli.run import Exit, answer, bad_argument, exit_of, fail, pairs, told
from drivers.cli.wording import KINDS, language
from drivers.errors import PeripheralError
from drivers.interfaces import Cancelled, DriverSpec, Kind
from drivers.saying import saying, together
from drivers.words import Language, say

READ_S, STATUS_EVERY_S, LOOK_S = 3600.0, 1.0, 0.2


class Do(StrEnum):
    """What is done with the peripheral while its bytes are recorded."""

    STATUS = "status"
    READ = "read"
    PRINT = "print"
    SHOW = "show"


USUAL = {Kind.CARD_READER: Do.READ, Kind.SCANNER: Do.READ}
CAN = {
    Do.READ: (Kind.CARD_READER, Kind.SCANNER),
    Do.PRINT: (Kind.TICKET_PRINTER,),
    Do.SHOW: (Kind.DISPLAY,),
    Do.STATUS: tuple(Kind),
}


def record(
    driver: Driver,
    *,
    option: Options = [],  # noqa: B006 - typer wants a list
    to: Annotated[Path, typer.Option(metavar="FILE", help="Where the recording goes: a new file.")],
    do: Annotated[Do | None, typer.Option(help="Default: read for readers, else status.")] = None,
    slip: Annotated[Path | None, typer.Option(metavar="FILE", help="With --do print.")] = None,
    text: Annotated[str | None, typer.Option(help="With --do show.")] = None,
    seconds: Annotated[float, typer.Option("--for", min=0, help="0: until Ctrl-C.")] = 0,
    raw: Annotated[bool, typer.Option("--raw", help="Where the driver cannot mask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Record what a peripheral and its driver say to each other; personal data is masked.

    Reads (or asks for the status) again and again until Ctrl-C; prints or shows once.
    A lost terminal (SIGHUP) and SIGTERM end it as Ctrl-C does; what was heard is saved.

    Example: hall-devices record sdt_reader -o port=/dev/ttyUSB0 --to reader.jsonl
    """
    try:
        spec = registry.spec_of(driver)
        act, once = _act(spec, do or USUAL.get(spec.kind, Do.STATUS), slip, text)
        options = registry.check(driver, pairs(option))
        check_allowed(spec, raw)
        if to.exists():
            raise bad_argument(
                saying("{file} is there already: name a new file, nothing is overwritten", file=to)
            )
        if not os.access(to.parent, os.W_OK | os.X_OK):
            raise bad_argument(
                saying(
                    "cannot write {file}: no such folder, or it is not ours to write in", file=to
                )
            )
        session = Session(spec, options, act, once)
        with _interrupted() as interrupted:
            _run(session, seconds, as_json, interrupted)
            chunks = masked(spec, session.collector.chunks())
            if not chunks:
                raise session.trouble or bad_argument(
                    saying("{driver} has no wire that can be recorded", driver=driver)
                )
            header = header_of(driver, options, masked=spec.mask is not None)
            problem = _saved(to, Capture(header, chunks))
    except PeripheralError as e:
        fail(as_json, e)
    summary = _summary(session, to, header.masked)
    if problem:
        anew = saying("Make room or name another place, and record anew.")
        advice = together(saying("{what}.", what=problem), anew)
        unsaved = {"ok": False, "file": None, "advice": advice}
        answer(as_json, summary | unsaved, Exit.FAILED, problem)
    trouble = session.trouble
    status = exit_of(trouble.reason, trouble.sent) if trouble else Exit.DONE
    answer(as_json, summary, status, told(trouble) if trouble else "")


def _saved(to: Path, capture: Capture) -> str:
    """Write the recording; why nothing was saved, or nothing."""
    try:
        write_capture(to, capture)
    except OSError as e:
        return saying("nothing is saved: cannot write {file}: {why}", file=to, why=e.strerror)
    return ""


def _run(session: Session, seconds: float, as_json: bool, interrupted: threading.Event) -> None:
    """Until it ends by itself, `seconds` have passed, or Ctrl-C."""
    end = time.monotonic() + (seconds or float("inf"))
    with _shown(session, as_json):
        session.start()
        while time.monotonic() < end and not interrupted.is_set():
            if session.wait(min(LOOK_S, max(0.0, end - time.monotonic()))):
                return
        session.stop()


@contextlib.contextmanager
def _interrupted() -> Iterator[threading.Event]:
    """An event that Ctrl-C, SIGTERM or SIGHUP sets while the block runs; under nohup no SIGHUP.

    A shell passes on the SIGHUP of a lost terminal: the second must not end the saving.
    """
    event = threading.Event()
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    before = [signal.signal(number, lambda *_: event.set()) for number in numbers]
    try:
        yield event
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


@contextlib.contextmanager
def _shown(session: Session, as_json: bool) -> Iterator[None]:
    """A live line on a terminal; nothing with --json or into a pipe."""
    console = Console(stderr=True)
    if as_json or not console.is_terminal:
        yield
        return
    lang = language()
    line = Live(
        get_renderable=lambda: _progress(session, lang), console=console, refresh_per_second=5
    )
    line.start()
    try:
        yield
    finally:
        with contextlib.suppress(OSError):  # a terminal that is gone
            line.stop()


def _progress(session: Session, lang: Language) -> Text:
    heard = session.collector
    line = Text("● ", style="red")
    line.append(f"{heard.seconds:6.1f} s   ", style="bold")
    line.append(
        say("record.so_far", lang, out=heard.bytes_out, into=heard.bytes_in, count=heard.count)
    )
    outcomes = ", ".join(
        f"{row_value('outcomes', word, lang)} {count}" for word, count in session.outcomes.items()
    )
    line.append(f"   {outcomes or say('record.waiting', lang)}   {say('end', lang)}", style="dim")
    return line


def _summary(session: Session, to: Path, is_masked: bool) -> dict[str, Any]:
    heard = session.collector
    lost = {"lost_bytes": heard.lost} if heard.lost else {}
    return {
        "ok": session.trouble is None,
        "file": str(to),
        "seconds": round(heard.seconds, 1),
        "chunks": heard.count,
        "bytes_out": heard.bytes_out,
        "bytes_in": heard.bytes_in,
        "masked": is_masked,
        "outcomes": [f"{word} {count}" for word, count in session.outcomes.items()],
        "ended": session.ended or "stopped",
        **lost,
    }


def _act(spec: DriverSpec, do: Do, slip: Path | None, text: str | None) -> tuple[Act, bool]:
    """What is done each time, and whether once is enough. Raises BAD_OPTION."""
    if spec.kind not in CAN[do]:
        raise bad_argument(
            saying(
                "{driver} is a {kind}: it cannot --do {do}",
                driver=spec.name, kind=KINDS[spec.kind], do=do.value,
            )
        )  # fmt: skip
    if do is Do.READ:
        return _read, False
    if do is Do.STATUS:
        return _status, False
    if do is Do.PRINT:
        if slip is None:
            raise bad_argument(
                saying("--do print needs --slip FILE; hall-devices print --schema shows it")
            )
        paper = read_slip(slip)
        return lambda device, cancelled: device.print_slip(paper).outcome.value, True
    if text is None:
        raise bad_argument(saying("--do show needs --text"))
    return lambda device, cancelled: "shown" if device.show(text).ok else "not_shown", True


def _read(device: Any, cancelled: Cancelled) -> str:
    device.read(READ_S, cancelled)
    return "read"


def _status(device: Any, cancelled: Cancelled) -> str:
    state: str = device.status().state.value
    end = time.monotonic() + STATUS_EVERY_S
    while time.monotonic() < end and not cancelled():
        time.sleep(0.05)
    return state
