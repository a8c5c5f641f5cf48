"""One question and its answer on the line to an SDT module: time-outs, stale and broken bytes."""

import math
import time

import structlog

from drivers.cards.sdt_frames import Answer, BadFrameError, Command, FrameReader, request
from drivers.cards.sdt_status import DONE, FOUND, NO_CARD, Again, SdtError, name_of
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import Cancelled
from drivers.saying import saying
from drivers.transports import Transport

LOOK_S = 0.1  # how often `cancelled` is looked at
WRITE_S = 1.0
QUIET_S = 0.05  # silence after which the rest of a broken answer is over
DRAIN_LIMIT_S = 2.0
LONGEST_FRAME_S = 120.0  # bound of a frame that dribbles, however small its gaps
NOISE_WAITS = 3  # so many waits for an answer behind bytes that begin none
ADDRESS_BYTES = 70
ADDRESSES = (70, 140, 210, 280)  # one or the whole file of four
SAM_ID_BYTES = 16
_OF_THE_MODULE = (Command.SAM_RESET, Command.SAM_STATUS, Command.SAM_ID)  # no card matters

log = structlog.get_logger()


class SdtLine:
    """The module's end of a transport. `gap_s` is the longest silence inside an answer.

    Bytes are never logged, only lengths: those of a card may come late, at any time.
    """

    def __init__(self, transport: Transport, gap_s: float) -> None:
        transport.sensitive = True
        self.transport = transport
        self._gap_s = gap_s

    def exchange(
        self, command: Command, wait_s: float, cancelled: Cancelled, longest_s: float = math.inf
    ) -> Answer:
        """Send `command` and return its answer, whose first byte must come within `wait_s`.

        Once bytes come, only the gap between them counts, up to `longest_s`: at 9600 baud a card
        takes 1.35 s, on a line that dribbles far longer.
        Raises SdtError SILENT or GARBLED (worth a repeat), PeripheralError LOST or CANCELLED.
        """
        self.drain(quiet_s=0)
        self.transport.write(request(command), WRITE_S)
        asked = name_of(command)
        frames = FrameReader()
        heard = False
        begun = time.monotonic()
        until = begun + wait_s
        while (left := until - time.monotonic()) > 0:
            if cancelled():
                raise PeripheralError(Reason.CANCELLED, saying("reading was cancelled"))
            data = self.transport.read(4096, min(left, LOOK_S))
            heard = heard or bool(data)
            frames.feed(data)
            try:
                while (answer := frames.take()) is not None:
                    log.debug("sdt answer", command=command.name, answer=repr(answer))
                    if _fits(command, answer):
                        return answer
            except BadFrameError as e:
                detail = saying("{command}: broken answer: {what}", command=asked, what=e.what)
                raise SdtError(Reason.GARBLED, detail, Again.COMMAND) from e
            if data:
                whole_s = LONGEST_FRAME_S if frames.inside else NOISE_WAITS * wait_s
                last = begun + min(whole_s, max(wait_s, longest_s))
                gap_end = min(time.monotonic() + self._gap_s, last)
                until = gap_end if frames.inside else max(begun + wait_s, gap_end)
        if heard:
            detail = saying("{command}: incomplete answer", command=asked)
            raise SdtError(Reason.GARBLED, detail, Again.COMMAND)
        detail = saying("{command}: no answer", command=asked)
        raise SdtError(Reason.SILENT, detail, Again.COMMAND)

    def drain(self, quiet_s: float = QUIET_S) -> None:
        """Drop what comes until the line was quiet for `quiet_s`, two seconds at most."""
        end = time.monotonic() + DRAIN_LIMIT_S
        while self.transport.read(4096, quiet_s) and time.monotonic() < end:
            pass


def _fits(command: Command, answer: Answer) -> bool:
    """Whether `answer` can be to `command` and not to an earlier one that was given up."""
    if answer.status == FOUND:
        return command is Command.FIND
    if answer.status == NO_CARD:
        return command not in _OF_THE_MODULE
    if answer.status != DONE:
        return True
    size = len(answer.data)
    if command is Command.NEWEST_ADDRESS:
        return SAM_ID_BYTES < size <= max(ADDRESSES)
    if command in (Command.READ, Command.READ_PRINTS):
        return size > ADDRESS_BYTES and size not in ADDRESSES
    return command is not Command.FIND and size <= SAM_ID_BYTES
