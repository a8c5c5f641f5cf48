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
of a half command by NULs, and cuts off what hangs out before the new slip begins.

A printer that falls silent, hangs or restarts in the middle ends its job after some 20 s and the
time of its line; one that moves on, however slowly, is waited for. A restart within 0.2 s on a
serial line that loses nothing but the line in print, and says nothing, cannot be noticed.
"""

import time
from collections.abc import Callable, Iterator, Sequence

from drivers.errors import PeripheralError, Reason
from drivers.interfaces import DeviceStatus, PrintOutcome, PrintResult
from drivers.papers.layout import lay_out
from drivers.papers.slip import Slip
from drivers.printers.escpos import EscposOptions
from drivers.printers.escpos_dialogue import NULS, Dialogue
from drivers.printers.escpos_raster import is_picture
from drivers.printers.escpos_slip import Job, compose
from drivers.printers.escpos_status import Condition
from drivers.status import Paper, State
from drivers.transports import Transport

BITS_PER_BYTE = 10  # on a serial line: start, eight data, stop
GLANCE_BYTES = 512  # so many bytes between two questions, and on a serial line 0.1 s of it
LONGEST_DRAIN_S = 300.0
LOOK = "Look whether the ticket came out whole before printing it again."
ADVICE = {
    Reason.PAPER_OUT: "Load a new roll of paper.",
    Reason.COVER_OPEN: "Close the cover.",
    Reason.PAPER_JAM: "Pull the stuck paper out.",
    Reason.GARBLED: "Check host, port and baud.",
    Reason.PRINTER_FAULT: "Clear the fault at the printer, or switch it off and on.",
}


class EscposPrinter:
    """A `TicketPrinter`. A broken connection is opened anew by the next call.

    `connect` opens its transport. `queued_at`: when the last byte of the last slip was handed over
    (by `now`), for who measures.
    """

    def __init__(
        self,
        options: EscposOptions,
        connect: Callable[[EscposOptions], Transport],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.queued_at: float | None = None
        self._options = options
        self._open = connect
        self._now = now
        self._talk: Dialogue | None = None
        self._doubt = 0  # answers to GS r that may still come from a closed connection
        self._leftovers = True  # whoever used the printer before may have broken off half-way
        self._torn = False  # a slip of ours did not come to its end
        self._answers_gs_r: bool | None = None  # None: not known yet
        self._mute = False  # it let a whole job pass without any answer
        self._byte_s = 0.0  # how long it took for a byte of this job, at its slowest
        self._size = 0  # bytes of this job
        self._connect()

    def status(self) -> DeviceStatus:
        """See `Device.status`."""
        talk = self._connect()
        if not self._asks(talk):
            return DeviceStatus(State.ONLINE, Paper.UNKNOWN, detail="gives no status")
        try:
            talk.begin()
            now = _seen(talk)
        except PeripheralError:
            self.close()
            raise
        if not now.answered:
            return DeviceStatus(State.OFFLINE, now.paper, detail="no answer to a status request")
        waiting = "a ticket waits in the presenter" if now.ticket_waiting else ""
        return DeviceStatus(now.state, now.paper, now.cover_open, detail=now.detail or waiting)

    def print_slip(self, slip: Slip) -> PrintResult:
        """See `TicketPrinter.print_slip`."""
        lines = lay_out(slip, self._options.columns)
        before = self._before()
        if before.reason is not None:
            return _result(PrintOutcome.NOT_PRINTED, before)
        job = compose(lines, self._options, asb=self._has_asb(), torn=self._torn)
        result = self._send(job.chunks, before) or self._after(before)
        return _with_missing(result, job)

    def close(self) -> None:
        """See `Device.close`."""
        talk, self._talk = self._talk, None
        if talk is not None:
            self._doubt = talk.doubt
            talk.transport.close()

    def _connect(self) -> Dialogue:
        if self._talk is None:
            options = self._options
            self._talk = Dialogue(
                self._open(options),
                options.reply_timeout_s,
                presenter=options.presenter,
                doubt=self._doubt,
                now=self._now,
            )
            if self._has_asb():
                self._switch_asb_on(self._talk)
        return self._talk

    def _switch_asb_on(self, talk: Dialogue) -> None:
        try:
            talk.switch_asb_on()
        except PeripheralError as error:
            if error.reason is not Reason.SILENT:  # a printer that stands still takes nothing
                self.close()
                raise

    def _asks(self, talk: Dialogue) -> bool:
        return self._options.status and talk.transport.can_read

    def _has_asb(self) -> bool:
        talk = self._talk
        return talk is not None and self._asks(talk) and self._options.asb == "auto"

    def _before(self) -> Condition:
        """Make the printer ready; nothing of the slip has been sent yet, so one loss is forgiven.

        Raises PeripheralError when no connection can be had.
        """
        try:
            return self._ready(self._connect())
        except PeripheralError as error:
            # Network printers drop idle connections; that shows only now.
            self.close()
            if error.reason not in (Reason.LOST, Reason.SILENT):
                raise
        try:
            return self._ready(self._connect())
        except PeripheralError as error:
            self.close()
            if error.reason not in (Reason.LOST, Reason.SILENT):
                raise
            return Condition(reason=error.reason, detail=error.detail, answered=False)

    def _ready(self, talk: Dialogue) -> Condition:
        if talk.transport.can_read:
            talk.begin()
        if not self._asks(talk):
            return Condition(answered=False)
        now = _seen(talk)
        if now.reason is Reason.PRINTER_FAULT and now.recoverable:
            now = talk.recover(now)
        if now.answered and now.reason is None and self._leftovers:
            now = self._tidied(talk, now)
        return now

    def _tidied(self, talk: Dialogue, now: Condition) -> Condition:
        """Nothing of an earlier job is left in the printer, or a reason why it cannot print."""
        talk.clear_buffers()
        if not self._torn or self._answers_gs_r is False:
            return now
        revived = talk.revive(self._deadline_s(NULS))
        talk.begin()
        if revived:
            return talk.condition()
        if self._answers_gs_r:
            detail = "the printer hangs in the middle of a command"
            return Condition(now.paper, Reason.PRINTER_FAULT, detail)
        self._answers_gs_r = False
        return now

    def _send(self, chunks: Sequence[bytes], before: Condition) -> PrintResult | None:
        """Send the job. None when all of it was taken; a result when it ended early."""
        talk = self._connect()
        talk.begin_job()
        self._leftovers = True
        self._byte_s, self._size = 0.0, sum(map(len, chunks))
        watching = self._options.watch and self._asks(talk) and before.answered
        begun, step = talk.transport.written, 0
        for piece, more in self._pieces(talk, chunks, watching):
            try:
                self._push(talk, piece)
                if watching and more:
                    trouble = self._glance(talk, len(piece), step)
                    step = talk.marks
                    if trouble is not None:
                        return self._troubled(talk, trouble)
            except PeripheralError as error:
                # A half command may be out: no question may follow it on this connection.
                self.close()
                moved = talk.transport.written - begun
                if moved > len(chunks[0]) or (error.sent and not moved):
                    return self._unsure(error.reason, error.detail)
                why = Condition(reason=error.reason, detail=error.detail)
                return _result(PrintOutcome.NOT_PRINTED, why)
        self.queued_at = self._now()
        return None

    def _pieces(
        self, talk: Dialogue, chunks: Sequence[bytes], watching: bool
    ) -> Iterator[tuple[bytes, bool]]:
        """The job in pieces, each to be written when it is taken, and whether more follow."""
        piece = b""
        for index, chunk in enumerate(chunks):
            answers = self._answers_gs_r if watching else False
            if answers is not False and not piece:
                piece = talk.marked(b"")
            piece += chunk
            more = index < len(chunks) - 1
            finding_out = index == 0 and answers is None
            due = len(piece) >= self._glance_bytes() or not more or finding_out
            wanted = answers or (answers is None and (due or is_picture(chunk)))
            if wanted or (not more and self._asks(talk)):
                piece = talk.marked(piece)
            if due:
                yield piece, more
                piece = b""

    def _push(self, talk: Dialogue, chunk: bytes) -> None:
        """Hand over a chunk, for as long as the printer takes anything at all."""
        rest = chunk
        while rest:
            before = talk.transport.written
            try:
                talk.transport.write(rest, self._deadline_s(rest))
            except PeripheralError as error:
                moved = talk.transport.written - before
                error.sent = error.sent or len(rest) < len(chunk)
                if error.reason is not Reason.SILENT or not moved:
                    raise
                rest = rest[moved:]
            else:
                return

    def _glance(self, talk: Dialogue, count: int, step: int) -> Condition | None:
        """Ask in the middle of a job; the answer shows that `count` more bytes were taken.

        `step`: how many marks stood before them. Returns what speaks against sending more.
        """
        begun = self._now()
        there, trouble = talk.glance(self._options.confirm_timeout_s + self._line_s(count))
        if not there and trouble is None:
            return Condition(detail="it stopped answering in the middle of the slip")
        pace = (self._now() - begun) / max(count, self._glance_bytes())  # late is not yet slow
        self._byte_s = max(self._byte_s, pace)
        if trouble is None and self._answers_gs_r is None and step == 0:
            answers = talk.keeps_up(talk.marks, self._options.reply_timeout_s)
            self._answers_gs_r = answers or None  # it may only be late
        waits = trouble is None and self._answers_gs_r
        if waits and not talk.keeps_up(step, self._options.confirm_timeout_s):
            why = talk.glance(self._options.reply_timeout_s)[1]
            return why or Condition(detail="it stopped in the middle of the slip")
        return trouble

    def _after(self, before: Condition) -> PrintResult:
        talk = self._connect()
        if not self._asks(talk):
            return self._unsure(Reason.UNCONFIRMED, "this printer gives no status")
        try:
            done, now = self._confirmed(talk, before)
            if before.answered and not now.answered:
                talk.begin()  # a question was never answered: what is it like by now?
                done, now = False, talk.condition()
            if now.reason is not None:
                return self._troubled(talk, now)
        except PeripheralError as error:
            self.close()
            return self._unsure(error.reason, error.detail)
        if talk.disturbed:
            return self._unsure(
                Reason.UNCONFIRMED, "it sent garbage, as after a restart", now.paper
            )
        if not done:
            silent = "no answer that the slip was done"
            if not before.answered:
                silent = "this printer answers no status request"
            return self._unsure(Reason.UNCONFIRMED, silent, now.paper)
        talk.settle()
        self._leftovers = self._torn = False
        self._answers_gs_r = True
        advice = "The paper is nearly used up." if now.paper is Paper.LOW else ""
        return PrintResult(PrintOutcome.PRINTED, now.paper, advice=advice)

    def _confirmed(self, talk: Dialogue, before: Condition) -> tuple[bool, Condition]:
        """Whether the printer says that all was processed, and how it is then.

        A printer that took its bytes slowly has the same patience for what it still holds.
        """
        timeout_s = self._options.confirm_timeout_s + self._line_s(GLANCE_BYTES)
        if self._mute and not before.answered:
            timeout_s = min(timeout_s, self._options.reply_timeout_s)
        timeout_s += min(LONGEST_DRAIN_S, self._size * self._byte_s)
        ask = before.answered and self._options.watch
        patience_s = 2 * GLANCE_BYTES * self._byte_s + self._line_s(GLANCE_BYTES)
        done, now = talk.await_processed(timeout_s, ask=ask, patience_s=patience_s)
        self._mute = not (done or before.answered or now.answered)
        return done, now

    def _troubled(self, talk: Dialogue, now: Condition) -> PrintResult:
        """Throw the rest away: else it comes out on the new roll, as someone else's ticket."""
        try:
            talk.clear_buffers()
        except PeripheralError:
            self.close()
        return self._unsure(now.reason or Reason.UNCONFIRMED, now.detail, now.paper)

    def _unsure(self, reason: Reason, detail: str, paper: Paper = Paper.UNKNOWN) -> PrintResult:
        self._torn = True
        result = _result(PrintOutcome.UNSURE, Condition(paper, reason, detail))
        return PrintResult(result.outcome, result.paper, result.reason, f"{result.advice} {LOOK}")

    def _deadline_s(self, chunk: bytes) -> float:
        return self._options.write_timeout_s + self._line_s(len(chunk))

    def _line_s(self, count: int) -> float:
        """How long so many bytes take on a serial line; 0 elsewhere."""
        if self._options.port is None:
            return 0.0
        return count * BITS_PER_BYTE / self._options.baud

    def _glance_bytes(self) -> int:
        if self._options.port is None:
            return GLANCE_BYTES
        return max(64, self._options.baud // (BITS_PER_BYTE * 10))


def _seen(talk: Dialogue) -> Condition:
    """How the printer is. Letters of something else have the bits of a status byte, too."""
    for _ in range(2):  # after noise once more: it was switched on just now, perhaps
        now = talk.condition()
        if now.reason is None or not talk.disturbed:
            return now
        talk.begin()
    return Condition(reason=Reason.GARBLED, detail="what answers there does not speak ESC/POS")


def _result(outcome: PrintOutcome, why: Condition) -> PrintResult:
    assert why.reason is not None
    advice = f"{why.detail[:1].upper()}{why.detail[1:]}. {ADVICE.get(why.reason, '')}".strip()
    return PrintResult(outcome, why.paper, why.reason.value, advice)


def _with_missing(result: PrintResult, job: Job) -> PrintResult:
    if not job.missing:
        return result
    missing = "".join(dict.fromkeys(job.missing))
    advice = f"{result.advice} Not in the printer's font, printed as 〓: {missing}".strip()
    return PrintResult(result.outcome, result.paper, result.reason, advice)
