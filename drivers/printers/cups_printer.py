"""A4 printer through CUPS, or a network printer that speaks IPP itself.

    [[kiosks.peripherals]]
    id = "a4"
    driver = "cups_printer"
    options = { queue = "A4" }
    # or { queue = "A4", host = "192.168.1.10", duplex = "long", copies = 2 }
    # or { uri = "ipp://192.168.1.90/ipp/print" }

Sources: RFC 8010 and 8011 (IPP), PWG 5100.14 (IPP Everywhere), the IPP page of the CUPS manual.
Messages stand in `cups_ipp.py`, reasons of a printer in `cups_reasons.py`, the watching of a job
in `cups_job.py`, what is said of its pages in `cups_outcome.py`. One print is Create-Job,
Send-Document, then Get-Job-Attributes until the end.

A queue over USB or a raw socket calls a job completed when the printer took all of it; only IPP
printers say that the last sheet is out. Pages of a CUPS queue are counted before they are printed,
so that a job which stopped half-way is *unsure* rather than *not printed*. So is every job that the
printer began with, unless it counts none of its pages and is done with it, with no sheet jammed.
"""

import time
import urllib.parse
from pathlib import Path
from typing import Literal, Self

import structlog
from pydantic import BaseModel, ConfigDict, Field, model_validator

from drivers.errors import PeripheralError, Reason
from drivers.interfaces import Cancelled, DeviceStatus, DriverSpec, Kind, PrintResult
from drivers.printers import cups_mark
from drivers.printers.cups_advice import Peer
from drivers.printers.cups_document import Document, load
from drivers.printers.cups_ipp import Attribute, Tag
from drivers.printers.cups_job import JobWatch
from drivers.printers.cups_outcome import broken_off, nothing_sent
from drivers.printers.cups_place import IPP_PORT, local_server
from drivers.printers.cups_queue import Queue, default_queue, no_queue, title_of
from drivers.printers.cups_server import Server
from drivers.saying import saying, together
from drivers.status import State

log = structlog.get_logger()

MEDIA = {
    "A3": "iso_a3_297x420mm",
    "A4": "iso_a4_210x297mm",
    "A5": "iso_a5_148x210mm",
    "Letter": "na_letter_8.5x11in",
}
SIDES = {"off": "one-sided", "long": "two-sided-long-edge", "short": "two-sided-short-edge"}
ANYTHING = "application/octet-stream"  # says nothing: the printer looks itself what it is
BUSY_EVERY_S = 0.5


