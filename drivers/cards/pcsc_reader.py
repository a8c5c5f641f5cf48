"""One PC/SC reader: told when a card is put in, and one visit with each card.

What a visit asks of its card runs on a thread of its own, because nothing can take back a command
that the card does not answer. Such a thread ends, and gives back what it holds, when the card is
pulled or pcscd ends; until then no second one is started.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from drivers.cards.pcsc_apdu import Transmit
from drivers.cards.pcsc_service import Service, Slot, chosen
from drivers.cards.pcsc_words import PcscError
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import Cancelled
from drivers.saying import saying, together
from drivers.transports import tap

T = TypeVar("T")
LOOK_S = 0.1  # longest wait before `cancelled` is looked at
TICK_S = 0.02
GONE_S = 1.0  # pcscd tells of a card pulled in mid-command so much later
AGAIN_S = 0.3
OVERRUN_S = 4.5  # a card put in in time may go on answering for so long after the end
TRIES = 3  # a card that is still being pushed in answers badly
PASSING = (Reason.CARD_REMOVED, Reason.BUSY)
THE_CARD = (Reason.CARD_REFUSED, Reason.UNSUPPORTED_CARD)

ADVICE = saying("Put the card in. Take out one that is in the reader and put it in again.")
STUCK_ADVICE = saying(
    "Take the card out and put it in again, chip first; wipe the chip if it goes on."
)


class ChipReader:
    """A reader by its name, index or part of its name; see `pcsc_service.chosen`."""

    def __init__(self, wanted: str | int | None, socket: Path | None, answer_s: float) -> None:
        """Raises NO_DEVICE without the PC/SC service or the reader, BAD_OPTION without pyscard."""
        self._socket = socket
        self._answer_s = answer_s
        self._tap = tap.current()
        self._service = Service(socket)
        self._visit: _Visit | None = None
        self._done: int | None = None  # the card that was read, as the reader counts them
        try:
            self.name = chosen(self._service.readers(), wanted)
            self._service.look(self.name)
        except PeripheralError:
            self._service.close()
            raise

    def look(self) -> Slot:
        """Whether a card is in. Raises NO_DEVICE when the reader or the service is gone."""
        return self._service.look(self.name)

    @property
    def stuck(self) -> bool:
        """Whether a card has yet to answer a command that nobody waits for any more."""
        return self._visit is not None and not self._visit.ended

    def visit(self, timeout_s: float, cancelled: Cancelled, talk: Callable[[Transmit], T]) -> T:
        """Wait up to `timeout_s` for a card and return what `talk` makes of it.

        A card put in in time is talked to for up to 4.5 s longer.
        One card is visited once: it has to be taken out and put in again. Raises NO_CARD,
        CANCELLED, CARD_REMOVED, CARD_REFUSED, SILENT, BUSY, NO_DEVICE, LOST, and what `talk`
        raises.
        """
        end = time.monotonic() + timeout_s
        trouble = PeripheralError(Reason.NO_CARD, saying("no card was put in"), advice=ADVICE)
        self._wait_for_earlier(end, cancelled)
        tries = TRIES
        slot = self.look()
        while True:
            if slot.present and slot.visit != self._done:
                try:
                    return self._have(slot, tries < TRIES, cancelled, talk, end + OVERRUN_S)
                except PeripheralError as e:
                    trouble = self._what_happened(e, slot, cancelled)
                tries -= 1
                if trouble.reason not in PASSING and not (tries and _may_pass(trouble)):
                    self._note_end(trouble, slot)
                    raise trouble
                _pause(min(AGAIN_S, end - time.monotonic()), cancelled)
            elif not slot.present:
                tries = TRIES
            if time.monotonic() >= end:
                raise trouble
            _pause(0, cancelled)
            left = max(0.0, end - time.monotonic())
            slot = self._service.look(self.name, slot, min(LOOK_S, left))

    def close(self) -> None:
        """Give the reader back. Never raises; a second call does nothing."""
        self._service.close()
        if self._visit is not None:
            self._visit.abandon()

    def _have(
        self,
        slot: Slot,
        cold: bool,
        cancelled: Cancelled,
        talk: Callable[[Transmit], T],
        last: float,
    ) -> T:
        visit = self._visit = _Visit(self._socket, self.name, cold, self._told(talk))
        while not visit.wait(TICK_S):
            if cancelled():
                visit.abandon()
                raise _cancelled()
            if visit.silent_s > self._answer_s:
                visit.abandon()
                raise PeripheralError(
                    Reason.SILENT,
                    saying(
                        "card in {reader} did not answer within {limit_s:g} s",
                        reader=self.name,
                        limit_s=self._answer_s,
                    ),
                    advice=STUCK_ADVICE,
                )
            if time.monotonic() > last:
                visit.abandon()
                raise PeripheralError(
                    Reason.SILENT,
                    saying(
                        "card in {reader} answers too slowly to be read in time", reader=self.name
                    ),
                    advice=together(saying("Allow more time."), STUCK_ADVICE),
                )
        result: T = visit.result()
        self._done = slot.visit
        return result

    def _told(self, talk: Callable[[Transmit], T]) -> Callable[[Transmit], T]:
        """`talk`, heard by whoever records: every command and every answer as one piece."""
        heard = self._tap
        if heard is None:
            return talk

        def tapped(transmit: Transmit) -> Transmit:
            def tell(command: bytes) -> bytes:
                heard.sent(command)
                answer = transmit(command)
                heard.received(answer)
                return answer

            return tell

        return lambda transmit: talk(tapped(transmit))

    def _what_happened(
        self, error: PeripheralError, slot: Slot, cancelled: Cancelled
    ) -> PeripheralError:
        """A command that failed because its card was pulled looks like any broken one at first."""
        if not _may_pass(error):
            return error
        end = time.monotonic() + GONE_S
        now = slot
        while now.present and now.visit == slot.visit:
            if time.monotonic() >= end:
                return error
            _pause(0, cancelled)
            now = self._service.look(self.name, now, LOOK_S)
        return PeripheralError(
            Reason.CARD_REMOVED,
            saying("card was taken out before it was read"),
            advice=saying("Put the card in again and leave it until it was read."),
        )

    def _note_end(self, error: PeripheralError, slot: Slot) -> None:
        """A card that cannot be used is told of once, not as long as it is in."""
        if error.reason in (*THE_CARD, Reason.GARBLED):
            self._done = slot.visit

    def _wait_for_earlier(self, end: float, cancelled: Cancelled) -> None:
        while self.stuck:
            if time.monotonic() >= end:
                raise PeripheralError(
                    Reason.SILENT,
                    saying("card in {reader} does not answer", reader=self.name),
                    advice=STUCK_ADVICE,
                )
            _pause(LOOK_S, cancelled)


class _Visit:
    """One talk with one card, on its own thread and its own connection."""

    def __init__(
        self, socket: Path | None, reader: str, cold: bool, talk: Callable[[Transmit], Any]
    ) -> None:
        self._socket = socket
        self._reader = reader
        self._cold = cold
        self._talk = talk
        self._abandoned = False
        self._active = time.monotonic()
        self._future: Future[Any] = Future()
        self._thread = threading.Thread(target=self._run, name=f"card in {reader}", daemon=True)
        self._thread.start()

    @property
    def silent_s(self) -> float:
        """Seconds since the card answered last."""
        return time.monotonic() - self._active

    @property
    def ended(self) -> bool:
        """Whether all is given back."""
        return not self._thread.is_alive()

    def wait(self, seconds: float) -> bool:
        """Wait for the end; whether it came."""
        self._thread.join(seconds)
        return self.ended

    def result(self) -> Any:
        """What the talk returned or raised."""
        return self._future.result(0)

    def abandon(self) -> None:
        """No further command goes out."""
        self._abandoned = True

    def _run(self) -> None:
        try:
            self._future.set_result(self._have())
        except BaseException as e:  # noqa: BLE001 - handed to the waiting thread
            self._future.set_exception(e)

    def _have(self) -> Any:
        service = Service(self._socket)
        try:
            link = service.connect(self._reader, self._cold)
            well = False
            try:
                result = self._talk(lambda command: self._transmit(link.transmit, command))
                well = True
            finally:
                link.close(well)
            return result
        finally:
            service.close()

    def _transmit(self, transmit: Transmit, command: bytes) -> bytes:
        if self._abandoned:
            raise _cancelled()
        answer = transmit(command)
        self._active = time.monotonic()
        return answer


def _may_pass(error: PeripheralError) -> bool:
    """Whether the exchange failed, and not the card's word was no: it may still be moving."""
    return error.reason is Reason.GARBLED or (
        isinstance(error, PcscError) and error.reason in THE_CARD
    )


def _pause(seconds: float, cancelled: Cancelled) -> None:
    end = time.monotonic() + seconds
    while True:
        if cancelled():
            raise _cancelled()
        left = end - time.monotonic()
        if left <= 0:
            return
        time.sleep(min(left, TICK_S))


def _cancelled() -> PeripheralError:
    return PeripheralError(Reason.CANCELLED, saying("reading was cancelled"))
