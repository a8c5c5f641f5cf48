"""What displays have in common that give no answers: it can only be told that bytes went out."""

import time
from typing import Generic, TypeVar

from drivers.displays.answered import not_taken
from drivers.displays.connection import Connection
from drivers.displays.place import PlaceOptions
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import DeviceStatus, ShowResult
from drivers.saying import saying, together
from drivers.status import State
from drivers.transports.base import one_call
from drivers.transports.shared import Line, Wire

SENT = saying("Sent; this display gives no answers, so look whether it shows the text.")
NO_ANSWERS = saying("gives no answers")
TOO_SLOW = saying("This machine is too busy to send a message without a gap: try again.")
LONGEST_GAP_S = 0.9  # of two pieces; a sign that gives up after a second has not done so yet
TRIES = 3
LOOK_BYTES = 4096

Options = TypeVar("Options", bound=PlaceOptions)


class MuteDisplay(Generic[Options]):
    """The part of a `Display` that does not depend on its protocol."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self._connection = Connection(options)

    def status(self) -> DeviceStatus:
        """See `Device.status`. Online means that the line is there."""
        self._connection.call(look)
        return DeviceStatus(State.ONLINE, detail=NO_ANSWERS)

    def close(self) -> None:
        """See `Device.close`."""
        self._connection.close()

    def send(self, *pieces: bytes, pause_s: float = 0.0, shown: str, advice: str) -> ShowResult:
        """Send a message in `pieces` with `pause_s` between them; `advice` is added to the result.

        When this machine was so slow that a display may have given up between two pieces, the
        message is sent anew. Raises LOST.
        """
        try:
            whole = self._connection.call(lambda line: self._send(line, pieces, pause_s))
        except PeripheralError as error:
            return not_taken(error)
        if not whole:
            return ShowResult(False, "", Reason.UNCONFIRMED.value, TOO_SLOW)
        return ShowResult(True, shown, Reason.UNCONFIRMED.value, together(SENT, advice))

    def _send(self, line: Line, pieces: tuple[bytes, ...], pause_s: float) -> bool:
        """Whether the pieces went out without a gap, at one of the tries."""
        with line.turn() as wire, one_call(wire):
            return any(self._in_time(wire, pieces, pause_s) for _ in range(TRIES))

    def _in_time(self, wire: Wire, pieces: tuple[bytes, ...], pause_s: float) -> bool:
        """Send the pieces; false when a gap grew too long, and the rest was not sent."""
        for number, piece in enumerate(pieces):
            if number:
                time.sleep(max(0.0, wire.sent_by + pause_s - time.monotonic()))
                wire.read(LOOK_BYTES, 0.0)  # a connection that was closed meanwhile is lost
                if time.monotonic() - wire.sent_by > LONGEST_GAP_S:
                    return False
            wire.write(piece, self.options.write_timeout_s)
        return True


def look(line: Line) -> None:
    """Whether the line is still there. Raises LOST."""
    with line.turn():
        pass
