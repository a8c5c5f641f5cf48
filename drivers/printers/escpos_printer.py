"""One slip after the other on an ESC/POS printer, each with a result that can be believed.

A job runs: status (DLE EOT 1, 2, 4), set-up, slip, mark (GS r 1, three times), its answer, status
again. Only an answered mark with a printer that is well afterwards counts as printed. Between the
pieces of the slip the printer is asked DLE EOT 1, and the next piece waits for the answer; a mark
stands there too, and right behind each piece of a picture. A printer that restarts hears nothing
for a while and misses one, and one that lost bytes of a picture takes one for a piece of it. Then
the job ends *unsure*, although what is left of it may come out and be confirmed. Bytes that no
printer sends make it unsure too. Once a printer is known to answer GS r (the set-up of its first
job asks), a mark stands before each piece and behind each line: a restart that loses what was
received, while the connection holds the rest, loses one with it. And it is never sent more than two
steps ahead of what it has processed: a small buffer without flow control does not overrun.

Once a byte of the slip has left, everything else is *unsure*: the printer may hold the rest and
print it on the next roll, so the next job first clears its buffers (`10 05 02`, ESC @). After a
job of ours that did not come to its end, the printer must also answer GS r again, is brought out
of a half command by NULs, and cuts off what hangs out before the new slip begins. A job of another
process that was killed, or ended unsure, is known by its sign (`transports/unfinished.py`).

A printer that falls silent, hangs or restarts in the middle ends its job after some 20 s and the
time of its line; one that moves on, however slowly, is waited for. A restart within 0.2 s on a
serial line that loses nothing but the line in print, and says nothing, cannot be noticed.
"""

import time
from collections.abc import Callable, Sequence

from drivers.errors import PeripheralError, Reason
from drivers.interfaces import DeviceStatus, PrintResult
from drivers.papers.layout import lay_out
from drivers.papers.slip import Slip
from drivers.printers import escpos_results as results
from drivers.printers.escpos_dialogue import Dialogue
from drivers.printers.escpos_rescue import NULS, clear_buffers, recover, revive, seen
from drivers.printers.escpos_sending import Sending
from drivers.printers.escpos_slip import compose
from drivers.printers.escpos_status import Condition
from drivers.printers.escpos_traits import GLANCE_BYTES, Look, Manner
from drivers.saying import saying
from drivers.status import Paper, State
from drivers.transports import Transport
from drivers.transports.unfinished import Unfinished

LONGEST_DRAIN_S = 300.0
NOTES = {True: "GS r", False: "no GS r", None: ""}  # with a job: whether it answers that


