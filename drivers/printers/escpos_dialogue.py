"""Questions and answers with an ESC/POS printer over one open transport.

DLE EOT n (`10 04 n`) is answered at once, also while the printer is offline; GS r 1 (`1D 72 01`)
waits its turn behind the print data and so tells that all of it was processed. Answers carry no
name: the k-th realtime byte belongs to the k-th question, late ones included, and likewise with
GS r. So a question that a restarting printer never heard, or that it took for a piece of a picture
of which bytes were lost, leaves all later ones without their answer, and the job unsure. A printer
that comes up again may send `00`, which looks like an answer to GS r: a *mark* is three of them in
a row, in one write with the data before it, so that it is lost with them and one byte cannot stand
for it. Nothing here is ever written in the middle of another command.
"""

import time
from collections.abc import Callable
from dataclasses import replace

import structlog

from drivers.printers.escpos_marks import MARK, MARK_OF, Marks
from drivers.printers.escpos_status import (
    ECHO,
    AnswerStream,
    Block,
    Condition,
    Full,
    Information,
    Processed,
    Realtime,
    judge,
    judge_block,
    roll_of,
    ticket_of,
)
from drivers.printers.escpos_traits import Presenter
from drivers.status import Paper
from drivers.transports import Transport

log = structlog.get_logger()

ASB_ON = b"\x1d\x61\xff"
FULL_STATUS = b"\x10\x04\x14"
SLICE_S = 0.1  # how long one read waits
POLL_S = 0.25  # while a job is awaited, how often the printer is asked why it takes so long
QUESTION_DEADLINE_S = 1.0  # three bytes are taken at once, or the line is blocked
STALE_LIMIT = 64 * 1024  # bytes dropped before a topic; a line that babbles on is not waited for

OFFLINE_BIT = 0x08
MOST_HEARD = 64  # bytes, more than any answer


