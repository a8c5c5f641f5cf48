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
from itertools import pairwise

import structlog

from drivers.errors import PeripheralError, Reason
from drivers.printers.escpos_status import (
    AnswerStream,
    Block,
    Condition,
    Full,
    Information,
    Presenter,
    Processed,
    Realtime,
    judge,
    judge_block,
    roll_of,
    ticket_of,
)
from drivers.status import Paper
from drivers.transports import Transport

log = structlog.get_logger()

CLEAR_BUFFERS = b"\x10\x05\x02"
RETRY = b"\x10\x05\x01"
MARK_OF = 3  # GS r in a mark
MARK = MARK_OF * b"\x1d\x72\x01"
ASB_ON = b"\x1d\x61\xff"
FULL_STATUS = b"\x10\x04\x14"
NULS = bytes(8192)  # end any half command; a printer prints nothing for them
SLICE_S = 0.1  # how long one read waits
POLL_S = 0.25  # while a job is awaited, how often the printer is asked why it takes so long
RECOVERY_S = 1.0  # the knife may have to travel home
QUESTION_DEADLINE_S = 1.0  # three bytes are taken at once, or the line is blocked
SLOWEST = 50  # bytes a second, as long as no pace is known
FEWEST = 256  # bytes that always tell the pace
STEP_S, LONGEST_STEP_S = 12.0, 300.0  # the longest between two GS r answers: before that, and after
REVIVAL_S, NULS_S = 2.0, 10.0  # a known host's recipe: first wait, then NULs and questions
STALE_LIMIT = 64 * 1024  # bytes dropped before a topic; a line that babbles on is not waited for

