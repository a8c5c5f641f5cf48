"""One job on its way to an ESC/POS printer: its pieces, and the questions and marks between them.

The top of `escpos_printer.py` tells why they stand where they do.
"""

import time
from collections.abc import Callable, Iterator, Sequence

from drivers.errors import PeripheralError, Reason
from drivers.printers.escpos_dialogue import Dialogue
from drivers.printers.escpos_marks import SLOWEST
from drivers.printers.escpos_raster import is_picture
from drivers.printers.escpos_status import Condition
from drivers.printers.escpos_traits import Manner
from drivers.saying import saying


class Sending:
    """The sending of one job. `watching`: the printer is asked meanwhile. `doubted`: it may stand
    in the middle of an older command, which would swallow a part of this job.

    `answers_gs_r`: whether the printer does; None while that is not known. `byte_s`: how long it
    took for a byte, at its slowest. `now` tells the time in seconds.
    """

    def __init__(
        self,
        talk: Dialogue,
        manner: Manner,
        *,
        watching: bool,
        doubted: bool,
        answers_gs_r: bool | None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.answers_gs_r = answers_gs_r
        self.byte_s = 0.0
        self._talk = talk
        self._manner = manner
        self._watching = watching
        self._doubted = doubted
        self._now = now

    def run(self, chunks: Sequence[bytes]) -> Condition | None:
        """Send chunks of whole commands, the first of which prints nothing.

        Returns what speaks against sending the rest; None when all was taken. Raises
        PeripheralError LOST or SILENT, after which a half command may be out.
        """
        step = 0
        for piece, more in self._pieces(chunks):
            self._push(piece)
            if self._watching and more:
                trouble = self._glance(len(piece), step)
                step = self._talk.marks.count
                if trouble is not None:
                    return trouble
        return None

    def _pieces(self, chunks: Sequence[bytes]) -> Iterator[tuple[bytes, bool]]:
        """The job in pieces, each to be written when it is taken, and whether more follow."""
        talk, asks = self._talk, self._manner.asks(self._talk.transport)
        piece = talk.marked(b"") if asks and self._doubted else b""
        for index, chunk in enumerate(chunks):
            answers = self.answers_gs_r if self._watching else False
            if answers is not False and not piece:
                piece = talk.marked(b"")
            piece += chunk
            more = index < len(chunks) - 1
            finding_out = index == 0 and answers is None
            due = len(piece) >= self._manner.glance_bytes or not more or finding_out
            wanted = answers or (answers is None and (due or is_picture(chunk)))
            if wanted or (not more and asks):
                piece = talk.marked(piece)
            if due:
                yield piece, more
                piece = b""

    def _push(self, chunk: bytes) -> None:
        """Hand over a chunk, for as long as the printer takes anything at all."""
        transport, rest = self._talk.transport, chunk
        while rest:
            before = transport.written
            try:
                transport.write(rest, self._manner.deadline_s(len(rest)))
            except PeripheralError as error:
                moved = transport.written - before
                error.sent = error.sent or len(rest) < len(chunk)
                if error.reason is not Reason.SILENT or not moved:
                    raise
                rest = rest[moved:]
            else:
                return

    def _glance(self, count: int, step: int) -> Condition | None:
        """Ask in the middle of a job; the answer shows that `count` more bytes were taken.

        `step`: how many marks stood before them. Returns what speaks against sending more.
        """
        talk, manner = self._talk, self._manner
        begun = self._now()
        there, trouble = talk.glance(manner.confirm_timeout_s + manner.line_s(count))
        if not there and trouble is None:
            return Condition(detail=saying("it stopped answering in the middle of the slip"))
        pace = (self._now() - begun) / max(count, manner.glance_bytes)  # late is not yet slow
        self.byte_s = max(self.byte_s, min(1 / SLOWEST, pace))
        if trouble is None and self.answers_gs_r is None and step == 0:
            answers = talk.keeps_up(talk.marks.count, manner.reply_timeout_s)
            self.answers_gs_r = answers or None  # it may only be late
        waits = trouble is None and self.answers_gs_r
        if waits and not talk.keeps_up(step, manner.confirm_timeout_s):
            why = talk.glance(manner.reply_timeout_s)[1]
            return why or Condition(detail=saying("it stopped in the middle of the slip"))
        return trouble
