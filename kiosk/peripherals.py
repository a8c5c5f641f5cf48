"""The kiosk's readers and printer: starts their owners, passes work on, brings results back.

Nothing here blocks: each peripheral has an owner thread of its own, and results go into the mailbox
tagged with the visit that they belong to.
"""

import threading
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
_NO_CARD_HERE = (None, CardNotice.READER_GONE)
_log = structlog.get_logger()

Post = Callable[[Event], None]


class Peripherals:
    """Owners of all configured peripherals.

    Of printers the first one is used; cards are looked for at all card readers at once. Those of
    the first one's model are what the screens speak of (身份证): without them the way without a
    card is offered, though another reader may still take a social security card.
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
        self._of_kind: dict[Kind, list[Any]] = {kind: [] for kind in Kind}
        self._health: dict[str, PeripheralHealth] = {}
        self._look: _Look | None = None

    def start(self) -> None:
        """Start every owner. Imports the drivers, so not for Kivy's thread."""
        from drivers.registry import make_owner, spec_of

        for entry in self._entries:
            owner = make_owner(
                entry.id, entry.driver, entry.options, entry.simulated, self._on_health
            )
            self._owners.append(owner)
            self._of_kind[spec_of(entry.driver).kind].append(owner)
            owner.start()
        self._post(self._devices())

    def stop(self) -> None:
        """Stop every owner and give the ports back."""
        for owner in reversed(self._owners):
            owner.stop()

    def start_reading(self, session: str) -> None:
        """Look for a card; posts CardRead or CardFailed of `session`, unless stopped before."""
        self.stop_reading()
        readers = self._of_kind[Kind.CARD_READER]
        if not readers:  # none, or not started yet: the flow asks again
            self._post(CardFailed(session, CardNotice.READER_GONE))
            return
        self._look = _Look(session, self._post, tuple(readers))

    def stop_reading(self) -> None:
        """Nobody waits for a card; what a read under way may still bring is dropped."""
        look, self._look = self._look, None
        if look is not None:
            look.stop()

    def print(self, job: Print, *, hall: str, qr: str, notice: str) -> None:
        """Print the slip of a ticket once; posts Printed."""
        slip = slip_of(job, hall=hall, qr=qr, notice=notice)
        printer = next(iter(self._of_kind[Kind.TICKET_PRINTER]), None)

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
        readers, printers = self._of_kind[Kind.CARD_READER], self._of_kind[Kind.TICKET_PRINTER]
        return DevicesChanged(
            reader_works=any(
                self._works(reader)
                for reader in readers
                if reader.spec.name == readers[0].spec.name
            ),
            printer_works=any(self._works(printer) for printer in printers[:1]),
        )

    def _works(self, owner: Any) -> bool:
        return works(self._health.get(owner.id, owner.health))


class _Look:
    """One look for a card at several readers: what happens to a card at one of them ends it.

    That is a card read, or one that could not be. Readers without a card, or that do not work, are
    told of only when all of them have ended so; as out of order, when all of them are.
    """

    def __init__(self, session: str, post: Post, readers: Sequence[Any]) -> None:
        self._session = session
        self._post = post
        self._left = len(readers)
        self._some_work = False
        self._ended = False
        self._lock = threading.Lock()
        self._jobs: list[Any] = []
        for reader in readers:
            self._jobs.append(reader.submit(_read_card, self._done))
        if self._ended:  # before all had begun
            self._cancel()

    def stop(self) -> None:
        """Post nothing any more; the readers stop waiting."""
        with self._lock:
            self._ended = True
        self._cancel()

    def _done(self, result: IdentityCard | PeripheralError) -> None:
        """One reader has ended. On that reader's thread."""
        event = _card_event(self._session, result)
        with self._lock:
            if self._ended:
                return
            self._left -= 1
            if isinstance(event, CardFailed) and event.notice in _NO_CARD_HERE:
                self._some_work = self._some_work or event.notice is None
                if self._left:
                    return
                event = CardFailed(
                    self._session, None if self._some_work else CardNotice.READER_GONE
                )
            self._ended = True
        if isinstance(event, CardFailed) and event.notice and isinstance(result, PeripheralError):
            _log.info("kiosk.card_failed", reason=result.reason.value)
        self._post(event)
        self._cancel()

    def _cancel(self) -> None:
        for job in tuple(self._jobs):
            job.cancel()


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


def _read_card(device: Any, cancelled: Callable[[], bool]) -> IdentityCard:
    card: IdentityCard = device.read(READ_S, cancelled)
    return card


def _card_event(session: str, result: IdentityCard | PeripheralError) -> Event:
    if isinstance(result, PeripheralError):
        return CardFailed(session, notice_for(result.reason))
    notice = notice_of(result)
    return CardRead(session, None if notice else person_of(result), notice)


def _printed_event(job: Print, result: PrintResult | PeripheralError) -> Event:
    ticket_id = job.ticket.ticket_id
    if isinstance(result, PeripheralError):
        outcome = PrintOutcome.UNSURE if result.sent else PrintOutcome.NOT_PRINTED
        return Printed(job.session, ticket_id, outcome, result.reason.value)
    return Printed(job.session, ticket_id, PrintOutcome(result.outcome.value), result.reason)