OFFLINE_BIT = 0x08


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
        self._now = now
        self._stream = AnswerStream()
        self._stream.doubt = doubt
        self._asked = 0
        self._replies: list[int] = []
        self._marks: list[int] = []  # for each mark of this topic, the bytes written before it
        self._processed: list[int] = []  # and the answers, so many to each
        self._begun = (now(), 0)  # when the topic or its job began, at how many bytes
        self._byte_s = 0.0  # how long the printer takes for a byte, by the last answer
        self._latency_s = 0.0  # the longest from a DLE EOT to its answer, in this topic
        self._full: bytes | None = None
        self._block: Condition | None = None  # what the printer told last, unasked
        self._blocks = 0
        self._realtime = False  # it has answered a DLE EOT
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
        self._begun = (self._now(), self.transport.written)

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
        self._marks.clear()
        self._begun = (self._now(), self.transport.written)
        self._byte_s = self._latency_s = 0.0
        self._replies.clear()
        self._processed.clear()
        self._full = self._trouble = None

    def condition(self) -> Condition:
        """Ask DLE EOT 1, 2 and 4, and 3 where 2 reports an error; stop at the first silence.

        A printer that answers none of them but sends automatic status is judged by that.
        """
        printer = self.ask(1)
        if printer is None:
            return self._told()
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
        self.transport.write(bytes([0x10, 0x04, n]), QUESTION_DEADLINE_S)
        wanted, begun = self._asked, self._now()
        self._wait(lambda: len(self._replies) >= wanted, max(self._reply_timeout_s, patience_s))
        self._latency_s = max(self._latency_s, self._now() - begun)
        return self._replies[wanted - 1] if len(self._replies) >= wanted else None

    @property
    def marks(self) -> int:
        """How many marks this topic has."""
        return len(self._marks)

    @property
    def processed(self) -> int:
        """How many marks of this topic have been answered."""
        return len(self._processed) // MARK_OF

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
        self._marks.append(self.transport.written + len(data))
        self._stream.awaited += MARK_OF
        return data + MARK

    def keeps_up(self, marks: int, timeout_s: float) -> bool:
        """Wait until the printer has answered so many marks of this topic; whether it has."""

        def there() -> bool:
            return self.processed >= marks

        end = self._now() + self._step_s(timeout_s)
        while not there() and not self._is_troubled() and self._now() < end:
            self._wait(there, POLL_S)
            if not there() and (self.ask(1) or OFFLINE_BIT) & OFFLINE_BIT:
                break
        return there()

    def recover(self, before: Condition) -> Condition:
        """Get out of a recoverable error; what was in the buffers is not printed."""
        now = before
        for command in (CLEAR_BUFFERS, RETRY):
            self.transport.write(command, QUESTION_DEADLINE_S)
            end = self._now() + RECOVERY_S
            while (now := self.condition()).reason is not None and self._now() < end:
                self._wait(lambda: False, SLICE_S)
            if now.reason is None:
                break
        return now

    def clear_buffers(self) -> None:
        """Throw away what the printer still holds of an earlier job."""
        self.transport.write(CLEAR_BUFFERS, QUESTION_DEADLINE_S)

    def switch_asb_on(self) -> None:
        """Have the printer tell changes by itself, until it restarts."""
        self.transport.write(ASB_ON, QUESTION_DEADLINE_S)

    def revive(self, nuls_deadline_s: float) -> bool:
        """Bring a printer out of a half command; whether it processes commands again.

        It answers GS r, or gets NULs until it does: they end the picture that it waits for.
        """
        if self._is_processed(REVIVAL_S):
            return True
        end = self._now() + NULS_S
        while self._now() < end:
            try:
                self.transport.write(NULS, nuls_deadline_s)
            except PeripheralError as error:
                if error.reason is not Reason.SILENT:
                    raise
                return False  # it does not even take them
            if self._is_processed(1.0):
                return True
        return False

    def await_processed(
        self, timeout_s: float, *, ask: bool, patience_s: float = 0.0
    ) -> tuple[bool, Condition]:
        """Wait for the answer to the mark behind the job.

        Returns whether it and all those before it came, and how the printer is now. Gives up early
        when the printer reports trouble. Each answer gives it time for the next. `ask`: it answers
        realtime questions, so ask now and then, each time with that much patience.
        """
        end = self._now() + self._step_s(timeout_s)
        answers = MARK_OF
        while True:
            done, now = self._await_answer(end, timeout_s, ask, patience_s)
            if not done or now.reason is not None or answers > self._stream.doubt:
                return done, now
            # All of these questions stand behind the slip: one answer that is not late proves it.
            while answers <= self._stream.doubt:
                self.transport.write(self.marked(b""), QUESTION_DEADLINE_S)
                answers += MARK_OF
            end = max(end, self._now() + self._reply_timeout_s)

    def _await_answer(
        self, end: float, timeout_s: float, ask: bool, patience_s: float
    ) -> tuple[bool, Condition]:
        seen = self.processed
        while not self._news() and self._now() < end:
            self._wait(self._news, min(POLL_S, end - self._now()))
            if self.processed > seen:
                seen, end = self.processed, max(end, self._now() + self._step_s(timeout_s))
            if ask and not self._news():
                answer = self.ask(1, patience_s)
                ask = answer is not None
                if answer is None:  # it restarts, or has no time for questions
                    end = min(end, self._now() + timeout_s)
                if answer is not None and answer & OFFLINE_BIT:
                    break
        return self.processed >= len(self._marks), self._aftermath()

    def _news(self) -> bool:
        return self.processed >= len(self._marks) or self._is_troubled()

    def _is_troubled(self) -> bool:
        return self._trouble is not None or self.disturbed

    def _step_s(self, timeout_s: float) -> float:
        """How long the next answer to GS r may take, by the pace and by what lies between."""
        points = [self._begun[1], *self._marks]
        longest = max((after - before for before, after in pairwise(points)), default=0)
        if self._byte_s:
            return timeout_s + min(LONGEST_STEP_S, 2 * self._byte_s * longest)
        return max(timeout_s, min(STEP_S, longest / SLOWEST))

    def _is_processed(self, timeout_s: float) -> bool:
        before = self.processed
        self.transport.write(self.marked(b""), QUESTION_DEADLINE_S)
        self._wait(lambda: self.processed > before, timeout_s)
        return self.processed > before

    def _aftermath(self) -> Condition:
        now = self.condition()
        if now.reason is None and self._trouble is not None:
            return self._trouble
        if not self._processed:
            return now
        told = roll_of(end=self._processed[-1] & 0x0C, near=self._processed[-1] & 0x03)
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
        self._wait(lambda: self._blocks > count, self._reply_timeout_s)
        if self._blocks > count:
            return self._block or before
        return before if before.reason is not None else Condition(answered=False)

    def _ticket(self) -> bool | None:
        self._full = None
        self._stream.full_awaited += 1
        self.transport.write(FULL_STATUS, QUESTION_DEADLINE_S)
        self._wait(lambda: self._full is not None, self._reply_timeout_s)
        return ticket_of(self._full) if self._full is not None else None

    def _wait(self, done: Callable[[], bool], timeout_s: float) -> None:
        """Take answers until `done()` or the time is over."""
        end = self._now() + timeout_s
        while not done() and (left := end - self._now()) > 0:
            self._take(self.transport.read(256, min(SLICE_S, left)))

    def _take(self, data: bytes) -> None:
        for answer in self._stream.feed(data):
            match answer:
                case Realtime(value):
                    self._replies.append(value)
                    self._realtime = True
                case Processed(value):
                    self._processed.append(value)
                    self._measure()
                case Full(values):
                    self._full = values
                case Block(values):
                    self._block = judge_block(values, self._presenter)
                    self._blocks += 1
                    if self._block.reason is not None:
                        self._trouble = self._block
                case Information(text):
                    log.debug("printer says", length=len(text))

    def _measure(self) -> None:
        """The pace by the answer that came now; a stray one has nothing to tell.

        Few bytes tell it only where no question is open, and without what the cable takes: else a
        printer that answers late, or lost a question, would be waited for like a slow one.
        """
        if 0 < self.processed <= len(self._marks):
            begun, before = self._begun
            count = self._marks[self.processed - 1] - before
            if count >= FEWEST or self.processed == len(self._marks):
                busy_s = max(0.0, self._now() - begun - self._latency_s)
                self._byte_s = busy_s / max(1, count)