class CupsOptions(BaseModel):
    """Options of the driver `cups_printer`: a `queue` of a CUPS server, or the `uri` of a printer.

    Without either it is the default queue.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    queue: str | None = Field(
        default=None, min_length=1, max_length=127, description="Queue, as lpstat -e names it"
    )
    host: str | None = Field(
        default=None, min_length=1, description="CUPS server or its socket; this machine's if none"
    )
    tcp_port: int = Field(default=IPP_PORT, ge=1, le=65535, description="TCP port, with host")
    uri: str | None = Field(
        default=None,
        max_length=1023,  # RFC 8011
        description="Instead of a queue: printer, e.g. ipp://192.168.1.90/ipp/print",
    )
    copies: int = Field(default=1, ge=1, le=99, description="How often a document is printed")
    media: Literal["A3", "A4", "A5", "Letter"] = Field(default="A4", description="Paper size")
    duplex: Literal["off", "long", "short"] = Field(
        default="off", description="Both sides, turned over the long or the short edge"
    )
    wait_s: float = Field(
        default=45.0, gt=0, le=3600, description="Without progress, e.g. for paper; then withdrawn"
    )
    limit_s: float = Field(default=300.0, gt=0, le=7200, description="For the whole job")
    reply_timeout_s: float = Field(
        default=5.0, gt=0, le=60, description="Question to its whole answer"
    )
    size_limit_mb: int = Field(default=50, ge=1, le=500, description="Largest document")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.uri is not None:
            if self.queue is not None or self.host is not None:
                raise ValueError(saying("give a queue (with host) or a uri, not both"))
            _check_uri(self.uri)
        if self.host is not None and not self.host.isprintable():
            raise ValueError(saying("host: there are characters in it that no address has"))
        if self.queue is not None and set(self.queue) & set("/#? \t"):
            raise ValueError(saying("queue: the name of a queue has no blanks and none of / # ?"))
        return self


def open_printer(options: CupsOptions) -> "CupsPrinter":
    """Find the printer, and withdraw what an earlier run left in its queue.

    Raises NO_DEVICE, with the names that there are, BUSY never.
    """
    queue = _queue_of(options)
    try:
        queue.condition()
    except PeripheralError as e:
        if e.reason is not Reason.NO_DEVICE or options.uri or not options.queue:
            raise _as_no_device(e) from e
        raise no_queue(options.queue, queue.server, e) from e
    try:
        left = queue.withdraw_leftovers()
    except PeripheralError as e:
        raise _as_no_device(e) from e
    if left:
        log.warning("print.leftovers_withdrawn", queue=queue.uri, jobs=left)
    return CupsPrinter(queue, options)


class CupsPrinter:
    """A `DocumentPrinter`. Holds no connection: each question is one of its own."""

    def __init__(self, queue: Queue, options: CupsOptions) -> None:
        self._queue = queue
        self._options = options

    def status(self) -> DeviceStatus:
        """See `Device.status`. What a CUPS queue says of paper is as old as its last job."""
        try:
            printer = self._queue.condition()
        except PeripheralError as e:
            if e.reason in (Reason.LOST, Reason.NO_DEVICE):
                raise
            return DeviceStatus(State.OFFLINE, detail=e.detail)
        detail = [printer.trouble.advice] if printer.trouble else []
        if not printer.accepting:
            detail.append(_NOT_ACCEPTING[printer.spooler])
        return DeviceStatus(
            State.OFFLINE if printer.state is State.ONLINE and not printer.accepting
            else printer.state,
            paper=printer.paper,
            cover_open=printer.cover_open,
            firmware=printer.model or None,
            detail=together(*detail, printer.low),
        )  # fmt: skip

    def print_file(self, file: Path, cancelled: Cancelled = lambda: False) -> PrintResult:
        """See `DocumentPrinter.print_file`. Raises BAD_OPTION for a file that cannot be printed.

        Ends at most 15 s and two answers (`reply_timeout_s`) after it gave up: `wait_s` without
        progress, `limit_s` in all, or `cancelled`. A printer that is busy with others' jobs is
        waited for as long before.
        """
        document = load(file, self._options.size_limit_mb * 1_000_000)
        with cups_mark.in_hand() as mark:
            return self._print(document, mark, cancelled)

    def close(self) -> None:
        """See `Device.close`."""

    def _print(self, document: Document, mark: cups_mark.Mark, cancelled: Cancelled) -> PrintResult:
        end = time.monotonic() + self._options.limit_s
        try:
            self._check_type(document)
            job = self._create_job(mark, cancelled)
        except PeripheralError as e:
            if e.reason in (Reason.REJECTED, Reason.BUSY):
                return nothing_sent(e)
            raise PeripheralError(e.reason, e.detail, advice=e.advice, sent=False) from e
        wait_s = self._options.wait_s
        watch = JobWatch(
            self._queue, job, title=title_of(mark), wait_s=wait_s, end=end, cancelled=cancelled
        )
        try:
            self._queue.send(job, document, cancelled, end - time.monotonic())
        except PeripheralError as e:
            log.warning("print.not_taken", job=job, reason=e.reason.value)
            return broken_off(e, watch.withdraw(e.reason))
        return watch.run()

    def _check_type(self, document: Document) -> None:
        formats = [one for one in self._queue.condition().formats if one != ANYTHING]
        if formats and document.mime not in formats:
            raise PeripheralError(
                Reason.BAD_OPTION,
                saying(
                    "the printer takes no {mime}, only {others}",
                    mime=document.mime,
                    others=", ".join(formats)[:200],
                ),
            )

    def _create_job(self, mark: cups_mark.Mark, cancelled: Cancelled) -> int:
        """A network printer that prints for somebody else takes no job until it is done."""
        end = time.monotonic() + self._options.wait_s
        while True:
            try:
                return self._queue.create_job(self._template(), mark)
            except PeripheralError as e:
                if e.reason is not Reason.BUSY or cancelled() or time.monotonic() > end:
                    raise
            time.sleep(BUSY_EVERY_S)

    def _template(self) -> list[Attribute]:
        options = self._options
        return [
            (Tag.INTEGER, "copies", options.copies),
            (Tag.KEYWORD, "media", MEDIA[options.media]),
            (Tag.KEYWORD, "sides", SIDES[options.duplex]),
            (Tag.KEYWORD, "print-scaling", "auto-fit"),
        ]


def _check_uri(uri: str) -> None:
    parts = urllib.parse.urlsplit(uri)
    if parts.scheme != "ipp" or not parts.hostname:
        raise ValueError(saying("uri: must begin with ipp:// and an address"))
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise ValueError(saying("uri: its port must be a number from 1 to 65535"))
    if not uri.isascii() or not uri.isprintable() or " " in uri:
        raise ValueError(
            saying("uri: it must not hold blanks or letters other than a-z: write %20 etc.")
        )


def _queue_of(options: CupsOptions) -> Queue:
    if options.uri is not None:
        parts = urllib.parse.urlsplit(options.uri)
        path = parts.path or "/"
        server = Server(
            parts.hostname or "", parts.port or IPP_PORT, options.reply_timeout_s,
            Peer.PRINT_SERVER if path.startswith("/printers/") else Peer.PRINTER,
        )  # fmt: skip
        return Queue(server, options.uri, path)
    host, port = (options.host, options.tcp_port) if options.host else local_server()
    server = Server(host, port, options.reply_timeout_s)
    name = options.queue or default_queue(server)
    if name is None:
        raise PeripheralError(
            Reason.NO_DEVICE,
            saying("{place} has no default queue", place=server.place),
            advice=saying("Name one with the option queue; hall-devices scan lists them."),
            sent=False,
        )
    path = f"/printers/{urllib.parse.quote(name)}"
    return Queue(server, f"ipp://localhost{path}", path)


def _as_no_device(error: PeripheralError) -> PeripheralError:
    """What fails while opening has sent nothing to print."""
    reason = Reason.NO_DEVICE if error.reason is Reason.LOST else error.reason
    return PeripheralError(reason, error.detail, advice=error.advice, sent=False)


_NOT_ACCEPTING = {  # by whether it is a queue of CUPS
    True: saying("The printer takes no jobs; let it: cupsaccept."),
    False: saying("The printer takes no jobs; let it at its panel."),
}

SPEC = DriverSpec(
    name="cups_printer",
    kind=Kind.DOCUMENT_PRINTER,
    title="A4 printer through CUPS or IPP",
    options=CupsOptions,
    open=open_printer,
)
