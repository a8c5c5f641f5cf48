"""The kiosk's readers and printer: starts their owners, passes work on, brings results back.

Nothing here blocks: each peripheral has an owner thread of its own, and results go into the mailbox
tagged with the visit that they belong to.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from config.schema import PeripheralEntry
from drivers.errors import PeripheralError
from drivers.interfaces import Kind, PrintResult
from drivers.papers.slip import Slip
from drivers.status import PeripheralHealth
from kiosk.card_look import Look, Post, Reader
from kiosk.cards import cards_read
from kiosk.flow.effects import Print
from kiosk.flow.events import CardFailed, DevicesChanged, Printed, PrintOutcome
from kiosk.flow.visit import CardNotice
from kiosk.health import works

_TIME_ZONE = ZoneInfo("Asia/Shanghai")


class Peripherals:
    """Owners of all configured peripherals.

    Of printers the first one is used; cards are looked for at all card readers at once. Screens
    speak of the cards (身份证, 社保卡) whose readers work, and of all while none does. A reader
    that hangs is as good as gone: nobody waits for it, and it is asked again when it has ended.
    """

    def __init__(
        self,
        entries: Sequence[PeripheralEntry],
        post: Post,
        on_health: Callable[[PeripheralHealth], None],
    ) -> None:
        self._entries = entries
        self._post = post
        self._report = on_health
        self._owners: list[Any] = []
        self._readers: list[Reader] = []
        self._printers: list[Any] = []
        self._health: dict[str, PeripheralHealth] = {}
        self._look: Look | None = None

    def start(self) -> None:
        """Start every owner. Imports the drivers, so not for Kivy's thread."""
        from drivers.registry import make_owner, spec_of

        for entry in self._entries:
            owner = make_owner(
                entry.id, entry.driver, entry.options, entry.simulated, self._on_health
            )
            self._owners.append(owner)
            kind = spec_of(entry.driver).kind
            if kind is Kind.CARD_READER:
                self._readers.append(Reader(owner))
            elif kind is Kind.TICKET_PRINTER:
                self._printers.append(owner)
            owner.start()
        self._tell_devices()

    def stop(self) -> None:
        """Stop every owner and give the ports back."""
        self.stop_reading()
        for owner in reversed(self._owners):
            owner.stop()

    def start_reading(self, session: str) -> None:
        """Look for a card; posts CardRead or CardFailed of `session`, unless stopped before."""
        self.stop_reading()
        readers = [reader for reader in self._readers if not reader.hangs]
        if len(readers) < len(self._readers):
            self._tell_devices()
        if not readers:  # none, not started yet, or all hang: the flow asks again
            self._post(CardFailed(session, CardNotice.READER_GONE))
            return
        self._look = Look(session, self._post, readers, self._tell_devices)

    def stop_reading(self) -> None:
        """Nobody waits for a card; what a read under way may still bring is dropped."""
        look, self._look = self._look, None
        if look is not None:
            look.stop()

    def print(self, job: Print, *, hall: str, qr: str, notice: str) -> None:
        """Print the slip of a ticket once; posts Printed."""
        slip = slip_of(job, hall=hall, qr=qr, notice=notice)
        printer = next(iter(self._printers), None)

        def done(result: PrintResult | PeripheralError) -> None:
            self._post(_printed_event(job, result))

        if printer is None:
            none = Printed(job.session, job.ticket.ticket_id, PrintOutcome.NOT_PRINTED, "no_device")
            self._post(none)
        else:
            printer.submit(lambda device, _cancelled: device.print_slip(slip), done)

    def _on_health(self, report: PeripheralHealth) -> None:
        self._health[report.id] = report
        self._report(report)
        self._tell_devices()

    def _tell_devices(self) -> None:
        readers = self._readers
        working = [one for one in readers if self._works(one.owner) and not one.hangs]
        self._post(
            DevicesChanged(
                reader_works=bool(working),
                printer_works=any(self._works(printer) for printer in self._printers[:1]),
                cards=cards_read(one.owner.spec.reads for one in working or readers),
            )
        )

    def _works(self, owner: Any) -> bool:
        return works(self._health.get(owner.id, owner.health))


def slip_of(job: Print, *, hall: str, qr: str, notice: str) -> Slip:
    """The slip of a ticket as data; nothing personal stands on it."""
    ticket = job.ticket
    return Slip(
        hall=hall[:60],
        number=ticket.number,
        service=job.service[:80],
        waiting=ticket.people_ahead,
        estimate_minutes=ticket.estimate_minutes,
        issued_at=datetime.fromtimestamp(ticket.issued_ms / 1000, _TIME_ZONE),
        qr=qr,
        notice=notice,
    )


def _printed_event(job: Print, result: PrintResult | PeripheralError) -> Printed:
    ticket_id = job.ticket.ticket_id
    if isinstance(result, PeripheralError):
        outcome = PrintOutcome.UNSURE if result.sent else PrintOutcome.NOT_PRINTED
        return Printed(job.session, ticket_id, outcome, result.reason.value)
    return Printed(job.session, ticket_id, PrintOutcome(result.outcome.value), result.reason)