class Dialogue:
    """One conversation. Methods raise PeripheralError LOST when the connection broke.

    `doubt`: how many answers to GS r may still come from an earlier conversation. `now` tells the
    time in seconds.
    """

    def __init__(
        self,
        transport: Transport,
        reply_timeout_s: float,
        *,
        presenter: Presenter = "none",
        doubt: int = 0,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.transport = transport
        self._reply_timeout_s = reply_timeout_s
        self._presenter: Presenter = presenter
        self.now = now
        self.marks = Marks(now)
        self._stream = AnswerStream()
        self._stream.doubt = doubt
        self._asked = 0
        self._replies: list[int] = []
        self._full: bytes | None = None
        self._block: Condition | None = None  # what the printer told last, unasked
        self._blocks = 0
        self._realtime = False  # it has answered a DLE EOT
        self._heard = b""  # since the last DLE EOT
        self._trouble: Condition | None = None  # the same, if it was trouble and in this topic

    @property
    def disturbed(self) -> bool:
        """Whether bytes came in this topic that no printer at work sends."""
        return self._stream.noise > 0

    @property
    def doubt(self) -> int:
        """How many answers to GS r may still come late."""
        return self._stream.doubt + self._stream.awaited

    def begin_job(self) -> None:
        """A job begins: what the printer told so far is over, its answers say that it is well."""
        self._trouble = None
        self.marks.begin_job(self.transport.written)

    def settle(self) -> None:
        """All that was queued has been answered: nothing can come late any more."""
        self._stream.doubt = self._stream.awaited = 0

    def begin(self) -> None:
        """Start a new topic: swallow what came late; what came unasked is kept in mind."""
        dropped = 0
        while dropped < STALE_LIMIT and (data := self.transport.read(4096, 0.0)):
            dropped += len(data)
            self._take(data)
        self._stream.forget()
        self._asked = 0
        self._replies.clear()
        self.marks.begin(self.transport.written)
        self._full = self._trouble = None

    def condition(self) -> Condition:
        """Ask DLE EOT 1, 2 and 4, and 3 where 2 reports an error; stop at the first silence.

        A printer that answers none of them but sends automatic status is judged by that.
        """
        printer = self.ask(1)
        if printer is None:
            return ECHO if self._echoes() else self._told()
        cause = self.ask(2)
        paper = self.ask(4)
        error = self.ask(3) if cause is not None and cause & 0x40 else None
        seen = judge(printer, cause, paper, error, self._presenter)
        if self._presenter == "custom":
            seen = replace(seen, ticket_waiting=self._ticket())
        return seen

    def ask(self, n: int, patience_s: float = 0.0) -> int | None:
        """One realtime question. None when no answer came within the time-out or `patience_s`."""
        del self._replies[self._asked :]  # nobody asked for these
        self._asked += 1
        self._heard = b""
        self.transport.write(_question(n), QUESTION_DEADLINE_S)
        wanted, begun = self._asked, self.now()
        self.wait(lambda: len(self._replies) >= wanted, max(self._reply_timeout_s, patience_s))
        self.marks.asked(self.now() - begun)
        return self._replies[wanted - 1] if len(self._replies) >= wanted else None

    def glance(self, patience_s: float) -> tuple[bool, Condition | None]:
        """In the middle of a job: whether the printer is there, and its trouble if it has one."""
        answer = self.ask(1, patience_s)
        if self._trouble is not None:
            return answer is not None, self._trouble
        if answer is not None and answer & OFFLINE_BIT:
            return True, self.condition()
        return answer is not None, None

    def marked(self, data: bytes) -> bytes:
        """`data`, to be written next, with a mark behind it that must be answered in the end."""
        self.marks.add(self.transport.written + len(data))
        self._stream.awaited += MARK_OF
        return data + MARK

    def keeps_up(self, marks: int, timeout_s: float) -> bool:
        """Wait until the printer has answered so many marks of this topic; whether it has."""

        def there() -> bool:
            return self.marks.processed >= marks

        end = self.now() + self.marks.step_s(timeout_s)
        while not there() and not self._is_troubled() and self.now() < end:
            self.wait(there, POLL_S)
            if not there() and (self.ask(1) or OFFLINE_BIT) & OFFLINE_BIT:
                break
        return there()

    def switch_asb_on(self) -> None:
        """Have the printer tell changes by itself, until it restarts."""
        self.transport.write(ASB_ON, QUESTION_DEADLINE_S)

    def is_processed(self, timeout_s: float) -> bool:
        """Whether the printer answers GS r within the time-out."""
        before = self.marks.processed
        self.transport.write(self.marked(b""), QUESTION_DEADLINE_S)
        self.wait(lambda: self.marks.processed > before, timeout_s)
        return self.marks.processed > before

    def wait(self, done: Callable[[], bool], timeout_s: float) -> None:
        """Take answers until `done()` or the time is over."""
        end = self.now() + timeout_s
        while not done() and (left := end - self.now()) > 0:
            self._take(self.transport.read(256, min(SLICE_S, left)))

    def await_processed(
        self, timeout_s: float, *, ask: bool, patience_s: float = 0.0
    ) -> tuple[bool, Condition]:
        """Wait for the answer to the mark behind the job.

        Returns whether it and all those before it came, and how the printer is now. Gives up early
        when the printer reports trouble. Each answer gives it time for the next. `ask`: it answers
        realtime questions, so ask now and then, each time with that much patience.
        """
        end = self.now() + self.marks.step_s(timeout_s)
        answers = MARK_OF
        while True:
            done, now = self._await_answer(end, timeout_s, ask, patience_s)
            if not done or now.reason is not None or answers > self._stream.doubt:
                return done, now
            # All of these questions stand behind the slip: one answer that is not late proves it.
            while answers <= self._stream.doubt:
                self.transport.write(self.marked(b""), QUESTION_DEADLINE_S)
                answers += MARK_OF
            end = max(end, self.now() + self._reply_timeout_s)

    def _await_answer(
        self, end: float, timeout_s: float, ask: bool, patience_s: float
    ) -> tuple[bool, Condition]:
        seen = self.marks.processed
        while not self._news() and self.now() < end:
            self.wait(self._news, min(POLL_S, end - self.now()))
            if self.marks.processed > seen:
                seen = self.marks.processed
                end = max(end, self.now() + self.marks.step_s(timeout_s))
            if ask and not self._news():
                answer = self.ask(1, patience_s)
                ask = answer is not None
                if answer is None:  # it restarts, or has no time for questions
                    end = min(end, self.now() + timeout_s)
                if answer is not None and answer & OFFLINE_BIT:
                    break
        return self.marks.done, self._aftermath()

    def _news(self) -> bool:
        return self.marks.done or self._is_troubled()

    def _is_troubled(self) -> bool:
        return self._trouble is not None or self.disturbed

    def _aftermath(self) -> Condition:
        now = self.condition()
        if now.reason is None and self._trouble is not None:
            return self._trouble
        last = self.marks.last
        if last is None:
            return now
        told = roll_of(end=last & 0x0C, near=last & 0x03)
        if told is Paper.OUT and now.reason is None:
            return judge(0x12, paper=0x72)
        return replace(now, paper=told) if now.paper is Paper.UNKNOWN else now

    def _told(self) -> Condition:
        """By automatic status alone; what it told is only fresh when it tells it again.

        A printer that has answered questions before must answer this one too: it may have missed
        it because it restarted.
        """
        before, count = self._block, self._blocks
        if before is None or self._realtime:
            return Condition(answered=False)
        self.switch_asb_on()
        self.wait(lambda: self._blocks > count, self._reply_timeout_s)
        if self._blocks > count:
            return self._block or before
        return before if before.reason is not None else Condition(answered=False)

    def _echoes(self) -> bool:
        """Whether the last question came back as it was, and others do too.

        Those before may have been answered by what an earlier topic left on the line.
        """
        return self._heard.endswith(_question(1)) and all(
            self.ask(n) is None and self._heard == _question(n) for n in (2, 4, 1)
        )

    def _ticket(self) -> bool | None:
        self._full = None
        self._stream.full_awaited += 1
        self.transport.write(FULL_STATUS, QUESTION_DEADLINE_S)
        self.wait(lambda: self._full is not None, self._reply_timeout_s)
        return ticket_of(self._full) if self._full is not None else None

    def _take(self, data: bytes) -> None:
        self._heard = (self._heard + data)[-MOST_HEARD:]
        for answer in self._stream.feed(data):
            match answer:
                case Realtime(value):
                    self._replies.append(value)
                    self._realtime = True
                case Processed(value):
                    self.marks.answer(value)
                case Full(values):
                    self._full = values
                case Block(values):
                    self._block = judge_block(values, self._presenter)
                    self._blocks += 1
                    if self._block.reason is not None:
                        self._trouble = self._block
                case Information(text):
                    log.debug("printer says", length=len(text))


def _question(n: int) -> bytes:
    return bytes([0x10, 0x04, n])
