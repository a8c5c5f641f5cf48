"""Conformance: the cable is pulled at every call, at several moments of it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from drivers.conformance.subject import Ended, Holdings, Subject, said
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import Kind, PrintOutcome
from drivers.lifecycle import GONE

GONE_WORDS = {reason.value for reason in GONE}
PRINTERS = (Kind.TICKET_PRINTER, Kind.DOCUMENT_PRINTER)
# A print that was broken off, a display that could not confirm: told in a result, not raised.
BROKEN_OFF = {*GONE_WORDS, "unconfirmed", "silent"}
NOBODY_CAME = {Reason.NO_CARD, Reason.NO_CODE}  # the cable was pulled when the wait was over
LATER_S = 0.15
NOTICED_AFTER = 3  # status calls in which the driver must have found out

# When: before the call, or at the n-th piece of bytes that arrives, unanswered or answered.
MOMENTS = ["before", "1 unanswered", "1 answered", "2 unanswered", "3 unanswered", "later"]


class Unplugging:
    """Unplugging is normal: only allowed reasons, no hang, nothing left, and it comes back."""

    @pytest.mark.parametrize("moment", MOMENTS)
    def test_unplugged_while_opening(self, subject: Subject, moment: str) -> None:
        self._try(subject, moment, lambda device: subject.spec.open(subject.options()), fresh=True)

    @pytest.mark.parametrize("moment", MOMENTS)
    def test_unplugged_while_asked_how_it_is(self, subject: Subject, moment: str) -> None:
        self._try(subject, moment, lambda device: device.status())

    @pytest.mark.parametrize("moment", MOMENTS)
    def test_unplugged_in_use(self, subject: Subject, moment: str) -> None:
        self._try(subject, moment, subject.use)

    def test_unplugged_before_it_is_closed(self, subject: Subject) -> None:
        self._try(subject, "before", lambda device: device.close(), closing=True)

    def _try(
        self,
        subject: Subject,
        moment: str,
        work: Callable[[Any], Any],
        *,
        fresh: bool = False,
        closing: bool = False,
    ) -> None:
        _needs_a_cable(subject)
        subject.call(subject.open().close)  # caches of imports
        before = Holdings()
        device = None if fresh else subject.open()
        with pulled(subject, moment) as cable:
            ended = subject.call(work, device)
            in_time = cable.out
        subject.simulator.unplug()  # at the latest now
        if fresh:
            device = ended.value
        # A printer that was only asked how it is has been sent nothing of the slip.
        printing = work == subject.use and subject.spec.kind in PRINTERS
        if in_time:
            self._check(subject, ended, moment, cable.heard, printing)
        elif work == subject.use:
            subject.check_result(ended)
        if device is not None:
            if not closing:
                self._is_noticed(subject, device)
            assert subject.call(device.close).error is None
        subject.simulator.plug()
        device = subject.open()
        subject.online(device)
        subject.call(device.close)
        before.check()

    def _check(
        self, subject: Subject, ended: Ended, moment: str, heard: int, printing: bool
    ) -> None:
        if ended.error is not None:
            allowed = {*GONE, *(() if moment == "before" else NOBODY_CAME)}
            assert ended.error.reason in allowed, _no_word_of_it(ended.error)
            if not ended.error.sent and not printing:
                assert heard == 0, f"says that nothing was sent; {heard} bytes arrived"
        elif ended.reason is not None:
            assert ended.reason in BROKEN_OFF, f"unplugged: {ended.value}"
        if moment in ("before", "1 unanswered"):
            outcome = getattr(ended.value, "outcome", None)
            assert outcome is not PrintOutcome.PRINTED, "printed without a printer"
            subject.check_unconfirmed(ended)

    def _is_noticed(self, subject: Subject, device: Any) -> None:
        for _ in range(NOTICED_AFTER):
            ended = subject.call(device.status)
            if ended.error is not None:
                assert ended.error.reason in GONE, _no_word_of_it(ended.error)
                return
        state = ended.value.state.name
        pytest.fail(
            f"unplugged, and after {NOTICED_AFTER} questions status still says {state}: "
            "let the transport's LOST through, or raise NO_DEVICE"
        )


class Cable:
    """The simulator's cable, pulled when so many pieces of bytes have arrived."""

    def __init__(self, subject: Subject, at: int | None, answered: bool) -> None:
        self.out = False
        self.heard = 0  # bytes
        self._simulator = subject.simulator
        self._usual = subject.simulator.handle
        self._left = at
        self._answered = answered

    def handle(self, data: bytes) -> None:
        """Instead of the simulator's own `handle`."""
        self.heard += len(data)
        if self._left is not None:
            self._left -= 1
        if self._left is None or self._left > 0 or (self._left == 0 and self._answered):
            self._usual(data)
        if self._left == 0:
            self.pull()

    def pull(self) -> None:
        """Pull it now."""
        self._simulator.unplug()
        self.out = True


@contextmanager
def pulled(subject: Subject, moment: str) -> Iterator[Cable]:
    """Pull the cable at `moment` of what is done inside."""
    simulator = subject.simulator
    at, _, answered = moment.partition(" ")
    cable = Cable(subject, int(at) if at.isdigit() else None, answered == "answered")
    usual = simulator.handle
    simulator.handle = cable.handle  # type: ignore[method-assign]
    timer = threading.Timer(LATER_S, cable.pull)
    if at == "before":
        cable.pull()
    elif at == "later":
        timer.start()
    try:
        yield cable
    finally:
        timer.cancel()
        if timer.ident is not None:
            timer.join()
        simulator.handle = usual  # type: ignore[method-assign]


def _no_word_of_it(error: PeripheralError) -> str:
    return f"unplugged, but it says {said(error)}; a cable that is out is LOST or NO_DEVICE"


def _needs_a_cable(subject: Subject) -> None:
    if "unplug" not in subject.simulator.controls:
        pytest.skip(f"{subject.driver} has no cable that could be pulled")
