"""The kiosk's reader and printer: starts their owners, passes work on, brings results back.

Nothing here blocks: each peripheral has an owner thread of its own, and results go into the mailbox
tagged with the visit that they belong to.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from config.schema import PeripheralEntry
from drivers.errors import PeripheralError
from drivers.interfaces import IdentityCard, Kind, PrintResult
from drivers.papers.slip import Slip
from drivers.status import PeripheralHealth
from kiosk.cards import notice_for, notice_of, person_of
from kiosk.flow.effects import Print
from kiosk.flow.events import CardFailed, CardRead, DevicesChanged, Event, Printed, PrintOutcome
from kiosk.flow.visit import CardNotice
from kiosk.health import works

READ_S = 2.0  # one look for a card; the driver tells of a card lifted too early at its end
_TIME_ZONE = ZoneInfo("Asia/Shanghai")
_log = structlog.get_logger()

Post = Callable[[Event], None]


class Peripherals:
    """Owners of all configured peripherals; the first of a kind is the one that is used."""

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
        self._used: dict[Kind, Any] = {}
        self._health: dict[str, PeripheralHealth] = {}
        self._read: Any = None
        self._wanted: object = None  # token of the read whose result is waited for

    def start(self) -> None:
        """Start every owner. Imports the drivers, so not for Kivy's thread."""
        from drivers.registry import make_owner, spec_of

        for entry in self._entries:
            owner = make_owner(
                entry.id, entry.driver, entry.options, entry.simulated, self._on_health
            )
            self._owners.append(owner)
            self._used.setdefault(spec_of(entry.driver).kind, owner)
            owner.start()
        self._post(self._devices())

    def stop(self) -> None:
        """Stop every owner and give the ports back."""
        for owner in reversed(self._owners):
            owner.stop()

    def start_reading(self, session: str) -> None:
        """Look for a card; posts CardRead or CardFailed of `session`, unless stopped before."""
        self.stop_reading()
        reader = self._used.get(Kind.CARD_READER)
        if reader is None:  # none, or not started yet: the flow asks again
            self._post(CardFailed(session, CardNotice.READER_GONE))
            return
        token = self._wanted = object()

        def done(result: IdentityCard | PeripheralError) -> None:
            if self._wanted is token:
                self._post(_card_event(session, result))

        self._read = reader.submit(lambda device, cancelled: device.read(READ_S, cancelled), done)

    def stop_reading(self) -> None:
        """Nobody waits for a card; what a read under way may still bring is dropped."""
        self._wanted = None
        if self._read is not None:
            self._read.cancel()
            self._read = None

    def print(self, job: Print, *, hall: str, qr: str, notice: str) -> None:
        """Print the slip of a ticket once; posts Printed."""
        slip = slip_of(job, hall=hall, qr=qr, notice=notice)
        printer = self._used.get(Kind.TICKET_PRINTER)

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
        self._post(self._devices())

    def _devices(self) -> DevicesChanged:
        health = {
            kind: self._health.get(owner.health.id, owner.health)
            for kind, owner in self._used.items()
        }
        return DevicesChanged(
            reader_works=works(health.get(Kind.CARD_READER)),
            printer_works=works(health.get(Kind.TICKET_PRINTER)),
        )


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


def _card_event(session: str, result: IdentityCard | PeripheralError) -> Event:
    if isinstance(result, PeripheralError):
        notice = notice_for(result.reason)
        if notice is not None:
            _log.info("kiosk.card_failed", reason=result.reason.value)
        return CardFailed(session, notice)
    notice = notice_of(result)
    return CardRead(session, None if notice else person_of(result), notice)


def _printed_event(job: Print, result: PrintResult | PeripheralError) -> Event:
    ticket_id = job.ticket.ticket_id
    if isinstance(result, PeripheralError):
        outcome = PrintOutcome.UNSURE if result.sent else PrintOutcome.NOT_PRINTED
        return Printed(job.session, ticket_id, outcome, result.reason.value)
    return Printed(job.session, ticket_id, PrintOutcome(result.outcome.value), result.reason)