class EscposPrinter:
    """A `TicketPrinter`. A broken connection is opened anew by the next call.

    `connect` opens its transport, `unfinished` finds the sign of its port. `queued_at`: when the
    last byte of the last slip was handed over (by `now`, in seconds), for who measures.
    """

    def __init__(
        self,
        look: Look,
        manner: Manner,
        connect: Callable[[], Transport],
        unfinished: Callable[[], Unfinished] = lambda: Unfinished(None),
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.queued_at: float | None = None
        self._look = look
        self._manner = manner
        self._open = connect
        self._find_sign = unfinished
        self._sign = Unfinished(None)
        self._now = now
        self._talk: Dialogue | None = None
        self._late = 0  # answers to GS r that may still come from a closed connection
        self._leftovers = True  # whoever used the printer before may have broken off half-way
        self._torn = False  # a slip did not come to its end
        self._answers_gs_r: bool | None = None  # None: not known yet
        self._hearsay = False  # that is only known from somebody before us
        self._mute = False  # it let a whole job pass without any answer
        self._byte_s = 0.0  # how long it took for a byte of this job, at its slowest
        self._size = 0  # bytes of this job
        self._connect()

    def status(self) -> DeviceStatus:
        """See `Device.status`."""
        talk = self._connect()
        if not self._manner.asks(talk.transport):
            return DeviceStatus(State.ONLINE, Paper.UNKNOWN, detail=saying("gives no status"))
        try:
            talk.begin()
            now = seen(talk)
        except PeripheralError:
            self.close()
            raise
        if not now.answered:
            silent = saying("no answer to a status request")
            return DeviceStatus(State.OFFLINE, now.paper, detail=silent)
        waiting = saying("a ticket waits in the presenter") if now.ticket_waiting else ""
        return DeviceStatus(now.state, now.paper, now.cover_open, detail=now.detail or waiting)

    def print_slip(self, slip: Slip) -> PrintResult:
        """See `TicketPrinter.print_slip`."""
        lines = lay_out(slip, self._look.columns)
        before = self._before()
        if before.reason is not None:
            return results.not_printed(before)
        job = compose(lines, self._look, asb=self._has_asb(self._connect()), torn=self._torn)
        result = self._send(job.chunks, before) or self._after(before)
        return results.with_missing(result, job.missing)

    def close(self) -> None:
        """See `Device.close`."""
        talk, self._talk = self._talk, None
        if talk is not None:
            self._late = talk.doubt
            talk.transport.close()

    def _connect(self) -> Dialogue:
        if self._talk is None:
            self._talk = Dialogue(
                self._open(),
                self._manner.reply_timeout_s,
                presenter=self._manner.presenter,
                doubt=self._late,
                now=self._now,
            )
            self._sign = self._find_sign()
            self._heed(self._sign.left())
            if self._has_asb(self._talk):
                self._switch_asb_on(self._talk)
        return self._talk

    def _heed(self, left: str | None) -> None:
        """A job of somebody before us, who is gone by now, may hang out still."""
        if left is not None:
            self._torn = True
            if self._answers_gs_r is None:
                self._answers_gs_r = {note: known for known, note in NOTES.items()}.get(left)
                self._hearsay = self._answers_gs_r is not None

    def _switch_asb_on(self, talk: Dialogue) -> None:
        try:
            talk.switch_asb_on()
        except PeripheralError as error:
            if error.reason is not Reason.SILENT:  # a printer that stands still takes nothing
                self.close()
                raise

    def _has_asb(self, talk: Dialogue) -> bool:
        return self._manner.asks(talk.transport) and self._manner.asb

    def _before(self) -> Condition:
        """Make the printer ready; nothing of the slip has been sent yet, so one loss is forgiven.

        Raises PeripheralError when no connection can be had.
        """
        why = Condition()
        for _ in range(2):  # network printers drop idle connections; that shows only now
            try:
                return self._ready(self._connect())
            except PeripheralError as error:
                self.close()
                if error.reason not in (Reason.LOST, Reason.SILENT):
                    raise
                why = Condition(reason=error.reason, detail=error.detail, answered=False)
        return why

    def _ready(self, talk: Dialogue) -> Condition:
        if talk.transport.can_read:
            talk.begin()
        if not self._manner.asks(talk.transport):
            return Condition(answered=False)
        now = seen(talk)
        if now.reason is Reason.PRINTER_FAULT and now.recoverable:
            now = recover(talk, now)
        if now.answered and now.reason is None and self._leftovers:
            now = self._tidied(talk, now)
        return now

    def _tidied(self, talk: Dialogue, now: Condition) -> Condition:
        """Nothing of an earlier job is left in the printer, or a reason why it cannot print."""
        clear_buffers(talk)
        if not self._torn or self._answers_gs_r is False:
            return now
        revived = revive(talk, self._manner.deadline_s(len(NULS)))
        talk.begin()
        if revived:
            return talk.condition()
        if not self._answers_gs_r:
            self._answers_gs_r = False
            return now
        if self._hearsay:  # once: another printer may stand there by now
            self._answers_gs_r = None
            self._note()
        detail = saying("the printer hangs in the middle of a command")
        return Condition(now.paper, Reason.PRINTER_FAULT, detail)

    def _send(self, chunks: Sequence[bytes], before: Condition) -> PrintResult | None:
        """Send the job. None when all of it was taken; a result when it ended early."""
        talk = self._connect()
        talk.begin_job()
        self._leftovers = True
        self._byte_s, self._size = 0.0, sum(map(len, chunks))
        watching = self._manner.watch and self._manner.asks(talk.transport) and before.answered
        sending = Sending(
            talk,
            self._manner,
            watching=watching,
            doubted=self._torn,
            answers_gs_r=self._answers_gs_r,
            now=self._now,
        )
        begun = talk.transport.written
        self._note()
        try:
            trouble = sending.run(chunks)
        except PeripheralError as error:
            # A half command may be out: no question may follow it on this connection.
            moved = talk.transport.written - begun
            nothing = moved <= len(chunks[0]) and not (error.sent and not moved)
            if nothing and not self._torn:
                self._sign.end()  # while the port is ours
            self.close()
            why = Condition(reason=error.reason, detail=error.detail)
            return results.not_printed(why) if nothing else self._unsure(why)
        finally:
            self._byte_s, self._answers_gs_r = sending.byte_s, sending.answers_gs_r
        if trouble is not None:
            return self._troubled(talk, trouble)
        self.queued_at = self._now()
        return None

    def _after(self, before: Condition) -> PrintResult:
        talk = self._connect()
        if not self._manner.asks(talk.transport):
            self._torn = False  # it took all of it, and nobody will ever know more
            self._sign.end()
            return results.unsure(Condition(detail=saying("this printer gives no status")))
        try:
            done, now = self._confirmed(talk, before)
            if before.answered and not now.answered:
                talk.begin()  # a question was never answered: what is it like by now?
                done, now = False, talk.condition()
            if now.reason is not None:
                return self._troubled(talk, now)
        except PeripheralError as error:
            self.close()
            return self._unsure(Condition(reason=error.reason, detail=error.detail))
        if done and not talk.disturbed:
            self._answers_gs_r, self._hearsay = True, False
        if why := self._doubt(talk, before, done=done):
            return self._unsure(Condition(now.paper, detail=why))
        talk.settle()
        self._leftovers = self._torn = False
        self._sign.end()
        return results.printed(now.paper)

    def _doubt(self, talk: Dialogue, before: Condition, *, done: bool) -> str:
        """What speaks against it although the printer is well; empty when nothing does."""
        if talk.disturbed:
            return saying("it sent garbage, as after a restart")
        if not done and before.answered:
            return saying("no answer that the slip was done")
        if not done:
            return saying("this printer answers no status request")
        return ""

    def _confirmed(self, talk: Dialogue, before: Condition) -> tuple[bool, Condition]:
        """Whether the printer says that all was processed, and how it is then.

        A printer that took its bytes slowly has the same patience for what it still holds.
        """
        manner = self._manner
        timeout_s = manner.confirm_timeout_s + manner.line_s(GLANCE_BYTES)
        if self._mute and not before.answered:
            timeout_s = min(timeout_s, manner.reply_timeout_s)
        timeout_s += min(LONGEST_DRAIN_S, self._size * self._byte_s)
        ask = before.answered and manner.watch
        patience_s = 2 * GLANCE_BYTES * self._byte_s + manner.line_s(GLANCE_BYTES)
        done, now = talk.await_processed(timeout_s, ask=ask, patience_s=patience_s)
        self._mute = not (done or before.answered or now.answered)
        return done, now

    def _troubled(self, talk: Dialogue, now: Condition) -> PrintResult:
        """Throw the rest away: else it comes out on the new roll, as someone else's ticket."""
        try:
            clear_buffers(talk)
        except PeripheralError:
            self.close()
        return self._unsure(now)

    def _unsure(self, why: Condition) -> PrintResult:
        self._torn = True
        if self._talk is not None:  # else the port may be somebody else's by now
            self._note()
        return results.unsure(why)

    def _note(self) -> None:
        """Leave a sign of this job, with what the next process should know."""
        self._sign.begin(NOTES[self._answers_gs_r])
