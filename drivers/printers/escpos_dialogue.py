"""Questions and answers with an ESC/POS printer over one open transport.

DLE EOT n (`10 04 n`) is answered at once, also while the printer is offline; GS r 1 (`1D 72 01`)
waits its turn behind the print data and so tells that all of it was processed. Answers carry no
name: the k-th realtime byte belongs to the k-th question, late ones included. Nothing here is ever
written in the middle of another command.
"""

import time
from dataclasses import replace

import structlog

from drivers.printers.escpos_status import (
    AnswerStream,
    Block,
    Condition,
    Information,
    Processed,
    Realtime,
    judge,
    judge_block,
    roll_of,
)
from drivers.status import Paper
from drivers.transports import Transport

log = structlog.get_logger()

CLEAR_BUFFERS = b"\x10\x05\x02"
RETRY = b"\x10\x05\x01"
GS_R_PAPER = b"\x1d\x72\x01"
SLICE_S = 0.1  # how long one read waits
POLL_S = 0.25  # while a job is awaited, how often the printer is asked why it takes so long
RECOVERY_S = 1.0  # the knife may have to travel home
QUESTION_DEADLINE_S = 1.0  # three bytes are taken at once, or the line is blocked


class Dialogue:
    """One conversation. Methods raise PeripheralError LOST when the connection broke."""

    def __init__(self, transport: Transport, reply_timeout_s: float) -> None:
        self.transport = transport
        self._reply_timeout_s = reply_timeout_s
        self._stream = AnswerStream()
        self._asked = 0
        self._replies: list[int] = []
        self._processed: int | None = None
        self._trouble: Condition | None = None

    def begin(self) -> None:
        """Start a new topic: swallow what came unasked or late."""
        while data := self.transport.read(4096, 0.0):
            stale = list(self._stream.feed(data))
            log.debug("stale status bytes", length=len(data), answers=len(stale))
        self._stream.forget()
        self._asked = 0
        self._replies.clear()
        self._processed = None
        self._trouble = None

    def condition(self) -> Condition:
        """Ask DLE EOT 1, 2 and 4, and 3 where 2 reports an error; stop at the first silence."""
        printer = self._ask(1)
        if printer is None:
            return Condition(answered=False)
        cause = self._ask(2)
        paper = self._ask(4)
        error = self._ask(3) if cause is not None and cause & 0x40 else None
        return judge(printer, cause, paper, error)

    def recover(self, before: Condition) -> Condition:
        """Get out of a recoverable error; what was in the buffers is not printed."""
        now = before
        for command in (CLEAR_BUFFERS, RETRY):
            self.transport.write(command, QUESTION_DEADLINE_S)
            end = time.monotonic() + RECOVERY_S
            while (now := self.condition()).reason is not None and time.monotonic() < end:
                time.sleep(SLICE_S)
            if now.reason is None:
                break
        return now

    def clear_buffers(self) -> None:
        """Throw away what the printer still holds of an earlier job."""
        self.transport.write(CLEAR_BUFFERS, QUESTION_DEADLINE_S)

    def await_processed(self, timeout_s: float, *, ask: bool) -> tuple[bool, Condition]:
        """Queue GS r behind the job and wait for its answer.

        Returns whether it came, and how the printer is now. Gives up early when the printer
        reports trouble. `ask`: it answers realtime questions, so ask now and then.
        """
        end = time.monotonic() + timeout_s
        done, now = self._await_answer(end, ask=ask)
        if done and now.reason is None and self._stream.doubtful:
            # Both answers stand behind the slip, so either proves it; a stray byte was one at most.
            end = max(end, time.monotonic() + self._reply_timeout_s)
            return self._await_answer(end, ask=ask)
        return done, now

    def _await_answer(self, end: float, *, ask: bool) -> tuple[bool, Condition]:
        self._processed = None
        self._stream.awaited += 1
        self.transport.write(GS_R_PAPER, QUESTION_DEADLINE_S)
        poll = time.monotonic() + POLL_S
        while self._processed is None and self._trouble is None and time.monotonic() < end:
            self._pump(min(SLICE_S, end - time.monotonic()))
            if ask and self._processed is None and time.monotonic() >= poll:
                answer = self._ask(1)
                ask = answer is not None
                if answer is not None and answer & 0x08:
                    break
                poll = time.monotonic() + POLL_S
        return self._processed is not None, self._aftermath()

    def _aftermath(self) -> Condition:
        now = self.condition()
        if now.reason is None and self._trouble is not None:
            return self._trouble
        if self._processed is None:
            return now
        told = roll_of(end=self._processed & 0x0C, near=self._processed & 0x03)
        if told is Paper.OUT and now.reason is None:
            return judge(0x12, paper=0x72)
        return replace(now, paper=told) if now.paper is Paper.UNKNOWN else now

    def _ask(self, n: int) -> int | None:
        del self._replies[self._asked :]  # nobody asked for these
        self._asked += 1
        self.transport.write(bytes([0x10, 0x04, n]), QUESTION_DEADLINE_S)
        end = time.monotonic() + self._reply_timeout_s
        while len(self._replies) < self._asked and time.monotonic() < end:
            self._pump(min(SLICE_S, max(0.0, end - time.monotonic())))
        return self._replies[self._asked - 1] if len(self._replies) >= self._asked else None

    def _pump(self, timeout_s: float) -> None:
        for answer in self._stream.feed(self.transport.read(256, max(0.0, timeout_s))):
            match answer:
                case Realtime(value):
                    self._replies.append(value)
                case Processed(value):
                    self._processed = value
                case Block(values):
                    seen = judge_block(values)
                    if seen.reason is not None or seen.paper is Paper.OUT:
                        self._trouble = seen
                case Information(text):
                    log.debug("printer says", length=len(text))
